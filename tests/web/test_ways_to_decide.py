"""The page, the digest file and the command decide the same papers in random order, and what runs may be killed."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from acceptance.command import Desk, wait_for
from notebot.core.model.decision import Choice
from notebot.core.model.stub import StubStatus
from notebot.features.digests.moves import MOVES
from servers.github_server import GitHubServer
from web.served_desk import ServedDesk
from web.test_paper import form_of

PAPERS = st.integers(0, 5)
VERBS = st.sampled_from(("keep", "skip"))
DELAYS_S = st.floats(0, 0.6)
TARGETS = {"keep": StubStatus.KEPT, "skip": StubStatus.SKIPPED, "requeue": StubStatus.QUEUED}
DECIDED = (StubStatus.KEPT, StubStatus.SKIPPED)
TOKEN = "gh" + "p_invented0123456789"


@dataclass(frozen=True)
class Paper:
    """What the newest decision says about one paper."""

    status: StubStatus = StubStatus.DIGESTED
    comment: str = ""
    published: bool = False


def seen(choice: Choice | None) -> tuple[StubStatus, str]:
    """What a recorded decision says, as far as the model knows it."""
    assert choice is not None
    return choice.status, choice.curator.comment or ""


class WaysToDecide(RuleBasedStateMachine):
    """One served desk with a digest of its six papers, and an archive to publish them to."""

    @initialize()
    def open_desk(self) -> None:
        self.closing = ExitStack()
        self.folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        environment = self.closing.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("NOTEBOT_GITHUB_TOKEN", TOKEN)
        github = self.closing.enter_context(GitHubServer(TOKEN))
        self.archive = github.add_repository(labels=dict.fromkeys(("NLP", "Mathematics")))
        nowhere = dict.fromkeys(("feed_url", "api_url", "oai_url"), "http://127.0.0.1:9")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.other_port = free.getsockname()[1]
        sections: dict[str, dict[str, object]] = {
            "arxiv": {**nowhere, "pace_s": 0.0, "retry_s": 0.0},
            "archive": {"repo": "curator/notes", "github_url": github.url},
            "web": {"allowed_hosts": ["127.0.0.1"]},
        }
        self.served = ServedDesk(self.folder, papers=6, sections=sections)
        self.closing.callback(self.served.store.close)
        self.command = Desk(self.folder, nowhere, sections=sections)
        self.command.ok("digest")
        (self.file,) = self.command.digests()
        self.browser = self.closing.enter_context(self.served.serving()).browser()
        self.papers = [Paper()] * 6
        self.changes: list[list[tuple[Paper, Paper]]] = [[] for _ in self.papers]
        self.typed: list[list[str]] = [[] for _ in self.papers]

    def teardown(self) -> None:
        if hasattr(self, "closing"):
            with self.closing:
                self.everything_kept_is_published_once()

    # Ways to decide

    @rule(paper=PAPERS, verb=st.sampled_from(("keep", "skip", "requeue", "undo")))
    def on_the_page(self, paper: int, verb: str) -> None:
        answer = self.browser.decide(self.served.keys[paper], verb)
        assert answer.status_code in (303, 409)
        if answer.status_code == 303 and verb == "undo":
            before, after = self.changes[paper].pop()
            now = self.papers[paper]
            self.papers[paper] = replace(
                now,
                status=now.status if before.status is after.status else before.status,
                comment=now.comment if before.comment == after.comment else before.comment,
            )
        elif answer.status_code == 303:
            self._expect(paper, status=TARGETS[verb])
        else:
            assert self._may_be_refused(paper, verb)

    @rule(paper=PAPERS, verb=st.sampled_from(("save", "keep", "skip")), stale=st.booleans())
    def typing_on_the_page(self, paper: int, verb: str, stale: bool) -> None:
        path = "/papers/" + self.served.keys[paper].removeprefix("arxiv:")
        page = self.browser.get(path)
        if self._is_archived(paper):
            assert 'value="save"' not in page  # what is typed now would not reach the archive
            return
        fields = {**form_of(page), "comment": self._sentence(paper, "page")}
        if stale:
            # another tab decides in between: the answer keeps what was typed, and sending it again saves it
            other = "requeue" if self.papers[paper].status in DECIDED else "skip"
            self.on_the_page(paper, other)
            answer = self.browser.client.post("/papers", data={**fields, "action": verb})
            assert answer.status_code == 409
            fields = form_of(answer.text)
            assert fields["comment"] == self.typed[paper][-1]
        answer = self.browser.client.post("/papers", data={**fields, "action": verb})
        now = self.papers[paper].status
        if verb != "save" and now in DECIDED and now is not TARGETS[verb]:
            assert answer.status_code == 409
            fields = form_of(answer.text)
            assert fields["comment"] == self.typed[paper][-1]
            verb = "save"
            answer = self.browser.client.post("/papers", data={**fields, "action": verb})
        assert answer.status_code == 303
        self._expect(paper, comment=fields["comment"], status=TARGETS.get(verb, now))

    @rule(paper=PAPERS, words=st.booleans(), delay_s=st.none() | DELAYS_S)
    def in_the_file(self, paper: int, words: bool, delay_s: float | None) -> None:
        if self._is_archived(paper):
            return
        before, mark, after = self.file.read_text("utf-8").partition(f"<!-- nb 2605.{paper + 1:05d} -->")
        entry, end, rest = after.partition("<!-- /nb -->")
        edited = entry.replace("- [ ] keep", "- [x] keep", 1)
        typed = ""
        if words:
            typed = self._sentence(paper, "file")
            head, _, _ = edited.partition("**Comment**\n")
            edited = f"{head}**Comment**\n{typed}\n\n"
        self.file.write_text(before + mark + edited + end + rest, "utf-8")
        if delay_s is not None:
            with self.command.start_forked("collect") as running:
                running.process.join(delay_s)
        self.command.ok("collect")
        if edited != entry:
            self._expect(paper, status=StubStatus.KEPT, comment=typed or self.papers[paper].comment)

    @rule(paper=PAPERS, verb=VERBS, delay_s=DELAYS_S)
    def by_a_command_that_may_be_killed(self, paper: int, verb: str, delay_s: float) -> None:
        with self.command.start_forked("queue", verb, self.served.keys[paper].removeprefix("arxiv:")) as running:
            running.process.join(delay_s)
        self._expect_either(paper, TARGETS[verb])

    @rule(paper=PAPERS, verb=VERBS, delay_s=st.floats(0, 0.05))
    def on_a_page_that_is_killed(self, paper: int, verb: str, delay_s: float) -> None:
        """Another server on the same state: it is killed while it answers."""
        listen = f"127.0.0.1:{self.other_port}"
        form = {"key": self.served.keys[paper], "revision": str(self.browser.revision(self.served.keys[paper]))}
        body = {"csrf": self.browser.csrf(), "action": verb, **form}
        with self.command.start_forked("web", "--listen", listen) as running:
            wait_for(self._other_server_answers, "the other server answers")
            with socket.create_connection(("127.0.0.1", self.other_port)) as connection:
                request = httpx.Request("POST", f"http://{listen}/decide", data=body)
                cookie = self.browser.client.cookies["notebot_session"]
                lines = ["POST /decide HTTP/1.1", "sec-fetch-site: same-origin", f"cookie: notebot_session={cookie}"]
                lines += [f"{name}: {value}" for name, value in request.headers.items()]
                connection.sendall("\r\n".join([*lines, "", ""]).encode() + request.read())
                running.process.join(delay_s)
                running.process.kill()
        self._expect_either(paper, TARGETS[verb])

    def _other_server_answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.other_port}/").status_code > 0
        except httpx.TransportError:
            return False

    @precondition(lambda self: sum(paper.published for paper in self.papers) < 4)
    @rule(delay_s=DELAYS_S)
    def publishing_is_killed(self, delay_s: float) -> None:
        with self.command.start_forked("publish", NOTEBOT_GITHUB_TOKEN=TOKEN) as running:
            running.process.join(delay_s)
        self._see_what_was_published()

    @precondition(lambda self: sum(paper.published for paper in self.papers) < 4)
    @rule(paper=PAPERS)
    def publishing_one_on_the_page(self, paper: int) -> None:
        answer = self.browser.post("/kept/publish", {"key": self.served.keys[paper]})
        assert answer.status_code in (303, 404, 409)
        wait_for(lambda: "refresh" not in self.browser.client.get("/kept").headers, "publishing has ended")
        self._see_what_was_published()
        if answer.status_code == 303 and self.papers[paper].status is StubStatus.KEPT:
            assert self.papers[paper].published

    # What must hold after each step

    @invariant()
    def the_newest_decision_wins_and_each_is_recorded_once(self) -> None:
        for key, paper, changes in zip(*self._all(), strict=True):
            stub = self.served.stub(key)
            assert (stub.status, stub.curator.comment or "", bool(stub.note_number)) == (
                *(paper.status, paper.comment),
                paper.published,
            )
            recorded = [made for made in self.served.store.decisions.of(key) if made.undone_at is None]
            assert [(seen(made.before), seen(made.after)) for made in recorded] == [
                ((before.status, before.comment), (after.status, after.comment)) for before, after in changes
            ]

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        """Each sentence is in the history of its paper, whatever replaced it."""
        for key, typed in zip(self.served.keys, getattr(self, "typed", ()), strict=False):
            assert set(typed) <= {seen(made.after)[1] for made in self.served.store.decisions.of(key)}

    @invariant()
    def each_note_is_published_once_with_the_newest_words(self) -> None:
        if not hasattr(self, "papers"):
            return
        titles = [issue["title"] for issue in self.archive.issues.values()]
        assert len(titles) == len(set(titles))
        for key, paper in zip(self.served.keys, self.papers, strict=True):
            number = self.served.stub(key).note_number
            if number is not None:
                sent = [comment["body"] for comment in self.archive.comments[number]]
                assert sum(paper.comment in each for each in sent) == 1 or not paper.comment, paper

    def everything_kept_is_published_once(self) -> None:
        assert self.command.run("publish", NOTEBOT_GITHUB_TOKEN=TOKEN).code == 0
        self._see_what_was_published()
        self.each_note_is_published_once_with_the_newest_words()
        published = sum(paper.published for paper in self.papers)
        assert all(paper.published for paper in self.papers if paper.status is StubStatus.KEPT)
        assert len(self.archive.issues) == published
        assert self.command.run("publish", NOTEBOT_GITHUB_TOKEN=TOKEN).code == 0
        assert len(self.archive.issues) == published

    # The model

    def _all(self) -> tuple[list[str], list[Paper], list[list[tuple[Paper, Paper]]]]:
        return (self.served.keys, self.papers, self.changes) if hasattr(self, "papers") else ([], [], [])

    def _sentence(self, paper: int, place: str) -> str:
        self.typed[paper].append(f"Sentence {sum(map(len, self.typed))} typed in the {place}.")
        return self.typed[paper][-1]

    def _is_archived(self, paper: int) -> bool:
        """Also while publishing was interrupted; nobody else publishes meanwhile."""
        return self.papers[paper].published or bool(self.served.store.decisions.sent([self.served.keys[paper]]))

    def _may_be_refused(self, paper: int, verb: str) -> bool:
        known = self.papers[paper]
        if self._is_archived(paper):
            return True
        if verb == "undo":
            return not self.changes[paper]
        return known.status not in {TARGETS[verb], *MOVES[verb][1]}

    def _expect(self, paper: int, **changes: object) -> None:
        before = self.papers[paper]
        after = replace(before, **changes)  # type: ignore[arg-type]
        if before != after:
            self.changes[paper].append((before, after))
        self.papers[paper] = after

    def _expect_either(self, paper: int, target: StubStatus) -> None:
        """Wholly or not at all."""
        status = self.served.stub(self.served.keys[paper]).status
        assert status in (self.papers[paper].status, target)
        self._expect(paper, status=status)

    def _see_what_was_published(self) -> None:
        for paper, key in enumerate(self.served.keys):
            if self.served.stub(key).note_number is not None:
                assert self.papers[paper].published or self.papers[paper].status is StubStatus.KEPT
                self.papers[paper] = replace(self.papers[paper], published=True)


STEPS = int(os.environ.get("NOTEBOT_MACHINE_STEPS", "40"))
"""In all; a long run sets it higher."""
WaysToDecide.TestCase.settings = settings(
    max_examples=max(1, STEPS // 20),
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestWaysToDecide = pytest.mark.slow(WaysToDecide.TestCase)

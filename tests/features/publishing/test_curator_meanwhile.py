"""The curator works on GitHub while `fill`, `publish` and offers do: before and after every request.

There is no conditional write on GitHub. A title or body that changes between the last read and the write is replaced;
GitHub itself keeps it, in the timeline or under "edited" (docs/github.md). Labels, comments and the state are never
part of such a write, so they are never lost.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import FakeApi, FakeClock, paper, topic
from notebot.core.model.changes import AnotherPost, Change, LeftoverLabels, MissingLabels, VenueChange
from notebot.core.model.note import Note
from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.stub import Curator, Stub, StubStatus
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.import_notes import Importer
from notebot.features.intake.fetch import PaperFetcher
from notebot.features.intake.read_post import PostReading
from notebot.features.publishing.archive_port import Issue
from notebot.features.publishing.fill.fill_issues import fill
from notebot.features.publishing.fill.link_only_issues import OpenIssues
from notebot.features.publishing.publish.publish_kept import publish
from notebot.features.publishing.publish.report import PublishProblem
from notebot.features.publishing.publish.session import PublishRules
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.store.sqlite import open_store
from servers.github_archive import TOKEN, GitHubArchive
from servers.github_server import GitHubServer
from servers.github_state import label_value
from servers.loopback import answer

pytestmark = pytest.mark.slow

LINK, OTHER_LINK = "https://arxiv.org/abs/2605.00001", "https://arxiv.org/abs/2605.00002"
POST = "https://x.com/ada/status/1900000000000000001"
OLD_TITLE = "[Paper Note] Old, A+, arXiv'25, 2025.07"
CLOCK = FakeClock()
RULES = PublishRules(NoteStyle(), TagOrder(("Math",)))


@dataclass
class Bench(GitHubArchive):
    """A store and a repository with one old note and what the operation needs."""

    number: int = 1

    def newest_open(self, etag: str | None) -> OpenIssues:
        """The list as the server has it; it costs no request here."""
        issues = [self.server.shown(self.repository, issue) for issue in self.repository.issues.values()]
        return OpenIssues(tuple(to_issue(issue) for issue in issues if issue["state"] == "open"), None)

    def accept(self, *changes: Change, number: int = 1) -> None:
        with self.store.transaction():
            for change in changes:
                self.store.digests.add_update(Update(0, f"note:{number}", change, "why"), CLOCK())
            updates = self.store.digests.open_updates()
            ids = tuple(update.id for update in updates)
            plan = DigestPlan(f"{ids}.md", CLOCK(), date(2026, 5, 12), "", (), ids, ())
            self.store.digests.plan(plan)
            self.store.digests.written(plan, CLOCK())
            for update in updates:
                assert self.store.digests.accept(update.key, update.field)


def to_issue(shown: dict[str, object]) -> Issue:
    import msgspec

    from notebot.features.publishing.adapters.github import forms

    return forms.to_issue(msgspec.convert(shown, forms.ListedIssue), ())


def run_fill(bench: Bench, folder: Path) -> list[PublishProblem]:
    api = FakeApi({name: paper(name) for name in ("2605.00001", "2605.00002")})
    fetch = PaperFetcher(api=api, store=None, topics=[topic(query="")], enrich=lambda stub: stub, clock=CLOCK)

    def no_post(url: str) -> PostReading:
        raise AssertionError(url)

    papers = lambda ids: fetch.fetch(ids, CLOCK().date(), None, save=False)  # noqa: E731
    return fill(bench.session(RULES, CLOCK), bench, papers, no_post).troubles


def run_publish(bench: Bench, folder: Path) -> list[PublishProblem]:
    return publish(bench.session(RULES, CLOCK)).troubles


def stub(arxiv_id: str, comment: str) -> Stub:
    drafted = draft_from_paper(paper(arxiv_id, f"Paper {arxiv_id}"), None, ())
    return replace(drafted, status=StubStatus.KEPT, curator=Curator(comment=comment), tags=("Math",))


def open_link(bench: Bench) -> None:
    bench.number = bench.server.open_issue(bench.repository, "x", f"{LINK}\n{POST}", ("read-later",))


def note_known(bench: Bench) -> None:
    Importer(bench.store, CLOCK, "github", "curator/notes", lambda *_: None).take(
        [Note(OLD_TITLE, 1, arxiv_id="2605.00001")]
    )
    bench.number = bench.server.open_issue(bench.repository, "x", LINK, ("read-later",))


def keep_stub(bench: Bench) -> None:
    bench.number = 2
    with bench.store.transaction():
        bench.store.stubs.save(stub("2605.00001", "良い。"), CLOCK())


Setup = Callable[[Bench], None]
Run = Callable[[Bench, Path], list[PublishProblem]]
OPERATIONS: dict[str, tuple[Setup, Run]] = {
    "fill": (open_link, run_fill),
    "fill of a duplicate": (note_known, run_fill),
    "publish": (keep_stub, run_publish),
    "a venue": (lambda bench: bench.accept(VenueChange("ACL'26", "arXiv'25")), run_publish),
    "a label": (lambda bench: bench.accept(MissingLabels(("Math",))), run_publish),
    "leftovers": (lambda bench: bench.accept(LeftoverLabels(("Pocket", "read-later"))), run_publish),
    "a post": (lambda bench: bench.accept(AnotherPost(POST, mark="7")), run_publish),
}


def delete_issue(bench: Bench) -> None:
    bench.repository.issues.pop(bench.number, None)


CURATOR: dict[str, Callable[[Bench], None]] = {
    "adds a label": lambda bench: add_label(bench, "mine"),
    "removes a label": lambda bench: bench.server.edit(
        bench.repository,
        bench.number,
        labels=[one for one in bench.repository.issues[bench.number]["labels"] if one["name"] != "NLP"],
    ),
    "renames": lambda bench: bench.server.edit(bench.repository, bench.number, title="私の題"),
    "edits the body": lambda bench: bench.server.edit(bench.repository, bench.number, body="私の本文"),
    "comments": lambda bench: bench.server.add_comment(bench.repository, bench.number, "私の一言"),
    "closes": lambda bench: bench.server.edit(bench.repository, bench.number, state="closed"),
    "locks": lambda bench: bench.repository.locked.add(bench.number),
    "deletes": delete_issue,
}


def add_label(bench: Bench, name: str) -> None:
    labels = bench.repository.issues[bench.number]["labels"]
    bench.server.edit(bench.repository, bench.number, labels=[*labels, label_value(99, name)])


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with GitHubServer(TOKEN) as served:
        yield served


def make_bench(server: GitHubServer, folder: Path, setup: Setup, *, direct: bool = False) -> Bench:
    server.forget()
    repository = server.add_repository(labels=dict.fromkeys(("NLP", "Math", "ACL", "read-later", "Pocket", "mine")))
    server.open_issue(repository, OLD_TITLE, f"# URL\n- {LINK[:-1]}9", ("NLP", "Pocket", "read-later"))
    folder.mkdir()
    bench = Bench(open_store(folder / "notebot.db"), server, repository, folder, direct=direct)
    setup(bench)
    return bench


def check_nothing_is_lost(bench: Bench, did: str, case: str) -> None:
    """What the curator did still holds; a title or body at least in GitHub's own history."""
    if did == "deletes":
        assert bench.number not in bench.repository.issues, case
        return
    issue = bench.repository.issues[bench.number]
    shown = [issue["title"], issue["body"], *bench.repository.earlier.get(bench.number, [])]
    held = {
        "adds a label": "mine" in bench.labels(bench.number),
        "removes a label": "NLP" not in bench.labels(bench.number),
        "renames": any("私の題" in (text or "") for text in shown),
        "edits the body": any("私の本文" in (text or "") for text in shown),
        "comments": "私の一言" in bench.comments(bench.number),
        "closes": issue["state"] == "closed",
        "locks": True,
    }
    assert held[did], case


@pytest.mark.parametrize("did", CURATOR)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_of_the_curator_is_lost_at_any_request(
    server: GitHubServer, tmp_path: Path, operation: str, did: str
) -> None:
    setup, run = OPERATIONS[operation]
    replaced = 0
    for place in itertools.count(1):
        before_count = 0
        for after in (False, True):
            case = f"{operation}: {did} {'after' if after else 'before'} request {place}"
            bench = make_bench(server, tmp_path / f"{place}{after}", setup, direct=True)
            events = server.later_events if after else server.events
            acted: list[bool] = []

            def act(bench: Bench = bench, acted: list[bool] = acted) -> None:
                if bench.number in bench.repository.issues:
                    CURATOR[did](bench)
                    acted.append(True)

            events[place] = act
            run(bench, tmp_path / f"{place}{after}")
            before_count = max(before_count, len(server.calls))
            events.clear()
            if acted:
                check_nothing_is_lost(bench, did, case)
                issue = bench.repository.issues.get(bench.number, {})
                replaced += did in ("renames", "edits the body") and not any(
                    "私の" in str(issue[name]) for name in ("title", "body")
                )
                run(bench, tmp_path / f"{place}{after}")  # the next run too
                check_nothing_is_lost(bench, did, f"{case}, next run")
                assert len(bench.comments(bench.number)) == len(set(bench.comments(bench.number))), case
            bench.store.close()
        if before_count < place:
            break
    # only between the last read and the write: before the PATCH arrives, or after the answer to that read
    assert replaced <= (2 if operation in ("fill", "a venue") else 0)


def add_second(bench: Bench, operation: str) -> Callable[[], bool]:
    """Adds a second issue or stub; returns a function that tells whether it was done."""
    if operation.startswith("fill"):
        number = bench.server.open_issue(bench.repository, "x", OTHER_LINK)
        return lambda: (
            "2605.00002" in bench.repository.issues[number]["title"] + str(bench.repository.issues[number]["body"])
            and bench.repository.issues[number]["title"] != "x"
        )
    if operation == "publish":
        with bench.store.transaction():
            bench.store.stubs.save(stub("2605.00002", "二つ目"), CLOCK())
        return lambda: any("2605.00002" in issue["title"] for issue in bench.repository.issues.values())
    number = bench.server.open_issue(bench.repository, "[Paper Note] B, B+, arXiv'25", "x")
    bench.accept(MissingLabels(("Math",)), number=number)
    return lambda: "Math" in bench.labels(number)


REFUSALS = {
    "locked": (403, "Unable to create comment because issue is locked."),
    "not found": (404, "Not Found"),
    "gone": (410, "This issue was deleted"),
    "invalid": (422, "Validation Failed"),
    "broken": (502, "Server Error"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refusal_of_one_issue_is_named_on_every_run_and_stops_no_other(
    server: GitHubServer, tmp_path: Path, operation: str, refusal: str
) -> None:
    setup, run = OPERATIONS[operation]
    status, words = REFUSALS[refusal]
    bench = make_bench(server, tmp_path / "x", setup)
    is_second_done = add_second(bench, operation)
    path = "/issues" if operation == "publish" else rf"/issues/{bench.number}(/.*)?"
    marks = ("2605.00001",) if operation == "publish" else ("",)
    server.refuse(path, marks, answer(f'{{"message": "{words}"}}', status, "application/json"))
    if operation == "publish" and refusal in ("locked", "not found", "gone"):
        # when an issue is opened, these can only be about the repository
        assert len(run(bench, tmp_path / "x")) == 1
        assert not is_second_done()
        bench.store.close()
        return
    for _ in range(2):
        troubles = run(bench, tmp_path / "x")
        assert len(troubles) == 1
        assert str(status) in troubles[0].message or words in troubles[0].message
    assert is_second_done()
    server.refusals.clear()
    assert run(bench, tmp_path / "x") == []
    bench.store.close()


@pytest.mark.parametrize(
    "reply",
    [
        answer('{"message": "Bad credentials"}', 401),
        answer('{"message": "Resource not accessible by personal access token"}', 403),
        answer('{"message": "Repository was archived so is read-only."}', 403),
        answer('{"message": "You have exceeded a secondary rate limit"}', 403),
        answer('{"message": "Repository access blocked"}', 451),
    ],
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refusal_of_token_or_repository_stops_the_run_after_one_attempt(
    server: GitHubServer, tmp_path: Path, operation: str, reply: Callable[..., None]
) -> None:
    setup, run = OPERATIONS[operation]
    bench = make_bench(server, tmp_path / "x", setup)
    is_second_done = add_second(bench, operation)
    server.refused[1] = reply
    assert len(run(bench, tmp_path / "x")) == 1
    assert len(server.writes) == 1
    assert not is_second_done()
    bench.store.close()


def test_an_outage_stops_the_run(server: GitHubServer, tmp_path: Path) -> None:
    bench = make_bench(server, tmp_path / "x", open_link)
    is_second_done = add_second(bench, "fill")
    for place in range(3, 60):
        server.script[place] = answer("{}", 503)
    assert len(run_fill(bench, tmp_path / "x")) == 1
    assert len(server.writes) <= 1
    assert not is_second_done()
    bench.store.close()

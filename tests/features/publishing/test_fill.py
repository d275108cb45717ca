"""Bare issues become notes in place: a real store, the real writer, a GitHub on loopback, and faults at every step."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fakes import FakeApi, FakeClock, paper, topic
from fresh_store import new_store
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import UnavailableError
from notebot.core.model.note import Note
from notebot.core.model.post_address import parse_post
from notebot.core.model.source_record import Validators
from notebot.core.model.stub import AttributedText, Curator, StubStatus
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.import_notes import Importer
from notebot.features.intake.fetch import PaperFetcher
from notebot.features.intake.read_post import PostReading
from notebot.features.intake.rules.paper_mentions import FoundIn, PaperMention
from notebot.features.publishing.adapters.github import GitHubWriter
from notebot.features.publishing.fill.fill_issues import SOURCE, fill
from notebot.features.publishing.fill.follow_posts import PostCache
from notebot.features.publishing.fill.link_only_issues import OpenIssues
from notebot.features.publishing.fill.report import FillReport
from notebot.features.publishing.publish.session import PublishRules
from notebot.features.publishing.rules.issue_draft import Draft, OutboxEntry, OutboxState
from notebot.features.topics.rules.drafting import draft_from_paper
from servers.github_archive import TOKEN, DyingGitHub, GitHubArchive, Killed
from servers.github_server import GitHubServer
from servers.github_state import Repository
from servers.loopback import Handler, answer, raw

pytestmark = pytest.mark.slow

URL = "https://arxiv.org/abs/2605.00001"
POST = "https://x.com/ada/status/1900000000000000001"
BODY = (
    f"# URL\n- {URL}\n# Authors\n  - Ada Lovelace\n  - Emmy Noether\n# Abstract\n"
    "  - We prove a thing. It holds. It is useful."
)
TITLE = "[Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05"
LABELS: dict[str, str | None] = {"Math": None, "read-later": None}


@dataclass
class Lister:
    """The open issues, as if a curator had opened them all."""

    repository: Repository
    writer: GitHubWriter
    strangers: set[int] = field(default_factory=set)
    etags: list[str | None] = field(default_factory=list)

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        self.etags.append(etag)
        issues = [issue for issue in self.writer.newest() if issue.state == "open"]
        now = json.dumps(sorted((issue.number, issue.updated_at.isoformat()) for issue in issues))
        if now == etag:
            return None
        return OpenIssues(tuple(one for one in issues if one.number not in self.strangers), now)


@dataclass
class Bench(GitHubArchive):
    """A store, a repository with one old note, and arXiv's metadata."""

    api: FakeApi = field(default_factory=FakeApi)
    clock: FakeClock = field(default_factory=FakeClock)
    posts: dict[str, tuple[PaperMention, ...]] = field(default_factory=dict)

    def run(self, *numbers: int, github: Any = None, strangers: Sequence[int] = ()) -> FillReport:
        session = self.session(PublishRules(NoteStyle(), TagOrder(("Math",))), self.clock, github)
        self.lister = Lister(self.repository, self.writer(), set(strangers))
        fetch = PaperFetcher(
            api=self.api, store=None, topics=[topic(query="")], enrich=lambda stub: stub, clock=self.clock
        )
        papers = lambda ids: fetch.fetch(ids, self.clock().date(), None, save=False)  # noqa: E731
        return fill(session, self.lister, papers, self.follow, numbers)

    def follow(self, url: str) -> PostReading:
        """X tells nothing; of other posts what the test says."""
        post = parse_post(url)
        assert post is not None
        told = self.posts.get(url)
        if told is None:
            return PostReading(replace(post, reason="X is not asked."), (), (), ())
        return PostReading(replace(post, fetched=True, reason=None), told, (), ())

    def open(self, body: str, title: str = "x", **more: Any) -> int:
        return self.server.open_issue(self.repository, title, body, **more)

    def body(self, number: int) -> str:
        return str(self.repository.issues[number]["body"])

    def take_in(self, *notes: Note) -> None:
        Importer(self.store, self.clock, "github", "curator/notes", lambda what, done, total: None).take(notes)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with GitHubServer(TOKEN) as server:
        repository = server.add_repository(labels=dict(LABELS))
        server.open_issue(repository, "[Paper Note] Old, A+, arXiv'25, 2025.07", "https://arxiv.org/abs/2507.00001")
        made = Bench(new_store(tmp_path / "notebot.db"), server, repository, tmp_path)
        made.api.known = {name: paper(name.partition("v")[0]) for name in ("2605.00001", "2605.00001v2")}
        yield made
        made.store.close()
        assert [call.refused_for for call in server.calls if call.refused_for] == []


def check_filled(bench: Bench, number: int, comments: Sequence[str] = ()) -> None:
    assert (bench.title(number), bench.body(number)) == (TITLE, BODY)
    assert bench.comments(number) == list(comments)
    assert "Math" in bench.labels(number)


def test_a_bare_issue_is_filled_and_a_second_run_writes_nothing(bench: Bench) -> None:
    number = bench.open(f"{URL}\r\n{POST}?s=46\r\n", labels=("read-later",))
    report = bench.run()
    check_filled(bench, number, [f"元ポスト:\n{POST}"])
    assert bench.labels(number) == ["read-later", "Math"]
    (filled,) = report.filled
    assert (filled.number, filled.arxiv_id, filled.title, filled.comments) == (number, "2605.00001", TITLE, 1)
    assert filled.labels == ("read-later", "Math")
    assert (report.waiting, report.troubles, report.untouched) == ([], [], [])
    assert bench.said == ["Writing to curator/notes, whose newest note is #2."]
    assert [call.method for call in bench.server.writes] == ["PATCH", "POST", "POST"]
    (note,) = bench.store.notes.all()
    assert (note.number, note.arxiv_id, note.posts) == (number, "2605.00001", (POST,))
    for numbers in ((), (number,)):
        again = bench.run(*numbers)
        assert (again.filled, again.troubles) == ([], [])
    assert len(bench.server.writes) == 3
    assert len(bench.api.asked) == 1


def test_many_issues_need_one_request(bench: Bench) -> None:
    bench.api.known |= {f"2605.0000{n}": paper(f"2605.0000{n}", f"Paper {n}") for n in range(2, 5)}
    for n in range(1, 5):
        bench.open(f"https://arxiv.org/abs/2605.0000{n}")
    assert [one.number for one in bench.run().filled] == [2, 3, 4, 5]
    assert bench.api.asked == [[f"2605.0000{n}" for n in range(1, 5)]]


def test_the_version_and_further_pages_stay_under_url(bench: Bench) -> None:
    number = bench.open("https://arxiv.org/html/2605.00001v2#S3\nhttps://github.com/ada/code")
    bench.run()
    assert bench.body(number).startswith(f"# URL\n- {URL}v2\n- https://github.com/ada/code\n# Authors\n")


def test_words_typed_into_the_title_become_a_comment(bench: Bench) -> None:
    number = bench.open(URL, title="来週までに読む @me")
    bench.run()
    check_filled(bench, number, ["来週までに読む @me"])


@pytest.mark.parametrize(
    ("title", "body", "state"),
    [
        ("x", f"read {URL}", "open"),
        ("[Paper Note] Math for models, Ada Lovelace+, ACL'26, 2026.05", URL, "open"),
        ("x", URL, "closed"),
    ],
)
def test_an_issue_that_is_not_link_only_is_left_unchanged(bench: Bench, title: str, body: str, state: str) -> None:
    number = bench.open(body, title=title)
    bench.server.edit(bench.repository, number, state=state)
    report = bench.run()
    assert [one.number for one in report.waiting] == ([number] if body != URL else [])
    assert replace(report, waiting=[]) == FillReport("curator/notes")
    (remark,) = bench.run(number).untouched
    assert remark.number == number
    assert (bench.server.writes, bench.api.asked) == ([], [])


@pytest.mark.parametrize("title", [URL, f"<{URL}>", "2605.00001", f" {URL} {POST}"])
@pytest.mark.parametrize("body", [None, "", " \r\n"])
def test_a_bare_link_in_the_title_of_an_empty_issue_is_filled(bench: Bench, title: str, body: str | None) -> None:
    number = bench.server.open_issue(bench.repository, title, body)
    assert [one.number for one in bench.run().filled] == [number]
    check_filled(bench, number, [f"元ポスト:\n{POST}"] if POST in title else [])
    assert bench.store.unfilled.all() == {}


@pytest.mark.parametrize(
    ("title", "body", "why"),
    [
        (f"読む {URL}", None, "its body is empty, and its title has words besides a link"),
        ("[2605.00001] Math for models", "", "its body is empty, and its title has words besides a link"),
        ("x", f"これを読む {URL}", "its body has words besides the links"),
    ],
)
def test_what_looks_like_a_link_is_listed_with_the_true_reason(
    bench: Bench, title: str, body: str | None, why: str
) -> None:
    number = bench.server.open_issue(bench.repository, title, body)
    for _ in range(2):
        (waiting,) = bench.run().waiting
        assert waiting.number == number
        assert waiting.why.startswith(why)
        assert bench.store.unfilled.all() == {number: waiting.why}
    assert bench.run(number).untouched == [waiting]
    assert bench.store.unfilled.all() == {number: waiting.why}
    bench.server.edit(bench.repository, number, state="closed")
    assert bench.run().waiting == []
    assert bench.store.unfilled.all() == {}


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("A question", "my words"),
        ("x", f"# URL\n- {URL}\n# Authors"),
        ("[Paper Note] Math, Ada+, ACL'26", f"a note {URL}"),
        ("x", f"{URL}\n" + "long words\n" * 5),
        ("The site is slow", None),
    ],
)
def test_the_curator_s_own_texts_are_not_listed(bench: Bench, title: str, body: str | None) -> None:
    bench.server.open_issue(bench.repository, title, body)
    assert bench.run() == FillReport("curator/notes")


def test_a_refused_issue_is_in_status_with_its_reason(bench: Bench) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.repository.locked.add(number)
    for _ in range(2):
        (trouble,) = bench.run().troubles
        assert "issue is locked" in trouble.message
        assert bench.store.unfilled.all() == {number: trouble.message}
    bench.repository.locked.clear()
    bench.run()
    check_filled(bench, number, [f"元ポスト:\n{POST}"])
    assert bench.store.unfilled.all() == {}


def test_a_label_that_the_curator_removed_between_two_runs_stays_removed(bench: Bench) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.repository.locked.add(number)
    bench.run()
    assert bench.labels(number) == ["Math"]
    bench.server.edit(bench.repository, number, labels=[])
    bench.repository.locked.clear()
    assert [one.number for one in bench.run().filled] == [number]
    assert bench.labels(number) == []


def test_issues_of_others_are_filled_only_when_asked_for(bench: Bench) -> None:
    number = bench.open(URL)
    assert bench.run(strangers=[number]).filled == []
    assert [one.number for one in bench.run(number, strangers=[number]).filled] == [number]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (POST, "its links lead to no known paper (X is not asked); add the link"),
        ("https://blog.example/post", "lead to no known paper"),
        (f"{URL}\nhttps://arxiv.org/abs/2605.00002", "several papers"),
    ],
)
def test_an_issue_without_one_paper_waits_and_is_listed_again(bench: Bench, body: str, why: str) -> None:
    number = bench.open(body)
    for _ in range(2):
        (remark,) = bench.run().waiting
        assert remark.number == number
        assert why in remark.why
        assert bench.lister.etags == [None]
    assert bench.server.writes == []


BLUESKY = "https://bsky.app/profile/ada.example/post/3kaheyt6vpc22"


def mention(arxiv_id: str, where: FoundIn = FoundIn.LINK) -> PaperMention:
    return PaperMention(parse_ref(arxiv_id), where, "a link")


OTHER = "https://bsky.app/profile/ben.example/post/3kaheyt6vpc23"


@pytest.mark.parametrize("body", [BLUESKY, f"{OTHER}\n{BLUESKY}"])
def test_an_issue_with_posts_alone_becomes_the_note_of_their_paper(bench: Bench, body: str) -> None:
    bench.posts = {BLUESKY: (mention("2605.00001"),), OTHER: ()}
    number = bench.open(body)
    assert [one.number for one in bench.run().filled] == [number]
    assert bench.title(number) == TITLE
    assert bench.body(number).startswith(f"# URL\n- {URL}\n")
    assert bench.comments(number)[-1] == f"元ポスト:\n{BLUESKY}"
    count = len(bench.server.writes)
    assert bench.run().filled == []
    assert len(bench.server.writes) == count


def test_a_post_on_a_paper_with_a_note_gets_a_comment_that_names_the_note(bench: Bench) -> None:
    bench.posts[BLUESKY] = (mention("2507.00001"),)
    number = bench.open(BLUESKY)
    bench.take_in(Note("[Paper Note] Old, A+, arXiv'25, 2025.07", 1, arxiv_id="2507.00001"))
    assert [(one.number, one.note) for one in bench.run().known] == [(number, 1)]
    assert bench.comments(number) == ["既出: #1"]


@pytest.mark.parametrize(
    ("papers", "body", "title", "why"),
    [
        ((), BLUESKY, "x", "its links lead to no known paper; add"),
        ((mention("2605.00001", FoundIn.TITLE),), BLUESKY, "x", "its links lead to no known paper; add"),
        (
            (mention("2605.00001"), mention("2605.00002")),
            BLUESKY,
            "x",
            "its title and posts mention several papers (2605",
        ),
        ((mention("2605.00001"),), BLUESKY, "https://arxiv.org/abs/2605.00002", "its title and posts mention several"),
        (
            (mention("2605.00001"),),
            f"{BLUESKY}\n{POST}",
            "x",
            "its links lead to no known paper (X is not asked); add",
        ),
        ((mention("2605.00001"),), f"{BLUESKY}\nhttps://blog.example/", "x", "its links lead to no known paper; add"),
    ],
)
def test_a_post_that_does_not_name_exactly_one_paper_waits(
    bench: Bench, papers: tuple[PaperMention, ...], body: str, title: str, why: str
) -> None:
    bench.posts[BLUESKY] = papers
    bench.open(body, title)
    (remark,) = bench.run().waiting
    assert remark.why.startswith(why)
    assert bench.server.writes == []


def test_the_link_to_a_paper_takes_precedence_over_a_post(bench: Bench) -> None:
    bench.posts[BLUESKY] = (mention("2605.00002"),)
    number = bench.open(f"{BLUESKY}\n{URL}")
    bench.run()
    check_filled(bench, number, [f"元ポスト:\n{BLUESKY}"])


def test_a_post_is_read_once_an_hour() -> None:
    clock, asked = FakeClock(), []

    def read(url: str) -> PostReading:
        asked.append(url)
        post = parse_post(url)
        assert post is not None
        return PostReading(post, (), (), ())

    followed = PostCache(read, clock)
    for passed in (timedelta(), timedelta(minutes=59), timedelta(minutes=2), timedelta(hours=-2)):
        clock.now += passed
        followed(BLUESKY)
    assert len(asked) == 3
    followed(POST)
    assert asked[3:] == [POST]


def test_a_list_that_has_not_changed_is_not_read_again_where_nothing_waits(bench: Bench) -> None:
    bench.run()
    bench.run()
    assert bench.lister.etags != [None]
    number = bench.open(URL)
    assert [one.number for one in bench.run().filled] == [number]


# Papers that have a note.


def test_a_noted_paper_gets_one_comment_and_nothing_else(bench: Bench) -> None:
    bench.take_in(Note("Old", 1, arxiv_id="2605.00001"))
    number = bench.open(URL)
    report = bench.run()
    assert [(one.number, one.note) for one in report.known] == [(number, 1)]
    assert bench.comments(number) == ["既出: #1"]
    assert (bench.title(number), bench.body(number), bench.labels(number)) == ("x", URL, [])
    for numbers in ((), (number,)):
        assert bench.run(*numbers).known == []
    assert len(bench.server.writes) == 1
    assert bench.api.asked == []


def test_an_existing_comment_is_not_repeated(bench: Bench) -> None:
    bench.take_in(Note("Old", 1, arxiv_id="2605.00001"))
    number = bench.open(URL)
    bench.server.add_comment(bench.repository, number, "既出: #1\r\n")
    assert bench.run() == FillReport("curator/notes")
    assert bench.server.writes == []


def test_of_two_bare_issues_the_older_becomes_the_note(bench: Bench) -> None:
    older, newer = bench.open(URL), bench.open(f"{URL}v2")
    report = bench.run()
    assert ([one.number for one in report.filled], [one.number for one in report.known]) == ([older], [newer])
    assert bench.comments(newer) == [f"既出: #{older}"]


def test_a_note_that_was_not_imported_yet_is_met_among_the_newest_issues(bench: Bench) -> None:
    note = bench.open(BODY, title=TITLE)
    bench.open(f"What about {URL}?", title="A question")
    number = bench.open(URL)
    bench.run()
    assert bench.comments(number) == [f"既出: #{note}"]


def test_its_own_import_does_not_make_an_issue_noted(bench: Bench) -> None:
    number = bench.open(URL)
    bench.take_in(Note("x", number, arxiv_id="2605.00001"))
    bench.run()
    check_filled(bench, number)


def test_a_note_without_number_is_waited_for(bench: Bench) -> None:
    bench.take_in(Note("Old", arxiv_id="2605.00001"))
    bench.open(URL)
    (remark,) = bench.run().waiting
    assert "without its number" in remark.why
    assert bench.server.writes == []


# Stubs of the same paper.


def test_a_kept_stub_brings_the_curator_s_words_and_is_published_with_them(bench: Bench) -> None:
    stub = draft_from_paper(paper(), None, ())
    own = Curator(comment="良い。", fields={"title_line": "[Paper Note] Mine, Ada+"}, tags=("read-later",))
    stub = replace(stub, status=StubStatus.KEPT, curator=own, posts=(f"{POST[:-1]}2",))
    stub = replace(stub, summary=AttributedText("証明する。", "model-b"), translation=AttributedText("訳。", "model-a"))
    with bench.store.transaction():
        bench.store.stubs.save(stub, bench.clock())
    number = bench.open(f"{URL}\n{POST}")
    bench.run()
    assert bench.title(number) == "[Paper Note] Mine, Ada+"
    assert bench.body(number) == f"{BODY}\n# Translation (by model-a)\n- 訳。\n# Summary (by model-b)\n- 証明する。"
    assert bench.labels(number) == ["read-later"]
    assert bench.comments(number) == [f"元ポスト:\n{POST}", f"元ポスト:\n{POST[:-1]}2", "良い。"]
    held = bench.store.stubs.get(stub.key)
    assert held is not None
    assert held.note_number == number


def test_an_extract_of_a_queued_stub_never_leaves_the_digest(bench: Bench) -> None:
    stub = replace(draft_from_paper(paper(), None, ()), summary=AttributedText("We prove.", "extractive"))
    with bench.store.transaction():
        bench.store.stubs.save(stub, bench.clock())
    number = bench.open(URL)
    bench.run()
    check_filled(bench, number)


def test_a_stub_that_is_being_published_is_waited_for(bench: Bench) -> None:
    sending = OutboxEntry("arxiv:2605.00001", "curator/notes", Draft(URL, TITLE, BODY), OutboxState.SENDING)
    with bench.store.transaction():
        bench.store.outbox.put(sending, bench.clock())
    bench.open(URL)
    (remark,) = bench.run().waiting
    assert "being published" in remark.why
    with bench.store.transaction():
        bench.store.outbox.put(replace(sending, state=OutboxState.PLANNED), bench.clock())
    assert len(bench.run().filled) == 1


# Hands off.


@pytest.mark.parametrize(
    "change",
    [
        {"body": f"{URL}\n"},
        {"body": f"{URL}\nmine"},
        {"body": "https://arxiv.org/abs/2605.00002"},
        {"title": "mine"},
        {"state": "closed"},
        {"body": None},
    ],
    ids=str,
)
def test_an_issue_that_was_changed_meanwhile_is_left(bench: Bench, change: dict[str, Any]) -> None:
    number = bench.open(URL)
    # its list, the newest, the labels; then the issue itself is read
    bench.server.events[4] = lambda: bench.server.edit(bench.repository, number, **change)
    report = bench.run()
    if change == {"body": f"{URL}\n"}:
        check_filled(bench, number)
        return
    (trouble,) = report.troubles
    assert trouble.subject == f"#{number}"
    assert "changed" in trouble.message
    assert bench.server.writes == []
    assert {name: bench.repository.issues[number][name] for name in change} == change


def test_the_comment_too_is_kept_off_an_issue_that_was_changed(bench: Bench) -> None:
    bench.take_in(Note("Old", 1, arxiv_id="2605.00001"))
    number = bench.open(URL)
    bench.server.events[3] = lambda: bench.server.edit(bench.repository, number, body="mine")
    assert len(bench.run().troubles) == 1
    assert bench.server.writes == []


def test_an_issue_that_was_left_is_filled_once_it_is_bare_again(bench: Bench) -> None:
    number = bench.open(URL)
    bench.server.events[4] = lambda: bench.server.edit(bench.repository, number, body="mine")
    bench.run()
    bench.server.edit(bench.repository, number, body=URL)
    bench.run()
    check_filled(bench, number)


def test_a_post_that_a_comment_has_is_not_sent_again(bench: Bench) -> None:
    number = bench.open(f"{URL} {POST}")
    bench.server.add_comment(bench.repository, number, f"元ポスト: {POST}?s=20")
    bench.run()
    check_filled(bench, number, [f"元ポスト: {POST}?s=20"])


# What fails.


def test_a_paper_unknown_to_arxiv_is_shown_in_status_and_retried(bench: Bench) -> None:
    number, known = bench.open("https://arxiv.org/abs/2605.00002"), bench.open(URL)
    report = bench.run()
    assert [(one.subject, one.kind) for one in report.troubles] == [(f"#{number}", "not-found")]
    check_filled(bench, known)
    record = bench.store.sources.get(SOURCE)
    assert record.error_kind == "not-found"
    assert record.error is not None
    assert record.error.startswith(f"#{number}: arXiv has no paper 2605.00002")
    bench.api.known["2605.00002"] = paper("2605.00002")
    bench.run()
    assert bench.body(number).startswith("# URL\n- https://arxiv.org/abs/2605.00002\n")
    assert bench.store.sources.get(SOURCE).error is None


def test_a_failure_of_arxiv_leaves_the_rest_for_the_next_run(bench: Bench) -> None:
    first, second = bench.open(URL), bench.open("https://arxiv.org/abs/2605.00002")
    bench.api.error = UnavailableError("arXiv is silent")
    report = bench.run()
    assert [(one.subject, one.kind) for one in report.troubles] == [(f"#{first}", "unavailable")]
    assert [one.number for one in report.waiting] == [second]
    assert bench.server.writes == []
    bench.api.error = None
    bench.api.known["2605.00002"] = paper("2605.00002")
    assert [one.number for one in bench.run().filled] == [first, second]


def test_an_issue_that_github_does_not_have_is_reported(bench: Bench) -> None:
    (trouble,) = bench.run(99).troubles
    assert (trouble.subject, trouble.kind) == ("#99", "not-found")


@pytest.mark.parametrize("place", [1, 2])
def test_a_failure_of_github_is_reported(bench: Bench, place: int) -> None:
    bench.open(URL)
    bench.server.script[place] = answer("{}", 502)
    (trouble,) = bench.run().troubles
    assert (trouble.subject, trouble.kind) == ("curator/notes", "unavailable")
    run = bench.store.runs.last(SOURCE)
    assert run is not None
    assert (run.status, run.detail) == ("partial", "filled=0 known=0 troubles=1")


def test_a_write_that_is_forbidden_ends_the_run(bench: Bench) -> None:
    first, second = bench.open(URL), bench.open("https://arxiv.org/abs/2605.00002")
    bench.api.known["2605.00002"] = paper("2605.00002")
    bench.server.refused[1] = answer("{}", 403)
    report = bench.run()
    assert ([one.subject for one in report.troubles], len(report.waiting)) == ([f"#{first}"], 1)
    assert len(bench.server.writes) == 1
    assert [one.number for one in bench.run().filled] == [first, second]


def test_unknown_labels_are_left_out_and_dropped_labels_are_reported(bench: Bench) -> None:
    del bench.repository.labels["Math"]
    first = bench.open(URL)
    (filled,) = bench.run().filled
    assert (filled.labels, filled.left_out, bench.labels(first)) == ((), ("Math",), [])
    bench.repository.labels["Math"], bench.repository.push = None, False
    bench.api.known["2605.00002"] = paper("2605.00002")
    bench.open("https://arxiv.org/abs/2605.00002")
    (filled,) = bench.run().filled
    assert (filled.labels, filled.dropped) == ((), ("Math",))


LOST: dict[str, Handler] = {"dropped": raw(b""), "502": answer("{}", 502), "cut": answer('{"number"')}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_lost_answer_does_not_cause_a_second_write(bench: Bench, place: int, how: str) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.server.lost[place] = LOST[how]
    bench.run()
    bench.run()
    check_filled(bench, number, [f"元ポスト:\n{POST}"])
    assert len(bench.server.writes) == 3


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_write_that_did_not_arrive_is_repeated_by_the_next_run(bench: Bench, place: int) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.server.refused[place] = answer("{}", 502)
    assert len(bench.run().troubles) == 1
    bench.run()
    check_filled(bench, number, [f"元ポスト:\n{POST}"])
    assert len(bench.server.writes) == 4


def test_an_issue_deleted_on_the_way_is_left_for_good(bench: Bench) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.server.lost[2] = answer("{}", 502)
    bench.run()
    del bench.repository.issues[number]
    (trouble,) = bench.run().troubles
    assert (trouble.subject, trouble.kind) == (f"#{number}", "not-found")
    assert bench.run() == FillReport("curator/notes")


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("noted", [True, False])
def test_a_kill_at_any_request_costs_nothing(bench: Bench, noted: bool, after: bool) -> None:
    if noted:
        bench.take_in(Note("Old", 1, arxiv_id="2605.00001"))
    number = bench.open(f"{URL}\n{POST}")
    for last in range(1, 8):
        try:
            bench.run(github=DyingGitHub(bench.writer(), last, after))
        except Killed:
            continue
    assert bench.run().troubles == []
    if noted:
        assert bench.comments(number) == ["既出: #1"]
    else:
        check_filled(bench, number, [f"元ポスト:\n{POST}"])


def test_the_store_remembers_the_list_only_when_all_of_it_is_settled(bench: Bench) -> None:
    bench.run()
    assert bench.store.sources.get(SOURCE).validators.etag
    bench.open(POST)
    bench.run()
    assert bench.store.sources.get(SOURCE).validators == Validators()
    assert bench.store.sources.get(SOURCE).last_success_at == bench.clock().astimezone(UTC)


def test_a_comment_that_is_forbidden_is_sent_by_the_next_run(bench: Bench) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.server.refused[2] = answer("{}", 403)
    (trouble,) = bench.run().troubles
    assert (trouble.subject, trouble.kind) == (f"#{number}", "refused")
    assert [one.number for one in bench.run().filled] == [number]
    check_filled(bench, number, [f"元ポスト:\n{POST}"])


def test_where_nothing_can_be_seen_after_a_lost_answer_the_next_run_looks(bench: Bench) -> None:
    number = bench.open(f"{URL}\n{POST}")
    bench.server.lost[1] = answer("{}", 502)
    bench.server.script[6] = answer("{}", 502)
    assert len(bench.run().troubles) == 1
    assert [one.number for one in bench.run().filled] == [number]
    check_filled(bench, number, [f"元ポスト:\n{POST}"])
    assert len(bench.server.writes) == 3

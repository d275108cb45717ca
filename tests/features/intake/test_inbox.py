"""The inbox: lines read, tried, taken away or remembered, with files played by a list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, FakeApi, FakeClock, paper, topic
from notebot.core.model.errors import NotFoundError, RefusedError, UnavailableError
from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.model.post import Post
from notebot.core.model.stub import Stub
from notebot.features.intake.handed_over_links import LinkIntake, LinkResult
from notebot.features.intake.inbox import Inbox, InboxReport
from notebot.features.intake.read_post import PostReader
from notebot.features.intake.rules.inbox_lines import (
    InboxItem,
    SharedLink,
    extract_links,
    next_failure,
    split_lines,
    why_no_links,
    without_lines,
)
from notebot.features.intake.take_in import Intake
from notebot.store.store import DatabaseStore

X = "https://x.com/ada/status/1800000000000000000"
ABS = "https://arxiv.org/abs/2605.00001"
PAGES = "https://b.example/a, https://b.example/b"


def line(text: str, place: str = "a.txt") -> InboxItem:
    return InboxItem(place, text)


# lines


@pytest.mark.parametrize(
    ("item", "leads"),
    [
        (line(f"{X} {ABS}"), [(X, f"{X} {ABS}")]),
        (line("nothing"), []),
        (line("see 2605.00001v2, or arXiv:2605.00002."), [(f"{ABS}v2", ""), (f"{ABS[:-1]}2", "")]),
        (line(f"- [ ] [A title]({ABS})"), [(ABS, "")]),
        (line(f"{ABS}{ABS[:-1]}2"), [(ABS, ""), (f"{ABS[:-1]}2", "")]),
        (line("arXiv:２６０５．００００１"), [(ABS, "")]),
        (line("2605.00001 arXiv:2613.00001"), [(ABS, ""), ("https://arxiv.org/abs/2613.00001", "")]),
        (line(f"{X} {'w ' * 10_001}{ABS}"), []),
        (InboxItem("a.url", f"[InternetShortcut]\r\nURL={X}\r\n", is_file=True), [(X, "")]),
        (InboxItem("a.url", "[InternetShortcut]", is_file=True), []),
        (InboxItem("a.desktop", f"[Desktop Entry]\nType=Link\nURL={X}\nName=x", is_file=True), [(X, "")]),
        (InboxItem("A.WebLoc", f"URL={X}?a&b", is_file=True), [(f"{X}?a&b", "")]),
        (InboxItem("a.webloc", "<plist/>", is_file=True), []),
        (line(PAGES), [("https://b.example/a", PAGES), ("https://b.example/b", PAGES)]),
        (InboxItem("a.html", f'<a href="{X}"><A HREF="{ABS}"><a href="#top"><a>', is_file=True), [(X, ""), (ABS, "")]),
        (InboxItem("a.html", f'<link rel="canonical" href="{X}"><a href="{ABS}">', is_file=True), [(X, "")]),
        (InboxItem("a.html", f'<meta property="og:url" content="{X}"><a href="{ABS}">', is_file=True), [(X, "")]),
        (InboxItem("a.html", f'<!-- saved from url=(0041){X} --><a href="{ABS}">', is_file=True), [(X, "")]),
        (InboxItem("a.html", f'<!-- x --><a href="{ABS}">', is_file=True), [(ABS, "")]),
        (InboxItem("a.html", f'<![foo[ bar><a href="{ABS}">', is_file=True), [(ABS, "")]),
        (InboxItem("a.html", f'<![foo[<a href="{ABS}"', is_file=True), [(ABS, "")]),
        (InboxItem("a.html", f'<a href="{ABS}">' + "<a " * 16_000, is_file=True), [(ABS, "")]),
        (InboxItem("a.html", "<b>x" * 300_000 + f'<a href="{ABS}">', is_file=True), [(ABS, "")]),
    ],
)  # fmt: skip
def test_a_line_leads_to_its_posts_else_its_papers_else_its_page(item: InboxItem, leads: list[tuple[str, str]]) -> None:
    assert [(lead.url, lead.typed) for lead in extract_links(item)] == leads


def test_lines_are_read_and_removed_without_changing_other_lines() -> None:
    body = "\ufeff# Heading\r\n\r\none\r\ntwo\r\none\r\n  three \xff".encode() + b"\xff\n"
    assert [item.text for item in split_lines(body, "a.md")] == ["one", "two", "  three \xff\ufffd"]
    assert next(item.text for item in split_lines(body, "a.txt")) == "# Heading"
    assert without_lines(body, [line("one"), line("  three \xff\ufffd")]) == "\ufeff# Heading\r\n\r\ntwo\r\n".encode()
    assert without_lines(b"one\n\n", [line("one")]) == b""


def test_a_long_list_is_read_completely_and_a_list_over_the_limit_not_at_all() -> None:
    rows = "".join(f'<a href="{ABS}?{number}" ICON="{"x" * 900}">' for number in range(2_001))
    item = InboxItem("a.html", rows, is_file=True)
    assert (extract_links(item), why_no_links(item)) == (
        (),
        "It has more than 2000 links; split it, or put the links on lines of a .txt file.",
    )
    shorter = InboxItem("a.html", rows.replace(f"{ABS}?0", "#top"), is_file=True)
    assert [lead.url for lead in extract_links(shorter)] == [f"{ABS}?{number}" for number in range(1, 2_001)]


def test_temporary_failures_are_retried_sooner_than_permanent_ones() -> None:
    waits = []
    for kind in ("unavailable", "not-found"):
        failure = None
        for _ in range(12):
            failure = next_failure(failure, line("x"), kind=kind, why="Why.", now=NIGHT)
            waits.append(failure.next_at - NIGHT)
    assert (waits[0], waits[1], waits[11]) == (timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=6))
    assert (waits[12], waits[23]) == (timedelta(days=1), timedelta(days=30))


def test_a_line_is_shown_short_and_a_file_by_its_name() -> None:
    def where(place: str, text: str) -> str:
        return next_failure(None, InboxItem(place, text), kind="timeout", why="Why.", now=NIGHT).where

    assert where("a.txt", " x  y ") == "a.txt: x y"
    assert len(where("a.txt", "x" * 500)) == 127
    assert where("a.URL", "[InternetShortcut]") == "a.URL"


# the service


@dataclass
class Lines:
    """An inbox in memory."""

    standing: list[InboxItem]
    settled: list[list[InboxItem]] = field(default_factory=list)

    def items(self) -> list[InboxItem]:
        return list(self.standing)

    def remove(self, done: Sequence[InboxItem]) -> None:
        self.settled.append(list(done))
        self.standing = [item for item in self.standing if item not in done]


@dataclass
class Taker:
    """Answers by what a link holds: ``bad`` is not found, ``down`` cannot be asked."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, leads: Sequence[SharedLink]) -> list[LinkResult]:
        self.asked += [lead.url for lead in leads]
        return [self._answer(lead.url) for lead in leads]

    def _answer(self, url: str) -> LinkResult:
        error = (
            NotFoundError("It is gone.") if "bad" in url else UnavailableError("It is down.") if "down" in url else None
        )
        return LinkResult(url, error=error)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def inbox(store: DatabaseStore, files: Lines, taker: Taker, clock: FakeClock) -> Inbox:
    return Inbox(store=store, records=store.inbox, files=files, take=taker, clock=clock)


def test_every_line_is_taken_in_or_stays_with_its_reason(store: DatabaseStore, clock: FakeClock) -> None:
    good = [line(f"https://a.example/{number}") for number in range(60)]
    bad = [line("https://bad.example/"), line("no link"), line("https://down.example/")]
    files, taker = Lines([*good[:30], *bad, *good[30:]]), Taker()
    report = inbox(store, files, taker, clock).drain(by_hand=False)
    assert [item for item, _ in report.done] == good
    assert files.standing == bad
    assert [len(part) for part in files.settled] == [47, 13]
    assert [(one.text, one.kind, one.why) for one in store.inbox.failures()] == [
        ("https://bad.example/", "not-found", "It is gone."),
        ("https://down.example/", "unavailable", "It is down."),
        ("no link", "invalid-ref", "It has no link and no arXiv id."),
    ]
    assert len(report.failure_lines()) == 3


def test_a_file_of_an_unknown_kind_is_reported_once_by_name(store: DatabaseStore, clock: FakeClock) -> None:
    files = Lines([InboxItem("paper.pdf", "", is_file=True, trouble="It is of no kind that is read.")])
    report = inbox(store, files, Taker(), clock).drain(by_hand=False)
    assert report.failure_lines() == ["inbox: paper.pdf: It is of no kind that is read."]
    assert inbox(store, files, Taker(), clock).drain(by_hand=False).failed == []


def test_a_failed_line_waits_unless_a_person_asks_and_is_reported_once(store: DatabaseStore, clock: FakeClock) -> None:
    files, taker = Lines([line("https://down.example/")]), Taker()
    drains = inbox(store, files, taker, clock)
    drains.drain(by_hand=False)
    assert drains.drain(by_hand=False) == InboxReport()
    clock.pass_by(seconds=61)
    assert drains.drain(by_hand=False).first_failures == []
    drains.drain(by_hand=True)
    assert len(taker.asked) == 3
    assert [one.tries for one in store.inbox.failures()] == [3]


def test_a_line_that_is_mended_or_deleted_is_forgotten(store: DatabaseStore, clock: FakeClock) -> None:
    files = Lines([line("no link"), line("https://down.example/")])
    drains = inbox(store, files, Taker(), clock)
    drains.drain(by_hand=False)
    files.standing = [line("https://a.example/")]
    drains.drain(by_hand=False)
    assert (files.standing, store.inbox.failures()) == ([], [])


def test_a_failure_that_passes_is_forgotten_with_its_line(store: DatabaseStore, clock: FakeClock) -> None:
    store.inbox.failed(InboxFailure("a.txt", "https://a.example/", "timeout", "Why.", 1, NIGHT, NIGHT, NIGHT))
    inbox(store, Lines([line("https://a.example/")]), Taker(), clock).drain(by_hand=False)
    assert store.inbox.failures() == []


def test_nothing_more_is_begun_once_the_program_is_to_end(store: DatabaseStore, clock: FakeClock) -> None:
    taker = Taker()
    stopped = Inbox(
        store=store,
        records=store.inbox,
        files=Lines([line("https://a.example/")]),
        take=taker,
        clock=clock,
        stopping=lambda: True,
    )
    assert stopped.drain(by_hand=True) == InboxReport()
    assert taker.asked == []


def test_many_failures_are_reported_in_a_few_lines() -> None:
    failures = [next_failure(None, line(f"x{number}"), kind="timeout", why="Why.", now=NIGHT) for number in range(40)]
    told = InboxReport(failed=failures).failure_lines()
    assert (len(told), told[-1]) == (31, "inbox: 10 more, see `notebot status`")


# what a link comes to


@dataclass
class Closed:
    """Services that show nothing, and short links that lead nowhere."""

    failure: str | None = None

    def read(self, post: Post) -> Post:
        return replace(post, failure=self.failure)

    def expand(self, url: str) -> str:
        raise RefusedError("It cannot be asked.")


@dataclass
class Pages:
    """One page."""

    asked: list[str] = field(default_factory=list)

    def draft(self, url: str) -> Stub:
        from notebot.core.model.article import Article
        from notebot.features.intake.rules.stub_from_page import draft_from_page

        self.asked.append(url)
        if "gone" in url:
            raise NotFoundError("The page is gone.")
        return draft_from_page(Article(url, title="A page"))


def posted(store: DatabaseStore, url: str, told: str = "", pages: Pages | None = None) -> LinkResult:
    api = FakeApi({"2605.00001": paper()})
    intake = Intake(store=store, api=api, topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    posts = PostReader(Closed(), Closed(), None)
    (found,) = LinkIntake(posts, intake, pages or Pages()).take_links([SharedLink(url, told)], DAY)
    return found


def test_a_post_is_added_to_its_papers_and_a_bare_paper_gets_no_post(store: DatabaseStore) -> None:
    assert [one.stub and one.stub.posts for one in posted(store, ABS).taken] == [()]
    assert [one.stub and one.stub.posts for one in posted(store, X, ABS).taken] == [(X,)]
    assert posted(store, f"{X}?s=1").taken[0].remark == "is queued already, with this post"
    assert posted(store, "no address").failure is not None


def test_a_link_without_a_paper_is_a_page_or_a_post_that_links_to_one(store: DatabaseStore) -> None:
    pages = Pages()
    assert [one.stub and one.stub.posts for one in posted(store, "https://b.example/a", pages=pages).taken] == [()]
    linked = posted(store, X, "see https://b.example/c", pages)
    assert [one.stub and (one.stub.url, one.stub.posts) for one in linked.taken] == [("https://b.example/c", (X,))]
    assert str(posted(store, "https://gone.example/").failure) == "The page is gone."
    other = posted(store, "https://x.com/ada/status/1800000000000000001")
    assert "not fetched" in str(other.failure)
    assert pages.asked == ["https://b.example/a", "https://b.example/c"]


@pytest.mark.parametrize(
    ("failure", "kind"), [("unavailable", "unavailable"), ("throttled", "throttled"), (None, "not-found")]
)
def test_a_post_whose_service_is_down_fails_with_the_error_of_the_service(
    store: DatabaseStore, failure: str | None, kind: str
) -> None:
    intake = Intake(store=store, api=FakeApi(), topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    posts = PostReader(Closed(failure), Closed(), None)
    (found,) = LinkIntake(posts, intake, Pages()).take_links([SharedLink(X)], DAY)
    assert found.failure is not None and found.failure.kind == kind

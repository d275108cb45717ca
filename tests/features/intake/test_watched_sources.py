"""Watched sources, with a real store, a fake API and sources that show what a test says."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, FakeApi, FakeClock, paper, topic
from notebot.core.model.errors import RefusedError, ServiceError, UnavailableError
from notebot.core.model.source_record import SourceRecord, Validators
from notebot.core.model.source_report import SourceReport
from notebot.core.model.stub import StubStatus
from notebot.features.announcements.poll_report import PollReport
from notebot.features.intake.rules.source_item import SourceItem, find_papers, post_url, words_for
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.intake.take_in import Intake
from notebot.features.intake.watched_sources import (
    INTERVAL,
    MAX_NEW_ITEMS,
    ItemAnswer,
    SourceWatcher,
    due_sources,
    with_watched,
)
from notebot.store.store import DatabaseStore

POST = "https://x.com/ada/status/1800000000000000000"
BY_TOPICS = WatchedSource("Source", SourceKind.FEED, "https://a.example/feed")
WHOLE = replace(BY_TOPICS, take_all=True)
MATH = SourceItem("1", POST, links=("https://arxiv.org/abs/2605.00001",), votes=3)
COOKING = SourceItem("2", "https://a.example/soup", "Soup", "see arXiv:2605.00002")
PAGE = SourceItem("3", "https://a.example/page", "Math by hand", "No paper.", authors=("Ada",), published_at=NIGHT)


@dataclass
class Shown:
    """Shows the same items to everybody, or fails."""

    items: tuple[SourceItem, ...] | None = ()
    error: ServiceError | None = None
    asked: list[Validators] = field(default_factory=list)
    left: str = ""

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        self.asked.append(validators)
        if self.error is not None:
            raise self.error
        return ItemAnswer(self.items, Validators(f'"{len(self.asked)}"'), self.left)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi({"2605.00001": paper(), "2605.00002": paper("2605.00002", "Cooking")})


def watch(store: DatabaseStore, shown: Shown, api: FakeApi, source: WatchedSource = BY_TOPICS) -> SourceReport:
    intake = Intake(store=store, api=api, topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    watcher = SourceWatcher(
        store=store, watched=store.watched, reader=shown, intake=intake, topics=["Math"], clock=FakeClock()
    )
    (report,) = watcher.read_sources([source], DAY)
    return report


def counted(store: DatabaseStore) -> tuple[str, int, int, int, int, int]:
    (row,) = store.ledger.rows()
    counts = row.counts
    assert counts.announced == counts.unmatched + counts.matched
    return str(row.state), counts.fetched, counts.unmatched, counts.drafted, counts.known, counts.tombstoned


@pytest.mark.parametrize(
    ("source", "keys", "sums"),
    [
        (BY_TOPICS, ["arxiv:2605.00001", "url:https://a.example/page"], ("fresh", 3, 1, 2, 0, 0)),
        (WHOLE, ["arxiv:2605.00001", "arxiv:2605.00002", "url:https://a.example/page"], ("fresh", 3, 0, 3, 0, 0)),
    ],
)
def test_matching_items_or_all_items_are_taken_once_each(
    store: DatabaseStore, api: FakeApi, source: WatchedSource, keys: list[str], sums: tuple[object, ...]
) -> None:
    shown = Shown((MATH, COOKING, PAGE))
    report = watch(store, shown, api, source)
    assert (report.state, report.announced, report.known) == ("fresh", 3, 0)
    assert sorted(stub.key for stub in store.stubs.all()) == keys
    assert counted(store) == sums
    again = watch(store, shown, api, source)
    assert (again.announced, again.known, counted(store)) == (0, 3, sums)
    assert shown.asked == [Validators(), Validators('"1"')]


def test_a_stub_lists_its_sources(store: DatabaseStore, api: FakeApi) -> None:
    watch(store, Shown((MATH, COOKING, PAGE)), api, WHOLE)
    page, soup, math = store.stubs.all()
    assert (math.posts, math.post_words, math.sources, math.votes) == ((POST,), (), ("Source",), 3)
    assert (soup.posts, soup.post_words) == (("https://a.example/soup",), (("https://a.example/soup", "参考:"),))
    assert (page.kind, page.title, page.authors, page.topics) == ("article", "Math by hand", ("Ada",), ("Math",))
    assert (page.posts, page.sources, page.article and page.article.published_on is not None) == ((), ("Source",), True)


def test_a_post_on_a_known_paper_is_attached_whatever_the_topics_say(store: DatabaseStore, api: FakeApi) -> None:
    watch(store, Shown((replace(COOKING, links=("https://arxiv.org/abs/2605.00002",)),)), api, WHOLE)
    other = replace(COOKING, id="9", url=POST)
    watch(store, Shown((other,)), api, replace(BY_TOPICS, name="Other", topics=frozenset({"Math"})))
    (stub,) = store.stubs.all()
    assert (stub.posts, stub.sources) == (("https://a.example/soup", POST), ("Source", "Other"))


def test_skipped_papers_are_counted_as_tombstoned(store: DatabaseStore, api: FakeApi) -> None:
    watch(store, Shown((PAGE, MATH)), api, WHOLE)
    for stub in store.stubs.all():
        store.stubs.save(replace(stub, status=StubStatus.SKIPPED), NIGHT)
    watch(store, Shown((replace(PAGE, id="a"), replace(MATH, id="b"))), api, WHOLE)
    assert counted(store) == ("fresh", 4, 0, 2, 0, 2)


def test_a_failing_source_is_reported_and_does_not_stop_the_others(store: DatabaseStore, api: FakeApi) -> None:
    report = watch(store, Shown(error=RefusedError("It is closed.")), api)
    assert (report.state, report.error) == ("failed", {"kind": "refused", "message": "It is closed."})
    assert counted(store)[0] == "failed"
    assert store.sources.get("Source").error == "It is closed."
    assert watch(store, Shown(None), api).state == "quiet"
    assert counted(store)[0] == "quiet"


def test_items_that_arxiv_could_not_tell_of_come_again(store: DatabaseStore, api: FakeApi) -> None:
    api.error = UnavailableError("arXiv is down.")
    report = watch(store, shown := Shown((MATH, PAGE)), api)
    assert report.error is not None
    assert [stub.key for stub in store.stubs.all()] == ["url:https://a.example/page"]
    api.error = None
    assert watch(store, shown, api).announced == 1
    assert shown.asked == [Validators(), Validators()]


def test_a_day_that_was_read_partly_is_neither_quiet_nor_complete(store: DatabaseStore, api: FakeApi) -> None:
    assert watch(store, Shown((MATH,)), api).state == "fresh"
    assert watch(store, Shown((PAGE,), left="It was too much."), api).state == "truncated"
    (row,) = store.ledger.rows()
    assert (row.state.needs_warning, row.explanation, row.counts.announced) == (True, "It was too much.", 2)
    assert watch(store, Shown(error=UnavailableError("It is down.")), api).state == "failed"
    (row,) = store.ledger.rows()
    assert (row.state, row.explanation) == ("truncated", "It was too much.")
    assert watch(store, Shown(None), api).state == "fresh"
    (row,) = store.ledger.rows()
    assert (row.state, row.counts.announced) == ("fresh", 2)


def test_of_too_many_new_items_the_newest_are_taken_and_the_others_counted_once(
    store: DatabaseStore, api: FakeApi
) -> None:
    def item(number: int) -> SourceItem:
        at = NIGHT - timedelta(days=1000 - number)
        return SourceItem(f"{number}", f"https://a.example/{number}", f"Math {number}", "words", published_at=at)

    feed = tuple(map(item, range(MAX_NEW_ITEMS + 20)))  # the newest last
    report = watch(store, Shown(feed), api)
    sentence = "Of 520 new items the 500 newest were taken, and the 20 oldest left out."
    assert (report.state, report.announced, report.explanation) == ("truncated", 500, sentence)
    assert {stub.title for stub in store.stubs.all()} == {f"Math {number}" for number in range(20, 520)}
    # the next rounds bring what is new, wherever it is and however old, and nothing that was left out
    late = replace(item(3), id="late", url="https://a.example/late", title="Math, late")
    again = watch(store, Shown((*feed[:9], late, *feed[9:])), api)
    assert (again.announced, again.known, again.explanation) == (1, 520, "")
    assert watch(store, Shown(None), api).state == "truncated"
    (row,) = store.ledger.rows()
    assert (row.state, row.explanation, row.reason, row.counts.announced) == ("truncated", sentence, "left-out", 501)


def test_an_item_without_text_and_paper_is_not_an_article(store: DatabaseStore, api: FakeApi) -> None:
    watch(store, Shown((SourceItem("7", POST, links=("https://blog.example/soup",)),)), api, WHOLE)
    assert (store.stubs.all(), counted(store)) == ([], ("fresh", 1, 1, 0, 0, 0))


def test_votes_rise_without_a_new_item(store: DatabaseStore, api: FakeApi) -> None:
    watch(store, Shown((MATH,)), api)
    watch(store, Shown((replace(MATH, votes=30), replace(COOKING, votes=None))), api)
    assert [stub.votes for stub in store.stubs.all()] == [30]


def test_a_source_is_due_after_its_interval_and_when_the_clock_was_set_back() -> None:
    def due(asked_at: object) -> bool:
        record = SourceRecord("Source", last_attempt_at=asked_at)  # type: ignore[arg-type]
        return bool(due_sources([BY_TOPICS], [record], NIGHT, lambda _: INTERVAL))

    times = [None, NIGHT - INTERVAL, NIGHT - INTERVAL + timedelta(seconds=1), NIGHT + timedelta(hours=1)]
    assert [due(at) for at in times] == [True, True, False, True]


@pytest.mark.parametrize(
    ("arxiv", "watched", "status"),
    [(None, None, "ok"), (None, "x", "partial"), ("x", None, "partial"), ("x", "x", "failed")],
)
def test_a_poll_s_status_counts_the_sources(arxiv: str | None, watched: str | None, status: str) -> None:
    def report(name: str, error: str | None) -> SourceReport:
        return SourceReport(
            name, "failed" if error else "fresh", error={"kind": error, "message": ""} if error else None
        )

    poll = PollReport("ok", 2, [report("cs.CL", arxiv), SourceReport("oai", "idle")], [])
    both = with_watched(poll, [report("Source", watched)], 5)
    assert (both.status, both.requests, [one.source for one in both.sources]) == (status, 5, ["cs.CL", "oai", "Source"])


def test_a_reading_list_is_about_no_paper_and_a_paper_page_is_not_a_post() -> None:
    many = SourceItem("1", "https://a.example/", text=" ".join(f"arXiv:2605.{number:05d}" for number in range(1, 22)))
    assert find_papers(many) == ()
    assert post_url(SourceItem("1", "https://arxiv.org/abs/2605.00001")) is None
    assert post_url(SourceItem("1", f"{POST}?s=20")) == POST
    assert (words_for(POST), words_for("https://huggingface.co/papers/2605.00001")) == (None, "参考:")

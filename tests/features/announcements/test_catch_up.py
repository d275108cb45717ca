"""Tests that OAI recovers missed and truncated days, and decides papers pending on their comment."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from fakes import batch, entry, record, topic
from features.announcements.poll_setup import PollSetup
from notebot.core.model.entry import AnnounceType
from notebot.core.model.errors import ThrottledError, UnavailableError
from notebot.core.model.ledger import DayState
from notebot.features.announcements.rules.filing_rules import FEED_LIMIT
from notebot.store.store import DatabaseStore

MON, TUE, WED, THU, FRI = (date(2026, 5, day) for day in range(11, 16))
NEXT_MON, NEXT_TUE = date(2026, 5, 18), date(2026, 5, 19)


@pytest.fixture
def bench(store: DatabaseStore) -> Iterator[PollSetup]:
    """One category whose ledger began on Monday with one paper."""
    setup = PollSetup(store)
    setup.topics = [topic(categories=("cs.CL",))]
    at(setup, MON)
    setup.feed.answers["cs.CL"] = batch(entry("2605.00100", "Cooking", announced_on=MON), day=MON)
    setup.records.known["cs.CL"] = [record("2605.00100", MON, "Cooking")]
    setup.poll()
    yield setup


def at(bench: PollSetup, day: date, hour: int = 1) -> None:
    """Sets the clock to an hour in New York (summer time)."""
    bench.clock.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(hours=4)


def queued(bench: PollSetup) -> dict[str, date | None]:
    """The drafted papers, with their announcement days."""
    return {stub.arxiv_id: stub.announced_on for stub in bench.store.stubs.all()}


def add(bench: PollSetup, *records: object) -> None:
    bench.records.known["cs.CL"] += records  # type: ignore[arg-type]


def feed(bench: PollSetup, day: date, *names: str, title: str = "Math again") -> None:
    bench.feed.answers["cs.CL"] = batch(*(entry(name, title, announced_on=day) for name in names), day=day)


def test_the_first_poll_does_not_ask_oai(bench: PollSetup) -> None:
    assert bench.records.asked == []


def test_missed_days_are_recovered_under_their_own_dates(bench: PollSetup) -> None:
    add(bench, record("2605.00201", TUE), record("2605.00301", WED, "Cooking"), record("2605.00401", THU))
    at(bench, FRI)
    feed(bench, FRI, "2605.00501")
    report = bench.poll()
    assert queued(bench) == {"2605.00201": TUE, "2605.00401": THU, "2605.00501": FRI}
    assert bench.row(day=TUE) == (DayState.FRESH, {"recovered": 1, "drafted": 1})
    assert bench.row(day=WED) == (DayState.FRESH, {"recovered": 1, "unmatched": 1})
    assert bench.row(day=FRI) == (DayState.FRESH, {"fetched": 1, "drafted": 1})
    assert report.status == "ok"
    assert next(source.state for source in report.sources if source.source == "oai") == "ok"
    assert report.topics[0].drafted == 3


def test_a_second_poll_of_the_day_does_not_ask_oai_and_drafts_nothing(bench: PollSetup) -> None:
    add(bench, record("2605.00201", TUE))
    at(bench, WED)
    feed(bench, WED, "2605.00301")
    bench.poll()
    asked, drafted = list(bench.records.asked), queued(bench)
    assert asked == [("cs.CL", MON)]
    bench.poll()
    assert bench.records.asked == asked
    assert queued(bench) == drafted


def test_the_last_compared_day_is_read_once_more(bench: PollSetup) -> None:
    for day in (TUE, WED):
        at(bench, day)
        feed(bench, day)
        add(bench, record(f"2605.00{day.day}1", day, "Cooking"))
        bench.poll()
    assert [since for _, since in bench.records.asked] == [MON, MON]
    at(bench, THU)
    add(bench, record("2605.00119", TUE))
    bench.poll()
    assert bench.records.asked[-1] == ("cs.CL", TUE)
    assert queued(bench) == {"2605.00119": TUE}


def test_a_paper_submitted_long_ago_and_announced_in_the_gap_is_found(bench: PollSetup) -> None:
    add(bench, record("2605.00201", TUE, created=date(2026, 4, 20)))
    at(bench, WED)
    bench.poll()
    assert queued(bench) == {"2605.00201": TUE}


def test_a_paper_replaced_since_gets_the_day_of_its_neighbours(bench: PollSetup) -> None:
    add(bench, *(record(f"2605.0020{n}", TUE, "Cooking") for n in (1, 2, 4, 5)))
    add(bench, *(record(f"2605.0030{n}", WED, "Cooking") for n in (1, 2, 4, 5)))
    add(bench, record("2605.00203", THU, updated=WED))
    at(bench, FRI)
    bench.poll()
    assert queued(bench) == {"2605.00203": TUE}


def test_a_paper_of_the_gap_is_drafted_although_today_s_feed_has_its_replacement(bench: PollSetup) -> None:
    add(bench, *(record(f"2605.0020{n}", TUE, "Cooking") for n in (1, 2, 4, 5)))
    add(bench, record("2605.00203", WED, updated=TUE))
    at(bench, WED)
    bench.feed.answers["cs.CL"] = batch(
        entry("2605.00203", "Math", version=2, announced_on=WED, announce_type=AnnounceType.REPLACE), day=WED
    )
    bench.poll()
    assert queued(bench) == {"2605.00203": TUE}
    assert bench.row(day=TUE)[1]["drafted"] == 1


def test_an_older_paper_that_changed_is_listed_and_not_drafted(bench: PollSetup) -> None:
    add(bench, record("2401.00007", TUE), record("2605.00099", TUE), record("2401.00008", TUE, "Cooking"))
    at(bench, WED)
    bench.poll()
    assert queued(bench) == {}
    assert [(older.arxiv_id, older.topics) for older in bench.store.announcements.unreported_older()] == [
        ("2401.00007", ("Math",)),
        ("2605.00099", ("Math",)),
    ]


def test_a_replacement_in_the_gap_is_drafted_only_if_a_topic_asks_for_replacements(bench: PollSetup) -> None:
    add(bench, record("2401.00007", TUE, updated=MON))
    at(bench, WED)
    bench.poll()
    assert bench.row(day=TUE) == (DayState.FRESH, {"recovered": 1, "unwanted": 1})
    bench.topics = [topic(categories=("cs.CL",), announce=frozenset({"replace"}))]
    add(bench, record("2401.00009", WED, updated=TUE))
    at(bench, THU)
    bench.poll()
    assert queued(bench) == {"2401.00009": WED}


def test_a_replacement_filed_from_the_feed_is_not_counted_again(bench: PollSetup) -> None:
    at(bench, TUE)
    bench.feed.answers["cs.CL"] = batch(
        entry("2401.00007", "Math", version=2, announced_on=TUE, announce_type=AnnounceType.REPLACE), day=TUE
    )
    bench.poll()
    add(bench, record("2401.00007", TUE, updated=MON))
    at(bench, WED)
    bench.poll()
    assert bench.row(day=TUE) == (DayState.FRESH, {"fetched": 1, "unwanted": 1})


def test_papers_missing_from_yesterday_s_feed_are_drafted_and_explained_in_the_ledger(bench: PollSetup) -> None:
    at(bench, TUE)
    feed(bench, TUE, "2605.00201")
    bench.poll()
    add(bench, record("2605.00201", TUE), record("2605.00202", TUE))
    at(bench, WED)
    bench.poll()
    assert queued(bench) == {"2605.00201": TUE, "2605.00202": TUE}
    row = bench.store.ledger.row("cs.CL", TUE)
    assert row is not None
    assert row.explanation == "The feed brought 1 paper of this day; OAI-PMH brought 1 that it left out."


@pytest.mark.parametrize("error", [ThrottledError("Slow down."), UnavailableError("Down.")])
def test_a_failed_oai_request_is_repeated_at_the_next_poll(bench: PollSetup, error: UnavailableError) -> None:
    add(bench, record("2605.00201", TUE))
    at(bench, WED)
    feed(bench, WED, "2605.00301")
    bench.records.error = error
    report = bench.poll()
    assert report.status == "partial"
    assert bench.row(day=TUE)[0] is DayState.FAILED
    bench.records.error = None
    assert bench.poll().status == "ok"
    assert queued(bench) == {"2605.00201": TUE, "2605.00301": WED}
    assert bench.row(day=TUE)[0] is DayState.FRESH


def test_a_day_on_which_oai_has_nothing_was_quiet(bench: PollSetup) -> None:
    add(bench, record("2605.00301", WED, "Cooking"))
    at(bench, THU)
    bench.poll()
    assert bench.row(day=TUE)[0] is DayState.QUIET
    assert bench.row(day=WED)[0] is DayState.FRESH


def test_an_oai_answer_that_denies_a_day_with_papers_is_rejected(bench: PollSetup) -> None:
    bench.records.known["cs.CL"] = []
    at(bench, WED)
    bench.poll()
    assert bench.row(day=TUE)[0] is DayState.FAILED
    add(bench, record("2605.00100", MON, "Cooking"), record("2605.00201", TUE))
    bench.poll()
    assert queued(bench) == {"2605.00201": TUE}


def test_a_stale_feed_under_todays_date_is_filed_under_the_day_in_oai(bench: PollSetup) -> None:
    add(bench, record("2605.00201", TUE), record("2605.00202", TUE))
    at(bench, WED, hour=9)
    feed(bench, WED, "2605.00201", "2605.00202")
    report = bench.poll()
    assert report.sources[0].state == "stale"
    assert queued(bench) == {"2605.00201": TUE, "2605.00202": TUE}
    assert bench.row(day=TUE) == (DayState.FRESH, {"fetched": 2, "drafted": 2})
    assert bench.row(day=WED) == (DayState.STALE, {})
    feed(bench, WED, "2605.00301")
    bench.poll()
    assert bench.row(day=WED) == (DayState.FRESH, {"fetched": 1, "drafted": 1})


def test_oai_replaces_a_feed_that_stays_stale(bench: PollSetup) -> None:
    at(bench, TUE, hour=9)
    feed(bench, TUE, "2605.00100")
    assert bench.poll().sources[0].state == "stale"
    assert bench.records.asked == [("cs.CL", MON)]
    add(bench, record("2605.00201", TUE))
    assert bench.poll().sources[0].state == "fresh"
    assert queued(bench) == {"2605.00201": TUE}


def test_a_feed_stays_stale_while_oai_has_nothing(bench: PollSetup) -> None:
    at(bench, TUE, hour=9)
    feed(bench, TUE, "2605.00100")
    bench.poll()
    bench.poll()
    assert bench.row(day=TUE)[0] is DayState.STALE


def test_oai_completes_a_truncated_feed_in_the_same_poll(bench: PollSetup) -> None:
    at(bench, TUE)
    names = [f"2605.{1000 + n:05d}" for n in range(FEED_LIMIT + 3)]
    feed(bench, TUE, *names[:FEED_LIMIT])
    add(bench, *(record(name, TUE, "Math again") for name in names))
    assert bench.poll().sources[0].state == "truncated"
    assert set(queued(bench)) == set(names)
    assert bench.row(day=TUE)[1] == {"fetched": FEED_LIMIT, "recovered": 3, "drafted": FEED_LIMIT + 3}


def test_oai_replaces_an_empty_feed_that_it_contradicts(bench: PollSetup) -> None:
    for day in (TUE, WED):
        at(bench, day)
        names = [f"2605.{day.day}{n:03d}" for n in range(12)]
        feed(bench, day, *names, title="Cooking")
        add(bench, *(record(name, day, "Cooking") for name in names))
        bench.poll()
    at(bench, THU, hour=9)
    bench.feed.answers["cs.CL"] = batch()
    add(bench, record("2605.15001", THU))
    report = bench.poll()
    assert report.sources[0].state == "fresh"
    assert report.status == "ok"
    assert queued(bench) == {"2605.15001": THU}


def test_a_feed_that_arrives_after_oai_duplicates_nothing(bench: PollSetup) -> None:
    test_oai_replaces_a_feed_that_stays_stale(bench)
    feed(bench, TUE, "2605.00201")
    bench.poll()
    assert bench.row(day=TUE) == (DayState.FRESH, {"recovered": 1, "drafted": 1})


def test_a_paper_pending_on_its_comment_is_decided_by_the_next_oai_list(bench: PollSetup) -> None:
    bench.topics = [topic("Venue", "co:workshop", categories=("cs.CL",))]
    at(bench, TUE)
    feed(bench, TUE, "2605.00201", "2605.00202", title="Cooking")
    bench.poll()
    assert bench.row(day=TUE)[1] == {"fetched": 2, "unmatched": 2, "pending": 2}
    add(bench, record("2605.00201", TUE, "Cooking", comment="A workshop paper"), record("2605.00202", TUE, "Cooking"))
    at(bench, WED)
    report = bench.poll()
    assert queued(bench) == {"2605.00201": TUE}
    assert bench.row(day=TUE)[1] == {"fetched": 2, "unmatched": 1, "drafted": 1}
    assert report.topics[0].drafted == 1


def test_a_topic_decided_late_is_added_to_the_stub_that_another_topic_drafted(bench: PollSetup) -> None:
    bench.topics = [topic(categories=("cs.CL",)), topic("Venue", "co:workshop", categories=("cs.CL",))]
    at(bench, TUE)
    feed(bench, TUE, "2605.00201")
    bench.poll()
    add(bench, record("2605.00201", TUE, comment="A workshop paper"))
    at(bench, WED)
    bench.poll()
    (stub,) = bench.store.stubs.all()
    assert stub.topics == ("Math", "Venue")
    assert bench.row(day=TUE)[1] == {"fetched": 1, "drafted": 1}


def test_a_weekend_is_not_a_gap(bench: PollSetup) -> None:
    for day in (TUE, WED, THU, FRI):
        at(bench, day)
        feed(bench, day, f"2605.00{day.day}1", title="Cooking")
        add(bench, record(f"2605.00{day.day}1", day, "Cooking"))
        bench.poll()
    at(bench, date(2026, 5, 16))
    bench.feed.answers["cs.CL"] = batch()
    bench.poll()
    asked = len(bench.records.asked)
    at(bench, date(2026, 5, 17))
    bench.poll()
    at(bench, NEXT_MON)
    bench.poll()
    assert len(bench.records.asked) == asked
    at(bench, NEXT_TUE)
    bench.poll()
    assert bench.records.asked[-1] == ("cs.CL", FRI)


def test_since_may_lie_before_the_ledger_begins(bench: PollSetup) -> None:
    friday = date(2026, 5, 8)
    bench.records.known["cs.CL"] = [
        record("2605.00050", date(2026, 5, 7), "Cooking"),
        record("2605.00090", friday),
        record("2605.00040", friday),
        record("2605.00100", MON, "Cooking"),
    ]
    at(bench, TUE)
    bench.poll(since=friday)
    assert queued(bench) == {"2605.00090": friday}
    assert bench.records.asked == [("cs.CL", date(2026, 5, 7))]


def test_since_leaves_no_gap_after_the_days_compared_before(bench: PollSetup) -> None:
    add(bench, record("2605.00201", TUE), record("2605.00401", THU))
    at(bench, FRI)
    bench.poll(since=THU)
    assert set(queued(bench)) == {"2605.00201", "2605.00401"}

"""Tests what a poll files, drafts and reports."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from fakes import DAY, batch, entry, paper, record, topic
from features.announcements.poll_setup import PollSetup
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.errors import BadAnswerError, RefusedError, ThrottledError, UnavailableError
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.stub import StubStatus
from notebot.store.store import DatabaseStore


@pytest.fixture
def bench(store: DatabaseStore) -> Iterator[PollSetup]:
    yield PollSetup(store)


def test_a_matching_paper_is_drafted_and_completed(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry(), entry("2605.00002", "Cooking"))
    bench.api.known = {"2605.00001": paper()}
    report = bench.poll()
    assert report.status == "ok"
    assert bench.titles() == ["[Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05"]
    assert bench.api.asked == [["2605.00001"]]
    assert bench.row() == (DayState.FRESH, {"fetched": 2, "unmatched": 1, "drafted": 1})
    assert [(t.topic, t.matched, t.drafted) for t in report.topics] == [("Math", 1, 1)]


def test_a_second_poll_drafts_nothing_and_counts_nothing_twice(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.api.known = {"2605.00001": paper()}
    bench.poll()
    again = bench.poll()
    assert len(bench.store.stubs.all()) == 1
    assert bench.row() == (DayState.FRESH, {"fetched": 1, "drafted": 1})
    assert again.sources[0].known == 1
    assert again.topics[0].matched == 0


def test_a_paper_in_two_categories_is_drafted_once_and_known_once(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry(announce_type=AnnounceType.CROSS))
    bench.feed.answers["cs.LG"] = batch(entry(), category="cs.LG")
    report = bench.poll()
    assert bench.row("cs.CL")[1]["drafted"] == 1
    assert bench.row("cs.LG")[1]["known"] == 1
    (stub,) = bench.store.stubs.all()
    assert stub.announce_type is AnnounceType.NEW  # the better of the two
    assert (report.topics[0].matched, report.topics[0].drafted) == (1, 1)


def test_a_topic_that_matches_in_another_category_is_added_to_the_queued_stub(bench: PollSetup) -> None:
    bench.topics = [topic(categories=("cs.CL",)), topic("Models", "ti:models", categories=("cs.LG",))]
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.feed.answers["cs.LG"] = batch(entry(announce_type=AnnounceType.CROSS), category="cs.LG")
    bench.poll()
    (stub,) = bench.store.stubs.all()
    assert stub.topics == ("Math", "Models")
    assert stub.tags == ("Math", "Models")


def test_a_match_with_an_announce_type_no_topic_asks_for_is_unwanted(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry(announce_type=AnnounceType.REPLACE_CROSS, version=3))
    report = bench.poll()
    assert bench.row()[1] == {"fetched": 1, "unwanted": 1}
    assert report.topics[0].unwanted == 1
    assert bench.store.stubs.all() == []


def test_a_paper_first_seen_as_a_replacement_is_drafted_if_a_topic_asks_for_replacements(bench: PollSetup) -> None:
    bench.topics = [topic(announce=frozenset({"replace"}))]
    bench.feed.answers["cs.CL"] = batch(entry(announce_type=AnnounceType.REPLACE, version=2))
    bench.poll()
    assert bench.row()[1] == {"fetched": 1, "drafted": 1}


def test_a_skipped_paper_never_comes_back_in_any_version(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    (stub,) = bench.store.stubs.all()
    with bench.store.transaction():
        bench.store.stubs.save(replace(stub, status=StubStatus.SKIPPED), bench.clock())
    bench.topics = [topic(announce=frozenset({"replace"}))]
    bench.feed.answers["cs.CL"] = batch(entry(version=2, announce_type=AnnounceType.REPLACE))
    bench.poll()
    assert bench.row()[1] == {"fetched": 2, "drafted": 1, "tombstoned": 1}
    assert bench.api.asked[1:] == []
    assert [s.status for s in bench.store.stubs.all()] == [StubStatus.SKIPPED]


def test_a_failing_feed_does_not_affect_the_others_and_the_poll_is_partial(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = ThrottledError("arXiv says: too many requests.")
    bench.feed.answers["cs.LG"] = batch(entry(), category="cs.LG")
    report = bench.poll()
    assert report.status == "partial"
    assert report.sources[0].error == {"kind": "throttled", "message": "arXiv says: too many requests."}
    assert bench.row("cs.CL") == (DayState.FAILED, {})
    assert len(bench.store.stubs.all()) == 1


def test_a_poll_without_any_answer_has_failed(bench: PollSetup) -> None:
    bench.feed.answers = dict.fromkeys(("cs.CL", "cs.LG"), UnavailableError("There is no network."))
    assert bench.poll().status == "failed"


def test_a_stub_is_drafted_while_the_api_is_down_and_completed_by_the_next_poll(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.api.error = BadAnswerError("The API answered nothing.")
    assert bench.poll().status == "partial"
    assert bench.titles() == ["[Paper Note] Math for models, Ada Lovelace+"]
    bench.api.error, bench.api.known = None, {"2605.00001": paper()}
    bench.feed.answers["cs.CL"] = None  # 304
    assert bench.poll().status == "ok"
    assert bench.titles() == ["[Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05"]


def test_validators_are_stored_with_a_batch_but_not_with_a_failure(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    validators = bench.store.sources.get("cs.CL").validators
    assert validators.etag == '"1"'
    bench.feed.answers["cs.CL"] = UnavailableError("gone")
    bench.poll()
    assert bench.store.sources.get("cs.CL").validators == validators


def test_metadata_is_requested_in_batches_of_a_hundred(bench: PollSetup) -> None:
    entries = [entry(f"2605.{number:05d}") for number in range(1, 251)]
    bench.feed.answers["cs.CL"] = batch(*entries)
    bench.api.known = {e.arxiv_id: paper(e.arxiv_id) for e in entries}
    bench.poll()
    assert [len(ids) for ids in bench.api.asked] == [100, 100, 50]
    assert bench.store.stubs.wanting_metadata() == []


def test_an_api_that_knows_none_of_many_announced_papers_has_not_answered(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(*(entry(f"2605.0000{number}") for number in range(1, 8)))
    report = bench.poll()
    assert report.status == "partial"
    assert report.sources[-1].error is not None
    assert report.sources[-1].error["kind"] == "bad-answer"
    assert len(bench.store.stubs.wanting_metadata()) == 7


def test_a_paper_unknown_to_the_api_is_requested_again(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry(), entry("2605.00002"))
    bench.api.known = {"2605.00001": paper()}
    assert bench.poll().status == "ok"
    bench.poll()
    assert bench.api.asked == [["2605.00001", "2605.00002"], ["2605.00002"]]


def test_an_unknown_term_makes_the_entry_pending_and_unmatched(bench: PollSetup) -> None:
    bench.topics = [topic(query="co:ACL")]
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    assert bench.row()[1] == {"fetched": 1, "unmatched": 1, "pending": 1}


def test_a_changed_title_of_a_digested_paper_becomes_one_update(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.api.known = {"2605.00001": paper()}
    bench.poll()
    (stub,) = bench.store.stubs.all()
    with bench.store.transaction():
        bench.store.stubs.save(replace(stub, status=StubStatus.DIGESTED), bench.clock())
    newer = entry(title="Mathematics", version=2, announce_type=AnnounceType.REPLACE)
    bench.feed.answers["cs.CL"] = batch(newer)
    bench.api.known = {"2605.00001": paper(title="Mathematics", version=2, withdrawn=True)}
    bench.poll()
    bench.poll()
    assert [(u.field, u.value) for u in bench.store.digests.open_updates()] == [
        ("title", "Mathematics"),
        ("withdrawn", ""),
    ]
    assert len(bench.store.stubs.all()) == 1


@pytest.mark.parametrize(
    ("at", "answer", "state"),
    [
        (datetime(2026, 5, 12, 5, tzinfo=UTC), batch(), DayState.WAITING),
        (datetime(2026, 5, 12, 13, tzinfo=UTC), batch(), DayState.QUIET),
        (datetime(2026, 5, 16, 13, tzinfo=UTC), batch(), DayState.QUIET),
    ],
    ids=["before 08:00", "after 08:00, and OAI has none either", "Saturday"],
)
def test_an_empty_feed_gets_the_state_of_its_day(
    bench: PollSetup, at: datetime, answer: object, state: DayState
) -> None:
    bench.clock.now = at
    bench.feed.answers["cs.CL"] = answer  # type: ignore[assignment]
    bench.poll()
    assert bench.row(day=at.date()) == (state, {})


AFTERNOON = datetime(2026, 5, 12, 18, tzinfo=UTC)


def test_an_empty_feed_on_the_first_working_day_is_filled_by_oai_in_the_same_poll(bench: PollSetup) -> None:
    bench.clock.now = AFTERNOON
    bench.feed.answers["cs.CL"] = batch()
    bench.records.known["cs.CL"] = [record("2605.00201", DAY), record("2605.00202", DAY)]
    assert bench.poll().status == "ok"
    assert bench.row() == (DayState.FRESH, {"recovered": 2, "drafted": 2})


def test_an_empty_feed_that_oai_cannot_confirm_is_not_known_until_it_can(bench: PollSetup) -> None:
    bench.clock.now = AFTERNOON
    bench.feed.answers["cs.CL"] = batch()
    bench.records.error = UnavailableError("OAI is down.")
    assert bench.poll().status == "partial"
    row = bench.store.ledger.row("cs.CL", DAY)
    assert row is not None
    assert (row.state, row.reason) == (DayState.FAILED, "empty")
    bench.feed.answers["cs.CL"] = None  # 304: still empty, so still not known
    bench.poll()
    assert bench.row() == (DayState.FAILED, {})
    bench.records.error = None
    assert bench.poll().status == "ok"
    assert bench.row() == (DayState.QUIET, {})


CROSS_LISTED = (
    entry("2605.00100", "Tea", categories=("cs.AI",)),
    entry("2605.00101", "Cups", categories=("cs.CL", "cs.AI"), announce_type=AnnounceType.CROSS),
    entry("2605.00102", "Pots", categories=("cs.CL", "cs.AI"), announce_type=AnnounceType.CROSS),
)
OLDER = entry("2604.00001", "Leaves", categories=("cs.CL", "cs.AI"), announce_type=AnnounceType.CROSS)


@pytest.mark.parametrize(
    ("entries", "state", "reason"),
    [(CROSS_LISTED, DayState.FAILED, "cross-listed"), ((CROSS_LISTED[0], OLDER), DayState.QUIET, "")],
    ids=["new papers", "an older paper, cross-listed later"],
)
def test_an_empty_feed_is_contradicted_by_new_papers_of_the_category_elsewhere(
    bench: PollSetup, entries: tuple[Entry, ...], state: DayState, reason: str
) -> None:
    bench.topics = [topic(categories=("cs.CL", "cs.AI"))]
    bench.clock.now = AFTERNOON
    bench.feed.answers["cs.CL"] = batch()
    bench.feed.answers["cs.AI"] = batch(*entries, category="cs.AI")
    report = bench.poll()
    row = bench.store.ledger.row("cs.CL", DAY)
    assert row is not None
    assert (row.state, row.reason) == (state, reason)
    assert {source.source: source.state for source in report.sources}["cs.CL"] == state
    if reason:
        assert "cs.AI 2" in row.explanation


@pytest.mark.parametrize(("fresh_days", "papers", "state"), [(4, 1, "failed"), (5, 1, "quiet"), (5, 10, "failed")])
def test_an_empty_feed_is_quiet_without_oai_for_a_small_category_alone(
    bench: PollSetup, fresh_days: int, papers: int, state: str
) -> None:
    with bench.store.transaction():
        for number in range(1, fresh_days + 1):
            day, counts = DAY - timedelta(days=number), Counts(fetched=papers, unmatched=papers)
            bench.store.ledger.add(LedgerRow(day, "cs.CL", DayState.FRESH, counts, "It came."))
    bench.clock.now = AFTERNOON
    bench.feed.answers["cs.CL"] = batch()
    bench.records.error = UnavailableError("OAI is down.")
    bench.poll()
    assert bench.row() == (DayState(state), {})


def test_a_poll_that_brings_nothing_new_says_what_was_seen_before(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry(), entry("2605.00002"))
    first = bench.poll().sources[0]
    came_at = bench.clock()
    bench.clock.pass_by(hours=1)
    whole_again = bench.poll().sources[0]
    bench.feed.answers["cs.CL"] = None  # 304
    unchanged = bench.poll().sources[0]
    bench.feed.answers["cs.CL"] = batch(entry(), entry("2605.00002"), entry("2605.00003"))
    grown = bench.poll().sources[0]
    reports = (first, whole_again, unchanged, grown)
    assert [report.seen_before for report in reports] == [0, 2, 2, 0]
    assert [report.announced for report in reports] == [2, 2, 0, 3]
    assert bench.store.sources.get("cs.CL").batch_at == came_at + timedelta(hours=1)


def test_yesterday_s_batch_under_today_s_date_is_stale_and_files_nothing(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    tomorrow = date(2026, 5, 13)
    bench.clock.now = datetime(2026, 5, 13, 14, tzinfo=UTC)
    bench.feed.answers["cs.CL"] = batch(entry(announced_on=tomorrow), day=tomorrow)
    bench.poll()
    assert bench.row(day=tomorrow) == (DayState.STALE, {})
    fresh = entry("2605.00009", announced_on=tomorrow)
    bench.feed.answers["cs.CL"] = batch(fresh, day=tomorrow)
    bench.poll()
    assert bench.row(day=tomorrow) == (DayState.FRESH, {"fetched": 1, "drafted": 1})


def test_days_that_no_poll_saw_are_failed_once_and_never_quiet(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    friday = date(2026, 5, 15)
    bench.clock.now = datetime(2026, 5, 15, 5, tzinfo=UTC)
    bench.feed.answers["cs.CL"] = batch(entry("2605.00009", announced_on=friday), day=friday)
    bench.poll()
    bench.poll()
    missed = [(r.announced_on.day, r.revision) for r in bench.store.ledger.unreported() if r.state is DayState.FAILED]
    assert missed == [(13, 1), (14, 1)]


def test_a_feed_that_does_not_change_is_reported_the_day_after(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    bench.clock.now = datetime(2026, 5, 13, 14, tzinfo=UTC)
    bench.poll()
    assert bench.row(day=date(2026, 5, 13))[0] is DayState.WAITING
    bench.clock.now = datetime(2026, 5, 16, 14, tzinfo=UTC)  # Saturday
    bench.poll()
    states = {r.announced_on.day: r.state for r in bench.store.ledger.unreported() if r.category == "cs.CL"}
    assert states == {
        12: DayState.FRESH,
        13: DayState.FAILED,
        14: DayState.FAILED,
        15: DayState.FAILED,
        16: DayState.QUIET,
    }


def test_a_late_batch_of_a_missed_day_is_still_filed(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.poll()
    bench.clock.now = datetime(2026, 5, 14, 14, tzinfo=UTC)
    bench.poll()
    missed = date(2026, 5, 13)
    assert bench.row(day=missed)[0] is DayState.FAILED
    bench.feed.answers["cs.CL"] = batch(entry("2605.00009", announced_on=missed), day=missed)
    bench.poll()
    assert bench.row(day=missed) == (DayState.FRESH, {"fetched": 1, "drafted": 1})


def test_an_unchanged_feed_clears_an_earlier_failure(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.records.known["cs.CL"] = [record()]
    bench.poll()
    bench.clock.now = datetime(2026, 5, 13, 5, tzinfo=UTC)
    bench.feed.answers["cs.CL"] = UnavailableError("gone")
    bench.poll()
    bench.feed.answers["cs.CL"] = None
    report = bench.poll()
    assert (report.status, report.sources[0].state) == ("ok", "waiting")
    assert bench.row(day=date(2026, 5, 13))[0] is DayState.WAITING


def test_after_a_refusal_nothing_more_is_requested(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = RefusedError("arXiv refused.")
    report = bench.poll()
    assert [name for name, _ in bench.feed.asked] == ["cs.CL"]
    assert [source.error and source.error["kind"] for source in report.sources[:2]] == ["refused", "refused"]
    assert [source.state for source in report.sources[2:]] == ["idle", "idle"]


def test_metadata_older_than_the_announced_version_is_requested_again(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(entry())
    bench.api.known = {"2605.00001": paper()}
    bench.poll()
    bench.feed.answers["cs.CL"] = batch(entry(version=2, announce_type=AnnounceType.REPLACE))
    bench.poll()
    assert [stub.version for stub in bench.store.stubs.wanting_metadata()] == [1]
    bench.api.known = {"2605.00001": paper(version=2)}
    bench.poll()
    assert bench.store.stubs.wanting_metadata() == []


def test_a_feed_of_exactly_two_thousand_items_is_truncated(bench: PollSetup) -> None:
    bench.feed.answers["cs.CL"] = batch(*(entry(f"2605.{n:05d}", "Cooking") for n in range(1, 2001)))
    bench.poll()
    assert bench.row() == (DayState.TRUNCATED, {"fetched": 2000, "unmatched": 2000})

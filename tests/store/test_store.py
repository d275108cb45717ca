"""The contract of the store: every engine remembers the same."""

import random
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, entry
from notebot.core.model.article import article_key
from notebot.core.model.backfill_scope import BackfillScope, DateWindow
from notebot.core.model.breaker import BreakerState
from notebot.core.model.changes import PaperWithdrawn, TitleChanged
from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType
from notebot.core.model.errors import StateError
from notebot.core.model.filing_records import AnnouncedPaper, FilingDates, MatchRecord, Sighting, UndecidedEntry
from notebot.core.model.ledger import Counts, DayState, LedgerRow, Outcome, ReportedRow
from notebot.core.model.note import Note
from notebot.core.model.run_record import RunRecord
from notebot.core.model.source_record import SourceRecord, Validators
from notebot.core.model.stub import Curator, StubStatus
from notebot.store.store import DatabaseStore
from store.store_calls import (
    CALLS,
    DAY_BEFORE,
    DECISION,
    INBOX_FAILURE,
    KEY,
    LATER,
    NEXT_DAY,
    OLDER,
    OPEN,
    PLAN,
    SCOPE,
    UPDATE,
    keys,
    row,
    stub,
)


def test_every_public_method_of_the_store_is_tried_below(store: DatabaseStore) -> None:
    names = [name for name, value in vars(DatabaseStore).items() if isinstance(value, cached_property)]
    parts = {name: getattr(store, name) for name in names}
    methods = {f"{name}.{verb}" for name, part in parts.items() for verb in dir(part) if not verb.startswith("_")}
    assert methods == CALLS.keys()


def test_other_connections_do_not_see_uncommitted_changes(
    open_again: Callable[[], DatabaseStore], store: DatabaseStore
) -> None:
    with closing(open_again()) as other:
        with store.transaction():
            store.stubs.save(stub(), NIGHT)
            assert other.stubs.get(KEY) is None
        assert other.stubs.get(KEY) == stub()


def test_two_that_read_and_write_at_the_same_time_lose_nothing(open_again: Callable[[], DatabaseStore]) -> None:
    rounds = 15
    with closing(open_again()) as first, first.transaction():
        first.stubs.save(stub(curator=Curator(comment="")), NIGHT)

    def work(mark: str) -> None:
        with closing(open_again()) as own:
            for _ in range(rounds):
                with own.transaction():
                    held = own.stubs.by_ids(["2605.00001"])["2605.00001"]
                    own.stubs.save(replace(held, curator=Curator(comment=f"{held.curator.comment}{mark}")), NIGHT)
                    own.ledger.add(row(fetched=1, unmatched=1))

    workers = [threading.Thread(target=work, args=(mark,)) for mark in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with closing(open_again()) as last:
        found = last.stubs.get(KEY)
        assert found is not None
        assert sorted(found.curator.comment or "") == ["a"] * rounds + ["b"] * rounds
        assert last.ledger.unreported()[0].counts == Counts(fetched=2 * rounds, unmatched=2 * rounds)


def test_a_breaker_comes_back_as_it_was_stored(open_again: Callable[[], DatabaseStore], store: DatabaseStore) -> None:
    assert store.breakers.get("https://b.example/oai") == BreakerState()
    store.breakers.put("https://b.example/oai", replace(OPEN, failures=2))
    store.breakers.put("https://b.example/oai", OPEN)
    store.breakers.put("https://a.example/api", BreakerState(1, reason="Sie sagt «nein»."))
    with closing(open_again()) as other:
        assert other.breakers.get("https://b.example/oai") == OPEN
        assert list(other.breakers.all().items()) == [
            ("https://a.example/api", BreakerState(1, reason="Sie sagt «nein».")),
            ("https://b.example/oai", OPEN),
        ]


def test_a_store_that_is_opened_again_holds_what_was_stored(open_again: Callable[[], DatabaseStore]) -> None:
    with closing(open_again()) as first, first.transaction():
        first.stubs.save(stub(), NIGHT)
    with closing(open_again()) as second:
        assert second.stubs.get(KEY) == stub()


def test_a_commit_elsewhere_is_noticed(open_again: Callable[[], DatabaseStore], store: DatabaseStore) -> None:
    with closing(open_again()) as other:
        before = store.commits_elsewhere()
        with other.transaction():
            other.stubs.save(stub(), NIGHT)
            assert store.stubs.get(KEY) is None
            during = store.commits_elsewhere()
        after = store.commits_elsewhere()
    assert after != before
    assert after != during


@pytest.mark.parametrize("name", CALLS)
def test_every_method_runs_on_an_empty_store_alone_and_within_a_transaction(store: DatabaseStore, name: str) -> None:
    CALLS[name](store)
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.stubs.save(stub(3), NIGHT)
        if name != "digests.plan":  # it may be planned once
            CALLS[name](store)
        raise KeyboardInterrupt
    assert store.stubs.get("arxiv:2605.00003") is None


def test_an_error_rolls_everything_back(store: DatabaseStore) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.stubs.save(stub(), NIGHT)
        store.ledger.add(row(fetched=1, unmatched=1))
        raise KeyboardInterrupt
    assert store.stubs.get(KEY) is None
    assert store.ledger.unreported() == []
    with store.transaction():
        store.stubs.save(stub(), NIGHT)
    assert store.stubs.get(KEY) == stub()


def test_a_transaction_within_a_transaction_is_refused_and_the_store_goes_on(store: DatabaseStore) -> None:
    with pytest.raises(StateError, match="within a transaction"), store.transaction(), store.transaction():
        pass
    with store.transaction():
        store.stubs.save(stub(), NIGHT)


# sources


def test_a_source_never_asked_is_an_empty_record(store: DatabaseStore) -> None:
    assert store.sources.get("cs.CL") == SourceRecord("cs.CL")
    assert store.sources.all() == []


def test_validators_and_batch_date_stay_until_new_ones_come(store: DatabaseStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT, Validators('W/"a"', "Tue, 12 May"), DAY)
    store.sources.failed("cs.CL", LATER, "timeout", "It is silent.")
    assert store.sources.get("cs.CL") == SourceRecord(
        "cs.CL", Validators('W/"a"', "Tue, 12 May"), LATER, NIGHT, DAY, "timeout", "It is silent."
    )
    store.sources.succeeded("cs.CL", LATER)
    assert store.sources.get("cs.CL") == SourceRecord("cs.CL", Validators('W/"a"', "Tue, 12 May"), LATER, LATER, DAY)
    store.sources.succeeded("cs.CL", LATER, Validators(), NEXT_DAY)
    assert store.sources.get("cs.CL") == SourceRecord("cs.CL", Validators(), LATER, LATER, NEXT_DAY)


def test_sources_are_listed_by_name(store: DatabaseStore) -> None:
    store.sources.failed("cs.LG", NIGHT, "refused", "No.")
    store.sources.succeeded("api", NIGHT)
    assert [record.name for record in store.sources.all()] == ["api", "cs.LG"]


def test_a_ledger_begins_once(store: DatabaseStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT)
    assert store.sources.get("cs.CL").began_on is None
    for day in (DAY, DAY_BEFORE, NEXT_DAY):
        store.sources.began("cs.CL", day)
    store.sources.failed("cs.CL", LATER, "timeout", "It is silent.")
    assert store.sources.get("cs.CL").began_on == DAY


def test_the_cursor_moves_forward_alone(store: DatabaseStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT)
    store.sources.succeeded("cs.LG", NIGHT)
    cursors = []
    for day in (DAY, DAY_BEFORE, NEXT_DAY, DAY):
        store.sources.reconciled("cs.CL", day)
        cursors.append(store.sources.get("cs.CL").reconciled_on)
    assert cursors == [DAY, DAY, NEXT_DAY, NEXT_DAY]
    assert store.sources.get("cs.LG").reconciled_on is None


def test_a_cursor_is_taken_back_with_its_transaction(store: DatabaseStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT)
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.announcements.file("cs.CL", [entry()], DAY, "oai")
        store.sources.reconciled("cs.CL", DAY)
        raise KeyboardInterrupt
    assert store.sources.get("cs.CL").reconciled_on is None
    assert store.announcements.filed("cs.CL", ["2605.00001"]) == {}


# announcements


def test_what_was_filed_is_seen_in_its_category_and_version(store: DatabaseStore) -> None:
    many = [entry(f"2605.{number:05d}") for number in range(1200)]
    with store.transaction():
        store.announcements.file("cs.CL", many, DAY, "feed")
        store.announcements.file("cs.LG", [entry("2605.00001", version=2)], DAY, "oai")
    asked = [one.arxiv_id for one in many]
    assert store.announcements.seen("cs.CL", [*asked, "2605.99999"], NEXT_DAY) == {(name, 1) for name in asked}
    assert store.announcements.seen("cs.LG", asked, NEXT_DAY) == {("2605.00001", 2)}
    assert store.announcements.seen("cs.CV", asked, NEXT_DAY) == set()
    assert store.announcements.seen("cs.CL", [], NEXT_DAY) == set()


def test_the_newest_text_of_a_paper_is_kept_once(store: DatabaseStore) -> None:
    store.ledger.add(row())
    old, new = entry(title="Old"), entry(title="New", version=2)
    store.announcements.file("cs.CL", [old], DAY, "feed")
    store.announcements.file("cs.LG", [new], NEXT_DAY, "feed")
    store.announcements.file("cs.CV", [old], DAY, "feed")
    assert list(store.announcements.stored_since(DAY)) == [new]
    assert list(store.announcements.stored_since(NEXT_DAY + timedelta(days=1))) == []


def test_a_forgotten_text_leaves_its_paper_seen(store: DatabaseStore) -> None:
    store.ledger.add(row())
    store.announcements.file("cs.CL", [entry("2605.00001")], DAY, "feed")
    store.announcements.file("cs.CL", [entry("2605.00002")], NEXT_DAY, "feed")
    store.announcements.prune_texts(NEXT_DAY)
    assert [one.arxiv_id for one in store.announcements.stored_since(DAY)] == ["2605.00002"]
    assert store.announcements.seen("cs.CL", ["2605.00001"], NEXT_DAY) == {("2605.00001", 1)}


REPLACED = entry("2401.00007", version=UNKNOWN_VERSION, announce_type=AnnounceType.REPLACE)


@pytest.mark.parametrize(("day", "seen"), [(DAY_BEFORE, True), (DAY, True), (NEXT_DAY, False)])
def test_a_replacement_without_version_is_seen_on_its_day_and_before_it_alone(
    store: DatabaseStore, day: date, seen: bool
) -> None:
    """A later one is of a version that was not out yet."""
    store.announcements.file("cs.CL", [REPLACED], DAY, "oai")
    found = store.announcements.seen("cs.CL", ["2401.00007"], day)
    assert found == ({("2401.00007", UNKNOWN_VERSION)} if seen else set())


def test_a_paper_is_replaced_without_version_again_and_again_and_filed_under_the_last_day(store: DatabaseStore) -> None:
    for day in (DAY, NEXT_DAY):
        store.announcements.file("cs.CL", [REPLACED], day, "oai")
    assert store.announcements.announced("cs.CL", DAY) == {}
    assert store.announcements.announced("cs.CL", NEXT_DAY) == {"2401.00007": AnnounceType.REPLACE}


def test_what_was_filed_with_a_version_keeps_its_day(store: DatabaseStore) -> None:
    store.announcements.file("cs.CL", [entry()], DAY, "feed")
    store.announcements.file("cs.CL", [entry(announce_type=AnnounceType.CROSS)], NEXT_DAY, "oai")
    assert store.announcements.announced("cs.CL", DAY) == {"2605.00001": AnnounceType.NEW}
    assert store.announcements.announced("cs.CL", NEXT_DAY) == {}


def test_how_papers_were_announced_is_known_by_category(store: DatabaseStore) -> None:
    names = [f"2605.{number:05d}" for number in range(600)]
    with store.transaction():
        store.announcements.file("cs.CL", [entry(name) for name in names], DAY, "feed")
        again = entry("2605.00001", version=2, announce_type=AnnounceType.REPLACE)
        store.announcements.file("cs.CL", [again, REPLACED], NEXT_DAY, "oai")
        store.announcements.file("cs.LG", [entry("2605.00002", announce_type=AnnounceType.CROSS)], DAY, "feed")
    found = store.announcements.filed("cs.CL", [*names, "2401.00007", "2605.99999"])
    assert found == {name: FilingDates(DAY, DAY) for name in names} | {
        "2605.00001": FilingDates(DAY, NEXT_DAY),
        "2401.00007": FilingDates(None, NEXT_DAY),
    }
    assert store.announcements.filed("cs.LG", names) == {"2605.00002": FilingDates(DAY, DAY)}
    assert store.announcements.filed("cs.CL", []) == {}


def test_the_highest_id_is_that_of_all_categories_before_the_day(store: DatabaseStore) -> None:
    old = ["hep-th/9901001", "cs/0604001"]
    store.announcements.file("cs.CL", [entry(name) for name in (*old, "2605.00010", "0704.0001")], DAY_BEFORE, "feed")
    store.announcements.file("cs.LG", [entry("2605.00020")], DAY_BEFORE, "oai")
    store.announcements.file("cs.CL", [entry("2605.00030")], DAY, "feed")
    store.announcements.file("cs.CV", [entry(name) for name in old], DAY_BEFORE, "feed")
    highest = store.announcements.highest_id
    assert highest(["cs.CL", "cs.LG"], DAY) == "2605.00020"
    assert highest(["cs.CL", "cs.LG"], NEXT_DAY) == "2605.00030"
    assert highest(["cs.CL"], DAY) == "2605.00010"
    assert (highest(["cs.CL"], DAY_BEFORE), highest(["cs.CV"], DAY), highest([], DAY)) == (None, None, None)


def test_what_a_day_announced_is_known_with_its_types(store: DatabaseStore) -> None:
    kinds = dict(zip(("2605.00001", "2605.00002", "2605.00003", "2605.00004"), AnnounceType, strict=True))
    store.announcements.file("cs.CL", [entry(name, announce_type=kind) for name, kind in kinds.items()], DAY, "feed")
    store.announcements.file("cs.CL", [entry("2605.00009")], NEXT_DAY, "feed")
    assert store.announcements.announced("cs.CL", DAY) == kinds
    assert store.announcements.announced("cs.LG", DAY) == {}


def test_every_announcement_of_a_paper_is_remembered_with_the_way_it_came(store: DatabaseStore) -> None:
    for category in ("cs.CL", "cs.LG"):
        store.sources.succeeded(category, NIGHT)
    for category, day in (("cs.CL", DAY), ("cs.LG", DAY), ("cs.CL", NEXT_DAY)):
        store.ledger.add(row(category=category, day=day))
    again = entry(version=2, announce_type=AnnounceType.REPLACE)
    store.announcements.file("cs.CL", [again], NEXT_DAY, "feed")
    store.announcements.file("cs.LG", [entry(announce_type=AnnounceType.CROSS)], DAY, "oai")
    store.announcements.file("cs.CL", [entry(), entry("2605.00002")], DAY, "feed")
    assert store.announcements.sightings("2605.00001") == [
        Sighting("cs.CL", 1, DAY, AnnounceType.NEW, "feed"),
        Sighting("cs.LG", 1, DAY, AnnounceType.CROSS, "oai"),
        Sighting("cs.CL", 2, NEXT_DAY, AnnounceType.REPLACE, "feed"),
    ]
    assert store.announcements.sightings("2605.99999") == []


def test_the_text_of_a_paper_is_there_until_it_is_forgotten(store: DatabaseStore) -> None:
    store.announcements.file("cs.CL", [entry()], DAY, "feed")
    assert store.announcements.text_of("2605.00001") == entry()
    store.announcements.prune_texts(NEXT_DAY)
    assert store.announcements.text_of("2605.00001") is None


# what topics made of papers, and what they could not decide

VENUE = MatchRecord("2605.00001", "Venue", "cs.CL", DAY, None)


def test_a_paper_is_pending_with_the_topics_that_could_not_decide(store: DatabaseStore) -> None:
    store.announcements.file("cs.CL", [entry(), entry("2605.00002", announce_type=AnnounceType.CROSS)], DAY, "feed")
    store.announcements.file("cs.LG", [entry()], DAY, "feed")
    store.announcements.file("cs.CL", [entry("2605.00003")], NEXT_DAY, "feed")
    other = replace(VENUE, arxiv_id="2605.00002")
    store.announcements.record_matches(
        [
            *(VENUE, replace(VENUE, topic="Talks"), replace(VENUE, category="cs.LG")),
            *(other, replace(other, topic="Math", outcome=Outcome.UNWANTED)),
            replace(VENUE, arxiv_id="2605.00003", announced_on=NEXT_DAY),
        ]
    )
    found = store.announcements.pending("cs.CL", DAY)
    assert [replace(one, topics=tuple(sorted(one.topics))) for one in found] == [
        UndecidedEntry("2605.00001", DAY, AnnounceType.NEW, ("Talks", "Venue")),
        UndecidedEntry("2605.00002", DAY, AnnounceType.CROSS, ("Venue",), Outcome.UNWANTED),
    ]
    assert [one.topics for one in store.announcements.pending("cs.LG", DAY)] == [("Venue",)]
    assert [one.arxiv_id for one in store.announcements.pending("cs.CL", NEXT_DAY)][-1] == "2605.00003"
    assert store.announcements.pending("cs.CL", DAY_BEFORE) == []


def test_a_pending_match_takes_one_later_outcome_and_keeps_it(store: DatabaseStore) -> None:
    store.announcements.file("cs.CL", [entry()], DAY, "feed")
    for outcome in (None, Outcome.DRAFTED, None, Outcome.KNOWN):
        store.announcements.record_matches([replace(VENUE, outcome=outcome)])
    assert store.announcements.matches_of("2605.00001") == [replace(VENUE, outcome=Outcome.DRAFTED)]
    assert store.announcements.pending("cs.CL", DAY) == []


def test_many_matches_are_recorded_in_their_order_even_if_one_comes_twice(store: DatabaseStore) -> None:
    others = [replace(VENUE, topic=f"T{number:04}") for number in range(700)]
    drafted = replace(VENUE, outcome=Outcome.DRAFTED)
    store.announcements.record_matches([VENUE, *others[:300], drafted, replace(VENUE, outcome=Outcome.KNOWN)])
    store.announcements.record_matches(others)
    assert store.announcements.matches_of("2605.00001") == [*others, drafted]


def test_stubs_that_are_saved_at_once_are_queued_in_their_order(store: DatabaseStore) -> None:
    stubs = [replace(stub(number), status=StubStatus.QUEUED) for number in range(20, 0, -1)]
    store.stubs.save_all([*stubs, replace(stubs[0], title="Another")], NIGHT)
    assert [queued for queued, _ in store.stubs.queued()] == [replace(stubs[0], title="Another"), *stubs[1:]]


def test_topics_that_were_decided_and_did_not_match_are_forgotten(store: DatabaseStore) -> None:
    store.announcements.file("cs.CL", [entry(), entry("2605.00002")], DAY, "feed")
    matched, other = replace(VENUE, topic="Math", outcome=Outcome.DRAFTED), replace(VENUE, arxiv_id="2605.00002")
    store.announcements.record_matches([VENUE, matched, other])
    store.announcements.decided(["2605.00001"], "cs.CL", NEXT_DAY)
    store.announcements.decided(["2605.00001"], "cs.LG", DAY)
    assert len(store.announcements.matches_of("2605.00001")) == 2
    store.announcements.decided(["2605.00001"], "cs.CL", DAY)
    assert store.announcements.matches_of("2605.00001") == [matched]
    assert store.announcements.matches_of("2605.00002") == [other]


def test_matches_of_a_paper_are_listed_by_day_category_and_topic(store: DatabaseStore) -> None:
    later = replace(VENUE, announced_on=NEXT_DAY, outcome=Outcome.KNOWN)
    listed = [replace(VENUE, topic="A"), VENUE, replace(VENUE, category="cs.LG", topic="B"), later]
    store.announcements.record_matches(reversed(listed))
    assert store.announcements.matches_of("2605.00001") == listed


def test_matches_are_found_by_day_category_and_the_beginning_of_the_topic(store: DatabaseStore) -> None:
    ada, ben = replace(VENUE, topic="ada/Math"), replace(VENUE, topic="ben/Math", outcome=Outcome.DRAFTED)
    near = [replace(VENUE, topic=topic) for topic in ("ada", "ada.", "ada0", "adam/Math", "ADA/Math")]
    later = replace(ada, announced_on=NEXT_DAY, category="cs.LG")
    store.announcements.record_matches([later, ben, ada, *near])
    find = store.announcements.matches_on
    assert find([DAY, NEXT_DAY], topics_with="ada/") == [ada, later]
    assert find([DAY], topics_with="ben/") == [ben]
    assert find([NEXT_DAY]) == [later]
    assert find([DAY, NEXT_DAY], category="cs.LG") == [later]
    assert find([]) == []


def test_texts_and_announcements_are_read_for_many_papers_at_once(store: DatabaseStore) -> None:
    store.sources.succeeded("cs.CL", datetime(2026, 5, 12, tzinfo=UTC))
    store.ledger.add(row())
    papers = [entry(f"2605.{number:05d}") for number in range(1, 1203)]
    store.announcements.file("cs.CL", papers, DAY, "feed")
    ids = ["2605.99999", *(paper.arxiv_id for paper in papers)]
    assert store.announcements.texts_of(ids) == {paper.arxiv_id: paper for paper in papers}
    sightings = store.announcements.sightings_of(ids)
    assert len(sightings) == len(papers)
    assert sightings["2605.00007"] == store.announcements.sightings("2605.00007")


def test_an_older_paper_that_changed_is_named_by_one_digest(store: DatabaseStore) -> None:
    again, other = replace(OLDER, changed_on=NEXT_DAY), replace(OLDER, arxiv_id="2401.00001")
    store.announcements.note_older([again, OLDER, other])
    store.announcements.note_older([replace(OLDER, category="cs.LG", title="Another")])
    assert store.announcements.unreported_older() == [other, OLDER, again]
    plan = replace(PLAN, older=((OLDER.arxiv_id, OLDER.changed_on), (other.arxiv_id, other.changed_on)))
    store.digests.plan(plan)
    assert store.digests.open_plan() == plan
    store.digests.written(plan, NIGHT)
    assert store.announcements.unreported_older() == [again]
    store.announcements.note_older([OLDER])
    assert store.announcements.unreported_older() == [again]


# ledger


def test_rows_of_a_day_add_up_and_the_newest_word_holds(store: DatabaseStore) -> None:
    assert store.ledger.state("cs.CL", DAY) is None
    store.ledger.add(row("waiting"))
    store.ledger.add(row("fresh", fetched=5, unmatched=3, pending=1, drafted=1, known=1))
    store.ledger.add(row("fresh", recovered=2, tombstoned=1, unwanted=1))
    store.ledger.add(row("quiet", category="cs.LG"))
    counts = Counts(fetched=5, recovered=2, unmatched=3, pending=1, drafted=1, known=1, tombstoned=1, unwanted=1)
    assert store.ledger.unreported() == [
        LedgerRow(DAY, "cs.CL", DayState.FRESH, counts, "It is fresh.", revision=3),
        replace(row("quiet", category="cs.LG"), revision=1),
    ]
    assert store.ledger.state("cs.CL", DAY) is DayState.FRESH
    assert store.ledger.states_of(DAY) == {"cs.CL": DayState.FRESH, "cs.LG": DayState.QUIET}
    assert store.ledger.states_of(NEXT_DAY) == {}


@pytest.mark.parametrize(
    ("news", "told_again"),
    [
        (row("fresh"), False),
        (row("fresh", fetched=1, unmatched=1), True),
        (row("fresh", recovered=1, drafted=1), True),
        (row("stale"), True),
    ],
)
def test_a_reported_row_is_shown_again_only_when_count_or_state_changed(
    store: DatabaseStore, news: LedgerRow, told_again: bool
) -> None:
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    store.digests.plan(PLAN)
    store.digests.written(PLAN, NIGHT)
    assert store.ledger.unreported() == []
    store.ledger.add(news)
    assert bool(store.ledger.unreported()) == told_again


def test_what_changed_after_a_digest_was_planned_is_left_for_the_next(store: DatabaseStore) -> None:
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    store.digests.plan(PLAN)
    store.ledger.add(row("fresh", fetched=1, drafted=1))
    store.digests.written(PLAN, LATER + timedelta(hours=1))
    assert store.ledger.unreported()[0].counts.fetched == 6


def test_a_reading_after_the_plan_that_changed_nothing_does_not_reopen_a_row(store: DatabaseStore) -> None:
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    store.digests.plan(PLAN)
    store.ledger.add(row("fresh"))
    store.digests.written(PLAN, LATER)
    assert store.ledger.unreported() == []


def test_the_median_is_over_the_last_fresh_days(store: DatabaseStore) -> None:
    assert store.ledger.median("cs.CL", 1) is None
    for number in range(30):
        day = DAY - timedelta(days=number)
        store.ledger.add(row("fresh", day, fetched=100 if number < 20 else 1, recovered=1))
    store.ledger.add(row("failed", NEXT_DAY))
    store.ledger.add(row("fresh", category="cs.LG", fetched=4))
    store.ledger.add(row("fresh", NEXT_DAY, "cs.LG", fetched=5))
    assert store.ledger.median("cs.CL", 20) == 101.0
    assert store.ledger.median("cs.LG", 2) == 4.5
    assert store.ledger.median("cs.LG", 3) is None


def test_rows_are_read_one_by_one_and_by_day_and_category(store: DatabaseStore) -> None:
    assert store.ledger.row("cs.CL", DAY) is None
    assert store.ledger.rows() == []
    listed = [
        row("failed", DAY_BEFORE),
        row("fresh", DAY, fetched=2, unmatched=2),
        row("quiet", DAY, "cs.LG"),
        row("waiting", NEXT_DAY),
    ]
    for one in reversed(listed):
        store.ledger.add(one)
    listed = [replace(one, revision=1) for one in listed]
    assert store.ledger.rows() == listed
    assert store.ledger.rows(DAY) == listed[1:]
    assert store.ledger.rows(category="cs.LG") == [listed[2]]
    assert store.ledger.rows(DAY, "cs.CL") == [listed[1], listed[3]]
    assert store.ledger.row("cs.LG", DAY) == listed[2]
    assert store.ledger.row("cs.LG", NEXT_DAY) is None


def test_an_amended_row_keeps_its_state_adds_up_and_is_reported_again(store: DatabaseStore) -> None:
    store.ledger.add(row("fresh", fetched=3, unmatched=3, pending=2))
    store.digests.plan(PLAN)
    store.digests.written(PLAN, NIGHT)
    store.ledger.amend("cs.CL", DAY, Counts(unmatched=-1, pending=-1, drafted=1))
    (told,) = store.ledger.unreported()
    before = ReportedRow(DayState.FRESH, Counts(fetched=3, unmatched=3, pending=2))
    after = row("fresh", fetched=3, unmatched=2, pending=1, drafted=1)
    assert told == replace(after, revision=2, reported=before)
    assert told.counts.announced == told.counts.unmatched + told.counts.matched
    store.ledger.amend("cs.CL", NEXT_DAY, Counts(known=1))
    assert store.ledger.row("cs.CL", NEXT_DAY) is None


# stubs


def test_a_stub_comes_back_as_it_was_stored(store: DatabaseStore) -> None:
    whole = stub(title="<b>{{ x }}</b> 😀", curator=Curator("mine", {"title_line": "Mine"}), posts=("https://a",))
    store.stubs.save(whole, NIGHT)
    assert store.stubs.get(KEY) == whole
    assert store.stubs.by_ids(["2605.00001", "2605.00002"]) == {"2605.00001": whole}
    assert store.stubs.get("arxiv:2605.00002") is None


def test_many_stubs_are_found_at_once(store: DatabaseStore) -> None:
    ids = [f"2605.{number:05d}" for number in range(1, 1201)]
    for number in (1, 600, 1200):
        store.stubs.save(stub(number), NIGHT)
    assert sorted(store.stubs.by_ids(ids)) == ["2605.00001", "2605.00600", "2605.01200"]


def test_stubs_are_listed_latest_first_and_narrowed_by_state_and_topic(store: DatabaseStore) -> None:
    store.stubs.save(stub(1, topics=("Math",)), NIGHT)
    store.stubs.save(stub(2, "kept", topics=("RL", "Math")), NIGHT)
    store.stubs.save(stub(3, "skipped"), NIGHT)
    store.stubs.save(stub(1, topics=("Math", "RL")), LATER)
    assert keys(store.stubs.all()) == ["3", "2", "1"]
    assert keys(store.stubs.all(topic="RL")) == ["2", "1"]
    assert keys(store.stubs.all(StubStatus.KEPT)) == ["2"]
    assert keys(store.stubs.all(StubStatus.QUEUED, "Vision")) == []
    assert store.stubs.counts() == {
        StubStatus.QUEUED: 1,
        StubStatus.DIGESTED: 0,
        StubStatus.KEPT: 1,
        StubStatus.SKIPPED: 1,
    }


def test_only_stubs_without_metadata_or_with_a_newer_version_want_it(store: DatabaseStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(2, complete=True), NIGHT)
    store.stubs.save(stub(3, "digested"), NIGHT)
    store.stubs.save(stub(4, "skipped"), NIGHT)
    assert keys(store.stubs.wanting_metadata()) == ["1", "3"]
    store.stubs.ask_metadata("arxiv:2605.00002", 2)
    assert keys(store.stubs.wanting_metadata()) == ["1", "2", "3"]
    assert keys(store.stubs.wanting_metadata(2)) == ["1", "2"]
    store.stubs.metadata_came([(KEY, 1)])
    assert keys(store.stubs.wanting_metadata()) == ["2", "3"]


def test_saving_a_stub_again_neither_sets_nor_takes_the_mark_that_it_wants_metadata(store: DatabaseStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(1, complete=True), NIGHT)
    assert keys(store.stubs.wanting_metadata()) == ["1"]
    store.stubs.metadata_came([(KEY, 1)])
    store.stubs.save(stub(1, "kept"), NIGHT)
    assert store.stubs.wanting_metadata() == []


def test_a_tombstone_wants_no_metadata_until_it_is_brought_back(store: DatabaseStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(1, "skipped"), NIGHT)
    store.stubs.ask_metadata(KEY, 2)
    assert store.stubs.wanting_metadata() == []
    store.stubs.save(stub(1), NIGHT)
    assert keys(store.stubs.wanting_metadata()) == ["1"]


def test_queued_stubs_come_oldest_first_with_the_digests_they_waited_through(store: DatabaseStore) -> None:
    for number, status in ((1, "queued"), (2, "kept"), (3, "queued")):
        store.stubs.save(stub(number, status), NIGHT)
    store.stubs.hold_back([KEY])
    store.stubs.hold_back([KEY, "arxiv:2605.00003", "arxiv:2605.99999"])
    assert [(one.arxiv_id[-1], waited) for one, waited in store.stubs.queued()] == [("1", 2), ("3", 1)]


def test_the_age_of_a_state_begins_when_the_state_does(store: DatabaseStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(1, "kept"), LATER)
    store.stubs.save(stub(1, "kept", title="Other"), LATER + timedelta(days=9))
    assert store.stubs.since(StubStatus.KEPT) == {KEY: LATER}
    assert store.stubs.since(StubStatus.QUEUED) == {}


# digests and runs


def test_a_plan_is_open_until_its_digest_is_written(store: DatabaseStore) -> None:
    assert store.digests.open_plan() is None
    assert store.digests.latest() is None
    store.digests.plan(PLAN)
    assert store.digests.open_plan() == PLAN
    assert store.digests.latest() is None
    store.digests.written(PLAN, LATER)
    assert store.digests.open_plan() is None
    assert store.digests.latest() == (PLAN.name, LATER)


def test_a_plan_can_be_renamed_but_a_written_digest_cannot(store: DatabaseStore) -> None:
    store.ledger.add(row("fresh", fetched=1, unmatched=1))
    other = replace(PLAN, name="2026-05-12-2.md")
    store.digests.plan(PLAN)
    store.digests.rename_plan(PLAN.name, other)
    assert store.digests.open_plan() == other
    store.digests.written(other, NIGHT)
    store.digests.rename_plan(other.name, PLAN)
    assert store.digests.latest() == (other.name, NIGHT)


def test_a_row_remembers_what_the_last_digest_said_of_it(store: DatabaseStore) -> None:
    store.ledger.add(row("failed"))
    assert [told.reported for told in store.ledger.unreported()] == [None]
    store.digests.plan(PLAN)
    store.digests.written(PLAN, NIGHT)
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    assert [told.reported for told in store.ledger.unreported()] == [ReportedRow(DayState.FAILED, Counts())]
    again = replace(PLAN, name="again.md", rows=((DAY, "cs.CL", 2),))
    store.digests.plan(again)
    store.digests.written(again, NIGHT)
    store.ledger.amend("cs.CL", DAY, Counts(unmatched=-1, drafted=1))
    reported = ReportedRow(DayState.FRESH, Counts(fetched=5, unmatched=5))
    assert [told.reported for told in store.ledger.unreported()] == [reported]


def test_a_planned_digest_counts_the_papers_of_its_days(store: DatabaseStore) -> None:
    for category in ("cs.CL", "cs.LG"):
        store.ledger.add(row(category=category))
    store.announcements.file("cs.CL", [entry("2605.00001"), entry("2605.00002")], DAY, "feed")
    store.announcements.file("cs.LG", [entry("2605.00001"), entry("2605.00003")], DAY, "oai")
    drafted = MatchRecord("2605.00001", "Math", "cs.LG", DAY, Outcome.DRAFTED)
    known = replace(drafted, category="cs.CL", outcome=Outcome.KNOWN)
    store.announcements.record_matches([drafted, known, replace(drafted, arxiv_id="2605.00003", outcome=None)])
    cross = AnnouncedPaper("2605.00001", DAY, ("cs.CL", "cs.LG"), by_feed=True, result="drafted", counted=None)
    assert list(store.announcements.papers_of([DAY, DAY, NEXT_DAY])) == [
        cross,
        AnnouncedPaper("2605.00002", DAY, ("cs.CL",), by_feed=True, result="unmatched", counted=None),
        AnnouncedPaper("2605.00003", DAY, ("cs.LG",), by_feed=False, result="pending", counted=None),
    ]
    store.digests.plan(PLAN)
    store.announcements.file("cs.CL", [entry("2605.00004")], DAY, "feed")
    store.announcements.decided(["2605.00003"], "cs.LG", DAY)
    papers = list(store.announcements.papers_of([DAY]))
    assert [(paper.counted, paper.result) for paper in papers] == [
        ("drafted", "drafted"),
        ("unmatched", "unmatched"),
        ("pending", "unmatched"),
        (None, "unmatched"),
    ]


def test_a_counted_paper_stays_counted_on_the_day_that_it_is_moved_to(store: DatabaseStore) -> None:
    for day in (DAY_BEFORE, DAY):
        store.ledger.add(row(day=day))
    store.announcements.file("cs.CL", [entry("2605.00001"), entry("2605.00002")], DAY, "feed")
    match = MatchRecord("2605.00001", "Math", "cs.CL", DAY, Outcome.DRAFTED)
    store.announcements.record_matches([match])

    def counted(day: date) -> list[tuple[str, str | None]]:
        return [(paper.arxiv_id[-1], paper.counted) for paper in store.announcements.papers_of([day])]

    # the day before was reported when they were not there; being counted there is not to be counted
    store.digests.plan(replace(PLAN, name="before.md", rows=((DAY_BEFORE, "cs.CL", 1),)))
    assert counted(DAY) == [("1", None), ("2", None)]
    store.digests.plan(PLAN)
    store.announcements.file("cs.CL", [entry("2605.00003")], DAY, "feed")
    assert counted(DAY) == [("1", "drafted"), ("2", "unmatched"), ("3", None)]
    store.announcements.move_day("cs.CL", ["2605.00001", "2605.00002", "2605.00003"], DAY, DAY_BEFORE)
    assert counted(DAY_BEFORE) == [("1", "drafted"), ("2", "unmatched"), ("3", None)]
    # another report of the day that they have left says nothing of them
    store.digests.plan(replace(PLAN, name="again.md", rows=((DAY, "cs.CL", 2),)))
    assert counted(DAY_BEFORE) == [("1", "drafted"), ("2", "unmatched"), ("3", None)]
    store.announcements.record_matches([replace(match, arxiv_id="2605.00003", announced_on=DAY_BEFORE)])
    store.digests.plan(replace(PLAN, name="last.md", rows=((DAY_BEFORE, "cs.CL", 3),)))
    assert counted(DAY_BEFORE) == [("1", "drafted"), ("2", "unmatched"), ("3", "drafted")]


def test_a_written_digest_settles_what_is_still_queued_and_leaves_what_the_curator_moved(store: DatabaseStore) -> None:
    for number in (1, 2, 3):
        store.stubs.save(stub(number), NIGHT)
    plan = replace(PLAN, keys=(KEY, "arxiv:2605.00002", "arxiv:2605.99999"))
    store.digests.plan(plan)
    store.stubs.save(stub(2, "kept"), NIGHT)
    store.digests.written(plan, LATER)
    assert store.stubs.get(KEY) == stub(1, "digested", issue_date=DAY)
    assert store.stubs.get("arxiv:2605.00002") == stub(2, "kept")
    assert store.stubs.get("arxiv:2605.00003") == stub(3)
    assert store.stubs.since(StubStatus.DIGESTED) == {KEY: LATER}


def test_settling_a_digest_twice_changes_nothing_more(store: DatabaseStore) -> None:
    store.stubs.save(stub(), NIGHT)
    store.digests.plan(PLAN)
    store.digests.written(PLAN, LATER)
    once = store.stubs.get(KEY), store.stubs.since(StubStatus.DIGESTED)
    store.digests.written(PLAN, LATER)
    assert (store.stubs.get(KEY), store.stubs.since(StubStatus.DIGESTED)) == once


def test_metadata_of_an_older_version_than_was_announced_does_not_do(store: DatabaseStore) -> None:
    store.stubs.save(replace(stub(), complete=True), NIGHT)
    store.stubs.ask_metadata(KEY, 3)
    store.stubs.metadata_came([(KEY, 2)])
    assert [one.key for one in store.stubs.wanting_metadata()] == [KEY]
    store.stubs.metadata_came([(KEY, 3)])
    assert store.stubs.wanting_metadata() == []


def test_an_update_is_shown_by_one_digest_and_stored_once(store: DatabaseStore) -> None:
    other = replace(UPDATE, change=PaperWithdrawn())
    for update in (UPDATE, other, UPDATE, replace(UPDATE, id=7)):
        store.digests.add_update(update, NIGHT)
    first, second = store.digests.open_updates()
    assert (replace(first, id=0), replace(second, id=0)) == (UPDATE, other)
    plan = replace(PLAN, update_ids=(first.id,))
    store.digests.plan(plan)
    store.digests.written(plan, NIGHT)
    assert store.digests.open_updates() == [second]
    store.digests.add_update(UPDATE, LATER)
    assert store.digests.open_updates() == [second]


def test_the_newest_digest_that_holds_a_stub_is_known_once_it_is_written(store: DatabaseStore) -> None:
    assert store.digests.holding(KEY) is None
    for number, keys_in in enumerate([(KEY,), (KEY, "arxiv:2605.00002"), ("arxiv:2605.00003",)]):
        plan = replace(PLAN, name=f"{number}.md", keys=keys_in)
        store.digests.plan(plan)
        store.digests.written(plan, NIGHT + timedelta(hours=number))
    store.digests.plan(replace(PLAN, name="3.md"))
    assert store.digests.holding(KEY) == "1.md"
    assert store.digests.holding("arxiv:2605.00003") == "2.md"
    assert store.digests.holding("arxiv:2605.00009") is None


def test_the_last_round_of_a_kind_is_remembered_of_any_status_or_of_one(store: DatabaseStore) -> None:
    done = RunRecord("poll", NIGHT, NIGHT, "ok", detail="drafted=1 failed=0")
    failed = RunRecord("poll", LATER, LATER, "failed")
    digest = RunRecord("digest", LATER, LATER, "ok", DAY)
    for run in (done, failed, digest):
        store.runs.add(run)
    assert store.runs.last("poll") == failed
    assert store.runs.last("poll", "ok") == done
    assert store.runs.last("digest") == digest
    assert store.runs.last("collect") is None
    assert store.runs.digested(DAY)
    assert not store.runs.digested(NEXT_DAY)


def test_a_round_after_the_clock_was_set_back_is_still_the_last(store: DatabaseStore) -> None:
    store.runs.add(RunRecord("poll", LATER, LATER, "ok"))
    store.runs.add(RunRecord("poll", NIGHT, NIGHT, "ok"))
    last = store.runs.last("poll")
    assert last is not None
    assert last.started_at == NIGHT


# breakers and backfills


def test_a_backfill_goes_on_where_it_was(store: DatabaseStore) -> None:
    assert store.backfills.done_on(SCOPE) is None
    for day in (DAY_BEFORE, DAY):
        store.backfills.move(SCOPE, day)
        assert store.backfills.done_on(SCOPE) == day


@pytest.mark.parametrize(
    "other",
    [
        replace(SCOPE, topic="RL"),
        replace(SCOPE, query="ti:math* OR ti:proof"),
        replace(SCOPE, categories=("cs.CL",)),
        replace(SCOPE, window=DateWindow(SCOPE.window.since, NEXT_DAY)),
        replace(SCOPE, window=DateWindow(DAY_BEFORE, SCOPE.window.until)),
    ],
    ids=["topic", "query", "categories", "until", "since"],
)
def test_progress_belongs_to_one_backfill_only(store: DatabaseStore, other: BackfillScope) -> None:
    store.backfills.move(SCOPE, DAY_BEFORE)
    assert store.backfills.done_on(other) is None
    store.backfills.move(other, DAY)
    assert store.backfills.done_on(other) == DAY
    same_place = (other.topic, other.window) == (SCOPE.topic, SCOPE.window)
    assert store.backfills.done_on(SCOPE) == (None if same_place else DAY_BEFORE)


@pytest.mark.parametrize("character", ["x", "数"])
def test_keys_from_outside_may_have_any_length(store: DatabaseStore, character: str) -> None:
    chance = random.Random(1)  # a text that compresses well would fit into an index
    long, longer = ("".join(f"{character}{chance.getrandbits(32):x}" for _ in range(count)) for count in (2_000, 2_001))
    store.watched.saw("Blog", [long, "short"], NIGHT)
    assert store.watched.seen("Blog", [long, longer, "short", "new"]) == {long, "short"}
    keys_of_pages = [article_key(f"https://x.test/{text}") for text in (long, longer)]
    for key in keys_of_pages:
        store.stubs.save(replace(stub(), key=key, arxiv_id=""), NIGHT)
        store.drafts.save(key, {"comment": "x"}, NIGHT)
        store.decisions.add(replace(DECISION, key=key))
        store.digests.add_update(replace(UPDATE, key=key, change=TitleChanged(long)), NIGHT)
        store.inbox.failed(replace(INBOX_FAILURE, text=long))
    assert [found.key for found in store.stubs.all()] == keys_of_pages[::-1]
    assert [failure.text for failure in store.inbox.failures()] == [long]
    assert {len(update.value) for update in store.digests.open_updates()} == {len(long)}


@pytest.mark.parametrize("bad", [Note("Too large", number=2**64), Note("Half a character: \ud800")])
def test_a_record_that_cannot_be_stored_costs_no_other_one_of_the_transaction(store: DatabaseStore, bad: Note) -> None:
    with store.transaction():
        store.notes.save(None, Note("Before", number=1), {})
        with pytest.raises((OverflowError, UnicodeEncodeError)):
            store.notes.save(None, bad, {})
        store.notes.save(None, Note("After", number=2), {})
    assert [note.number for note in store.notes.all()] == [2, 1]

"""The store: migrations, transactions, and what each part of it remembers."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from fakes import DAY, NIGHT, entry
from notebot.adapters.sqlite import SqliteStore, open_store
from notebot.adapters.sqlite.connection import GuardedConnection, connect
from notebot.adapters.sqlite.schema import MIGRATIONS
from notebot.domain.digest import DigestPlan, Update
from notebot.domain.errors import StateError
from notebot.domain.ledger import Counts, DayState, LedgerRow, Outcome
from notebot.domain.stub import Curator, Stub, StubStatus, draft_from_entry
from notebot.services.ports import MatchRecord, RunRecord, SourceRecord, Validators

NEXT_DAY = DAY + timedelta(days=1)
LATER = NIGHT + timedelta(hours=1)
KEY = "arxiv:2605.00001"
UPDATE = Update(0, KEY, "title", "Other", "v2", "Math for models")
PLAN = DigestPlan("2026-05-12.md", NIGHT, DAY, "the text", (KEY,), (1,), ((DAY, "cs.CL", 1),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notebot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(path)) as opened:
        yield opened


def stub(number: int = 1, status: str = "queued", **changes: object) -> Stub:
    draft = draft_from_entry(entry(f"2605.{number:05d}"), ())
    return replace(draft, **{"status": StubStatus(status), **changes})  # type: ignore[arg-type]


def row(state: str = "fresh", day: date = DAY, category: str = "cs.CL", **counts: int) -> LedgerRow:
    return LedgerRow(day, category, DayState(state), Counts(**counts), f"It is {state}.")


def keys(stubs: list[Stub]) -> list[str]:
    return [one.arxiv_id[-1] for one in stubs]


# schema


def schema_of(path: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()


@pytest.mark.parametrize("released", range(len(MIGRATIONS) + 1))
def test_a_database_of_any_release_grows_to_the_schema_of_a_fresh_one(tmp_path: Path, released: int) -> None:
    fresh, grown = tmp_path / "fresh.db", tmp_path / "grown.db"
    open_store(fresh).close()
    with closing(sqlite3.connect(grown)) as connection:
        for number, script in enumerate(MIGRATIONS[:released], 1):
            connection.executescript(f"{script}; PRAGMA user_version = {number};")
    open_store(grown).close()
    assert schema_of(grown) == schema_of(fresh)


def test_a_store_that_is_opened_again_holds_what_was_stored(path: Path) -> None:
    with closing(open_store(path)) as first, first.transaction():
        first.stubs.save(stub(), NIGHT)
    with closing(open_store(path)) as second:
        assert second.stubs.get(KEY) == stub()


def test_a_database_of_a_newer_notebot_is_refused_and_stays_as_it_is(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = schema_of(path)
    with pytest.raises(StateError, match="newer notebot"):
        open_store(path)
    assert schema_of(path) == before


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("These are my notes, not a database. " * 50)
    with pytest.raises(StateError, match=r"notebot\.db .* backup"):
        open_store(path)
    assert path.read_text().startswith("These are my notes")


def test_a_place_where_no_database_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StateError, match="file"):
        open_store(tmp_path / "file" / "notebot.db")
    with pytest.raises(StateError, match="Check that the folder exists"):
        open_store(tmp_path / "folder.db")


# transactions


def test_an_error_rolls_everything_back(store: SqliteStore) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.stubs.save(stub(), NIGHT)
        store.ledger.add(row(fetched=1, unmatched=1))
        raise KeyboardInterrupt
    assert store.stubs.get(KEY) is None
    assert store.ledger.unreported() == []
    with store.transaction():
        store.stubs.save(stub(), NIGHT)
    assert store.stubs.get(KEY) == stub()


def test_a_transaction_within_a_transaction_is_refused_and_the_store_goes_on(store: SqliteStore) -> None:
    with pytest.raises(StateError, match="within a transaction"), store.transaction(), store.transaction():
        pass
    with store.transaction():
        store.stubs.save(stub(), NIGHT)


def test_what_is_not_committed_is_seen_by_nobody_else(path: Path, store: SqliteStore) -> None:
    with closing(open_store(path)) as other:
        with store.transaction():
            store.stubs.save(stub(), NIGHT)
            assert other.stubs.get(KEY) is None
        assert other.stubs.get(KEY) == stub()


def test_two_that_read_and_write_at_the_same_time_lose_nothing(path: Path) -> None:
    rounds = 15
    with closing(open_store(path)) as first, first.transaction():
        first.stubs.save(stub(curator=Curator(comment="")), NIGHT)

    def work(mark: str) -> None:
        with closing(open_store(path)) as own:
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
    with closing(open_store(path)) as last:
        found = last.stubs.get(KEY)
        assert found is not None
        assert sorted(found.curator.comment or "") == ["a"] * rounds + ["b"] * rounds
        assert last.ledger.unreported()[0].counts == Counts(fetched=2 * rounds, unmatched=2 * rounds)


# what goes wrong below is a StateError, whichever method meets it

CALLS: dict[str, Callable[[SqliteStore], object]] = {
    "sources.get": lambda s: s.sources.get("cs.CL"),
    "sources.all": lambda s: s.sources.all(),
    "sources.succeeded": lambda s: s.sources.succeeded("cs.CL", NIGHT, Validators('"1"')),
    "sources.failed": lambda s: s.sources.failed("cs.CL", NIGHT, "timeout", "It is silent."),
    "announcements.seen": lambda s: s.announcements.seen("cs.CL", ["2605.00001"]),
    "announcements.file": lambda s: s.announcements.file("cs.CL", [entry()], DAY, "feed"),
    "announcements.record_matches": lambda s: s.announcements.record_matches(
        [MatchRecord("2605.00001", "Math", "cs.CL", DAY, None)]
    ),
    "announcements.stored_since": lambda s: list(s.announcements.stored_since(DAY)),
    "announcements.prune_texts": lambda s: s.announcements.prune_texts(NEXT_DAY),
    "ledger.state": lambda s: s.ledger.state("cs.CL", DAY),
    "ledger.states_of": lambda s: s.ledger.states_of(DAY),
    "ledger.add": lambda s: s.ledger.add(row()),
    "ledger.median": lambda s: s.ledger.median("cs.CL"),
    "ledger.unreported": lambda s: s.ledger.unreported(),
    "stubs.get": lambda s: s.stubs.get(KEY),
    "stubs.by_ids": lambda s: s.stubs.by_ids(["2605.00001"]),
    "stubs.all": lambda s: s.stubs.all(),
    "stubs.counts": lambda s: s.stubs.counts(),
    "stubs.save": lambda s: s.stubs.save(stub(), NIGHT),
    "stubs.ask_metadata": lambda s: s.stubs.ask_metadata(KEY, 2),
    "stubs.metadata_came": lambda s: s.stubs.metadata_came(KEY, 2),
    "stubs.wanting_metadata": lambda s: s.stubs.wanting_metadata(),
    "stubs.queued": lambda s: s.stubs.queued(),
    "stubs.hold_back": lambda s: s.stubs.hold_back([KEY]),
    "stubs.since": lambda s: s.stubs.since(StubStatus.QUEUED),
    "digests.add_update": lambda s: s.digests.add_update(UPDATE, NIGHT),
    "digests.open_updates": lambda s: s.digests.open_updates(),
    "digests.plan": lambda s: s.digests.plan(PLAN),
    "digests.is_known": lambda s: s.digests.is_known(PLAN.name),
    "digests.open_plan": lambda s: s.digests.open_plan(),
    "digests.drop_plan": lambda s: s.digests.drop_plan(PLAN.name),
    "digests.written": lambda s: s.digests.written(PLAN, NIGHT),
    "digests.latest": lambda s: s.digests.latest(),
    "runs.add": lambda s: s.runs.add(RunRecord("poll", NIGHT, NIGHT, "ok")),
    "runs.last": lambda s: s.runs.last("poll"),
    "runs.digested": lambda s: s.runs.digested(DAY),
}
READING = frozenset(
    {
        *("sources.get", "sources.all", "announcements.seen", "announcements.stored_since"),
        *("ledger.state", "ledger.states_of", "ledger.median", "ledger.unreported"),
        *("stubs.get", "stubs.by_ids", "stubs.all", "stubs.counts"),
        *("stubs.wanting_metadata", "stubs.queued", "stubs.since"),
        *(
            "digests.open_updates",
            "digests.is_known",
            "digests.open_plan",
            "digests.latest",
            "runs.last",
            "runs.digested",
        ),
    }
)


def test_every_public_method_of_the_store_is_tried_below(store: SqliteStore) -> None:
    parts = {name: part for name, part in vars(store).items() if not name.startswith("_")}
    methods = {f"{name}.{verb}" for name, part in parts.items() for verb in dir(part) if not verb.startswith("_")}
    assert methods == CALLS.keys()


def connected(path: Path, mode: str = "rw") -> SqliteStore:
    """A store that does not wait for others."""
    connection = sqlite3.connect(
        f"file:{path}?mode={mode}", uri=True, timeout=0.01, isolation_level=None, factory=GuardedConnection
    )
    connection.path = path
    return SqliteStore(connection)


def page_roots(path: Path) -> tuple[int, list[int]]:
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        rows = connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")
        return size, [root for (root,) in rows]


def filled(path: Path) -> None:
    with closing(open_store(path)) as whole, whole.transaction():
        whole.stubs.save(stub(), NIGHT)
        whole.digests.plan(PLAN)


def overwritten(path: Path) -> SqliteStore:
    """Header and schema are whole, so it opens; every table and index is garbage."""
    filled(path)
    size, roots = page_roots(path)
    content = bytearray(path.read_bytes())
    for root in roots:
        content[(root - 1) * size : root * size] = b"\xa5" * size
    path.write_bytes(content)
    return open_store(path)


@pytest.mark.parametrize("name", CALLS)
def test_a_damaged_database_is_told_of_in_words(path: Path, name: str) -> None:
    with closing(overwritten(path)) as damaged:
        with pytest.raises(StateError, match=r"notebot\.db .* Restore it from a backup"):
            CALLS[name](damaged)
        with pytest.raises(StateError, match="Restore it from a backup"), damaged.transaction():
            CALLS[name](damaged)


@pytest.mark.parametrize("name", CALLS)
def test_a_database_that_another_process_keeps_for_itself_is_told_of_in_words(path: Path, name: str) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, closing(connected(path)) as waiting:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateError, match="Another notebot"):
            CALLS[name](waiting)
        with pytest.raises(StateError, match="Another notebot"), waiting.transaction():
            CALLS[name](waiting)


@pytest.mark.parametrize("name", CALLS)
def test_a_database_that_may_only_be_read_is_told_of_in_words_when_it_is_written(path: Path, name: str) -> None:
    filled(path)
    with closing(connected(path, "ro")) as reading:
        if name in READING:
            CALLS[name](reading)
            return
        with pytest.raises(StateError, match="yours to write"):
            CALLS[name](reading)
        with pytest.raises(StateError, match="yours to write"), reading.transaction():
            CALLS[name](reading)
        assert reading.stubs.get(KEY) == stub()


def test_a_write_that_waited_too_long_is_told_of_and_can_be_tried_again(path: Path, store: SqliteStore) -> None:
    with closing(connected(path)) as impatient:
        with store.transaction(), pytest.raises(StateError, match="Another notebot"), impatient.transaction():
            pass
        with impatient.transaction():
            impatient.stubs.save(stub(), NIGHT)


def test_a_full_disk_is_told_of_and_keeps_what_was_stored(path: Path) -> None:
    filled(path)
    connection = connect(path)
    with closing(SqliteStore(connection)) as crowded:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StateError, match="Make room on the disk"), crowded.transaction():
            for number in range(2, 99):
                crowded.stubs.save(stub(number, abstract="x" * 9000), NIGHT)
        assert keys(crowded.stubs.all()) == ["1"]
        connection.execute(f"PRAGMA max_page_count = {pages + 999}")
        with crowded.transaction():
            crowded.stubs.save(stub(2), NIGHT)
        assert keys(crowded.stubs.all()) == ["2", "1"]


# sources


def test_a_source_never_asked_is_an_empty_record(store: SqliteStore) -> None:
    assert store.sources.get("cs.CL") == SourceRecord("cs.CL")
    assert store.sources.all() == []


def test_validators_and_batch_date_stay_until_new_ones_come(store: SqliteStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT, Validators('W/"a"', "Tue, 12 May"), DAY)
    store.sources.failed("cs.CL", LATER, "timeout", "It is silent.")
    assert store.sources.get("cs.CL") == SourceRecord(
        "cs.CL", Validators('W/"a"', "Tue, 12 May"), LATER, NIGHT, DAY, "timeout", "It is silent."
    )
    store.sources.succeeded("cs.CL", LATER)
    assert store.sources.get("cs.CL") == SourceRecord("cs.CL", Validators('W/"a"', "Tue, 12 May"), LATER, LATER, DAY)
    store.sources.succeeded("cs.CL", LATER, Validators(), NEXT_DAY)
    assert store.sources.get("cs.CL") == SourceRecord("cs.CL", Validators(), LATER, LATER, NEXT_DAY)


def test_sources_are_listed_by_name(store: SqliteStore) -> None:
    store.sources.failed("cs.LG", NIGHT, "refused", "No.")
    store.sources.succeeded("api", NIGHT)
    assert [record.name for record in store.sources.all()] == ["api", "cs.LG"]


# announcements


def test_what_was_filed_is_seen_in_its_category_and_version(store: SqliteStore) -> None:
    many = [entry(f"2605.{number:05d}") for number in range(1200)]
    with store.transaction():
        store.announcements.file("cs.CL", many, DAY, "feed")
        store.announcements.file("cs.LG", [entry("2605.00001", version=2)], DAY, "oai")
    asked = [one.arxiv_id for one in many]
    assert store.announcements.seen("cs.CL", [*asked, "2605.99999"]) == {(name, 1) for name in asked}
    assert store.announcements.seen("cs.LG", asked) == {("2605.00001", 2)}
    assert store.announcements.seen("cs.CV", asked) == set()
    assert store.announcements.seen("cs.CL", []) == set()


def test_the_newest_text_of_a_paper_is_kept_once(store: SqliteStore) -> None:
    old, new = entry(title="Old"), entry(title="New", version=2)
    store.announcements.file("cs.CL", [old], DAY, "feed")
    store.announcements.file("cs.LG", [new], NEXT_DAY, "feed")
    store.announcements.file("cs.CV", [old], DAY, "feed")
    assert list(store.announcements.stored_since(DAY)) == [new]
    assert list(store.announcements.stored_since(NEXT_DAY + timedelta(days=1))) == []


def test_a_forgotten_text_leaves_its_paper_seen(store: SqliteStore) -> None:
    store.announcements.file("cs.CL", [entry("2605.00001")], DAY, "feed")
    store.announcements.file("cs.CL", [entry("2605.00002")], NEXT_DAY, "feed")
    store.announcements.prune_texts(NEXT_DAY)
    assert [one.arxiv_id for one in store.announcements.stored_since(DAY)] == ["2605.00002"]
    assert store.announcements.seen("cs.CL", ["2605.00001"]) == {("2605.00001", 1)}


def test_a_match_is_remembered_once(path: Path, store: SqliteStore) -> None:
    drafted = MatchRecord("2605.00001", "Math", "cs.CL", DAY, Outcome.DRAFTED)
    store.announcements.record_matches([drafted, replace(drafted, topic="RL", outcome=None)])
    store.announcements.record_matches([replace(drafted, outcome=Outcome.KNOWN)])
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT topic, outcome FROM matches ORDER BY topic").fetchall()
    assert found == [("Math", "drafted"), ("RL", None)]


# ledger


def test_rows_of_a_day_add_up_and_the_newest_word_holds(store: SqliteStore) -> None:
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
def test_a_reported_row_is_told_again_only_when_count_or_state_changed(
    store: SqliteStore, news: LedgerRow, told_again: bool
) -> None:
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    store.digests.plan(PLAN)
    store.digests.written(PLAN, NIGHT)
    assert store.ledger.unreported() == []
    store.ledger.add(news)
    assert bool(store.ledger.unreported()) == told_again


def test_what_changed_after_a_digest_was_planned_is_left_for_the_next(store: SqliteStore) -> None:
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    store.digests.plan(PLAN)
    store.ledger.add(row("fresh", fetched=1, drafted=1))
    store.digests.written(PLAN, LATER + timedelta(hours=1))
    assert store.ledger.unreported()[0].counts.fetched == 6


def test_a_look_that_changed_nothing_after_the_plan_does_not_open_a_row_again(store: SqliteStore) -> None:
    store.ledger.add(row("fresh", fetched=5, unmatched=5))
    store.digests.plan(PLAN)
    store.ledger.add(row("fresh"))
    store.digests.written(PLAN, LATER)
    assert store.ledger.unreported() == []


def test_the_median_is_over_the_last_fresh_days(store: SqliteStore) -> None:
    assert store.ledger.median("cs.CL") == 0.0
    for number in range(30):
        day = DAY - timedelta(days=number)
        store.ledger.add(row("fresh", day, fetched=100 if number < 20 else 1, recovered=1))
    store.ledger.add(row("failed", NEXT_DAY))
    store.ledger.add(row("fresh", category="cs.LG", fetched=4))
    store.ledger.add(row("fresh", NEXT_DAY, "cs.LG", fetched=5))
    assert store.ledger.median("cs.CL") == 101.0
    assert store.ledger.median("cs.LG") == 4.5


# stubs


def test_a_stub_comes_back_as_it_was_stored(store: SqliteStore) -> None:
    whole = stub(title="<b>{{ x }}</b> 😀", curator=Curator("mine", {"title_line": "Mine"}), posts=("https://a",))
    store.stubs.save(whole, NIGHT)
    assert store.stubs.get(KEY) == whole
    assert store.stubs.by_ids(["2605.00001", "2605.00002"]) == {"2605.00001": whole}
    assert store.stubs.get("arxiv:2605.00002") is None


def test_many_stubs_are_found_at_once(store: SqliteStore) -> None:
    ids = [f"2605.{number:05d}" for number in range(1, 1201)]
    for number in (1, 600, 1200):
        store.stubs.save(stub(number), NIGHT)
    assert sorted(store.stubs.by_ids(ids)) == ["2605.00001", "2605.00600", "2605.01200"]


def test_stubs_are_listed_latest_first_and_narrowed_by_state_and_topic(store: SqliteStore) -> None:
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


def test_only_stubs_without_metadata_or_with_a_newer_version_want_it(store: SqliteStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(2, complete=True), NIGHT)
    store.stubs.save(stub(3, "digested"), NIGHT)
    store.stubs.save(stub(4, "skipped"), NIGHT)
    assert keys(store.stubs.wanting_metadata()) == ["1", "3"]
    store.stubs.ask_metadata("arxiv:2605.00002", 2)
    assert keys(store.stubs.wanting_metadata()) == ["1", "2", "3"]
    assert keys(store.stubs.wanting_metadata(2)) == ["1", "2"]
    store.stubs.metadata_came(KEY, 1)
    assert keys(store.stubs.wanting_metadata()) == ["2", "3"]


def test_saving_a_stub_again_neither_sets_nor_takes_the_mark_that_it_wants_metadata(store: SqliteStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(1, complete=True), NIGHT)
    assert keys(store.stubs.wanting_metadata()) == ["1"]
    store.stubs.metadata_came(KEY, 1)
    store.stubs.save(stub(1, "kept"), NIGHT)
    assert store.stubs.wanting_metadata() == []


def test_a_tombstone_wants_no_metadata_until_it_is_brought_back(store: SqliteStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(1, "skipped"), NIGHT)
    store.stubs.ask_metadata(KEY, 2)
    assert store.stubs.wanting_metadata() == []
    store.stubs.save(stub(1), NIGHT)
    assert keys(store.stubs.wanting_metadata()) == ["1"]


def test_queued_stubs_come_oldest_first_with_the_digests_they_waited_through(store: SqliteStore) -> None:
    for number, status in ((1, "queued"), (2, "kept"), (3, "queued")):
        store.stubs.save(stub(number, status), NIGHT)
    store.stubs.hold_back([KEY])
    store.stubs.hold_back([KEY, "arxiv:2605.00003", "arxiv:2605.99999"])
    assert [(one.arxiv_id[-1], waited) for one, waited in store.stubs.queued()] == [("1", 2), ("3", 1)]


def test_the_age_of_a_state_begins_when_the_state_does(store: SqliteStore) -> None:
    store.stubs.save(stub(1), NIGHT)
    store.stubs.save(stub(1, "kept"), LATER)
    store.stubs.save(stub(1, "kept", title="Other"), LATER + timedelta(days=9))
    assert store.stubs.since(StubStatus.KEPT) == {KEY: LATER}
    assert store.stubs.since(StubStatus.QUEUED) == {}


# digests and runs


def test_a_plan_is_open_until_its_digest_is_written(store: SqliteStore) -> None:
    assert store.digests.open_plan() is None
    assert store.digests.latest() is None
    store.digests.plan(PLAN)
    assert store.digests.open_plan() == PLAN
    assert store.digests.latest() is None
    store.digests.written(PLAN, LATER)
    assert store.digests.open_plan() is None
    assert store.digests.latest() == (PLAN.name, LATER)


def test_a_plan_can_be_dropped_but_a_written_digest_cannot(store: SqliteStore) -> None:
    store.digests.plan(PLAN)
    store.digests.drop_plan(PLAN.name)
    assert store.digests.open_plan() is None
    store.digests.plan(PLAN)
    store.digests.written(PLAN, NIGHT)
    store.digests.drop_plan(PLAN.name)
    assert store.digests.latest() == (PLAN.name, NIGHT)


def test_a_written_digest_settles_what_is_still_queued_and_leaves_what_the_curator_moved(store: SqliteStore) -> None:
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


def test_settling_a_digest_twice_changes_nothing_more(store: SqliteStore) -> None:
    store.stubs.save(stub(), NIGHT)
    store.digests.plan(PLAN)
    store.digests.written(PLAN, LATER)
    once = store.stubs.get(KEY), store.stubs.since(StubStatus.DIGESTED)
    store.digests.written(PLAN, LATER)
    assert (store.stubs.get(KEY), store.stubs.since(StubStatus.DIGESTED)) == once


def test_metadata_of_an_older_version_than_was_announced_does_not_do(store: SqliteStore) -> None:
    store.stubs.save(replace(stub(), complete=True), NIGHT)
    store.stubs.ask_metadata(KEY, 3)
    store.stubs.metadata_came(KEY, 2)
    assert [one.key for one in store.stubs.wanting_metadata()] == [KEY]
    store.stubs.metadata_came(KEY, 3)
    assert store.stubs.wanting_metadata() == []


def test_an_update_is_told_by_one_digest_and_stored_once(store: SqliteStore) -> None:
    other = replace(UPDATE, field="withdrawn", value="")
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


def test_the_last_round_of_a_kind_is_remembered_of_any_status_or_of_one(store: SqliteStore) -> None:
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


def test_a_round_after_the_clock_was_set_back_is_still_the_last(store: SqliteStore) -> None:
    store.runs.add(RunRecord("poll", LATER, LATER, "ok"))
    store.runs.add(RunRecord("poll", NIGHT, NIGHT, "ok"))
    last = store.runs.last("poll")
    assert last is not None
    assert last.started_at == NIGHT

"""The store: migrations, transactions, and what each part of it remembers."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, entry
from fresh_store import new_store
from notebot.core.model.backfill_scope import BackfillScope, DateWindow
from notebot.core.model.breaker import BreakerState
from notebot.core.model.changes import PaperWithdrawn, TitleChanged
from notebot.core.model.decision import Decision
from notebot.core.model.digest_reading import DigestReading
from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType
from notebot.core.model.errors import StateError
from notebot.core.model.filing_records import AnnouncedPaper, FilingDates, MatchRecord, Sighting, UndecidedEntry
from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.model.ledger import Counts, DayState, LedgerRow, Outcome, ReportedRow
from notebot.core.model.note import Note, NoteQuery, UnparsedPassage
from notebot.core.model.offer import DigestPlan, OlderPaper, Update
from notebot.core.model.read_file import FileVersion, LastReading
from notebot.core.model.reasons import NewVersion
from notebot.core.model.run_record import RunRecord
from notebot.core.model.source_record import SourceRecord, Validators
from notebot.core.model.stub import AttributedText, Curator, Stub, StubStatus
from notebot.features.delivery.rules.alert import Cause
from notebot.features.delivery.rules.delivery import Delivery
from notebot.features.delivery.rules.events import AlertKind, DigestWritten
from notebot.features.publishing.rules.issue_draft import OutboxEntry
from notebot.features.statistics.rules.tables import count_notes
from notebot.features.suggestions.rules.interest import InterestRecord
from notebot.features.suggestions.suggest import learn
from notebot.features.summaries.summarise import Usage
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.store.records import encode
from notebot.store.sqlite import SqliteStore, open_store
from notebot.store.sqlite.connection import GuardedConnection, connect
from notebot.store.sqlite.schema import MIGRATIONS, TOKENS_CHANGED_IN
from notebot.store.store import DatabaseStore

DAY_BEFORE, NEXT_DAY = DAY - timedelta(days=1), DAY + timedelta(days=1)
LATER = NIGHT + timedelta(hours=1)
KEY = "arxiv:2605.00001"
UPDATE = Update(0, KEY, TitleChanged("Other"), NewVersion(2), "Math for models")
PLAN = DigestPlan("2026-05-12.md", NIGHT, DAY, "the text", (KEY,), (1,), ((DAY, "cs.CL", 1),))
OLDER = OlderPaper("2401.00007", DAY, "cs.CL", "An older paper", ("Math", "RL"))
NOTE = Note("[Paper Note] Math for models", tags=("Math",))
READ = LastReading("ab" * 32, FileVersion(1, 2), 3, reading=DigestReading(()))
DECISION = Decision(key=KEY, move="keep", by="cli", at=NIGHT, batch=1)
SCOPE = BackfillScope("Math", "ti:math*", ("cs.CL", "cs.LG"), DateWindow(date(2026, 1, 1), DAY))
INBOX_FAILURE = InboxFailure("links.txt", "nothing", "not-found", "It names nothing.", 1, NIGHT, NIGHT, LATER)
OPEN = BreakerState(3, 1, LATER, LATER + timedelta(hours=5), "throttled", "Slow down.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notebot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(new_store(path)) as opened:
        yield opened


def stub(number: int = 1, status: str = "queued", **changes: object) -> Stub:
    draft = draft_from_entry(entry(f"2605.{number:05d}"), ())
    return replace(draft, **{"status": StubStatus(status), **changes})


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


def of_first_release(path: Path) -> None:
    """A database as version 1 left it, with a row in every table."""
    entry_json = b'{"arxiv_id":"2605.00001"}'
    rows: dict[str, list[tuple[object, ...]]] = {
        "sources": [
            ("cs.CL", '"1"', None, str(NIGHT), str(NIGHT), "2026-05-12", None, None),
            ("cs.LG", None, None, str(NIGHT), None, None, "timeout", "It is silent."),
            ("api", None, None, str(NIGHT), str(NIGHT), None, None, None),
        ],
        "announcements": [("cs.CL", "2605.00001", 1, "2026-05-11", "new", "feed")],
        "texts": [("2605.00001", "2026-05-11", entry_json)],
        "matches": [
            ("2605.00001", "Math", "cs.CL", "2026-05-11", "drafted"),
            ("2605.00001", "Venue", "cs.CL", "2026-05-11", None),
        ],
        "ledger": [
            ("2026-05-08", "cs.CL", "failed", *(0,) * 8, "It is down.", 1, 1),
            ("2026-05-11", "cs.CL", "fresh", 1, 0, 0, 0, 1, 0, 0, 0, "It came.", 2, 1),
            ("2026-05-12", "cs.CL", "waiting", *(0,) * 8, "Not out yet.", 1, 0),
            ("2026-05-11", "cs.LG", "failed", *(0,) * 8, "It is silent.", 1, 0),
        ],
        "stubs": [(1, KEY, "2605.00001", "queued", 1, 0, 0, str(NIGHT), b"{}")],
        "digests": [("2026-05-11.md", str(NIGHT), b"{}")],
        "updates": [(1, KEY, "title", "Other", "v2", "Math for models", str(NIGHT), None)],
        "runs": [(1, "poll", str(NIGHT), str(NIGHT), "ok", None, "")],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
        for table, values in rows.items():
            for row_of in values:
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row_of))})", row_of)


def columns_of(path: Path) -> dict[str, str]:
    """By table, its columns."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            table: ", ".join(column[1] for column in connection.execute(f"PRAGMA table_info({table})"))
            for (table,) in tables
        }


def contents(path: Path, columns: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """Every row of these tables."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT {named} FROM {table}").fetchall() for table, named in columns.items()
        }


def test_a_database_of_the_first_release_keeps_every_row(path: Path) -> None:
    of_first_release(path)
    columns = columns_of(path)
    before = contents(path, columns)
    assert all(before.values())
    for _ in range(2):
        open_store(path).close()
        assert contents(path, columns) == before


def test_a_ledger_of_the_first_release_began_with_its_first_successful_day(path: Path) -> None:
    of_first_release(path)
    with closing(open_store(path)) as grown:
        began = {source.name: (source.began_on, source.reconciled_on) for source in grown.sources.all()}
        assert began == {"cs.CL": (DAY_BEFORE, None), "cs.LG": (None, None), "api": (None, None)}
        assert grown.announcements.pending("cs.CL", DAY) == [
            UndecidedEntry("2605.00001", DAY_BEFORE, AnnounceType.NEW, ("Venue",), Outcome.DRAFTED)
        ]
        assert (grown.breakers.all(), grown.announcements.unreported_older()) == ({}, [])


def test_what_was_dismissed_before_dismissals_had_a_column_stays_dismissed(path: Path) -> None:
    dismissal = replace(DECISION, move="dismiss", update_id=2)
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(f"{''.join(MIGRATIONS[:14])}; PRAGMA user_version = 14;")
        for number in (1, 2, 3):
            connection.execute(
                "INSERT INTO updates (id, key, field, value, why, title, created_at)"
                " VALUES (?, ?, 'title', ?, '', '', ?)",
                (number, KEY, f"Title {number}", str(NIGHT)),
            )
        for document in (encode(dismissal), b'{"move":"dismiss","upd', encode(DECISION)):
            connection.execute(
                "INSERT INTO decisions (key, batch, made_at, automatic, document) VALUES (?, 1, ?, 0, ?)",
                (KEY, str(NIGHT), document),
            )
    with closing(open_store(path)) as grown:
        assert [update.id for update in grown.digests.open_updates()] == [1, 3]


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


def test_a_file_that_is_not_a_database_is_refused_and_stays_as_it_is(path: Path) -> None:
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

DELIVERY = Delivery("me", DigestWritten("2026-05-12.md"), NIGHT, NIGHT)
CAUSE = Cause(AlertKind.SOURCE, "cs.CL", NIGHT, NIGHT)
CALLS: dict[str, Callable[[SqliteStore], object]] = {
    "sources.get": lambda s: s.sources.get("cs.CL"),
    "sources.all": lambda s: s.sources.all(),
    "sources.succeeded": lambda s: s.sources.succeeded("cs.CL", NIGHT, Validators('"1"')),
    "sources.failed": lambda s: s.sources.failed("cs.CL", NIGHT, "timeout", "It is silent."),
    "sources.brought": lambda s: s.sources.brought("cs.CL", NIGHT),
    "sources.began": lambda s: s.sources.began("cs.CL", DAY),
    "sources.reconciled": lambda s: s.sources.reconciled("cs.CL", DAY),
    "announcements.seen": lambda s: s.announcements.seen("cs.CL", ["2605.00001"], DAY),
    "announcements.filed": lambda s: s.announcements.filed("cs.CL", ["2605.00001"]),
    "announcements.highest_id": lambda s: s.announcements.highest_id(["cs.CL"], DAY),
    "announcements.counts_of": lambda s: s.announcements.counts_of("cs.CL", DAY, ["2605.00001"]),
    "announcements.move_day": lambda s: s.announcements.move_day("cs.CL", ["2605.00001"], DAY, DAY_BEFORE),
    "announcements.announced": lambda s: s.announcements.announced("cs.CL", DAY),
    "notes.oldest_tagged": lambda s: s.notes.oldest_tagged("Math", 3),
    "announcements.papers_of": lambda s: list(s.announcements.papers_of([DAY])),
    "announcements.sightings": lambda s: s.announcements.sightings("2605.00001"),
    "announcements.text_of": lambda s: s.announcements.text_of("2605.00001"),
    "announcements.pending": lambda s: s.announcements.pending("cs.CL", DAY),
    "announcements.decided": lambda s: s.announcements.decided("2605.00001", "cs.CL", DAY),
    "announcements.matches_of": lambda s: s.announcements.matches_of("2605.00001"),
    "announcements.note_older": lambda s: s.announcements.note_older([OLDER]),
    "announcements.unreported_older": lambda s: s.announcements.unreported_older(),
    "announcements.file": lambda s: s.announcements.file("cs.CL", [entry()], DAY, "feed"),
    "announcements.record_matches": lambda s: s.announcements.record_matches(
        [MatchRecord("2605.00001", "Math", "cs.CL", DAY, None)]
    ),
    "announcements.stored_since": lambda s: list(s.announcements.stored_since(DAY)),
    "announcements.prune_texts": lambda s: s.announcements.prune_texts(NEXT_DAY),
    "ledger.state": lambda s: s.ledger.state("cs.CL", DAY),
    "ledger.states_of": lambda s: s.ledger.states_of(DAY),
    "ledger.row": lambda s: s.ledger.row("cs.CL", DAY),
    "ledger.rows": lambda s: s.ledger.rows(),
    "ledger.reopen": lambda s: s.ledger.reopen("cs.CL", DAY, "It waits."),
    "ledger.amend": lambda s: s.ledger.amend("cs.CL", DAY, Counts(known=1)),
    "ledger.add": lambda s: s.ledger.add(row()),
    "ledger.median": lambda s: s.ledger.median("cs.CL", 1),
    "ledger.unreported": lambda s: s.ledger.unreported(),
    "stubs.get": lambda s: s.stubs.get(KEY),
    "stubs.by_ids": lambda s: s.stubs.by_ids(["2605.00001"]),
    "stubs.all": lambda s: s.stubs.all(),
    "stubs.counts": lambda s: s.stubs.counts(),
    "stubs.changed_since": lambda s: s.stubs.changed_since((StubStatus.QUEUED,), NIGHT),
    "stubs.save": lambda s: s.stubs.save(stub(), NIGHT),
    "stubs.ask_metadata": lambda s: s.stubs.ask_metadata(KEY, 2),
    "stubs.metadata_came": lambda s: s.stubs.metadata_came(KEY, 2),
    "stubs.wanting_metadata": lambda s: s.stubs.wanting_metadata(),
    "stubs.queued": lambda s: s.stubs.queued(),
    "stubs.hold_back": lambda s: s.stubs.hold_back([KEY]),
    "stubs.since": lambda s: s.stubs.since(StubStatus.QUEUED),
    "digests.add_update": lambda s: s.digests.add_update(UPDATE, NIGHT),
    "digests.open_updates": lambda s: s.digests.open_updates(),
    "digests.undecided_offers": lambda s: s.digests.undecided_offers(),
    "digests.update": lambda s: s.digests.update(1),
    "digests.shown_in": lambda s: s.digests.shown_in(1),
    "digests.plan": lambda s: s.digests.plan(PLAN),
    "digests.is_known": lambda s: s.digests.is_known(PLAN.name),
    "digests.open_plan": lambda s: s.digests.open_plan(),
    "digests.rename_plan": lambda s: s.digests.rename_plan(PLAN.name, PLAN),
    "digests.written": lambda s: s.digests.written(PLAN, NIGHT),
    "digests.holding": lambda s: s.digests.holding(KEY),
    "digests.latest": lambda s: s.digests.latest(),
    "runs.add": lambda s: s.runs.add(RunRecord("poll", NIGHT, NIGHT, "ok")),
    "runs.last": lambda s: s.runs.last("poll"),
    "runs.first": lambda s: s.runs.first("poll"),
    "runs.recent": lambda s: s.runs.recent(10),
    "runs.digested": lambda s: s.runs.digested(DAY),
    "breakers.get": lambda s: s.breakers.get("https://service.example"),
    "breakers.put": lambda s: s.breakers.put("https://service.example", OPEN),
    "breakers.all": lambda s: s.breakers.all(),
    "backfills.done_on": lambda s: s.backfills.done_on(SCOPE),
    "backfills.move": lambda s: s.backfills.move(SCOPE, DAY),
    "digests.names": lambda s: s.digests.names(),
    "digests.keys": lambda s: s.digests.keys(PLAN.name),
    "digests.text": lambda s: s.digests.text(PLAN.name),
    "digests.accept": lambda s: s.digests.accept(KEY, "title"),
    "digests.set_accepted": lambda s: s.digests.set_accepted(1, True),
    "digests.last_reading": lambda s: s.digests.last_reading(PLAN.name),
    "digests.remember_reading": lambda s: s.digests.remember_reading(PLAN.name, READ),
    "digests.looked_at": lambda s: s.digests.looked_at(),
    "digests.leave": lambda s: s.digests.leave(PLAN.name, FileVersion(1, 2)),
    "digests.containing": lambda s: s.digests.containing(KEY),
    "decisions.new_batch": lambda s: s.decisions.new_batch(),
    "decisions.add": lambda s: s.decisions.add(DECISION),
    "decisions.of": lambda s: s.decisions.of(KEY),
    "decisions.last_batch": lambda s: s.decisions.last_batch(),
    "decisions.undo": lambda s: s.decisions.undo([1], NIGHT),
    "decisions.revision": lambda s: s.decisions.revision(KEY),
    "decisions.revisions": lambda s: s.decisions.revisions([KEY]),
    "decisions.newest_id": lambda s: s.decisions.newest_id(),
    "decisions.state": lambda s: s.decisions.state(),
    "decisions.collected_since_digest": lambda s: s.decisions.collected_since_digest(),
    "decisions.sent": lambda s: s.decisions.sent([KEY]),
    "drafts.of": lambda s: s.drafts.of(KEY),
    "drafts.save": lambda s: s.drafts.save(KEY, {"comment": "x"}, NIGHT),
    "drafts.discard": lambda s: s.drafts.discard(KEY),
    "notes.build_index": lambda s: s.notes.build_index(),
    "notes.known": lambda s: list(s.notes.known()),
    "notes.all": lambda s: s.notes.all(),
    "notes.newest_first": lambda s: list(s.notes.newest_first()),
    "notes.with_ids": lambda s: list(s.notes.with_ids()),
    "notes.of_paper": lambda s: s.notes.of_paper("2605.00001"),
    "notes.count": lambda s: s.notes.count(),
    "notes.sources_of": lambda s: s.notes.sources_of(1),
    "notes.save": lambda s: s.notes.save(None, NOTE, {"page": NOTE}),
    "notes.drop": lambda s: s.notes.drop(1),
    "notes.numbers_of": lambda s: s.notes.numbers_of(["2605.00001"]),
    "notes.find": lambda s: list(s.notes.find(NoteQuery("math", "Math"))),
    "notes.with_number": lambda s: s.notes.with_number(7),
    "notes.replace_unread": lambda s: s.notes.replace_unread(
        "page", "NLP.xml", [UnparsedPassage("line 1", "?", "No.")]
    ),
    "notes.cursor": lambda s: s.notes.cursor("github", "owner/name"),
    "notes.move_cursor": lambda s: s.notes.move_cursor("github", "owner/name", "1"),
    "learned.load": lambda s: s.learned.load(),
    "learned.save": lambda s: s.learned.save(learn("1", ())),
    "interest.load": lambda s: s.interest.load(),
    "interest.save": lambda s: s.interest.save(InterestRecord()),
    "statistics.note_facts": lambda s: list(s.statistics.note_facts()),
    "statistics.topic_counts": lambda s: s.statistics.topic_counts("Math", ["cs.CL"]),
    "statistics.days_to_note": lambda s: s.statistics.days_to_note(),
    "statistics.load": lambda s: s.statistics.load(),
    "statistics.save": lambda s: s.statistics.save(count_notes((), "read-later")),
    "digests.shown": lambda s: s.digests.shown(),
    "announcements.latest": lambda s: list(s.announcements.latest(10)),
    "notes.revision": lambda s: s.notes.revision(),
    "written.get": lambda s: s.written.get("ab"),
    "written.keep": lambda s: s.written.keep("ab", AttributedText("A text.", "a-model")),
    "written.failures": lambda s: s.written.failures("ab"),
    "written.failed": lambda s: s.written.failed("ab", DAY),
    "written.count": lambda s: s.written.count(DAY, Usage(calls=1)),
    "written.usage": lambda s: s.written.usage(DAY),
    "pages.fingerprints": lambda s: s.pages.fingerprints(),
    "pages.store": lambda s: s.pages.store({"NLP.md": "ab"}),
    "pages.forget": lambda s: s.pages.forget(["NLP.md"]),
    "inbox.failures": lambda s: s.inbox.failures(),
    "inbox.failed": lambda s: s.inbox.failed(INBOX_FAILURE),
    "inbox.forget": lambda s: s.inbox.forget([("links.txt", "nothing")]),
    "watched.read_on": lambda s: s.watched.read_on("Bookmarks", DAY),
    "watched.count_read": lambda s: s.watched.count_read("Bookmarks", DAY, ["1"]),
    "watched.seen": lambda s: s.watched.seen("Blog", ["1"]),
    "watched.saw": lambda s: s.watched.saw("Blog", ["1"], NIGHT),
    "notes.bare": lambda s: s.notes.bare(["2605.00001"]),
    "asked_papers.all": lambda s: s.asked_papers.all(),
    "asked_papers.unknown": lambda s: s.asked_papers.unknown(),
    "asked_papers.put": lambda s: s.asked_papers.put(["2605.00001"], DAY),
    "unfilled.all": lambda s: s.unfilled.all(),
    "unfilled.replace": lambda s: s.unfilled.replace({7: "it has no link"}),
    "outbox.get": lambda s: s.outbox.get("arxiv:1"),
    "outbox.put": lambda s: s.outbox.put(OutboxEntry("arxiv:1", "curator/notes"), NIGHT),
    "outbox.begun": lambda s: s.outbox.begun(),
    "outbox.done": lambda s: s.outbox.done(),
    "outbox.accepted": lambda s: s.outbox.accepted(),
    "deliveries.add": lambda s: s.deliveries.add(DELIVERY),
    "deliveries.put": lambda s: s.deliveries.put(DELIVERY),
    "deliveries.waiting": lambda s: s.deliveries.waiting(),
    "deliveries.given_up_since": lambda s: s.deliveries.given_up_since(NIGHT),
    "deliveries.times_sent": lambda s: s.deliveries.times_sent("2026-05-12.md"),
    "alerts.all": lambda s: s.alerts.all(),
    "alerts.put": lambda s: s.alerts.put(CAUSE),
    "alerts.forget": lambda s: s.alerts.forget("source:cs.CL"),
    "digests.written_plan": lambda s: s.digests.written_plan(PLAN.name),
}
READING = frozenset(
    {
        *("sources.get", "sources.all", "announcements.seen", "announcements.stored_since"),
        "announcements.counts_of",
        *("announcements.filed", "announcements.highest_id", "announcements.announced", "announcements.sightings"),
        "announcements.papers_of",
        "notes.oldest_tagged",
        *("announcements.text_of", "announcements.pending", "announcements.matches_of"),
        *("announcements.unreported_older", "ledger.row", "ledger.rows"),
        *("ledger.state", "ledger.states_of", "ledger.median", "ledger.unreported"),
        *("stubs.get", "stubs.by_ids", "stubs.all", "stubs.counts"),
        *("stubs.changed_since", "decisions.revisions", "drafts.of"),
        *("stubs.wanting_metadata", "stubs.queued", "stubs.since"),
        *("digests.open_updates", "digests.is_known", "digests.open_plan", "digests.holding", "digests.latest"),
        *("digests.undecided_offers", "digests.update", "digests.shown_in"),
        *("runs.last", "runs.recent", "runs.digested", "breakers.get", "breakers.all", "backfills.done_on"),
        *("digests.names", "digests.keys", "digests.text", "digests.last_reading", "digests.containing"),
        "digests.looked_at",
        *("decisions.new_batch", "decisions.of", "decisions.last_batch", "decisions.revision", "decisions.newest_id"),
        *("statistics.note_facts", "statistics.topic_counts", "statistics.days_to_note", "statistics.load"),
        *("decisions.collected_since_digest", "decisions.sent", "decisions.state", "digests.shown", "interest.load"),
        *("notes.known", "notes.all", "notes.newest_first", "notes.with_ids", "notes.count", "notes.sources_of"),
        *("notes.numbers_of", "notes.find", "notes.with_number", "notes.cursor", "pages.fingerprints"),
        *("outbox.get", "outbox.begun", "outbox.done", "outbox.accepted"),
        *("watched.read_on", "announcements.latest"),
        *("learned.load", "notes.revision", "notes.of_paper", "inbox.failures", "watched.seen"),
        *("notes.bare", "asked_papers.all", "asked_papers.unknown", "unfilled.all"),
        *("written.get", "written.failures", "written.usage"),
        *("deliveries.waiting", "deliveries.given_up_since", "deliveries.times_sent", "alerts.all"),
        *("digests.written_plan", "runs.first"),
    }
)


def test_every_public_method_of_the_store_is_tried_below(store: SqliteStore) -> None:
    names = [name for name, value in vars(DatabaseStore).items() if isinstance(value, cached_property)]
    parts = {name: getattr(store, name) for name in names}
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
    with closing(new_store(path)) as whole, whole.transaction():
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
def test_a_damaged_database_is_reported_in_words(path: Path, name: str) -> None:
    with closing(overwritten(path)) as damaged:
        with pytest.raises(StateError, match=r"notebot\.db .* Restore it from a backup"):
            CALLS[name](damaged)
        with pytest.raises(StateError, match="Restore it from a backup"), damaged.transaction():
            CALLS[name](damaged)


@pytest.mark.parametrize("name", CALLS)
def test_a_database_that_another_process_keeps_for_itself_is_reported_in_words(path: Path, name: str) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, closing(connected(path)) as waiting:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateError, match="Another notebot"):
            CALLS[name](waiting)
        with pytest.raises(StateError, match="Another notebot"), waiting.transaction():
            CALLS[name](waiting)


@pytest.mark.parametrize("name", CALLS)
def test_a_database_that_may_only_be_read_is_reported_in_words_when_it_is_written(path: Path, name: str) -> None:
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


def test_a_write_that_waited_too_long_is_reported_and_can_be_tried_again(path: Path, store: SqliteStore) -> None:
    with closing(connected(path)) as impatient:
        with store.transaction(), pytest.raises(StateError, match="Another notebot"), impatient.transaction():
            pass
        with impatient.transaction():
            impatient.stubs.save(stub(), NIGHT)


def test_a_full_disk_is_reported_and_keeps_what_was_stored(path: Path) -> None:
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


def test_a_ledger_begins_once(store: SqliteStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT)
    assert store.sources.get("cs.CL").began_on is None
    for day in (DAY, DAY_BEFORE, NEXT_DAY):
        store.sources.began("cs.CL", day)
    store.sources.failed("cs.CL", LATER, "timeout", "It is silent.")
    assert store.sources.get("cs.CL").began_on == DAY


def test_the_cursor_moves_forward_alone(store: SqliteStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT)
    store.sources.succeeded("cs.LG", NIGHT)
    cursors = []
    for day in (DAY, DAY_BEFORE, NEXT_DAY, DAY):
        store.sources.reconciled("cs.CL", day)
        cursors.append(store.sources.get("cs.CL").reconciled_on)
    assert cursors == [DAY, DAY, NEXT_DAY, NEXT_DAY]
    assert store.sources.get("cs.LG").reconciled_on is None


def test_a_cursor_is_taken_back_with_its_transaction(store: SqliteStore) -> None:
    store.sources.succeeded("cs.CL", NIGHT)
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.announcements.file("cs.CL", [entry()], DAY, "oai")
        store.sources.reconciled("cs.CL", DAY)
        raise KeyboardInterrupt
    assert store.sources.get("cs.CL").reconciled_on is None
    assert store.announcements.filed("cs.CL", ["2605.00001"]) == {}


# announcements


def test_what_was_filed_is_seen_in_its_category_and_version(store: SqliteStore) -> None:
    many = [entry(f"2605.{number:05d}") for number in range(1200)]
    with store.transaction():
        store.announcements.file("cs.CL", many, DAY, "feed")
        store.announcements.file("cs.LG", [entry("2605.00001", version=2)], DAY, "oai")
    asked = [one.arxiv_id for one in many]
    assert store.announcements.seen("cs.CL", [*asked, "2605.99999"], NEXT_DAY) == {(name, 1) for name in asked}
    assert store.announcements.seen("cs.LG", asked, NEXT_DAY) == {("2605.00001", 2)}
    assert store.announcements.seen("cs.CV", asked, NEXT_DAY) == set()
    assert store.announcements.seen("cs.CL", [], NEXT_DAY) == set()


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
    assert store.announcements.seen("cs.CL", ["2605.00001"], NEXT_DAY) == {("2605.00001", 1)}


def test_a_match_is_remembered_once(path: Path, store: SqliteStore) -> None:
    drafted = MatchRecord("2605.00001", "Math", "cs.CL", DAY, Outcome.DRAFTED)
    store.announcements.record_matches([drafted, replace(drafted, topic="RL", outcome=None)])
    store.announcements.record_matches([replace(drafted, outcome=Outcome.KNOWN)])
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT topic, outcome FROM matches ORDER BY topic").fetchall()
    assert found == [("Math", "drafted"), ("RL", None)]


REPLACED = entry("2401.00007", version=UNKNOWN_VERSION, announce_type=AnnounceType.REPLACE)


@pytest.mark.parametrize(("day", "seen"), [(DAY_BEFORE, True), (DAY, True), (NEXT_DAY, False)])
def test_a_replacement_without_version_is_seen_on_its_day_and_before_it_alone(
    store: SqliteStore, day: date, seen: bool
) -> None:
    """A later one is of a version that was not out yet."""
    store.announcements.file("cs.CL", [REPLACED], DAY, "oai")
    found = store.announcements.seen("cs.CL", ["2401.00007"], day)
    assert found == ({("2401.00007", UNKNOWN_VERSION)} if seen else set())


def test_a_paper_is_replaced_without_version_again_and_again_and_filed_under_the_last_day(store: SqliteStore) -> None:
    for day in (DAY, NEXT_DAY):
        store.announcements.file("cs.CL", [REPLACED], day, "oai")
    assert store.announcements.announced("cs.CL", DAY) == {}
    assert store.announcements.announced("cs.CL", NEXT_DAY) == {"2401.00007": AnnounceType.REPLACE}


def test_what_was_filed_with_a_version_keeps_its_day(store: SqliteStore) -> None:
    store.announcements.file("cs.CL", [entry()], DAY, "feed")
    store.announcements.file("cs.CL", [entry(announce_type=AnnounceType.CROSS)], NEXT_DAY, "oai")
    assert store.announcements.announced("cs.CL", DAY) == {"2605.00001": AnnounceType.NEW}
    assert store.announcements.announced("cs.CL", NEXT_DAY) == {}


def test_how_papers_were_announced_is_known_by_category(store: SqliteStore) -> None:
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


def test_the_highest_id_is_that_of_all_categories_before_the_day(store: SqliteStore) -> None:
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


def test_what_a_day_announced_is_known_with_its_types(store: SqliteStore) -> None:
    kinds = dict(zip(("2605.00001", "2605.00002", "2605.00003", "2605.00004"), AnnounceType, strict=True))
    store.announcements.file("cs.CL", [entry(name, announce_type=kind) for name, kind in kinds.items()], DAY, "feed")
    store.announcements.file("cs.CL", [entry("2605.00009")], NEXT_DAY, "feed")
    assert store.announcements.announced("cs.CL", DAY) == kinds
    assert store.announcements.announced("cs.LG", DAY) == {}


def test_every_announcement_of_a_paper_is_remembered_with_the_way_it_came(store: SqliteStore) -> None:
    for category in ("cs.CL", "cs.LG"):
        store.sources.succeeded(category, NIGHT)
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


def test_the_text_of_a_paper_is_there_until_it_is_forgotten(store: SqliteStore) -> None:
    store.announcements.file("cs.CL", [entry()], DAY, "feed")
    assert store.announcements.text_of("2605.00001") == entry()
    store.announcements.prune_texts(NEXT_DAY)
    assert store.announcements.text_of("2605.00001") is None


# what topics made of papers, and what they could not decide

VENUE = MatchRecord("2605.00001", "Venue", "cs.CL", DAY, None)


def test_a_paper_is_pending_with_the_topics_that_could_not_decide(store: SqliteStore) -> None:
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


def test_a_pending_match_takes_one_later_outcome_and_keeps_it(store: SqliteStore) -> None:
    store.announcements.file("cs.CL", [entry()], DAY, "feed")
    for outcome in (None, Outcome.DRAFTED, None, Outcome.KNOWN):
        store.announcements.record_matches([replace(VENUE, outcome=outcome)])
    assert store.announcements.matches_of("2605.00001") == [replace(VENUE, outcome=Outcome.DRAFTED)]
    assert store.announcements.pending("cs.CL", DAY) == []


def test_topics_that_were_decided_and_did_not_match_are_forgotten(store: SqliteStore) -> None:
    store.announcements.file("cs.CL", [entry(), entry("2605.00002")], DAY, "feed")
    matched, other = replace(VENUE, topic="Math", outcome=Outcome.DRAFTED), replace(VENUE, arxiv_id="2605.00002")
    store.announcements.record_matches([VENUE, matched, other])
    store.announcements.decided("2605.00001", "cs.CL", NEXT_DAY)
    store.announcements.decided("2605.00001", "cs.LG", DAY)
    assert len(store.announcements.matches_of("2605.00001")) == 2
    store.announcements.decided("2605.00001", "cs.CL", DAY)
    assert store.announcements.matches_of("2605.00001") == [matched]
    assert store.announcements.matches_of("2605.00002") == [other]


def test_matches_of_a_paper_are_listed_by_day_category_and_topic(store: SqliteStore) -> None:
    later = replace(VENUE, announced_on=NEXT_DAY, outcome=Outcome.KNOWN)
    listed = [replace(VENUE, topic="A"), VENUE, replace(VENUE, category="cs.LG", topic="B"), later]
    store.announcements.record_matches(reversed(listed))
    assert store.announcements.matches_of("2605.00001") == listed


def test_an_older_paper_that_changed_is_named_by_one_digest(store: SqliteStore) -> None:
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
def test_a_reported_row_is_shown_again_only_when_count_or_state_changed(
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


def test_rows_are_read_one_by_one_and_by_day_and_category(store: SqliteStore) -> None:
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


def test_an_amended_row_keeps_its_state_adds_up_and_is_reported_again(store: SqliteStore) -> None:
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


def test_a_plan_can_be_renamed_but_a_written_digest_cannot(store: SqliteStore) -> None:
    store.ledger.add(row("fresh", fetched=1, unmatched=1))
    other = replace(PLAN, name="2026-05-12-2.md")
    store.digests.plan(PLAN)
    store.digests.rename_plan(PLAN.name, other)
    assert store.digests.open_plan() == other
    store.digests.written(other, NIGHT)
    store.digests.rename_plan(other.name, PLAN)
    assert store.digests.latest() == (other.name, NIGHT)


def test_a_row_remembers_what_the_last_digest_said_of_it(store: SqliteStore) -> None:
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


def test_a_planned_digest_counts_the_papers_of_its_days(store: SqliteStore) -> None:
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
    store.ledger.add(row("fresh", fetched=2))
    store.digests.plan(PLAN)
    store.announcements.file("cs.CL", [entry("2605.00004")], DAY, "feed")
    store.announcements.decided("2605.00003", "cs.LG", DAY)
    papers = list(store.announcements.papers_of([DAY]))
    assert [(paper.counted, paper.result) for paper in papers] == [
        ("drafted", "drafted"),
        ("unmatched", "unmatched"),
        ("pending", "unmatched"),
        (None, "unmatched"),
    ]


def test_a_plan_of_an_older_notebot_is_reported_when_it_is_settled(path: Path) -> None:
    with closing(open_store(path)) as store:
        store.ledger.add(row("fresh", fetched=5, unmatched=5))
        store.announcements.file("cs.CL", [entry()], DAY, "feed")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO digests (name, plan) VALUES (?, ?)", (PLAN.name, msgspec.json.encode(PLAN)))
    with closing(open_store(path)) as store:
        store.digests.written(PLAN, NIGHT)
        assert [paper.counted for paper in store.announcements.papers_of([DAY])] == ["unmatched"]
        store.ledger.amend("cs.CL", DAY, Counts(unmatched=-1, drafted=1))
        assert [told.reported is None for told in store.ledger.unreported()] == [False]


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


def test_an_update_is_shown_by_one_digest_and_stored_once(store: SqliteStore) -> None:
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


def test_the_newest_digest_that_holds_a_stub_is_known_once_it_is_written(store: SqliteStore) -> None:
    assert store.digests.holding(KEY) is None
    for number, keys_in in enumerate([(KEY,), (KEY, "arxiv:2605.00002"), ("arxiv:2605.00003",)]):
        plan = replace(PLAN, name=f"{number}.md", keys=keys_in)
        store.digests.plan(plan)
        store.digests.written(plan, NIGHT + timedelta(hours=number))
    store.digests.plan(replace(PLAN, name="3.md"))
    assert store.digests.holding(KEY) == "1.md"
    assert store.digests.holding("arxiv:2605.00003") == "2.md"
    assert store.digests.holding("arxiv:2605.00009") is None


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


# breakers and backfills


def test_a_breaker_comes_back_as_it_was_stored(path: Path, store: SqliteStore) -> None:
    assert store.breakers.get("https://b.example/oai") == BreakerState()
    store.breakers.put("https://b.example/oai", replace(OPEN, failures=2))
    store.breakers.put("https://b.example/oai", OPEN)
    store.breakers.put("https://a.example/api", BreakerState(1, reason="Sie sagt «nein»."))
    with closing(open_store(path)) as other:
        assert other.breakers.get("https://b.example/oai") == OPEN
        assert list(other.breakers.all().items()) == [
            ("https://a.example/api", BreakerState(1, reason="Sie sagt «nein».")),
            ("https://b.example/oai", OPEN),
        ]


def test_a_backfill_goes_on_where_it_was(store: SqliteStore) -> None:
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
def test_progress_is_of_the_very_same_backfill_alone(store: SqliteStore, other: BackfillScope) -> None:
    store.backfills.move(SCOPE, DAY_BEFORE)
    assert store.backfills.done_on(other) is None
    store.backfills.move(other, DAY)
    assert store.backfills.done_on(other) == DAY
    same_place = (other.topic, other.window) == (SCOPE.topic, SCOPE.window)
    assert store.backfills.done_on(SCOPE) == (None if same_place else DAY_BEFORE)


def test_a_database_with_the_tokens_of_an_older_release_is_indexed_again(path: Path) -> None:
    assert "notes_text" in MIGRATIONS[TOKENS_CHANGED_IN - 1]
    note = Note("Note about GPT-4o, 渡辺 太郎+, arXiv'25", 7, body="サーバーの設定")
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        older = TOKENS_CHANGED_IN - 1
        connection.executescript(";".join((*MIGRATIONS[:older], f"PRAGMA user_version = {older}")))
        for number, document in ((1, encode(replace(note, body=None))), (2, b"damaged")):
            connection.execute(
                "INSERT INTO notes VALUES (?, ?, NULL, NULL, NULL, '', ?, ?)", (number, number, document, note.body)
            )
        connection.execute("INSERT INTO notes_text (rowid, title, tags, text) VALUES (1, 'old', '', '')")
        connection.commit()
    with closing(open_store(path)) as store:
        for words in ("gpt4o", "渡辺太郎", "サーバ", "サーバー", "設定"):
            assert [found.title_line for found in store.notes.find(NoteQuery(words))] == [note.title_line]
        assert list(store.notes.find(NoteQuery("old"))) == []

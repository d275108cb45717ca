"""Interfaces of the services and the store that use cases need; adapters implement them, tests use fakes.

Every method may raise the errors of :mod:`notebot.core.model.errors` that it names, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from notebot.core.model.backfill_scope import BackfillScope
    from notebot.core.model.breaker import BreakerState
    from notebot.core.model.decision import Decision
    from notebot.core.model.discussed import DiscussedPaper
    from notebot.core.model.entry import AnnounceType, Entry, FeedAnswer
    from notebot.core.model.filing_records import AnnouncedPaper, FilingDates, MatchRecord, Sighting, UndecidedEntry
    from notebot.core.model.ledger import Counts, DayState, LedgerRow
    from notebot.core.model.note import KnownNote, Note, NoteQuery, UnparsedPassage
    from notebot.core.model.oai_record import OaiRecord
    from notebot.core.model.offer import DigestPlan, OlderPaper, Update
    from notebot.core.model.paper import Paper, SearchPage
    from notebot.core.model.read_file import FileVersion, LastReading
    from notebot.core.model.run_record import RunRecord
    from notebot.core.model.shown_entry import ShownEntry
    from notebot.core.model.source_record import SourceRecord, Validators
    from notebot.core.model.stub import Stub, StubStatus
    from notebot.core.model.worker_record import WorkerRecord

Clock = Callable[[], datetime]
"""The aware UTC time now."""

Progress = Callable[[str, int, int], None]
"""Called with what is being read, how many items are done, and how many there are."""


class Transactional(Protocol):
    """A store whose parts share one transaction."""

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction: all or nothing, and no other process writes at the same time. It cannot be nested.

        Raises:
            StateError: the database is locked for longer than 30 s, full, read-only or damaged.
        """


class FeedSource(Protocol):
    """arXiv's announcement feeds."""

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        """One category's whole batch of the day.

        Raises:
            ServiceError: the answer is missing, incomplete or not arXiv's. Never an empty batch instead.
        """


class PaperSource(Protocol):
    """arXiv's metadata."""

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers that exist among ``ids`` (at most 100 a request), keyed by the id as asked.

        Raises:
            ServiceError: the service did not answer completely.
        """


class RecordSource(Protocol):
    """arXiv's records by the day on which they last changed."""

    def changed_since(self, category: str, since: date) -> list[OaiRecord]:
        """Every record of the category that changed on ``since`` or later, each once.

        Raises:
            ServiceError: the list is incomplete. A part of it is never returned.
        """


class SearchSource(Protocol):
    """arXiv's search."""

    def search(self, query: str, start: int, size: int) -> SearchPage:
        """The papers ``start`` to ``start + size`` (0-based) of a query, by submission, ascending.

        Raises:
            ServiceError: the answer is missing or incomplete: fewer papers than its own count promises.
        """


class Sources(Protocol):
    """Health, validators and cursors per source."""

    def get(self, name: str) -> SourceRecord:
        """The record of a source; an empty one if it was never requested."""

    def all(self) -> list[SourceRecord]:
        """Every source that was ever requested, by name."""

    def succeeded(
        self, name: str, at: datetime, validators: Validators | None = None, batch_on: date | None = None
    ) -> None:
        """Records an answer; ``None`` leaves the validators or the batch date as they are."""

    def failed(self, name: str, at: datetime, kind: str, sentence: str) -> None:
        """Records a failure; validators are unchanged."""

    def brought(self, category: str, at: datetime) -> None:
        """Records when a category's feed last brought entries that were not known."""

    def began(self, category: str, day: date) -> None:
        """Records the day on which a category's ledger begins; only the first call counts."""

    def reconciled(self, category: str, day: date) -> None:
        """Moves the category's OAI cursor forward to an announcement day, never back."""


class Announcements(Protocol):
    """All entries that were ever filed."""

    def seen(self, category: str, ids: Sequence[str], day: date) -> set[tuple[str, int]]:
        """Which (id, version) of these ids were filed under the category before.

        Replacements that came by OAI have no version: they are named with 0, those of ``day`` or later alone.
        """

    def filed(self, category: str, ids: Sequence[str]) -> dict[str, FilingDates]:
        """How these papers were announced in the category so far, by id."""

    def highest_id(self, categories: Sequence[str], before: date) -> str | None:
        """The highest id that was announced in any of the categories before a day."""

    def papers_of(self, days: Iterable[date]) -> Iterator[AnnouncedPaper]:
        """Every paper of these days once per day, over all categories, by day and id."""

    def announced(self, category: str, day: date, came_by: str | None = None) -> dict[str, AnnounceType]:
        """The ids filed under the category and day with their announcement type, optionally of one ``came_by``."""

    def counts_of(self, category: str, day: date, ids: Sequence[str]) -> Counts:
        """What the ledger counts of these papers, which came by the feed."""

    def move_day(self, category: str, ids: Sequence[str], day: date, home: date) -> None:
        """Moves these papers of a day, with their matches, to another day."""

    def file(self, category: str, entries: Iterable[Entry], announced_on: date, came_by: str) -> None:
        """Files entries under a day; ``came_by`` is ``feed`` or ``oai``. Their text is stored for some days."""

    def sightings(self, arxiv_id: str) -> list[Sighting]:
        """Every announcement of one paper, oldest first."""

    def sightings_of(self, arxiv_ids: Sequence[str]) -> dict[str, list[Sighting]]:
        """Every announcement of these papers by id, oldest first."""

    def texts_of(self, arxiv_ids: Sequence[str]) -> dict[str, Entry]:
        """The stored entries of these papers by id, see :meth:`text_of`."""

    def text_of(self, arxiv_id: str) -> Entry | None:
        """The stored entry of a paper, or ``None`` if its text was deleted or never stored."""

    def record_matches(self, matches: Iterable[MatchRecord]) -> None:
        """Remembers outcomes, each (id, topic, category, day) once; a pending one takes a later outcome."""

    def pending(self, category: str, until: date) -> list[UndecidedEntry]:
        """Papers of the category, announced on ``until`` or before, that topics could not decide."""

    def decided(self, arxiv_ids: Sequence[str], category: str, announced_on: date) -> None:
        """Forgets that topics were pending on these papers: they did not match."""

    def matches_of(self, arxiv_id: str) -> list[MatchRecord]:
        """The matches of one paper with all topics, by day."""

    def matches_on(
        self, days: Iterable[date], *, category: str | None = None, topics_with: str = ""
    ) -> list[MatchRecord]:
        """The matches of papers announced on these days, by paper, topic and day.

        Args:
            category: only those of one category.
            topics_with: only those of topics whose names begin so.
        """

    def note_older(self, papers: Iterable[OlderPaper]) -> None:
        """Remembers older papers that changed, each (id, day) once."""

    def unreported_older(self) -> list[OlderPaper]:
        """Older papers that changed and that no digest has named, by day and id."""

    def stored_since(self, day: date) -> Iterable[Entry]:
        """Stored entries announced on or after the day, each paper once."""

    def latest(self, count: int) -> Iterable[Entry]:
        """The stored entries announced last, each paper once."""

    def prune_texts(self, before: date) -> None:
        """Forgets the text of entries announced before the day; that they were seen is kept."""


class Ledger(Protocol):
    """One row per category and announcement day."""

    def row(self, category: str, day: date) -> LedgerRow | None:
        """One row."""

    def rows(self, since: date | None = None, category: str | None = None) -> list[LedgerRow]:
        """All rows, or those of one category or from a day on; by day and category."""

    def reopen(self, category: str, day: date, explanation: str) -> None:
        """Sets a row back to ``waiting``, even a fresh one, because its counts belonged to another day."""

    def amend(self, category: str, day: date, counts: Counts) -> None:
        """Adds counts, which may be negative, to a row that exists; its state stays."""

    def state(self, category: str, day: date) -> DayState | None:
        """The state of a day, or ``None`` where there is no row."""

    def add(self, row: LedgerRow) -> None:
        """Adds the row's counts to the day's and sets state and explanation."""

    def median(self, category: str, at_least: int) -> float | None:
        """The median of announced papers over the category's last fresh days; ``None`` for fewer than ``at_least``."""

    def unreported(self) -> list[LedgerRow]:
        """Rows that changed since a digest reported them, with what it said, by day and category."""

    def states_of(self, day: date) -> dict[str, DayState]:
        """State by category of one announcement day."""


class Stubs(Protocol):
    """Stubs in every state."""

    def get(self, key: str) -> Stub | None:
        """One stub, or ``None``."""

    def by_ids(self, arxiv_ids: Sequence[str]) -> dict[str, Stub]:
        """The stubs of these papers, by arXiv id."""

    def all(self, status: StubStatus | None = None, topic: str | None = None) -> list[Stub]:
        """Stubs, latest first."""

    def changed_since(self, statuses: Sequence[StubStatus], since: datetime) -> list[Stub]:
        """Stubs that have been in one of these states only since then, latest first."""

    def counts(self) -> dict[StubStatus, int]:
        """The number of stubs in each state, including 0."""

    def save(self, stub: Stub, at: datetime) -> None:
        """Inserts or replaces by key."""

    def save_all(self, stubs: Iterable[Stub], at: datetime) -> None:
        """Saves several stubs, in their order."""

    def ask_metadata(self, key: str, version: int) -> None:
        """Marks a stub whose paper was announced in a newer version than its metadata is of."""

    def wanting_metadata(self, limit: int | None = None) -> list[Stub]:
        """Stubs whose metadata is missing or out of date, the oldest first; tombstones never."""

    def metadata_came(self, versions: Iterable[tuple[str, int]]) -> None:
        """Takes the mark away from these keys, unless a newer version than this was announced."""

    def queued(self) -> list[tuple[Stub, int]]:
        """Queued stubs, the oldest first, with how many digests each was held back from."""

    def hold_back(self, keys: Iterable[str]) -> None:
        """Counts one more digest that these stubs waited through."""

    def since(self, status: StubStatus) -> dict[str, datetime]:
        """When each stub of this state last changed, by key."""


class Digests(Protocol):
    """Plans, and what the digests said."""

    def add_update(self, update: Update, at: datetime) -> None:
        """Stores an update for the next digest; its ``id`` is ignored."""

    def open_updates(self) -> list[Update]:
        """Updates that no digest has shown and that were not decided on elsewhere, the oldest first."""

    def undecided_offers(self, update_id: int | None = None) -> list[Update]:
        """Offers that were neither accepted nor dismissed, the newest first; with ``update_id``, at most that one."""

    def update(self, update_id: int) -> Update | None:
        """The update with this id, decided on or not."""

    def shown_in(self, update_id: int) -> str | None:
        """The name of the digest that shows an update, if there is one."""

    def plan(self, plan: DigestPlan) -> None:
        """Stores a plan; its ledger rows and the papers of their days now count as reported."""

    def is_known(self, name: str) -> bool:
        """Whether a digest of this name was ever planned, also where its file was moved away since."""

    def open_plan(self) -> DigestPlan | None:
        """The plan whose file is not known to be written, if there is one."""

    def rename_plan(self, name: str, plan: DigestPlan) -> None:
        """Gives an open plan another name, because the first one turned out to be taken."""

    def written(self, plan: DigestPlan, at: datetime) -> None:
        """Settles a plan: its stubs are ``digested``, its updates shown, its rows reported."""

    def names(self) -> list[str]:
        """The names of all digests that were written, the oldest first."""

    def newest(self, limit: int) -> list[tuple[str, datetime]]:
        """Name and time of the digests that were written last, the newest first."""

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of a digest's stubs, in file order; none for a name that is none."""

    def text(self, name: str) -> str | None:
        """A digest exactly as it was written; ``None`` for a name that is none."""

    def written_plan(self, name: str) -> DigestPlan | None:
        """The plan of a digest that was written; ``None`` for a name that is none."""

    def accept(self, key: str, field: str) -> int | None:
        """Marks the newest update of this stub and field as accepted and returns its id.

        Returns ``None`` if there is no such update, or it was accepted before.
        """

    def set_accepted(self, update_id: int, accepted: bool) -> None:
        """Marks an update as accepted or not."""

    def last_reading(self, name: str) -> LastReading | None:
        """What is remembered of a digest file; ``None`` if it was never looked at."""

    def looked_at(self) -> dict[str, FileVersion]:
        """By digest, the version of its file that was read, or left, last."""

    def remember_reading(self, name: str, last: LastReading) -> None:
        """Stores what a digest file said when it was read."""

    def leave(self, name: str, version: FileVersion) -> None:
        """Remembers that this version of a file was not read; what was last read of the file is kept."""

    def containing(self, key: str) -> list[str]:
        """The names of the written digests that contain a stub, the oldest first."""

    def holding(self, key: str) -> str | None:
        """The name of the newest digest that contains a stub."""

    def latest(self) -> tuple[str, datetime] | None:
        """Name and time of the newest digest written."""

    def shown(self) -> list[ShownEntry]:
        """Every ranked entry of every digest that was written, by digest and rank."""


class Decisions(Protocol):
    """What the curator decided; no row is ever deleted."""

    def new_batch(self) -> int:
        """A number for the decisions of one command; they are taken back together."""

    def add(self, decision: Decision) -> None:
        """Stores a decision; its ``id`` is ignored."""

    def of(self, key: str) -> list[Decision]:
        """All decisions about a stub, the oldest first, including those that were taken back."""

    def last_batch(self) -> list[Decision]:
        """The newest batch that was not taken back, its newest decision first; empty if nothing is left."""

    def undo(self, ids: Iterable[int], at: datetime) -> None:
        """Marks decisions as taken back."""

    def revision(self, key: str) -> int:
        """A number that grows with every decision about a stub, and whenever one is taken back."""

    def revisions(self, keys: Sequence[str]) -> dict[str, int]:
        """The revision of each of these stubs."""

    def newest_id(self) -> int:
        """The id of the newest decision; 0 if there is none."""

    def state(self) -> str:
        """A text that changes with every decision, and whenever one is taken back."""

    def collected_since_digest(self) -> list[Decision]:
        """What the daemon collected by itself since the latest digest was planned, the oldest first.

        Without what was taken back.
        """

    def sent(self, keys: Sequence[str]) -> set[str]:
        """Which of these stubs, or accepted updates (``update:ID``), were sent to GitHub, or are on their way."""


class Drafts(Protocol):
    """Text that the curator has typed on the review page and not saved yet."""

    def of(self, key: str) -> dict[str, str]:
        """The typed fields of a stub, by name; empty if there is no draft."""

    def save(self, key: str, fields: Mapping[str, str], at: datetime) -> None:
        """Replaces the draft of a stub."""

    def discard(self, key: str) -> None:
        """Deletes the draft of a stub."""


class Runs(Protocol):
    """The rounds that were made."""

    def add(self, run: RunRecord) -> None:
        """Records a finished round."""

    def last(self, kind: str, status: str | None = None) -> RunRecord | None:
        """The newest round of a kind, of any status or of one."""

    def first(self, kind: str) -> RunRecord | None:
        """The oldest round of a kind."""

    def recent(self, count: int) -> list[RunRecord]:
        """The newest rounds of all kinds, the newest first."""

    def digested(self, subject: date) -> bool:
        """Whether a digest round was made for the announcement day."""


class FanOuts(Protocol):
    """Which poll each desk of a lab has received last."""

    def received(self) -> dict[str, datetime]:
        """The start of the last poll of which a desk has everything, by the name of the desk."""

    def record(self, desk: str, poll: datetime) -> None:
        """Stores that a desk has everything of a poll, by the start of the poll."""


class LabFolder(Protocol):
    """Which folder has the files of a lab's desks."""

    def get(self) -> tuple[str, str] | None:
        """Its mark, and where it is for people; ``None`` if none was claimed yet."""

    def claim(self, mark: str, place: str, *, take: bool = False) -> None:
        """Makes a folder the one with the files, unless there is another one; ``take``: even then."""


class Workers(Protocol):
    """The processes that work for a lab; times are by the clock of the database."""

    def put(self, worker: WorkerRecord) -> None:
        """Stores what a worker does now, also if it was forgotten meanwhile."""

    def end(self, name: str) -> None:
        """Forgets a worker that has ended."""

    def all(self) -> list[WorkerRecord]:
        """Every worker, the oldest first; one that has not been seen for a minute was probably killed."""

    def prune(self, before: datetime) -> None:
        """Forgets the workers that were last seen before a time."""


class Discussed(Protocol):
    """The reading list that the desks of a lab share; a desk writes nothing but its own wishes."""

    def put(self, paper: DiscussedPaper) -> None:
        """Stores a wish of this desk; a new line replaces the one before, and its time stays."""

    def remove(self, key: str) -> bool:
        """Deletes this desk's wish for a paper; False if there is none."""

    def newest(self, start: int, count: int) -> list[DiscussedPaper]:
        """The wishes for up to ``count`` papers, the paper with the newest wish first; those for one paper in turn."""

    def of(self, key: str) -> list[DiscussedPaper]:
        """The wishes for one paper, the oldest first."""

    def own_count(self) -> int:
        """The number of this desk's wishes."""


class Notes(Protocol):
    """The notes of the archive."""

    def known(self) -> Iterable[KnownNote]:
        """The identifying values of every note, once per source of the note."""

    def all(self) -> list[Note]:
        """Every note, the highest number first; those without a number before them."""

    def newest_first(self) -> Iterator[Note]:
        """Every note in the order of ``all``, without its body, read one at a time."""

    def with_ids(self) -> Iterator[tuple[int, Note]]:
        """Every note with its id, in the order of ``all``, read one at a time."""

    def count(self) -> int:
        """How many there are."""

    def revision(self) -> str:
        """A text that changes whenever a note is added, removed, or changes in length."""

    def sources_of(self, note_id: int) -> dict[str, Note]:
        """The note as each of its sources describes it, by source."""

    def save(self, note_id: int | None, note: Note, sources: Mapping[str, Note]) -> int:
        """Stores a merged note and its sources; returns its id, a new one for ``None``."""

    def drop_source(self, note_id: int, source: str) -> None:
        """Deletes what one source says about a note."""

    def drop(self, note_id: int) -> None:
        """Deletes a note that was merged into another."""

    def numbers_of(self, arxiv_ids: Sequence[str]) -> dict[str, int | None]:
        """The lowest note number of each of these papers that the archive has."""

    def of_paper(self, arxiv_id: str) -> list[Note]:
        """The notes of one paper, the lowest number first."""

    def bare(self, arxiv_ids: Sequence[str] | None = None) -> list[Note]:
        """All notes, or those of these papers, oldest import first, without bodies."""

    def oldest_tagged(self, tag: str, limit: int) -> list[Note]:
        """Published notes with the tag and an issue date, the oldest first; without their bodies."""

    def find(self, query: NoteQuery) -> Iterator[Note]:
        """Notes that match, without bodies, read as they are needed; those without a number come first."""

    def with_number(self, number: int) -> Note | None:
        """The note of one issue."""

    def replace_unread(self, source: str, name: str, passages: Iterable[UnparsedPassage]) -> None:
        """Stores passages that could not be parsed, in place of earlier ones of the same source."""

    def cursor(self, source: str, name: str) -> str | None:
        """The position from which an import continues; ``None`` before the first import."""

    def move_cursor(self, source: str, name: str, cursor: str) -> None:
        """Stores a new cursor, in the same transaction as the notes that were read up to it."""


class Backfills(Protocol):
    """The progress of each backfill."""

    def done_on(self, scope: BackfillScope) -> date | None:
        """The day up to which (inclusive) the very same backfill is complete; ``None`` before its first window."""

    def move(self, scope: BackfillScope, done_on: date) -> None:
        """Moves a backfill's progress; what was known of its topic and days under another query is dropped."""


class Breakers(Protocol):
    """The circuit breaker of every service, by its base URL."""

    def get(self, service: str) -> BreakerState:
        """The state of a breaker; closed if the service is not known."""

    def put(self, service: str, breaker: BreakerState) -> None:
        """Stores a state."""

    def all(self) -> dict[str, BreakerState]:
        """Every state stored, by service."""


class Store(Transactional, Protocol):
    """State on disk, in parts that share one transaction."""

    @property
    def sources(self) -> Sources: ...
    @property
    def announcements(self) -> Announcements: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def stubs(self) -> Stubs: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def breakers(self) -> Breakers: ...
    @property
    def backfills(self) -> Backfills: ...
    @property
    def notes(self) -> Notes: ...

    def commits_elsewhere(self) -> int:
        """A number that changes whenever another process has stored something."""

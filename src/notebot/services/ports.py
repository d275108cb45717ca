"""What the use cases need of the outside world; adapters implement it, tests fake it.

Every method may raise the errors of :mod:`notebot.domain.errors` that it names, and no others.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from notebot.domain.digest import DigestPlan, Update
from notebot.domain.entry import Batch, Entry
from notebot.domain.ledger import DayState, LedgerRow, Outcome
from notebot.domain.paper import Paper
from notebot.domain.stub import Stub, StubStatus

Clock = Callable[[], datetime]
"""The aware UTC time now."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a feed gave for a conditional request; kept verbatim, stored only with what it stands for."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """A feed's answer; ``batch`` is ``None`` where the feed said that nothing changed (304)."""

    batch: Batch | None
    validators: Validators


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


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What is remembered of one thing that is asked: a category's feed, or ``api``."""

    name: str
    validators: Validators = Validators()
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_batch_on: date | None = None
    error_kind: str | None = None
    error: str | None = None
    """The sentence of the last failure; ``None`` after a success."""


class Sources(Protocol):
    """Health and validators per source."""

    def get(self, name: str) -> SourceRecord:
        """What is known; an empty record for a name never asked."""

    def all(self) -> list[SourceRecord]:
        """Every source that was ever asked, by name."""

    def succeeded(
        self, name: str, at: datetime, validators: Validators | None = None, batch_on: date | None = None
    ) -> None:
        """Records an answer; ``None`` leaves the validators or the batch date as they are."""

    def failed(self, name: str, at: datetime, kind: str, sentence: str) -> None:
        """Records a failure; validators stay."""


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """What one topic made of one entry."""

    arxiv_id: str
    topic: str
    category: str
    announced_on: date
    outcome: Outcome | None
    """``None``: pending, the answer hangs on a term the feed cannot decide."""


class Announcements(Protocol):
    """Every entry ever filed."""

    def seen(self, category: str, ids: Sequence[str]) -> set[tuple[str, int]]:
        """Which (id, version) of these ids were filed under the category before."""

    def file(self, category: str, entries: Iterable[Entry], announced_on: date, came_by: str) -> None:
        """Files entries under a day; ``came_by`` is ``feed`` or ``oai``. Their text is kept for a while."""

    def record_matches(self, matches: Iterable[MatchRecord]) -> None:
        """Remembers outcomes, each (id, topic, category, day) once."""

    def stored_since(self, day: date) -> Iterable[Entry]:
        """Stored entries announced on or after the day, each paper once."""

    def prune_texts(self, before: date) -> None:
        """Forgets the text of entries announced before the day; that they were seen is kept."""


class Ledger(Protocol):
    """One row per category and announcement day."""

    def state(self, category: str, day: date) -> DayState | None:
        """The state of a day, or ``None`` where there is no row."""

    def add(self, row: LedgerRow) -> None:
        """Adds the row's counts to the day's and sets state and explanation."""

    def median(self, category: str) -> float:
        """The median of announced papers over the category's last fresh days; 0 without any."""

    def unreported(self) -> list[LedgerRow]:
        """Rows that changed since a digest reported them, by day and category."""

    def states_of(self, day: date) -> dict[str, DayState]:
        """State by category of one announcement day."""


class Stubs(Protocol):
    """The queue, and what became of it."""

    def get(self, key: str) -> Stub | None:
        """One stub, or ``None``."""

    def by_ids(self, arxiv_ids: Sequence[str]) -> dict[str, Stub]:
        """The stubs of these papers, by arXiv id."""

    def all(self, status: StubStatus | None = None, topic: str | None = None) -> list[Stub]:
        """Stubs, the latest first."""

    def counts(self) -> dict[StubStatus, int]:
        """How many stubs are in each state; every state is named."""

    def save(self, stub: Stub, at: datetime) -> None:
        """Inserts or replaces by key."""

    def ask_metadata(self, key: str, version: int) -> None:
        """Marks a stub whose paper was announced in a newer version than its metadata is of."""

    def wanting_metadata(self, limit: int | None = None) -> list[Stub]:
        """Stubs whose metadata is missing or out of date, the oldest first; tombstones never."""

    def metadata_came(self, key: str, version: int) -> None:
        """Takes the mark away, unless a newer version than this was announced."""

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
        """Updates that no digest has shown, the oldest first."""

    def plan(self, plan: DigestPlan) -> None:
        """Stores a plan."""

    def is_known(self, name: str) -> bool:
        """Whether a digest of this name was ever planned, also where its file was moved away since."""

    def open_plan(self) -> DigestPlan | None:
        """The plan whose file is not known to be written, if there is one."""

    def drop_plan(self, name: str) -> None:
        """Forgets an open plan whose name turned out to be taken."""

    def written(self, plan: DigestPlan, at: datetime) -> None:
        """Settles a plan: its stubs are ``digested``, its updates shown, its rows reported."""

    def latest(self) -> tuple[str, datetime] | None:
        """Name and time of the newest digest written."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One round of poll or digest."""

    kind: str
    started_at: datetime
    finished_at: datetime
    status: str
    subject: date | None = None
    """For a digest of the daemon: the announcement day it was made for."""
    detail: str = ""


class Runs(Protocol):
    """The rounds that were made."""

    def add(self, run: RunRecord) -> None:
        """Records a finished round."""

    def last(self, kind: str, status: str | None = None) -> RunRecord | None:
        """The newest round of a kind, of any status or of one."""

    def digested(self, subject: date) -> bool:
        """Whether a digest round was made for the announcement day."""


class Store(Protocol):
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
    def runs(self) -> Runs: ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, and alone: no other process writes meanwhile. Not nested.

        Raises:
            StateError: the database is locked for longer than 30 s, full, read-only or damaged.
        """


class DigestFiles(Protocol):
    """The folder that the curator reads."""

    def free_name(self, stem: str, taken: Callable[[str], bool]) -> str:
        """``STEM.md``, or the first of ``STEM-2.md``, … that does not exist and is not ``taken``."""

    def exists(self, name: str) -> bool:
        """Whether a file of this name is there."""

    def write(self, name: str, text: str) -> None:
        """Writes the whole file or none.

        Raises:
            FileExistsError: there is a file of this name; it is untouched.
            StateError: the folder cannot be written.
        """

    def path(self, name: str) -> str:
        """The absolute path of a name."""

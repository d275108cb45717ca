"""Watched sources besides arXiv's announcements: what they bring is taken in, and counted in the ledger.

for each source:  items | unseen | papers, or an article | stubs (each stored) | counted and seen, one transaction
                  | validators, once nothing is left to be tried again
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.model.errors import NotebotError, ServiceError
from notebot.core.model.ledger import Counts, DayState, LedgerRow, next_day_state
from notebot.core.model.source_record import SourceRecord, Validators
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.features.intake.rules.source_item import Item, papers_of, post_of, words_for
from notebot.features.intake.take_in import Intake, IntakeOutcome, Spoken, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from notebot.core.model.arxiv_id import ArxivId
    from notebot.core.ports import Clock, Store
    from notebot.features.announcements.poll_report import PollReport
    from notebot.features.intake.rules.source_settings import WatchedSource

INTERVAL = timedelta(hours=1)
"""How often the daemon asks a source."""
_AT_ONCE = 50
"""Items that are stored together."""
_KNOWN = (IntakeOutcome.ADDED, IntakeOutcome.KNOWN, IntakeOutcome.OFFERED)
_BROUGHT = "The source brought something new."
_NOTHING = "The source brought nothing new."


class ItemAnswer(Struct, frozen=True):
    """What a source answered; ``items`` is ``None`` where it said that nothing changed (304)."""

    items: tuple[Item, ...] | None
    validators: Validators
    left: str = ""
    """Why not all was read that was there to read; empty where all was."""


class ItemSource(Protocol):
    """Sources of every kind."""

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        """What the source shows now, each item once.

        Raises:
            ServiceError: it gave no usable answer.
        """


class WatchedItems(Protocol):
    """What was brought before."""

    def seen(self, source: str, ids: Sequence[str]) -> set[str]:
        """Those of the ids that the source has brought."""

    def saw(self, source: str, ids: Iterable[str], at: datetime) -> None:
        """Remembers them."""


class Watch:
    """One round over the sources.

    Args:
        topics: the names of all topics, for sources that name none.
    """

    def __init__(
        self,
        store: Store,
        watched: WatchedItems,
        reader: ItemSource,
        intake: Intake,
        topics: Iterable[str],
        clock: Clock,
    ) -> None:
        self._store = store
        self._watched = watched
        self._reader = reader
        self._intake = intake
        self._topics = frozenset(topics)
        self._clock = clock

    def run(self, sources: Sequence[WatchedSource], issue_date: date) -> list[SourceReport]:
        """Asks these sources; one that fails stops no other.

        Args:
            issue_date: today in the curator's time zone.

        Raises:
            StateError: the store cannot be used.
        """
        return [self._round(source, issue_date) for source in sources]

    def _round(self, source: WatchedSource, issue_date: date) -> SourceReport:
        try:
            answer = self._reader.read(source, self._store.sources.get(source.name).validators)
        except NotebotError as error:
            return self._failed(source.name, error)
        items = answer.items or ()
        seen = self._watched.seen(source.name, [item.id for item in items])
        fresh = [item for item in items if item.id not in seen]
        self._intake.count_votes(_votes(item for item in items if item.id in seen))
        counts, trouble = Counts(), None
        for start in range(0, len(fresh), _AT_ONCE):
            part, failure = self._take(source, fresh[start : start + _AT_ONCE], issue_date)
            counts, trouble = counts + part, trouble or failure
        if trouble is not None:
            return self._failed(source.name, trouble)
        return self._done(source.name, answer, counts, len(seen))

    def _take(
        self, source: WatchedSource, items: Sequence[Item], issue_date: date
    ) -> tuple[Counts, ServiceError | None]:
        """Items whose papers arXiv's API could not tell of are left for the next round."""
        only = None if source.take_all else source.topics or self._topics
        spoken = [[_spoken(source, item, paper, only) for paper in papers_of(item)] for item in items]
        answers = iter(self._intake.take([one for ones in spoken for one in ones], issue_date))
        taken = [
            [next(answers) for _ in ones] or [self._intake.take_item(item, source.name, only, issue_date)]
            for item, ones in zip(items, spoken, strict=True)
        ]
        done = [(item, ones) for item, ones in zip(items, taken, strict=True) if _trouble(ones) is None]
        counts = sum((_counts(one) for _, ones in done for one in ones), Counts())
        with self._store.transaction():
            self._watched.saw(source.name, [item.id for item, _ in done], self._clock())
            if counts.announced:
                self._note(source.name, DayState.FRESH, _BROUGHT, counts)
        return counts, next((error for error in map(_trouble, taken) if error is not None), None)

    def _done(self, name: str, answer: ItemAnswer, counts: Counts, known: int) -> SourceReport:
        now = self._clock()
        with self._store.transaction():
            self._store.sources.succeeded(name, now, answer.validators)
            state = self._note(name, DayState.TRUNCATED if answer.left else DayState.QUIET, answer.left or _NOTHING)
        told = DayState.FRESH if counts.announced and not answer.left else state
        return SourceReport(name, str(told), announced=counts.announced, new=counts.announced, known=known)

    def _failed(self, name: str, error: NotebotError) -> SourceReport:
        now = self._clock()
        with self._store.transaction():
            self._store.sources.failed(name, now, error.kind, str(error))
            self._note(name, DayState.FAILED, str(error))
        return failed_report(name, error)

    def _note(self, name: str, state: DayState, why: str, counts: Counts | None = None) -> DayState:
        day = announcement_day(self._clock())
        row = self._store.ledger.row(name, day)
        settled = _settle(row, state)
        told = why if row is None or settled is state else row.explanation
        self._store.ledger.add(LedgerRow(day, name, settled, counts or Counts(), told))
        return settled


def due_sources(
    sources: Sequence[WatchedSource],
    records: Iterable[SourceRecord],
    now: datetime,
    interval: Callable[[WatchedSource], timedelta],
) -> list[WatchedSource]:
    """The sources that were not asked for as long as their interval; a clock that was set back makes them due."""
    asked = {record.name: record.last_attempt_at for record in records}
    return [
        source
        for source in sources
        if (at := asked.get(source.name)) is None or at > now or now - at >= interval(source)
    ]


def with_watched(report: PollReport, watched: Sequence[SourceReport], requests: int) -> PollReport:
    """A poll's report with that of the sources; ``requests`` of both."""
    sources = [*report.sources, *watched]
    asked = [one for one in sources if one.state != "idle"]
    failed = [one for one in asked if one.error is not None]
    status: Literal["ok", "partial", "failed"] = "ok"
    if failed:
        status = "failed" if len(failed) == len(asked) else "partial"
    return replace(report, status=status, requests=requests, sources=sources)


def _settle(row: LedgerRow | None, state: DayState) -> DayState:
    """As for a category, but what a source left for later it can bring later: then the day is whole after all."""
    if state is DayState.TRUNCATED:
        return state
    if row is not None and row.state is DayState.TRUNCATED and state is DayState.QUIET:
        return DayState.FRESH if row.counts.announced else state
    return next_day_state(row.state if row is not None else None, state)


def _spoken(source: WatchedSource, item: Item, paper: ArxivId, only: frozenset[str] | None) -> Spoken:
    post = post_of(item)
    words = words_for(post) if post else None
    return Spoken(paper, post, words, source=source.name, votes=item.votes, only=only)


def _trouble(taken: Sequence[Taken]) -> ServiceError | None:
    return next((one.error for one in taken if isinstance(one.error, ServiceError)), None)


def _counts(taken: Taken) -> Counts:
    if taken.outcome is IntakeOutcome.DRAFTED:
        return Counts(fetched=1, drafted=1)
    if taken.outcome in _KNOWN:
        return Counts(fetched=1, known=1)
    if taken.outcome is IntakeOutcome.SKIPPED:
        return Counts(fetched=1, tombstoned=1)
    return Counts(fetched=1, unmatched=1)


def _votes(items: Iterable[Item]) -> dict[str, int]:
    """Of items that are about one paper alone."""
    counted = ((papers_of(item), item.votes) for item in items if item.votes is not None)
    return {papers[0].base: votes for papers, votes in counted if len(papers) == 1 and votes is not None}

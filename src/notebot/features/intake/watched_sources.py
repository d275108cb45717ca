"""Reads watched sources besides arXiv's announcements, takes in their items, and counts them in the ledger.

for each source:  items | new ones | papers, or an article | stubs (each stored) | counts and ids, one transaction
                  | validators, once no item has to be tried again
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.model.errors import NotebotError, ServiceError, UnexpectedError
from notebot.core.model.ledger import Counts, DayState, LedgerRow, next_day_state
from notebot.core.model.newest import choose_newest
from notebot.core.model.source_record import SourceRecord, Validators
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.features.intake.rules.source_item import SourceItem, find_papers, post_url, words_for
from notebot.features.intake.take_in import Intake, IntakeOutcome, IntakeRequest, IntakeResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from notebot.core.ports import Clock, Ledger, Sources
    from notebot.features.announcements.poll_report import PollReport
    from notebot.features.intake.rules.source_settings import WatchedSource

INTERVAL = timedelta(hours=1)
"""How often the daemon reads a source."""
MAX_NEW_ITEMS = 500
"""New items of one source that are taken in per round."""
_BATCH = 50
"""Items whose papers are fetched together, and that are stored as seen together."""
_KNOWN = (IntakeOutcome.ADDED, IntakeOutcome.KNOWN, IntakeOutcome.OFFERED)
_LEFT_OUT = "left-out"
_NEWS = "The source brought something new."
_NO_NEWS = "The source brought nothing new."


class ItemAnswer(Struct, frozen=True):
    """The answer of a source; ``items`` is ``None`` if nothing changed (304)."""

    items: tuple[SourceItem, ...] | None
    validators: Validators
    left: str = ""
    """Why some items were left to the next round; empty if none were."""


class ItemSource(Protocol):
    """Sources of every kind."""

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        """Returns the source's current items, deduplicated.

        Raises:
            ServiceError: it gave no usable answer.
        """


class WatchedItems(Protocol):
    """The items that were taken in before."""

    def seen(self, source: str, ids: Sequence[str]) -> set[str]:
        """Returns those of the ids that were seen in this source."""

    def saw(self, source: str, ids: Iterable[str], at: datetime) -> None:
        """Stores them as seen."""


class WatchStore(Transactional, Protocol):
    """What a round over the sources reads and writes, besides what :class:`Intake` does."""

    @property
    def sources(self) -> Sources: ...
    @property
    def ledger(self) -> Ledger: ...


class SourceWatcher:
    """Reads watched sources and takes in their items.

    Args:
        topics: the names of all topics, for sources that name none.
    """

    def __init__(
        self,
        *,
        store: WatchStore,
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

    def read_sources(self, sources: Sequence[WatchedSource], issue_date: date) -> list[SourceReport]:
        """Reads these sources; one that fails does not stop the others.

        Args:
            issue_date: today in the curator's time zone.

        Raises:
            StateError: the store cannot be used.
        """
        reports = []
        for source in sources:
            try:
                with supervised(f"The source {source.name}"):
                    reports.append(self._read_source(source, issue_date))
            except UnexpectedError as error:
                reports.append(self._record_failure(source.name, error))
        return reports

    def _read_source(self, source: WatchedSource, issue_date: date) -> SourceReport:
        try:
            with supervised(f"The source {source.name}"):
                answer = self._reader.read(source, self._store.sources.get(source.name).validators)
        except NotebotError as error:
            return self._record_failure(source.name, error)
        items = answer.items or ()
        seen = self._watched.seen(source.name, [item.id for item in items])
        unseen = [item for item in items if item.id not in seen]
        dates = [item.published_at or item.changed_at for item in unseen]
        # the first answer of a source may contain years of items
        new, too_old = choose_newest(unseen, dates, MAX_NEW_ITEMS, self._clock())
        left_out = ""
        if too_old:
            left_out = (
                f"Of {len(unseen)} new items the {len(new)} newest were taken, and the {len(too_old)} oldest left out."
            )
            with self._store.transaction():
                # stored as seen, so that they are reported once and not taken for new ones in the next round
                self._watched.saw(source.name, [item.id for item in too_old], self._clock())
                self._record_day(source.name, DayState.TRUNCATED, left_out, reason=_LEFT_OUT)
        # only the votes of items seen before: the votes of new items come with their stubs
        votes = {}
        for item in items:
            if item.id in seen and item.votes is not None:
                papers = find_papers(item)
                # an item about several papers was not voted for one of them
                if len(papers) == 1:
                    votes[papers[0].base] = item.votes
        self._intake.count_votes(votes)
        counts = Counts()
        first_error: ServiceError | None = None
        for start in range(0, len(new), _BATCH):
            batch_counts, batch_error = self._take_batch(source, new[start : start + _BATCH], issue_date)
            counts, first_error = counts + batch_counts, first_error or batch_error
        if first_error is not None:  # the validators stay, so that the items left over come again
            return self._record_failure(source.name, first_error)
        with self._store.transaction():
            self._store.sources.succeeded(source.name, self._clock(), answer.validators)
            state = DayState.TRUNCATED if answer.left else DayState.QUIET
            state = self._record_day(source.name, state, answer.left or _NO_NEWS)
        explanation = " ".join(filter(None, [left_out, answer.left]))
        return SourceReport(
            source.name,
            str(DayState.FRESH if counts.announced and not explanation else state),
            announced=counts.announced,
            new=counts.announced,
            known=len(seen),
            explanation=explanation,
        )

    def _take_batch(
        self, source: WatchedSource, items: Sequence[SourceItem], issue_date: date
    ) -> tuple[Counts, ServiceError | None]:
        """Takes in items; those whose papers arXiv's API did not answer for are left to the next round."""
        only = None if source.take_all else source.topics or self._topics
        requests: list[list[IntakeRequest]] = []
        for item in items:
            post = post_url(item)
            words = words_for(post) if post else None
            requests.append(
                [
                    IntakeRequest(paper, post, words, source=source.name, votes=item.votes, only=only)
                    for paper in find_papers(item)
                ]
            )
        answers = iter(self._intake.take_papers([request for group in requests for request in group], issue_date))
        counts, done, first_error = Counts(), [], None
        for item, group in zip(items, requests, strict=True):
            results = [next(answers) for _ in group] or [self._intake.take_item(item, source.name, only, issue_date)]
            error = next((result.error for result in results if isinstance(result.error, ServiceError)), None)
            # an item with a failed paper is not stored as seen, so that the next round tries it again
            if error is None:
                done.append(item.id)
                counts = sum(map(_count, results), counts)
            first_error = first_error or error
        with self._store.transaction():
            self._watched.saw(source.name, done, self._clock())
            if counts.announced:
                self._record_day(source.name, DayState.FRESH, _NEWS, counts)
        return counts, first_error

    def _record_failure(self, name: str, error: NotebotError) -> SourceReport:
        with self._store.transaction():
            self._store.sources.failed(name, self._clock(), error.kind, str(error))
            self._record_day(name, DayState.FAILED, str(error), reason=error.kind)
        return failed_report(name, error)

    def _record_day(
        self, name: str, state: DayState, why: str, counts: Counts | None = None, *, reason: str = ""
    ) -> DayState:
        """Adds to the source's ledger row of today; returns the row's new state."""
        day = announcement_day(self._clock())
        row = self._store.ledger.row(name, day)
        if state is DayState.TRUNCATED:
            settled: DayState = state
        elif (
            row is not None and row.state is DayState.TRUNCATED and state is DayState.QUIET and row.reason != _LEFT_OUT
        ):
            # unlike a category, a source can bring later what was left: then the day is complete after all
            settled = DayState.FRESH if row.counts.announced else state
        else:
            settled = next_day_state(row.state if row is not None else None, state)
        if row is not None and settled is not state:
            why, reason = row.explanation, row.reason
        self._store.ledger.add(LedgerRow(day, name, settled, counts or Counts(), why, reason=reason))
        return settled


def due_sources(
    sources: Sequence[WatchedSource],
    records: Iterable[SourceRecord],
    now: datetime,
    interval: Callable[[WatchedSource], timedelta],
) -> list[WatchedSource]:
    """Returns the sources whose interval has passed; a clock that was set back makes them due."""
    attempts = {record.name: record.last_attempt_at for record in records}
    return [
        source
        for source in sources
        if (at := attempts.get(source.name)) is None or at > now or now - at >= interval(source)
    ]


def with_watched(report: PollReport, watched: Sequence[SourceReport], requests: int) -> PollReport:
    """Adds the watched sources to a poll's report; ``requests`` counts those of both."""
    sources = [*report.sources, *watched]
    read = [source for source in sources if source.state != "idle"]
    failed = [source for source in read if source.error is not None]
    status: Literal["ok", "partial", "failed"] = "ok"
    if failed:
        status = "failed" if len(failed) == len(read) else "partial"
    return replace(report, status=status, requests=requests, sources=sources)


def _count(result: IntakeResult) -> Counts:
    if result.outcome is IntakeOutcome.DRAFTED:
        return Counts(fetched=1, drafted=1)
    if result.outcome in _KNOWN:
        return Counts(fetched=1, known=1)
    if result.outcome is IntakeOutcome.SKIPPED:
        return Counts(fetched=1, tombstoned=1)
    return Counts(fetched=1, unmatched=1)

"""One round over the watched categories: what was announced is filed, what matches is drafted.

for each category:  feed | unseen | match | decide | one transaction
for each category:  days not compared yet | OAI | recover | one transaction
then, in batches:   stubs without metadata | API | one transaction a batch
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import (
    announcement_day,
    announcement_days_between,
    is_batch_expected,
    is_before_cutoff,
)
from notebot.core.model.errors import ServiceError
from notebot.core.model.ledger import Counts, DayState
from notebot.core.model.source_record import FeedAnswer, RunRecord
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.features.announcements.catch_up import CatchUp
from notebot.features.announcements.filing import Filer
from notebot.features.announcements.metadata import Completion
from notebot.features.announcements.poll_report import PollReport, Tally, source_report
from notebot.features.announcements.rules.filing_rules import FEED_LIMIT, day_state, explain
from notebot.features.topics.rules.matching import TopicIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.model.entry import Batch
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, FeedSource, PaperSource, Progress, RecordSource, Store
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.later_venues import LaterVenues
    from notebot.features.venues.rules.enrich import Enrich

TEXT_DAYS = 60
"""How long the text of entries is kept: `check` looks back 7 days, and longer holidays happen."""


class Poll:
    """A round; make one per round.

    Args:
        requests: how many were made so far, of any kind.
        since: an announcement day; catch-up is forced from there on.
        watch: looks for the venues of papers that the archive has at arXiv.
    """

    def __init__(
        self,
        store: Store,
        feed: FeedSource,
        api: PaperSource,
        records: RecordSource,
        topics: Sequence[Topic],
        clock: Clock,
        enrich: Enrich,
        style: NoteStyle,
        requests: Callable[[], int],
        progress: Progress = lambda what, done, total: None,
        since: date | None = None,
        watch: LaterVenues | None = None,
    ) -> None:
        self._store = store
        self._feed = feed
        self._topics = topics
        self._categories = tuple(dict.fromkeys(name for topic in topics for name in topic.categories))
        self._clock = clock
        self._requests = requests
        self._progress = progress
        self._stale_before: set[str] = set()
        self._tally = Tally()
        index = TopicIndex(topics)
        self._filer = Filer(store, index, enrich, self._tally)
        self._catch_up = CatchUp(store, records, self._filer, index, clock, self._categories, since, watch)
        self._completion = Completion(store, api, clock, enrich, style, watch)

    def run(self) -> PollReport:
        """Asks every category and completes what can be completed.

        Raises:
            StateError: the store cannot be used. A failing service is never raised, it is reported.
        """
        started = self._clock()
        tried = self._completion.run()
        states = self._store.ledger.states_of(announcement_day(started))
        self._stale_before = {category for category, state in states.items() if state is DayState.STALE}
        feeds: list[SourceReport] = []
        for done, category in enumerate(self._categories):
            self._progress(category, done, len(self._categories))
            feeds.append(_not_asked(category) if _refused(feeds) else self._poll_category(category))
        if not _refused(feeds):
            for category, report in zip(self._categories, feeds, strict=True):
                self._compare(category, report)
            feeds = [self._with_day(report) for report in feeds]
        self._progress("api", len(self._categories), len(self._categories))
        if self._may_complete(feeds):
            self._completion.run(tried)
        if self._may_complete(feeds):
            self._completion.ask_again()
        with self._store.transaction():
            self._store.announcements.prune_texts(announcement_day(started) - timedelta(days=TEXT_DAYS))
        return self._finish(started, [*feeds, self._catch_up.report, self._completion.report])

    def _may_complete(self, feeds: Sequence[SourceReport]) -> bool:
        """Whether the API is worth a second look: not when it is down, nor when arXiv refuses us."""
        error = self._completion.report.error
        return not _refused(feeds) and (error is None or error["kind"] == "bad-answer")

    def _finish(self, started: datetime, sources: list[SourceReport]) -> PollReport:
        asked = [report for report in sources if report.state != "idle"]
        failed = [report for report in asked if report.error is not None]
        status: Literal["ok", "partial", "failed"] = "ok"
        if failed:
            status = "failed" if len(failed) == len(asked) else "partial"
        topics = [self._tally.report(topic.name) for topic in self._topics]
        drafted = sum(report.drafted for report in topics)
        with self._store.transaction():
            self._store.runs.add(
                RunRecord("poll", started, self._clock(), status, detail=f"drafted={drafted} failed={len(failed)}")
            )
        return PollReport(status, self._requests(), sources, topics)

    def _poll_category(self, category: str) -> SourceReport:
        try:
            answer = self._feed.retrieve(category, self._store.sources.get(category).validators)
        except ServiceError as error:
            return self._feed_failed(category, error)
        if answer.batch is None:
            return self._unchanged(category)
        return self._file(answer, answer.batch)

    def _feed_failed(self, category: str, error: ServiceError) -> SourceReport:
        now = self._clock()
        today = announcement_day(now)
        with self._store.transaction():
            self._store.sources.failed(category, now, error.kind, str(error))
            if is_batch_expected(today):
                self._filer.note_day(category, today, DayState.FAILED, str(error))
        return failed_report(category, error)

    def _unchanged(self, category: str) -> SourceReport:
        """304: only the time of the check is written, and that a failure before it is mended."""
        now = self._clock()
        with self._store.transaction():
            self._store.sources.succeeded(category, now)
            batch_on = self._store.sources.get(category).last_batch_on
            state = self._store.ledger.state(category, announcement_day(now))
            if state is None or state is DayState.FAILED:
                state = self._still_seen(category, batch_on, now, failed_before=state is DayState.FAILED)
        return SourceReport(category, str(state), batch_on)

    def _still_seen(self, category: str, batch_on: date | None, now: datetime, *, failed_before: bool) -> DayState:
        """The day's state while the feed is the one of an earlier look; a failure before it has been mended."""
        today = announcement_day(now)
        state = DayState.WAITING if is_batch_expected(today) else DayState.QUIET
        return self._filer.note_day(category, today, state, explain(state, batch_on)) if failed_before else state

    def _file(self, answer: FeedAnswer, batch: Batch) -> SourceReport:
        fresh = self._filer.unseen(batch.category, batch.entries)
        day = batch.batch_date and self._catch_up.day_of(batch, batch.batch_date, fresh)
        matched = self._filer.match(batch.category, fresh)
        now = self._clock()
        with self._store.transaction():
            entries = self._filer.unseen(batch.category, batch.entries)
            counts = Counts()
            if day is not None:
                entries = tuple(replace(entry, announced_on=day) for entry in entries)
                counts = self._filer.file(batch.category, entries, day, matched, now, "feed").counts
            state = self._settle_days(batch, day, counts, now)
            self._store.sources.succeeded(batch.category, now, answer.validators, day)
            self._store.sources.began(batch.category, min(day or announcement_day(now), announcement_day(now)))
        return source_report(batch, state, len(batch.entries) - len(entries))

    def _settle_days(self, batch: Batch, day: date | None, counts: Counts, now: datetime) -> DayState:
        """The row of the batch's own day, and the row of today where that is another day."""
        if counts.announced and day is not None:
            self._note_missed_days(batch.category, day)
            full = len(batch.entries) == FEED_LIMIT
            state = DayState.TRUNCATED if full else DayState.FRESH
            state = self._filer.note_day(batch.category, day, state, explain(state, day), counts)
            if day == announcement_day(now):
                return state
        return self._settle_today(batch, now)

    def _note_missed_days(self, category: str, until: date, batch_on: date | None = None) -> None:
        """Days between the last batch and ``until`` that went by unseen must not look like quiet ones."""
        last = max((d for d in (self._store.sources.get(category).last_batch_on, batch_on) if d), default=until)
        for day in announcement_days_between(last, until - timedelta(days=1)):
            if self._store.ledger.state(category, day) in (None, DayState.WAITING) and is_batch_expected(day):
                why = "No poll saw the announcement of this day, and OAI-PMH has not been asked yet."
                self._filer.note_day(category, day, DayState.FAILED, why)

    def _settle_today(self, batch: Batch, now: datetime) -> DayState:
        today = announcement_day(now)
        self._note_missed_days(batch.category, today, batch.batch_date)
        state = day_state(
            batch,
            today,
            filed_under_its_date=self._store.ledger.state(batch.category, today) in _FILED,
            announcement_day=is_batch_expected(today),
            before_cutoff=is_before_cutoff(now),
            median=self._store.ledger.median(batch.category),
        )
        return self._filer.note_day(batch.category, today, state, explain(state, batch.batch_date))

    def _compare(self, category: str, report: SourceReport) -> None:
        """Catch-up and reconciliation, of today too where its feed has answered without the whole batch."""
        today = announcement_day(self._clock())
        row = self._store.ledger.row(category, today)
        short = (
            row is not None
            and report.error is None
            and is_batch_expected(today)
            and (
                (row.state is DayState.TRUNCATED and not row.counts.recovered)
                or row.state is DayState.FAILED
                or (row.state is DayState.STALE and category in self._stale_before)
            )
        )
        self._catch_up.run(category, today_too=short)

    def _with_day(self, report: SourceReport) -> SourceReport:
        """The report with what OAI has made of today since."""
        state = self._store.ledger.state(report.source, announcement_day(self._clock()))
        return report if report.error is not None or state is None else replace(report, state=str(state))


def _refused(reports: Sequence[SourceReport]) -> bool:
    return any(report.error is not None and report.error["kind"] == "refused" for report in reports)


def _not_asked(category: str) -> SourceReport:
    """arXiv takes requests that go on after a 403 for an attack."""
    why = "Not asked: arXiv has refused another request of this poll."
    return SourceReport(category, "failed", error={"kind": "refused", "message": why})


_FILED = (DayState.FRESH, DayState.TRUNCATED)

"""One round over the watched categories: what was announced is filed, what matches is drafted.

for each category:  feed | unseen | match | decide | one transaction
then, in batches:   stubs without metadata | API | one transaction a batch
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from notebot.domain.calendar import (
    announcement_day,
    announcement_days_between,
    batch_expected,
    before_cutoff,
)
from notebot.domain.decide import FEED_LIMIT, Filing, day_state, decide_filing, explain, unseen
from notebot.domain.entry import Batch, Entry
from notebot.domain.errors import ServiceError
from notebot.domain.ledger import Counts, DayState, LedgerRow, settle
from notebot.domain.matching import Matches, TopicIndex, prepare_entry
from notebot.domain.summary import Summarise
from notebot.domain.topic import Topic
from notebot.services.complete import Completion
from notebot.services.poll_report import PollReport, SourceReport, Tally, source_report
from notebot.services.ports import Clock, FeedAnswer, FeedSource, MatchRecord, PaperSource, RunRecord, Store

TEXT_DAYS = 60
"""How long the text of entries is kept: `check` looks back 7 days, and longer holidays happen."""

Progress = Callable[[str, int, int], None]
"""Told (what is asked, how many are done, how many there are)."""


class Poll:
    """A round; make one per round."""

    def __init__(
        self,
        store: Store,
        feed: FeedSource,
        api: PaperSource,
        topics: Sequence[Topic],
        clock: Clock,
        summarise: Summarise,
        requests: Callable[[], int],
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self._store = store
        self._feed = feed
        self._topics = topics
        self._index = TopicIndex(topics)
        self._clock = clock
        self._summarise = summarise
        self._requests = requests
        self._progress = progress
        self._completion = Completion(store, api, clock, summarise)
        self._tally = Tally()

    def run(self) -> PollReport:
        """Asks every category and completes what can be completed.

        Raises:
            StateError: the store cannot be used. A failing service is never raised, it is reported.
        """
        started = self._clock()
        tried = self._completion.run()
        categories = tuple(dict.fromkeys(name for topic in self._topics for name in topic.categories))
        reports: list[SourceReport] = []
        for done, category in enumerate(categories):
            self._progress(category, done, len(categories))
            reports.append(_not_asked(category) if _refused(reports) else self._poll_category(category))
        self._progress("api", len(categories), len(categories))
        if self._may_complete(reports):
            self._completion.run(tried)
        with self._store.transaction():
            self._store.announcements.prune_texts(announcement_day(started) - timedelta(days=TEXT_DAYS))
        return self._finish(started, [*reports, self._completion.report])

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
            if batch_expected(today):
                self._note_day(category, today, DayState.FAILED, str(error))
        return SourceReport(category, "failed", error={"kind": error.kind, "message": str(error)})

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
        state = DayState.WAITING if batch_expected(today) else DayState.QUIET
        return self._note_day(category, today, state, explain(state, batch_on)) if failed_before else state

    def _file(self, answer: FeedAnswer, batch: Batch) -> SourceReport:
        matches = dict(self._match(batch))
        now = self._clock()
        with self._store.transaction():
            seen = self._store.announcements.seen(batch.category, [e.arxiv_id for e in batch.entries])
            entries = unseen(batch.entries, seen)
            stubs = self._store.stubs.by_ids([entry.arxiv_id for entry in entries])
            filing = decide_filing(entries, self._matched(matches, entries, batch.category), stubs)
            if batch.batch_date is not None:
                self._store_filing(batch, batch.batch_date, filing, now)
            state = self._settle_days(batch, filing, now)
            self._store.sources.succeeded(batch.category, now, answer.validators, batch.batch_date)
        self._tally.add(filing.topic_outcomes)
        return source_report(batch, state, len(batch.entries) - len(entries))

    def _match(self, batch: Batch) -> Iterator[tuple[tuple[str, int], Matches]]:
        """Matched before the transaction opens, so that no other process waits for it."""
        seen = self._store.announcements.seen(batch.category, [entry.arxiv_id for entry in batch.entries])
        for entry in unseen(batch.entries, seen):
            yield (entry.arxiv_id, entry.version), self._index.match(prepare_entry(entry), [batch.category])

    def _matched(
        self, matches: dict[tuple[str, int], Matches], entries: Sequence[Entry], category: str
    ) -> dict[str, Matches]:
        return {
            entry.arxiv_id: matches.get((entry.arxiv_id, entry.version))
            or self._index.match(prepare_entry(entry), [category])
            for entry in entries
        }

    def _store_filing(self, batch: Batch, day: date, filing: Filing, now: datetime) -> None:
        self._store.announcements.file(batch.category, filing.entries, day, "feed")
        self._store.announcements.record_matches(
            MatchRecord(one.arxiv_id, one.topic, batch.category, day, one.outcome) for one in filing.topic_outcomes
        )
        for stub in filing.drafts:
            self._store.stubs.save(self._summarise(stub), now)
        for stub in filing.changed:
            self._store.stubs.save(stub, now)
        for key, version in filing.outdated:
            self._store.stubs.ask_metadata(key, version)

    def _settle_days(self, batch: Batch, filing: Filing, now: datetime) -> DayState:
        """The row of the batch's own day, and the row of today where that is another day."""
        if filing.entries and batch.batch_date is not None:
            self._note_missed_days(batch.category, batch.batch_date)
            full = len(batch.entries) == FEED_LIMIT
            state = DayState.TRUNCATED if full else DayState.FRESH
            state = self._note_day(
                batch.category, batch.batch_date, state, explain(state, batch.batch_date), filing.counts
            )
            if batch.batch_date == announcement_day(now):
                return state
        return self._settle_today(batch, now)

    def _note_missed_days(self, category: str, until: date, batch_on: date | None = None) -> None:
        """Days between the last batch and ``until`` that went by unseen must not look like quiet ones."""
        last = max((d for d in (self._store.sources.get(category).last_batch_on, batch_on) if d), default=until)
        for day in announcement_days_between(last, until - timedelta(days=1)):
            if self._store.ledger.state(category, day) in (None, DayState.WAITING) and batch_expected(day):
                why = "No poll saw the announcement of this day; its papers are missing here."
                self._note_day(category, day, DayState.FAILED, why)

    def _settle_today(self, batch: Batch, now: datetime) -> DayState:
        today = announcement_day(now)
        self._note_missed_days(batch.category, today, batch.batch_date)
        state = day_state(
            batch,
            today,
            filed_under_its_date=self._store.ledger.state(batch.category, today) in _FILED,
            announcement_day=batch_expected(today),
            before_cutoff=before_cutoff(now),
            median=self._store.ledger.median(batch.category),
        )
        return self._note_day(batch.category, today, state, explain(state, batch.batch_date))

    def _note_day(self, category: str, day: date, state: DayState, why: str, counts: Counts | None = None) -> DayState:
        before = self._store.ledger.state(category, day)
        settled = settle(before, state)
        if settled is not state:
            why = explain(settled, day)
        self._store.ledger.add(LedgerRow(day, category, settled, counts or Counts(), why))
        return settled


def _refused(reports: Sequence[SourceReport]) -> bool:
    return any(report.error is not None and report.error["kind"] == "refused" for report in reports)


def _not_asked(category: str) -> SourceReport:
    """arXiv takes requests that go on after a 403 for an attack."""
    why = "Not asked: arXiv has refused another request of this poll."
    return SourceReport(category, "failed", error={"kind": "refused", "message": why})


_FILED = (DayState.FRESH, DayState.TRUNCATED)

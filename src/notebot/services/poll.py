"""One round over the watched categories: what was announced is filed, what matches is drafted.

for each category:  feed | unseen | match | decide | one transaction
then, in batches:   stubs without metadata | API | one transaction a batch
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from notebot.domain.calendar import announcement_day, before_cutoff, holiday, is_announcement_day
from notebot.domain.decide import (
    FEED_LIMIT,
    Change,
    Filing,
    TopicOutcome,
    apply_metadata,
    day_state,
    decide_filing,
    explain,
    unseen,
)
from notebot.domain.digest import Update
from notebot.domain.entry import Batch, Entry
from notebot.domain.errors import BadAnswerError, ServiceError
from notebot.domain.ledger import Counts, DayState, LedgerRow, Outcome, settle
from notebot.domain.matching import Matches, TopicIndex, prepare_entry
from notebot.domain.paper import Paper
from notebot.domain.stub import Stub, StubStatus
from notebot.domain.summary import Summarise
from notebot.domain.topic import Topic
from notebot.services.ports import Clock, FeedAnswer, FeedSource, MatchRecord, PaperSource, RunRecord, Store

BATCH = 100
"""Ids per metadata request (arXiv's own advice is to keep URLs short)."""
TEXT_DAYS = 60
"""How long the text of entries is kept: `check` looks back 7 days, and longer holidays happen."""

Progress = Callable[[str, int, int], None]
"""Told (what is asked, how many are done, how many there are)."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source answered. ``known`` counts entries that an earlier poll had filed."""

    source: str
    state: str
    batch_date: date | None = None
    announced: int = 0
    new: int = 0
    cross: int = 0
    replace: int = 0
    known: int = 0
    error: dict[str, str] | None = None


@dataclass(slots=True)
class TopicReport:
    """What one topic made of the unseen entries; each paper counts once, by its best outcome."""

    topic: str
    matched: int = 0
    drafted: int = 0
    known: int = 0
    tombstoned: int = 0
    unwanted: int = 0


@dataclass(frozen=True, slots=True)
class PollReport:
    """``ok`` where every needed request was answered, ``failed`` where none was."""

    status: Literal["ok", "partial", "failed"]
    requests: int
    sources: list[SourceReport]
    topics: list[TopicReport]


@dataclass
class _Tally:
    """Best outcome by topic and paper."""

    outcomes: dict[str, dict[str, Outcome]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, found: Sequence[TopicOutcome]) -> None:
        order = [Outcome.DRAFTED, Outcome.TOMBSTONED, Outcome.KNOWN, Outcome.UNWANTED]
        for one in found:
            if one.outcome is not None:
                held = self.outcomes[one.topic].get(one.arxiv_id, one.outcome)
                self.outcomes[one.topic][one.arxiv_id] = min(held, one.outcome, key=order.index)

    def report(self, topic: str) -> TopicReport:
        found = list(self.outcomes[topic].values())
        return TopicReport(topic, len(found), **{str(kind): found.count(kind) for kind in Outcome})


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
        self._api = api
        self._topics = topics
        self._index = TopicIndex(topics)
        self._clock = clock
        self._summarise = summarise
        self._requests = requests
        self._progress = progress
        self._tally = _Tally()

    def run(self) -> PollReport:
        """Asks every category and completes what can be completed.

        Raises:
            StateError: the store cannot be used. A failing service is never raised, it is reported.
        """
        started = self._clock()
        self._api_report = SourceReport("api", "idle")
        tried = self._complete_stubs(())
        categories = tuple(dict.fromkeys(name for topic in self._topics for name in topic.categories))
        reports = []
        for done, category in enumerate(categories):
            self._progress(category, done, len(categories))
            reports.append(self._poll_category(category))
        self._progress("api", len(categories), len(categories))
        if self._api_report.error is None:
            self._complete_stubs(tried)
        with self._store.transaction():
            self._store.announcements.prune_texts(announcement_day(started) - timedelta(days=TEXT_DAYS))
        return self._finish(started, [*reports, self._api_report])

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

    # (a) feeds: one transaction per category

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
            if is_announcement_day(today):
                self._note_day(category, today, DayState.FAILED, str(error))
        return SourceReport(category, "failed", error={"kind": error.kind, "message": str(error)})

    def _unchanged(self, category: str) -> SourceReport:
        """304: only the time of the check is written."""
        now = self._clock()
        with self._store.transaction():
            self._store.sources.succeeded(category, now)
        batch_on = self._store.sources.get(category).last_batch_on
        state = self._store.ledger.state(category, announcement_day(now))
        return SourceReport(category, str(state or DayState.WAITING), batch_on)

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
        return _source_report(batch, state, len(batch.entries) - len(entries))

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
        for key in filing.outdated:
            self._store.stubs.ask_metadata(key)

    def _settle_days(self, batch: Batch, filing: Filing, now: datetime) -> DayState:
        """The row of the batch's own day, and the row of today where that is another day."""
        if filing.entries and batch.batch_date is not None:
            full = len(batch.entries) == FEED_LIMIT
            state = DayState.TRUNCATED if full else DayState.FRESH
            state = self._note_day(
                batch.category, batch.batch_date, state, explain(state, batch.batch_date), filing.counts
            )
            if batch.batch_date == announcement_day(now):
                return state
        return self._settle_today(batch, now)

    def _settle_today(self, batch: Batch, now: datetime) -> DayState:
        today = announcement_day(now)
        state = day_state(
            batch,
            today,
            filed_under_its_date=self._store.ledger.state(batch.category, today) in _FILED,
            announcement_day=is_announcement_day(today) and not holiday(today),
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

    # (b) metadata: one transaction per batch of at most 100

    def _complete_stubs(self, tried: Sequence[str]) -> tuple[str, ...]:
        """Asks for the metadata of every stub that wants it, but for those in ``tried``; returns all tried."""
        waiting = [stub for stub in self._store.stubs.wanting_metadata() if stub.key not in tried]
        for start in range(0, len(waiting), BATCH):
            if not self._complete_batch(waiting[start : start + BATCH]):
                break
        return (*tried, *(stub.key for stub in waiting))

    def _complete_batch(self, stubs: Sequence[Stub]) -> bool:
        try:
            papers = self._ask([stub.arxiv_id for stub in stubs])
        except ServiceError as error:
            now = self._clock()
            with self._store.transaction():
                self._store.sources.failed("api", now, error.kind, str(error))
            self._api_report = SourceReport("api", "failed", error={"kind": error.kind, "message": str(error)})
            return False
        now = self._clock()
        with self._store.transaction():
            for stub in stubs:
                if stub.arxiv_id in papers:
                    self._complete_stub(stub.key, papers[stub.arxiv_id], now)
            self._store.sources.succeeded("api", now)
        if self._api_report.error is None:
            self._api_report = SourceReport("api", "ok")
        return True

    def _ask(self, ids: list[str]) -> dict[str, Paper]:
        """The metadata; an answer that knows none of several announced papers is no answer.

        A single one may really be missing: the API's index can lag behind the announcement.
        """
        papers = self._api.papers(ids)
        if not papers and len(ids) > 1:
            raise BadAnswerError(
                f"arXiv's API knows none of {len(ids)} papers that were announced; they are asked for again "
                "at the next poll."
            )
        return papers

    def _complete_stub(self, key: str, paper: Paper, now: datetime) -> None:
        stub = self._store.stubs.get(key)
        if stub is None or stub.status is StubStatus.SKIPPED:  # skipped since it was asked for
            return
        after, changes = apply_metadata(stub, paper, shown=self._is_shown(stub))
        self._store.stubs.save(self._summarise(after), now)
        self._store.stubs.metadata_came(key)
        for change in changes:
            self._store.digests.add_update(_update(stub, change), now)

    def _is_shown(self, stub: Stub) -> bool:
        """A stub in an open plan is still queued, but the digest that is to be written says what it said then."""
        plan = self._store.digests.open_plan()
        return stub.status is not StubStatus.QUEUED or (plan is not None and stub.key in plan.keys)


_FILED = (DayState.FRESH, DayState.TRUNCATED)


def _update(stub: Stub, change: Change) -> Update:
    return Update(0, stub.key, change.field, change.value, change.why, stub.title)


def _source_report(batch: Batch, state: DayState, known: int) -> SourceReport:
    kinds = [entry.announce_type.wanted_as for entry in batch.entries]
    return SourceReport(
        batch.category,
        str(state),
        batch.batch_date,
        len(batch.entries),
        new=kinds.count("new"),
        cross=kinds.count("cross"),
        replace=kinds.count("replace"),
        known=known,
    )

"""One poll of the watched categories: announced papers are filed, matching ones are drafted.

for each category:  feed | unseen | match | decide | one transaction
for each category:  days not compared yet | OAI | recover | one transaction
then, in batches:   stubs without metadata | API | one transaction per batch
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import (
    announcement_day,
    announcement_days_between,
    is_batch_expected,
    is_before_cutoff,
)
from notebot.core.model.errors import ServiceError, UnexpectedError
from notebot.core.model.ledger import Counts, DayState
from notebot.core.model.run_record import RunRecord
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.core.ports import Clock, FeedSource, PaperSource, Progress, RecordSource
from notebot.core.supervisor import supervised
from notebot.features.announcements.catch_up import CatchUp, CatchUpStore
from notebot.features.announcements.filing import Filer
from notebot.features.announcements.metadata import Completion, CompletionStore
from notebot.features.announcements.poll_report import PollReport, Tally, source_report
from notebot.features.announcements.rules.filing_rules import (
    FEED_LIMIT,
    HISTORY_DAYS,
    day_state,
    explain,
    explain_cross_lists,
    lacks_papers,
    primaries_of_new_papers,
)
from notebot.features.topics.rules.matching import TopicIndex
from notebot.features.venues.later_venues import LaterVenues
from notebot.features.venues.rules.enrich import Enrich

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.entry import Batch
    from notebot.core.model.source_record import Validators
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Runs
    from notebot.features.topics.rules.topic import Topic

_EMPTY = ("empty", "cross-listed")
"""Reasons of a failed day whose feed was read: an unchanged answer (304) leaves it failed."""
TEXT_DAYS = 60
"""How long the text of entries is kept: `check` looks back 7 days, and longer holidays happen."""


class PollStore(CatchUpStore, CompletionStore, Protocol):
    """What a poll reads and writes."""

    @property
    def runs(self) -> Runs: ...


class PollPorts(Struct, frozen=True, kw_only=True):
    """What a poll needs from outside."""

    store: PollStore
    feed: FeedSource
    api: PaperSource
    records: RecordSource
    clock: Clock
    enrich: Enrich
    requests: Callable[[], int]
    """How many requests were made so far, of any kind."""
    later_venues: LaterVenues | None = None
    """Looks for venues of papers that the archive has at arXiv."""
    progress: Progress = lambda what, done, total: None


def poll(ports: PollPorts, topics: Sequence[Topic], *, style: NoteStyle, since: date | None = None) -> PollReport:
    """Asks every category of the topics, files and drafts what is new, and completes stubs.

    Args:
        since: an announcement day; forces catch-up from there on.

    Raises:
        StateError: the store cannot be used. A failing service is reported, never raised.
    """
    return _Poll(ports, topics, style, since).poll()


class _Poll:
    def __init__(self, ports: PollPorts, topics: Sequence[Topic], style: NoteStyle, since: date | None) -> None:
        self._ports = ports
        self._store = ports.store
        self._clock = ports.clock
        self._topics = topics
        self._categories = tuple(dict.fromkeys(name for topic in topics for name in topic.categories))
        self._tally = Tally()
        index = TopicIndex(topics)
        self._filer = Filer(store=ports.store, index=index, enrich=ports.enrich, tally=self._tally)
        self._catch_up = CatchUp(
            store=ports.store,
            records=ports.records,
            filer=self._filer,
            index=index,
            clock=ports.clock,
            categories=self._categories,
            since=since,
            later_venues=ports.later_venues,
        )
        self._completion = Completion(
            store=ports.store,
            api=ports.api,
            clock=ports.clock,
            enrich=ports.enrich,
            style=style,
            later_venues=ports.later_venues,
        )
        # primary category -> category whose feed of today announces its papers -> how many
        self._announced_elsewhere: dict[str, dict[str, int]] = {}

    def poll(self) -> PollReport:
        started = self._clock()
        # first, so that the desks of a lab find the text of everything that this poll brings, also of days long ago
        with self._store.transaction():
            self._store.announcements.prune_texts(announcement_day(started) - timedelta(days=TEXT_DAYS))
        # what earlier polls left incomplete; this poll's own stubs follow below
        tried = self._completion.complete_stubs()
        states = self._store.ledger.states_of(announcement_day(started))
        # read before any feed is: OAI is asked about a stale day only if an earlier poll found it stale as well
        stale_before = {category for category, state in states.items() if state is DayState.STALE}
        feeds: list[SourceReport] = []
        for done, category in enumerate(self._categories):
            self._ports.progress(category, done, len(self._categories))
            if _is_refused(feeds):
                # arXiv treats requests that go on after a 403 as an attack
                why = "Not asked: arXiv has refused another request of this poll."
                feeds.append(SourceReport(category, "failed", error={"kind": "refused", "message": why}))
            else:
                feeds.append(self._poll_feed(category))
        if not _is_refused(feeds):
            for report in feeds:
                today = announcement_day(self._clock())
                row = self._store.ledger.row(report.source, today)
                # only if today's feed has answered: a failing one may still bring the whole batch
                has_answered = report.error is None and is_batch_expected(today)
                today_too = has_answered and lacks_papers(row, was_stale=report.source in stale_before)
                try:
                    with supervised(f"The comparison of {report.source} with OAI-PMH"):
                        self._catch_up.compare(report.source, today_too=today_too)
                except UnexpectedError as error:
                    self._catch_up.record_failure(error)
            today = announcement_day(self._clock())
            self._note_contradicted(feeds, today)
            for place, report in enumerate(feeds):
                state = self._store.ledger.state(report.source, today)
                if report.error is None and state is not None:
                    feeds[place] = replace(report, state=str(state))
        self._ports.progress("api", len(self._categories), len(self._categories))
        if self._may_ask_api(feeds):
            # step (b) of rules.md 3.2: the stubs are stored by now, so an API that is down costs none of them
            self._completion.complete_stubs(tried)
        if self._may_ask_api(feeds):
            self._completion.ask_again()
        return self._finish(started, [*feeds, self._catch_up.report, self._completion.report])

    def _may_ask_api(self, feeds: Sequence[SourceReport]) -> bool:
        """True unless the API is down or arXiv refuses us; one bad answer does not mean the next is bad."""
        error = self._completion.report.error
        return not _is_refused(feeds) and (error is None or error["kind"] == "bad-answer")

    def _finish(self, started: datetime, sources: list[SourceReport]) -> PollReport:
        # a source that was not needed says nothing about success (rules.md 3.5)
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
        return PollReport(status, self._ports.requests(), sources, topics, self._completion.remarks)

    def _poll_feed(self, category: str) -> SourceReport:
        try:
            with supervised(f"The category {category}"):
                return self._read_and_file(category)
        except ServiceError as error:
            now = self._clock()
            today = announcement_day(now)
            with self._store.transaction():
                self._store.sources.failed(category, now, error.kind, str(error))
                if is_batch_expected(today):
                    self._filer.note_day(category, today, DayState.FAILED, str(error), reason=error.kind)
            return failed_report(category, error)

    def _read_and_file(self, category: str) -> SourceReport:
        answer = self._ports.feed.retrieve(category, self._store.sources.get(category).validators)
        if answer.batch is not None:
            return self._file(answer.batch, answer.validators)
        # 304: the day's row changes only if an earlier request of the day had failed
        now = self._clock()
        today = announcement_day(now)
        with self._store.transaction():
            self._store.sources.succeeded(category, now)
            batch_on = self._store.sources.get(category).last_batch_on
            row = self._store.ledger.row(category, today)
            state = row and row.state
            # an empty feed that is still empty leaves the day unknown; OAI is asked again
            has_failed = row is not None and state is DayState.FAILED and row.reason not in _EMPTY
            if state is None or has_failed:
                unchanged = DayState.WAITING if is_batch_expected(today) else DayState.QUIET
                if has_failed:
                    unchanged = self._filer.note_day(category, today, unchanged, explain(unchanged, batch_on))
                state = unchanged
            filed = batch_on and self._store.ledger.row(category, batch_on)
        return SourceReport(category, str(state), batch_on, seen_before=filed.counts.announced if filed else 0)

    def _file(self, batch: Batch, validators: Validators) -> SourceReport:
        # only today's cross-lists prove that another category's empty feed of today is wrong
        is_of_today = batch.batch_date == announcement_day(self._clock())
        for primary, count in primaries_of_new_papers(batch).items() if is_of_today else ():
            self._announced_elsewhere.setdefault(primary, {})[batch.category] = count
        new = self._filer.unseen(batch.category, batch.entries)
        day = batch.batch_date and self._catch_up.day_of(batch, batch.batch_date, new)
        matches = self._filer.match(batch.category, new)
        now = self._clock()
        today = announcement_day(now)
        with self._store.transaction():
            # again: another process may have filed some of them in the meantime
            new = self._filer.unseen(batch.category, batch.entries)
            counts = Counts()
            if day is not None:
                new = tuple(replace(entry, announced_on=day) for entry in new)
                counts = self._filer.file(batch.category, new, day, matches=matches, now=now, came_by="feed").counts
            state = self._settle_days(batch, day, counts, now)
            # validators are stored with the entries, so that no later 304 hides entries that were not filed
            self._store.sources.succeeded(batch.category, now, validators, day)
            # a category's ledger begins with its first successful poll: earlier days are not missed (rules.md 1.4)
            self._store.sources.began(batch.category, min(day or today, today))
            if new:
                self._store.sources.brought(batch.category, now)
        return source_report(batch, state, len(batch.entries) - len(new))

    def _settle_days(self, batch: Batch, day: date | None, counts: Counts, now: datetime) -> DayState:
        """Updates the row of the batch's own day, and the row of today; returns today's state."""
        today = announcement_day(now)
        if counts.announced and day is not None:
            self._note_missed_days(batch.category, day)
            # arXiv cuts the new papers, not the replacements, when a feed reaches its limit (services.md 1.2)
            is_full = len(batch.entries) == FEED_LIMIT
            state = DayState.TRUNCATED if is_full else DayState.FRESH
            state = self._filer.note_day(batch.category, day, state, explain(state, day), counts)
            if day == today:
                return state
        self._note_missed_days(batch.category, today, batch.batch_date)
        filed = (DayState.FRESH, DayState.TRUNCATED)
        state = day_state(
            batch,
            today,
            filed_under_its_date=self._store.ledger.state(batch.category, today) in filed,
            announcement_day=is_batch_expected(today),
            before_cutoff=is_before_cutoff(now),
            median=self._store.ledger.median(batch.category, HISTORY_DAYS),
        )
        # the feed did answer: by this reason a later 304 leaves the day failed, see `_EMPTY`
        reason = "empty" if state is DayState.FAILED else ""
        return self._filer.note_day(batch.category, today, state, explain(state, batch.batch_date), reason=reason)

    def _note_contradicted(self, feeds: Sequence[SourceReport], today: date) -> None:
        """Marks today as not known for categories whose feed is empty although others announce papers of theirs."""
        for report in feeds:
            elsewhere = self._announced_elsewhere.get(report.source)
            row = self._store.ledger.row(report.source, today)
            is_empty = row is not None and not row.counts.announced and not report.announced
            if elsewhere and is_empty and report.error is None and is_batch_expected(today):
                why = explain_cross_lists(report.source, elsewhere)
                with self._store.transaction():
                    self._filer.note_day(report.source, today, DayState.FAILED, why, reason="cross-listed")

    def _note_missed_days(self, category: str, until: date, batch_on: date | None = None) -> None:
        """Marks days between the last batch and ``until`` that no poll saw, so that they do not look quiet."""
        # days before the last batch are settled; before the first batch no day is missed
        last = max((d for d in (self._store.sources.get(category).last_batch_on, batch_on) if d), default=until)
        for day in announcement_days_between(last, until - timedelta(days=1)):
            if self._store.ledger.state(category, day) in (None, DayState.WAITING) and is_batch_expected(day):
                why = "No poll saw the announcement of this day, and OAI-PMH has not been asked yet."
                self._filer.note_day(category, day, DayState.FAILED, why, reason="missed")


def _is_refused(reports: Sequence[SourceReport]) -> bool:
    return any(report.error is not None and report.error["kind"] == "refused" for report in reports)

"""Compares the days of a category with OAI's delta: what no feed brought is drafted, what hung is decided.

days not compared yet | delta since the last that was | recover | one transaction, with the cursor
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import (
    announcement_day,
    announcement_day_on_or_after,
    announcement_days_between,
    is_batch_expected,
    previous_announcement_day,
)
from notebot.core.model.arxiv_id import latest_id
from notebot.core.model.errors import BadAnswerError, ServiceError
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.oai_record import OaiRecord
from notebot.core.model.offer import OlderPaper
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.features.announcements.rules.filing_rules import (
    explain_contradiction,
    explain_denial,
    explain_oai,
    state_after_oai,
)
from notebot.features.announcements.rules.missed_days import (
    Gap,
    Recovery,
    batch_day,
    bound_of_first_day,
    first_id_of_month,
    recover,
    strayed,
)
from notebot.features.announcements.rules.undecided import decide_pending
from notebot.features.topics.rules.matching import Matches, TopicIndex, prepare_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notebot.core.model.entry import Batch, Entry
    from notebot.core.ports import Clock, RecordSource, Store
    from notebot.features.announcements.filing import Filer, Matched
    from notebot.features.venues.later_venues import LaterVenues


class _Delta(Struct, frozen=True):
    """The answer to one question, and what bounds what is new in it."""

    records: list[OaiRecord]
    known_up_to: str


class CatchUp:
    """Asks OAI; ``report`` tells how that went. Make one per poll: a delta is asked for once."""

    def __init__(
        self,
        store: Store,
        records: RecordSource,
        filer: Filer,
        index: TopicIndex,
        clock: Clock,
        categories: Sequence[str],
        since: date | None = None,
        watch: LaterVenues | None = None,
    ) -> None:
        self._store = store
        self._records = records
        self._filer = filer
        self._index = index
        self._clock = clock
        self._categories = categories
        self._forced = since
        self._watch = watch
        self._deltas: dict[str, _Delta | None] = {}
        self.report = SourceReport("oai", "idle")

    def day_of(self, batch: Batch, bears: date, entries: Sequence[Entry]) -> date:
        """The day to which the unseen entries of a feed belong.

        That is the date it bears, unless the day before was missed: a stale feed can bear today's date, so
        OAI's datestamps decide, where OAI can be asked (rules.md 1.2).
        """
        since = self._since(batch.category)
        if not entries or since is None or not self._is_missed(batch.category, since, bears):
            return bears
        delta = self._delta(batch.category, since)
        if delta is None:
            return bears
        told = batch_day((entry.arxiv_id for entry in entries), delta.records, delta.known_up_to)
        return told if told is not None and since <= told <= bears else bears

    def run(self, category: str, *, today_too: bool) -> None:
        """Compares every day that has passed since the last comparison.

        Args:
            today_too: today's feed has answered without today's batch, or with a part of it.
        """
        today = announcement_day(self._clock())
        since = self._since(category)
        forced_today = self._forced is not None and since == today
        until = today if today_too or forced_today else previous_announcement_day(today)
        if since is None or since > until or not (today_too or self._forced or self._is_due(category, until)):
            return
        delta = self._delta(category, since)
        if delta is not None:
            self._take(Gap(category, since, until, delta.known_up_to), delta.records, today)

    def _since(self, category: str) -> date | None:
        """The day that was compared last is read once more; ``None`` before the category's ledger begins."""
        record = self._store.sources.get(category)
        since = min((day for day in (self._forced, record.reconciled_on or record.began_on) if day), default=None)
        return since and announcement_day_on_or_after(since)

    def _is_due(self, category: str, until: date) -> bool:
        done = self._store.sources.get(category).reconciled_on
        return done is None or done < until

    def _is_missed(self, category: str, since: date, bears: date) -> bool:
        """Whether the last day before ``bears`` on which a batch was due is in nobody's hands."""
        before = previous_announcement_day(bears)
        while before > since and not is_batch_expected(before):
            before = previous_announcement_day(before)
        state = self._store.ledger.state(category, before)
        return before >= since and (state is None or not state.is_final)

    def _delta(self, category: str, since: date) -> _Delta | None:
        """The delta, asked for once a poll; ``None`` where OAI did not answer, which is reported."""
        if category not in self._deltas:
            self._deltas[category] = self._ask(category, since)
        return self._deltas[category]

    def _ask(self, category: str, since: date) -> _Delta | None:
        known = self._known_up_to(category, since)
        start = since if known is not None else previous_announcement_day(since)
        try:
            records = self._records.changed_since(category, start)
        except ServiceError as error:
            self._failed(error)
            return None
        with self._store.transaction():
            self._store.sources.succeeded("oai", self._clock())
        if self.report.error is None:
            self.report = SourceReport("oai", "ok")
        before = latest_id(record.arxiv_id for record in records if record.datestamp < since)
        return _Delta(records, known or before or first_id_of_month(start))

    def _known_up_to(self, category: str, since: date) -> str | None:
        known = self._store.announcements.highest_id(self._categories, since)
        if known is not None:
            return known
        whole = self._store.ledger.state(category, since) is DayState.FRESH
        return bound_of_first_day(self._store.announcements.announced(category, since), whole=whole)

    def _failed(self, error: ServiceError) -> None:
        with self._store.transaction():
            self._store.sources.failed("oai", self._clock(), error.kind, str(error))
        self.report = failed_report("oai", error)

    def _take(self, gap: Gap, records: list[OaiRecord], today: date) -> None:
        by_id = {record.arxiv_id: record for record in records}
        matched = self._match(self._recover(gap, records), by_id, gap.category)
        now, contradicted = self._clock(), not records and self._had_papers(gap)
        with self._store.transaction():
            self._move_home(gap, records, today)
            recovery = self._recover(gap, records)  # anew: another process may have filed some meanwhile
            for day, entries in recovery.entries.items():
                filing = self._filer.file(gap.category, entries, day, matched, now, "oai")
                self._filer.note_day(gap.category, day, DayState.FRESH, "", filing.counts)
            self._decide_pending(gap, by_id, now)
            self._note_older(gap, recovery.older)
            if self._watch is not None:
                self._watch.offer_from_records(records, now)
            self._settle(gap, today, contradicted=contradicted)
        if contradicted:
            self._failed(BadAnswerError(explain_denial(gap.category, gap.since)))

    def _move_home(self, gap: Gap, records: list[OaiRecord], today: date) -> None:
        """A stale feed that was filed under the date it bore, because OAI could not be asked then, goes home."""
        for day in announcement_days_between(gap.since - timedelta(days=1), today):
            fed = self._store.announcements.announced(gap.category, day, came_by="feed")
            for home, ids in strayed(fed, day, records, gap).items():
                row = self._store.ledger.row(gap.category, home)
                if row is None or not row.counts.fetched:
                    self._move(gap.category, ids, day, home)

    def _move(self, category: str, ids: Sequence[str], day: date, home: date) -> None:
        counts = self._store.announcements.counts_of(category, day, ids)
        self._store.announcements.move_day(category, ids, day, home)
        self._store.ledger.amend(category, day, -counts)
        self._filer.note_day(category, home, DayState.FRESH, "", counts)
        row = self._store.ledger.row(category, day)
        if row is not None and not row.counts.announced:
            self._store.ledger.reopen(category, day, f"The feed that bore this date held the batch of {home}.")
        for stub in self._store.stubs.by_ids(ids).values():
            if stub.announced_on == day:
                self._store.stubs.save(replace(stub, announced_on=home), self._clock())

    def _recover(self, gap: Gap, records: list[OaiRecord]) -> Recovery:
        ids = [record.arxiv_id for record in records]
        return recover(records, gap, self._store.announcements.filed(gap.category, ids))

    def _match(self, recovery: Recovery, by_id: Mapping[str, OaiRecord], category: str) -> Matched:
        return {
            (entry.arxiv_id, entry.version): self._matches(by_id[entry.arxiv_id], category)
            for entries in recovery.entries.values()
            for entry in entries
        }

    def _matches(self, record: OaiRecord, category: str) -> Matches:
        return self._index.match(prepare_record(record), [category])

    def _decide_pending(self, gap: Gap, by_id: Mapping[str, OaiRecord], now: datetime) -> None:
        waiting = [
            pending
            for pending in self._store.announcements.pending(gap.category, gap.until)
            if pending.arxiv_id in by_id
        ]
        ids = [pending.arxiv_id for pending in waiting]
        stubs, noted = self._store.stubs.by_ids(ids), self._store.notes.numbers_of(ids)
        for pending in waiting:
            record = by_id[pending.arxiv_id]
            stub = stubs.get(pending.arxiv_id)
            matches = self._matches(record, gap.category)
            decision = decide_pending(pending, record, matches, stub, noted=pending.arxiv_id in noted)
            self._filer.record(gap.category, pending.announced_on, decision.outcomes)
            self._store.announcements.decided(pending.arxiv_id, gap.category, pending.announced_on)
            if decision.counts != Counts():
                self._store.ledger.amend(gap.category, pending.announced_on, decision.counts)
            if decision.stub is not None:
                self._filer.draft(decision.stub, now)
                stubs[pending.arxiv_id] = decision.stub  # the same paper may hang on a later day too

    def _note_older(self, gap: Gap, older: Sequence[OaiRecord]) -> None:
        ids = [record.arxiv_id for record in older]
        held = {*self._store.stubs.by_ids(ids), *self._store.notes.numbers_of(ids)}
        for record in older:
            if record.arxiv_id in held:
                continue
            topics = tuple(match.topic.name for match in self._matches(record, gap.category).matched)
            if topics:
                paper = OlderPaper(record.arxiv_id, record.datestamp, gap.category, record.title, topics)
                self._store.announcements.note_older([paper])

    def _had_papers(self, gap: Gap) -> bool:
        row = self._store.ledger.row(gap.category, gap.since)
        return row is not None and row.counts.announced > 0

    def _settle(self, gap: Gap, today: date, *, contradicted: bool) -> None:
        """Says of each day what is known now; the cursor moves only when the answer can be believed."""
        for day in announcement_days_between(gap.since - timedelta(days=1), gap.until):
            row = self._store.ledger.row(gap.category, day)
            before, counts = (row.state, row.counts) if row else (None, Counts())
            if contradicted:
                if is_batch_expected(day) and (before is None or not before.is_final):
                    self._filer.note_day(gap.category, day, DayState.FAILED, explain_contradiction(gap.since))
                continue
            state = state_after_oai(before, counts.announced, expected=is_batch_expected(day), over=day < today)
            if state is not None:
                why = explain_oai(state, counts.fetched, counts.recovered)
                self._store.ledger.add(LedgerRow(day, gap.category, state, Counts(), why))
        if not contradicted:
            self._store.sources.reconciled(gap.category, min(gap.until, previous_announcement_day(today)))

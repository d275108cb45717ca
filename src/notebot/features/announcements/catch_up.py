"""Compares the days of a category with OAI's list of changes: missed papers are drafted, undecided ones decided.

days not compared yet | changes since the last day compared | recover | one transaction, with the cursor
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

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
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.features.announcements.filing import FilingStore
from notebot.features.announcements.rules.filing_rules import (
    explain_contradiction,
    explain_denial,
    explain_oai,
    state_after_oai,
)
from notebot.features.announcements.rules.missed_days import (
    Gap,
    batch_day,
    bound_of_first_day,
    first_id_of_month,
    misfiled,
    recover,
)
from notebot.features.announcements.rules.undecided import DecidedPaper, decide_pending
from notebot.features.topics.rules.matching import Matches, TopicIndex, prepare_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notebot.core.model.entry import Batch, Entry
    from notebot.core.ports import Clock, RecordSource, Sources
    from notebot.features.announcements.filing import Filer
    from notebot.features.venues.later_venues import LaterVenues


class CatchUpStore(FilingStore, Transactional, Protocol):
    """What catching up reads and writes."""

    @property
    def sources(self) -> Sources: ...


class _Changes(Struct, frozen=True):
    """OAI's list of changes, and the highest id that was known before it."""

    records: list[OaiRecord]
    known_up_to: str


class CatchUp:
    """Asks OAI at most once per category; ``report`` says how that went. Make one per poll.

    Args:
        categories: all watched ones; arXiv gives ids in one order across categories.
        since: an announcement day; forces the comparison from there on.
    """

    def __init__(
        self,
        *,
        store: CatchUpStore,
        records: RecordSource,
        filer: Filer,
        index: TopicIndex,
        clock: Clock,
        categories: Sequence[str],
        since: date | None = None,
        later_venues: LaterVenues | None = None,
    ) -> None:
        self._store = store
        self._records = records
        self._filer = filer
        self._index = index
        self._clock = clock
        self._categories = categories
        self._forced_since = since
        self._later_venues = later_venues
        self._changes: dict[str, _Changes | None] = {}
        self.report = SourceReport("oai", "idle")

    def day_of(self, batch: Batch, printed: date, entries: Sequence[Entry]) -> date:
        """The day to which the unseen entries of a feed belong.

        That is the date printed in the feed, unless the day before was missed: a stale feed can carry today's
        date. Then OAI's datestamps decide, if OAI can be asked (rules.md 1.2).
        """
        since = self._since(batch.category)
        if not entries or since is None:
            return printed
        before = previous_announcement_day(printed)
        # arXiv announces nothing on listed holidays, so no feed was missed there
        while before > since and not is_batch_expected(before):
            before = previous_announcement_day(before)
        state = self._store.ledger.state(batch.category, before)
        is_missed = before >= since and (state is None or not state.is_final)
        changes = self._changes_since(batch.category, since) if is_missed else None
        if changes is None:
            return printed
        day = batch_day((entry.arxiv_id for entry in entries), changes.records, changes.known_up_to)
        # a datestamp outside the gap comes from a later change, not from the announcement
        return day if day is not None and since <= day <= printed else printed

    def compare(self, category: str, *, today_too: bool) -> None:
        """Compares every day since the last comparison.

        Args:
            today_too: today's feed has answered without today's batch, or with a part of it.
        """
        today = announcement_day(self._clock())
        since = self._since(category)
        forced_today = self._forced_since is not None and since == today
        # today's list can still grow, so it is compared only if today's feed lacks papers, or if the curator asks
        until = today if today_too or forced_today else previous_announcement_day(today)
        done = self._store.sources.get(category).reconciled_on
        is_due = today_too or self._forced_since is not None or done is None or done < until
        if since is None or since > until or not is_due:
            return
        changes = self._changes_since(category, since)
        if changes is not None:
            self._take(Gap(category, since, until, changes.known_up_to), changes.records, today)

    def _since(self, category: str) -> date | None:
        """The first day to compare; ``None`` before the category's ledger begins.

        It is the day that was compared last, once more: its list may have grown since.
        """
        record = self._store.sources.get(category)
        days = (self._forced_since, record.reconciled_on or record.began_on)
        since = min((day for day in days if day), default=None)
        return since and announcement_day_on_or_after(since)

    def _changes_since(self, category: str, since: date) -> _Changes | None:
        """The list of changes, requested once per poll; ``None`` if OAI did not answer, which is reported."""
        if category in self._changes:
            return self._changes[category]
        # set before the request, so that a failing OAI is asked once per category and poll
        self._changes[category] = None
        known_up_to = self._store.announcements.highest_id(self._categories, since)
        if known_up_to is None:
            is_whole = self._store.ledger.state(category, since) is DayState.FRESH
            announced = self._store.announcements.announced(category, since)
            known_up_to = bound_of_first_day(announced, whole=is_whole)
        # without a bound, the records of the previous day show which ids are older than the gap
        start = since if known_up_to is not None else previous_announcement_day(since)
        try:
            with supervised(f"The list of changes in {category}"):
                records = self._records.changed_since(category, start)
        except ServiceError as error:
            self.record_failure(error)
            return None
        with self._store.transaction():
            self._store.sources.succeeded("oai", self._clock())
        if self.report.error is None:
            self.report = SourceReport("oai", "ok")
        highest_before = latest_id(record.arxiv_id for record in records if record.datestamp < since)
        changes = _Changes(records, known_up_to or highest_before or first_id_of_month(start))
        self._changes[category] = changes
        return changes

    def record_failure(self, error: ServiceError) -> None:
        """Stores and reports the failure of OAI-PMH, or of what was read from it."""
        with self._store.transaction():
            self._store.sources.failed("oai", self._clock(), error.kind, str(error))
        self.report = failed_report("oai", error)

    def _take(self, gap: Gap, records: list[OaiRecord], today: date) -> None:
        by_id = {record.arxiv_id: record for record in records}
        ids = list(by_id)
        # matched before the transaction opens, so that no other process waits for it
        recovery = recover(records, gap, self._store.announcements.filed(gap.category, ids))
        matches = {
            (entry.arxiv_id, entry.version): self._match(by_id[entry.arxiv_id], gap.category)
            for entries in recovery.entries.values()
            for entry in entries
        }
        row = self._store.ledger.row(gap.category, gap.since)
        # an empty list is a contradiction if papers were announced on its first day
        is_contradicted = not records and row is not None and row.counts.announced > 0
        now = self._clock()
        with self._store.transaction():
            self._move_misfiled(gap, records, today)
            # again: another process may have filed some of them in the meantime
            recovery = recover(records, gap, self._store.announcements.filed(gap.category, ids))
            for day, entries in recovery.entries.items():
                filing = self._filer.file(gap.category, entries, day, matches=matches, now=now, came_by="oai")
                self._filer.note_day(gap.category, day, DayState.FRESH, "", filing.counts)
            self._decide_pending(gap, by_id, now)
            older_ids = [record.arxiv_id for record in recovery.older]
            known = {*self._store.stubs.by_ids(older_ids), *self._store.notes.numbers_of(older_ids)}
            for record in recovery.older:
                # OAI does not distinguish a correction from a late cross-list: listed, never drafted (rules.md 3.4)
                matched = self._match(record, gap.category).matched if record.arxiv_id not in known else ()
                if matched:
                    topics = tuple(match.topic.name for match in matched)
                    paper = OlderPaper(record.arxiv_id, record.datestamp, gap.category, record.title, topics)
                    self._store.announcements.note_older([paper])
            if self._later_venues is not None:
                self._later_venues.offer_from_records(records, now)
            self._settle(gap, today, is_contradicted=is_contradicted)
        if is_contradicted:
            self.record_failure(BadAnswerError(explain_denial(gap.category, gap.since)))

    def _move_misfiled(self, gap: Gap, records: list[OaiRecord], today: date) -> None:
        """Moves papers of a stale feed to their own day; they were filed while OAI could not be asked."""
        category = gap.category
        for day in announcement_days_between(gap.since - timedelta(days=1), today):
            fed = self._store.announcements.announced(category, day, came_by="feed")
            for home, ids in misfiled(fed, day, records, gap).items():
                row = self._store.ledger.row(category, home)
                # that day's own feed was filed, so this batch is not a copy of it
                if row is not None and row.counts.fetched:
                    continue
                counts = self._store.announcements.counts_of(category, day, ids)
                self._store.announcements.move_day(category, ids, day, home)
                self._store.ledger.amend(category, day, -counts)
                self._filer.note_day(category, home, DayState.FRESH, "", counts)
                row = self._store.ledger.row(category, day)
                if row is not None and not row.counts.announced:
                    self._store.ledger.reopen(category, day, f"The feed with this date contained the batch of {home}.")
                for stub in self._store.stubs.by_ids(ids).values():
                    if stub.announced_on == day:
                        self._store.stubs.save(replace(stub, announced_on=home), self._clock())

    def _match(self, record: OaiRecord, category: str) -> Matches:
        return self._index.match(prepare_record(record), [category])

    def _decide_pending(self, gap: Gap, by_id: Mapping[str, OaiRecord], now: datetime) -> None:
        """Decides papers that no feed could decide, for OAI has their comment and journal reference."""
        waiting = [
            pending
            for pending in self._store.announcements.pending(gap.category, gap.until)
            if pending.arxiv_id in by_id
        ]
        ids = [pending.arxiv_id for pending in waiting]
        stubs, noted = self._store.stubs.by_ids(ids), self._store.notes.numbers_of(ids)
        for day, papers in groupby(waiting, key=lambda pending: pending.announced_on):
            decisions: dict[str, DecidedPaper] = {}
            for pending in papers:
                name, record = pending.arxiv_id, by_id[pending.arxiv_id]
                matches = self._match(record, gap.category)
                decisions[name] = decide_pending(pending, record, matches, stubs.get(name), noted=name in noted)
                if (stub := decisions[name].stub) is not None:
                    stubs[name] = stub  # the same paper may be pending on a later day too
            self._filer.settle_pending(gap.category, day, list(decisions), list(decisions.values()), now)
            counts = sum((decision.counts for decision in decisions.values()), Counts())
            if counts != Counts():
                self._store.ledger.amend(gap.category, day, counts)

    def _settle(self, gap: Gap, today: date, *, is_contradicted: bool) -> None:
        """Updates the row of each day; the cursor moves only if the answer is credible."""
        for day in announcement_days_between(gap.since - timedelta(days=1), gap.until):
            row = self._store.ledger.row(gap.category, day)
            before, counts = (row.state, row.counts) if row else (None, Counts())
            if is_contradicted:
                if is_batch_expected(day) and (before is None or not before.is_final):
                    why = explain_contradiction(gap.since)
                    self._filer.note_day(gap.category, day, DayState.FAILED, why, reason="contradicted")
                continue
            state = state_after_oai(before, counts.announced, expected=is_batch_expected(day), over=day < today)
            if state is not None:
                why = explain_oai(state, counts.fetched, counts.recovered)
                self._store.ledger.add(LedgerRow(day, gap.category, state, Counts(), why))
        if not is_contradicted:
            # never past yesterday: today's list can still grow
            self._store.sources.reconciled(gap.category, min(gap.until, previous_announcement_day(today)))

"""Files announced papers under their day: what the feed and OAI's delta have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from notebot.core.model.ledger import Counts, DayState, LedgerRow, MatchRecord, next_day_state
from notebot.features.announcements.rules.filing_rules import Filing, TopicOutcome, decide_filing, explain, unseen
from notebot.features.topics.rules.matching import Matches, TopicIndex, prepare_entry

if TYPE_CHECKING:
    from notebot.core.model.entry import Entry
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Store
    from notebot.features.announcements.poll_report import Tally
    from notebot.features.venues.rules.enrich import Enrich

Matched = Mapping[tuple[str, int], Matches]
"""By id and version, what the topics of a category say."""


class Filer:
    """Stores what is decided about entries; call its methods but :meth:`match` inside a transaction."""

    def __init__(self, store: Store, index: TopicIndex, enrich: Enrich, tally: Tally) -> None:
        self._store = store
        self._index = index
        self._enrich = enrich
        self._tally = tally

    def unseen(self, category: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Those never filed under the category."""
        day = max((entry.announced_on for entry in entries), default=date.min)
        return unseen(entries, self._store.announcements.seen(category, [entry.arxiv_id for entry in entries], day))

    def match(self, category: str, entries: Sequence[Entry]) -> Matched:
        """Made before the transaction opens, so that no other process waits for it."""
        return dict(self._matches(category, entries))

    def file(
        self, category: str, entries: Sequence[Entry], day: date, matched: Matched, now: datetime, came_by: str
    ) -> Filing:
        """Files unseen entries under a day.

        Args:
            matched: what :meth:`match` said; an entry that is not in it is matched now.
            came_by: ``feed`` or ``oai``.
        """
        ids = [entry.arxiv_id for entry in entries]
        stubs, noted = self._store.stubs.by_ids(ids), self._store.notes.numbers_of(ids)
        matches = {
            entry.arxiv_id: matched.get((entry.arxiv_id, entry.version)) or self._match(category, entry)
            for entry in entries
        }
        filing = decide_filing(entries, matches, stubs, noted=noted, recovered=came_by == "oai")
        self._store.announcements.file(category, filing.entries, day, came_by)
        self.record(category, day, filing.topic_outcomes)
        for stub in filing.drafts:
            self.draft(stub, now)
        for stub in filing.changed:
            self._store.stubs.save(stub, now)
        for key, version in filing.outdated:
            self._store.stubs.ask_metadata(key, version)
        return filing

    def record(self, category: str, day: date, outcomes: Sequence[TopicOutcome]) -> None:
        """Remembers what topics made of papers, for `why` and for the poll's report."""
        self._store.announcements.record_matches(
            MatchRecord(one.arxiv_id, one.topic, category, day, one.outcome) for one in outcomes
        )
        self._tally.add(outcomes)

    def draft(self, stub: Stub, now: datetime) -> None:
        """Puts a stub into the queue, or saves it anew, with its summary."""
        self._store.stubs.save(self._enrich(stub), now)

    def note_day(self, category: str, day: date, state: DayState, why: str, counts: Counts | None = None) -> DayState:
        """Adds counts to a row and says what is known of the day; returns the state that holds."""
        settled = next_day_state(self._store.ledger.state(category, day), state)
        if settled is not state:
            why = explain(settled, day)
        self._store.ledger.add(LedgerRow(day, category, settled, counts or Counts(), why))
        return settled

    def _matches(self, category: str, entries: Sequence[Entry]) -> Iterator[tuple[tuple[str, int], Matches]]:
        for entry in entries:
            yield (entry.arxiv_id, entry.version), self._match(category, entry)

    def _match(self, category: str, entry: Entry) -> Matches:
        return self._index.match(prepare_entry(entry), [category])

"""Files announced papers under their day; used for the feeds and for OAI's list of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from notebot.core.model.filing_records import MatchRecord
from notebot.core.model.ledger import Counts, DayState, LedgerRow, next_day_state
from notebot.features.announcements.rules.filing_rules import Filing, TopicOutcome, decide_filing, explain, unseen
from notebot.features.topics.rules.matching import Matches, TopicIndex, prepare_entry

if TYPE_CHECKING:
    from notebot.core.model.entry import Entry
    from notebot.core.ports import Announcements, Ledger, Notes, Stubs
    from notebot.features.announcements.poll_report import Tally
    from notebot.features.announcements.rules.undecided import DecidedPaper
    from notebot.features.venues.rules.enrich import Enrich

MatchesByEntry = Mapping[tuple[str, int], Matches]
"""The matches of a category's topics, by arXiv id and version."""


class FilingStore(Protocol):
    """What filing reads and writes."""

    @property
    def announcements(self) -> Announcements: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...


class Filer:
    """Stores the decisions about entries; every method but :meth:`match` needs an open transaction."""

    def __init__(self, *, store: FilingStore, index: TopicIndex, enrich: Enrich, tally: Tally) -> None:
        self._store = store
        self._index = index
        self._enrich = enrich
        self._tally = tally

    def unseen(self, category: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The entries that were never filed under the category."""
        day = max((entry.announced_on for entry in entries), default=date.min)
        return unseen(entries, self._store.announcements.seen(category, [entry.arxiv_id for entry in entries], day))

    def match(self, category: str, entries: Sequence[Entry]) -> MatchesByEntry:
        """Matches entries before the transaction opens, so that no other process waits for it."""
        return {(entry.arxiv_id, entry.version): self._match(category, entry) for entry in entries}

    def file(
        self,
        category: str,
        entries: Sequence[Entry],
        day: date,
        *,
        matches: MatchesByEntry,
        now: datetime,
        came_by: str,
    ) -> Filing:
        """Files unseen entries under a day, and drafts those that a topic wants.

        Args:
            matches: from :meth:`match`; an entry that is missing there is matched now.
            came_by: ``feed`` or ``oai``.
        """
        ids = [entry.arxiv_id for entry in entries]
        stubs, noted = self._store.stubs.by_ids(ids), self._store.notes.numbers_of(ids)
        matches_by_id = {
            entry.arxiv_id: matches.get((entry.arxiv_id, entry.version)) or self._match(category, entry)
            for entry in entries
        }
        filing = decide_filing(entries, matches_by_id, stubs, noted=noted, recovered=came_by == "oai")
        self._store.announcements.file(category, filing.entries, day, came_by)
        self.record_outcomes(category, day, filing.topic_outcomes)
        self._store.stubs.save_all([*map(self._enrich, filing.drafts), *filing.changed], now)
        for key, version in filing.outdated:
            # a feed has no comment, and so no venue: the new version's metadata come from the API (services.md 1.2)
            self._store.stubs.ask_metadata(key, version)
        return filing

    def record_outcomes(self, category: str, day: date, outcomes: Sequence[TopicOutcome]) -> None:
        """Stores the topics' outcomes for `why`, and counts them for the poll's report."""
        self._store.announcements.record_matches(
            MatchRecord(outcome.arxiv_id, outcome.topic, category, day, outcome.outcome) for outcome in outcomes
        )
        self._tally.add(outcomes)

    def settle_pending(
        self, category: str, day: date, arxiv_ids: Sequence[str], decisions: Sequence[DecidedPaper], now: datetime
    ) -> None:
        """Stores the decisions about papers of one day that were pending."""
        self.record_outcomes(category, day, [outcome for decision in decisions for outcome in decision.outcomes])
        self._store.announcements.decided(arxiv_ids, category, day)
        drafts = [decision.stub for decision in decisions if decision.stub is not None]
        self._store.stubs.save_all(map(self._enrich, drafts), now)

    def note_day(
        self,
        category: str,
        day: date,
        state: DayState,
        why: str,
        counts: Counts | None = None,
        *,
        reason: str = "",
    ) -> DayState:
        """Adds counts to a ledger row and updates its state; returns the state that results."""
        settled = next_day_state(self._store.ledger.state(category, day), state)
        # the day keeps its better state (once fresh, always fresh: rules.md 1.2), so the explanation must fit that one
        if settled is not state:
            why, reason = explain(settled, day), ""
        self._store.ledger.add(LedgerRow(day, category, settled, counts or Counts(), why, reason=reason))
        return settled

    def _match(self, category: str, entry: Entry) -> Matches:
        return self._index.match(prepare_entry(entry), [category])

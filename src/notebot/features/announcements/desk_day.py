"""One category's day for a desk of a lab: what the hub has of it, beside what the desk has. Reads nothing itself."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.ledger import Counts, LedgerRow, Outcome, count_outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from notebot.core.model.entry import Entry
    from notebot.core.model.filing_records import MatchRecord
    from notebot.features.announcements.hub import Hub


class DeskDay:
    """What a desk has to do for one row of the hub's ledger; its answers are for what the desk had when it was made."""

    def __init__(self, hub: Hub, row: LedgerRow, at_hub: Sequence[MatchRecord], known: Sequence[MatchRecord]) -> None:
        """Only compares.

        Args:
            hub: has read the papers of all these matches.
            row: the hub's.
            at_hub: the hub's matches for this desk.
            known: the desk's own matches.
        """
        self._hub = hub
        self.row = row
        self.at_hub = at_hub
        self._known = known

    def has_news(self, ledger_row: LedgerRow | None) -> bool:
        """True unless the desk has everything already.

        Args:
            ledger_row: the desk's.
        """
        is_counted = ledger_row is not None and ledger_row.counts == self.counts and self.has_state_of(ledger_row)
        return not is_counted or bool(self.misfiled or self.unfiled or self.decided)

    def has_state_of(self, ledger_row: LedgerRow) -> bool:
        """True if the desk's ledger says of the day what the hub's says."""
        states = ((each.state, each.explanation, each.reason) for each in (ledger_row, self.row))
        return next(states) == next(states)

    @cached_property
    def outcomes_at_hub(self) -> dict[str, dict[str, Outcome | None]]:
        """The hub's outcome by paper and topic."""
        return _outcomes(self.at_hub)

    @cached_property
    def _own_outcomes(self) -> dict[str, dict[str, Outcome | None]]:
        return _outcomes(self._known)

    @cached_property
    def misfiled(self) -> dict[date, list[str]]:
        """The desk's papers that the hub has moved to another day since, by that day."""
        category, day = self.row.category, self.row.announced_on
        homes: dict[date, list[str]] = {}
        for arxiv_id in self._own_outcomes:
            home = self._hub.home_of(arxiv_id, category, day)
            if home != day:
                homes.setdefault(home, []).append(arxiv_id)
        return homes

    @cached_property
    def unfiled(self) -> dict[str, list[Entry]]:
        """The entries to file, by how they came: ``feed`` or ``oai``."""
        by_origin: dict[str, list[Entry]] = {}
        for arxiv_id in self.outcomes_at_hub:
            outcomes = self._own_outcomes.get(arxiv_id, {}).values()
            if any(outcome not in (None, Outcome.UNWANTED) for outcome in outcomes):
                continue
            announced = self._hub.entries(arxiv_id, self.row.category, self.row.announced_on)
            # what no topic wanted as a replacement may since have been found to be new on this very day
            if arxiv_id not in self._own_outcomes or len(announced) > 1:
                for came_by, entry in announced.items():
                    by_origin.setdefault(came_by, []).append(entry)
        # what the feed brought first
        return dict(sorted(by_origin.items()))

    @cached_property
    def decided(self) -> set[str]:
        """Papers on which a topic of the desk is pending, and none at the hub."""
        return {
            arxiv_id
            for arxiv_id, outcomes in self._own_outcomes.items()
            if None in outcomes.values()
            and all(
                self.outcomes_at_hub.get(arxiv_id, {}).get(topic, topic) is not None
                for topic, outcome in outcomes.items()
                if outcome is None
            )
        }

    @cached_property
    def counts(self) -> Counts:
        """What the desk's ledger must count."""
        category, day = self.row.category, self.row.announced_on
        outcomes = []
        for arxiv_id, of_paper in self._own_outcomes.items():
            # the hub counts a paper twice that the feed had as replaced and OAI as new
            is_double = len(self._hub.entries(arxiv_id, category, day)) > 1
            outcomes += [of_paper.values()] * (1 + is_double)
        matched = count_outcomes(len(outcomes), outcomes)
        hub = self.row.counts
        return replace(matched, fetched=hub.fetched, recovered=hub.recovered, unmatched=hub.announced - matched.matched)


def _outcomes(matches: Sequence[MatchRecord]) -> dict[str, dict[str, Outcome | None]]:
    outcomes: dict[str, dict[str, Outcome | None]] = {}
    for match in matches:
        outcomes.setdefault(match.arxiv_id, {})[match.topic] = match.outcome
    return outcomes

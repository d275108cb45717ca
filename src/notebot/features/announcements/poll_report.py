"""The report of a poll: the answer of each source, and the outcome of the papers for each topic."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from notebot.core.model.ledger import DayState, Outcome
from notebot.core.model.source_report import SourceReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.entry import Batch
    from notebot.features.announcements.rules.filing_rules import TopicOutcome


class TopicReport(Struct):
    """The outcomes of one topic's matches; each paper counts once, with its best outcome."""

    topic: str
    matched: int = 0
    drafted: int = 0
    known: int = 0
    tombstoned: int = 0
    unwanted: int = 0


class PollReport(Struct, frozen=True):
    """The result of a poll: ``ok`` if every needed request was answered, ``failed`` if none was."""

    status: Literal["ok", "partial", "failed"]
    requests: int
    sources: list[SourceReport]
    topics: list[TopicReport]
    remarks: list[str] = []
    """What the curator should know besides, one sentence each."""


class Tally:
    """Collects the best outcome by topic and paper, over all categories of a poll."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, Outcome]] = defaultdict(dict)

    def add(self, outcomes: Sequence[TopicOutcome]) -> None:
        """Merges the outcomes of one category; pending ones do not count."""
        best_first = [Outcome.DRAFTED, Outcome.TOMBSTONED, Outcome.KNOWN, Outcome.UNWANTED]
        for new in outcomes:
            if new.outcome is not None:
                papers = self.outcomes[new.topic]
                previous = papers.get(new.arxiv_id, new.outcome)
                papers[new.arxiv_id] = min(previous, new.outcome, key=best_first.index)

    def report(self, topic: str) -> TopicReport:
        """The totals of one topic."""
        outcomes = list(self.outcomes[topic].values())
        return TopicReport(topic, len(outcomes), **{str(kind): outcomes.count(kind) for kind in Outcome})


def source_report(batch: Batch, state: DayState, known: int) -> SourceReport:
    """The report on a feed's batch; ``known`` of its entries were filed by an earlier poll."""
    kinds = [entry.announce_type.announce_option for entry in batch.entries]
    return SourceReport(
        batch.category,
        str(state),
        batch.batch_date,
        len(batch.entries),
        new=kinds.count("new"),
        cross=kinds.count("cross"),
        replace=kinds.count("replace"),
        known=known,
        seen_before=known if known == len(batch.entries) else 0,
    )

"""What a poll tells: per source what it answered, per topic what became of the papers."""

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
    """What one topic made of the unseen entries; each paper counts once, by its best outcome."""

    topic: str
    matched: int = 0
    drafted: int = 0
    known: int = 0
    tombstoned: int = 0
    unwanted: int = 0


class PollReport(Struct, frozen=True):
    """``ok`` where every needed request was answered, ``failed`` where none was."""

    status: Literal["ok", "partial", "failed"]
    requests: int
    sources: list[SourceReport]
    topics: list[TopicReport]


class Tally:
    """Best outcome by topic and paper, over all categories of a poll."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, Outcome]] = defaultdict(dict)

    def add(self, found: Sequence[TopicOutcome]) -> None:
        """Takes in the outcomes of one category."""
        order = [Outcome.DRAFTED, Outcome.TOMBSTONED, Outcome.KNOWN, Outcome.UNWANTED]
        for one in found:
            if one.outcome is not None:
                held = self.outcomes[one.topic].get(one.arxiv_id, one.outcome)
                self.outcomes[one.topic][one.arxiv_id] = min(held, one.outcome, key=order.index)

    def report(self, topic: str) -> TopicReport:
        """The sums of one topic."""
        found = list(self.outcomes[topic].values())
        return TopicReport(topic, len(found), **{str(kind): found.count(kind) for kind in Outcome})


def source_report(batch: Batch, state: DayState, known: int) -> SourceReport:
    """What a feed's answer held; ``known`` of its entries had been filed before."""
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
    )

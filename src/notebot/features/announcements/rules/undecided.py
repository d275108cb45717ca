"""Papers whose answer hung on a term that no feed can tell, decided once OAI has told (rules.md 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.ledger import Counts, Outcome, UndecidedEntry
from notebot.core.model.stub import Stub
from notebot.features.announcements.rules.filing_rules import TopicOutcome, outcome_of, with_gained
from notebot.features.announcements.rules.missed_days import entry_of
from notebot.features.topics.rules.drafting import draft_from_entry

if TYPE_CHECKING:
    from notebot.core.model.oai_record import OaiRecord
    from notebot.features.topics.rules.matching import Matches


class Decision(Struct, frozen=True):
    """What to store for one pending paper."""

    counts: Counts
    """To be added to the ledger's row; some are negative."""
    outcomes: tuple[TopicOutcome, ...]
    """Of the topics that matched; the others did not."""
    stub: Stub | None
    """Drafted, or changed; ``None`` where nothing is to be saved."""


def decide_pending(
    pending: UndecidedEntry, record: OaiRecord, matches: Matches, stub: Stub | None, *, noted: bool = False
) -> Decision:
    """Decides on one paper.

    Args:
        record: what OAI says of it.
        matches: what the topics of the category say of the record.
        stub: the paper's, if it has one.
        noted: the archive has a note of it.
    """
    matched = [match for match in matches.matched if match.topic.name in pending.topics]
    wanted = tuple(match for match in matched if pending.announce_type.announce_option in match.topic.announce)
    outcomes = tuple(
        TopicOutcome(pending.arxiv_id, match.topic.name, outcome_of(stub, match in wanted, noted)) for match in matched
    )
    entry = entry_of(record, pending.announce_type, pending.announced_on)
    outcome = outcome_of(stub, bool(wanted), noted) if matched else None
    changed: Stub | None = None
    if outcome is Outcome.DRAFTED:
        changed = draft_from_entry(entry, wanted)
    elif outcome is Outcome.KNOWN and stub is not None:
        changed = with_gained(stub, entry, wanted)
    return Decision(_counts(pending, outcome), outcomes, changed)


def _counts(pending: UndecidedEntry, outcome: Outcome | None) -> Counts:
    if pending.counted is Outcome.UNWANTED and outcome is Outcome.DRAFTED:
        return Counts(unwanted=-1, drafted=1)
    if pending.counted is not None:
        return Counts()
    if outcome is None:
        return Counts(pending=-1)
    return Counts(unmatched=-1, pending=-1) + Counts(**{outcome.value: 1})

"""Decides papers that wait for their comment or journal reference, which only OAI has (rules.md 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.ledger import Counts, Outcome
from notebot.core.model.stub import Stub
from notebot.features.announcements.rules.filing_rules import TopicOutcome, outcome_of, with_gained
from notebot.features.announcements.rules.missed_days import entry_of
from notebot.features.topics.rules.drafting import draft_from_entry

if TYPE_CHECKING:
    from notebot.core.model.filing_records import UndecidedEntry
    from notebot.core.model.oai_record import OaiRecord
    from notebot.features.topics.rules.matching import Matches


class DecidedPaper(Struct, frozen=True):
    """What to store for a paper that was pending."""

    counts: Counts
    """Changes to the ledger's row; some are negative."""
    outcomes: tuple[TopicOutcome, ...]
    """One per topic that matched."""
    stub: Stub | None
    """New or changed; ``None`` if there is nothing to save."""


def decide_pending(
    pending: UndecidedEntry, record: OaiRecord, matches: Matches, stub: Stub | None, *, noted: bool = False
) -> DecidedPaper:
    """Decides one pending paper.

    Args:
        record: the paper's record from OAI.
        matches: the matches of the category's topics on the record.
        stub: the paper's stub, if there is one.
        noted: the archive has a note of the paper.
    """
    # a topic that was added since then sees only what is announced from then on (rules.md 1.4)
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
    counts = Counts()
    # another topic had matched on the feed's text, without asking for this announcement type
    if pending.counted is Outcome.UNWANTED and outcome is Outcome.DRAFTED:
        counts = Counts(unwanted=-1, drafted=1)
    elif pending.counted is None:
        # the ledger has counted it as unmatched and pending so far
        counts = Counts(unmatched=-1, pending=-1, **{outcome.value: 1}) if outcome else Counts(pending=-1)
    return DecidedPaper(counts, outcomes, changed)

"""One venue that a comment or reference names, and which of several candidates is chosen."""

from msgspec import Struct

from notebot.features.venues.rules.detection.acceptance import Acceptance
from notebot.features.venues.rules.detection.venue_table import VenueKind


class VenueCandidate(Struct, frozen=True):
    """A venue at which the paper may have appeared, and the span of its name in the text."""

    name: str
    kind: VenueKind
    year: int | None
    track: str | None
    acceptance: Acceptance
    in_table: bool
    start: int
    end: int

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, bool, int]:
        """Sort key; the greatest wins.

        A workshop's host comes before the workshop, the main conference before both, a conference before a journal.
        """
        return (
            self.kind is not VenueKind.WORKSHOP or not self.in_table,
            not (self.track or "").startswith("Workshop"),
            self.acceptance is Acceptance.ACCEPTED,
            self.kind is not VenueKind.JOURNAL,
            self.in_table,
            -self.start,  # authors name the venue that matters first
        )


def best_candidate(candidates: list[VenueCandidate]) -> VenueCandidate | None:
    """Returns the candidate that belongs in a note's title line, or ``None`` if there is none."""
    return max(candidates, key=lambda candidate: candidate.rank, default=None)

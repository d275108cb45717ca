"""A venue as one comment or reference names it, before it is weighed against the others named there."""

from msgspec import Struct

from notebot.features.venues.rules.detection.acceptance import Standing
from notebot.features.venues.rules.detection.venue_table import VenueKind


class Reading(Struct, frozen=True):
    """One venue at which the paper may have been, and where its name stands in the text."""

    name: str
    kind: VenueKind
    year: int | None
    track: str | None
    standing: Standing
    in_table: bool
    start: int
    end: int

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, bool, int]:
        """A workshop's host before the workshop, the main conference before both, a conference before a journal."""
        return (
            self.kind is not VenueKind.WORKSHOP or not self.in_table,
            not (self.track or "").startswith("Workshop"),
            self.standing is Standing.ACCEPTED,
            self.kind is not VenueKind.JOURNAL,
            self.in_table,
            -self.start,
        )


def best(readings: list[Reading]) -> Reading | None:
    """The one that a note's title line names."""
    return max(readings, key=lambda reading: reading.rank, default=None)

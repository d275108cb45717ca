"""The venue of a paper, read from its author comment and journal reference with the words that say so."""

from notebot.features.venues.rules.detection.detect import FoundVenue, detect_venue, make_label
from notebot.features.venues.rules.detection.venue_table import VenueKind, VenueRow, VenueTable, title_words

__all__ = ["FoundVenue", "VenueKind", "VenueRow", "VenueTable", "detect_venue", "make_label", "title_words"]

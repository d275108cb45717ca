"""Detects the venue of a paper in its author comment and journal reference."""

from notebot.features.venues.rules.detection.detect import DetectedVenue, detect_venue, make_label
from notebot.features.venues.rules.detection.venue_table import VenueKind, VenueRow, VenueTable, title_words

__all__ = ["DetectedVenue", "VenueKind", "VenueRow", "VenueTable", "detect_venue", "make_label", "title_words"]

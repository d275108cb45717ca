"""Looks for venues that the table does not know, in clauses that say that the paper was accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.acceptance import Acceptance
from notebot.features.venues.rules.detection.candidate import VenueCandidate
from notebot.features.venues.rules.detection.clauses import Clause, MarkerKind
from notebot.features.venues.rules.detection.context import is_part_of_longer_name
from notebot.features.venues.rules.detection.tracks import find_track
from notebot.features.venues.rules.detection.unknown_venue import (
    UnknownVenue,
    read_after_marker,
    read_bare_name,
    read_before_marker,
    read_called_event,
    read_dated_title,
    read_event_title,
)
from notebot.features.venues.rules.detection.venue_table import VenueKind

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.parsed_comment import ParsedComment

_WORKSHOP_PAPER = regex(r"\bworkshop\s+paper\b", re.IGNORECASE)
_NEGATIVE = (
    MarkerKind.PENDING,
    MarkerKind.REJECTED,
    MarkerKind.OTHER_PAPER,
    MarkerKind.OTHER_WORK,
    MarkerKind.TEMPLATE,
    MarkerKind.CONDITIONAL,
)


def scan_unknown_venues(comment: ParsedComment, known: list[VenueCandidate], latest: int) -> list[VenueCandidate]:
    """Returns at most one unknown venue for each clause without a known one.

    A name without a marker (``… Conference on … (ACIT 2025)``, ``ACIT 2025``) counts only if nothing else was found.
    """
    candidates = []
    for clause in comment.clauses:
        if any(clause.start <= candidate.start < clause.end for candidate in known):
            continue
        acceptance, venue = Acceptance.ACCEPTED, _accepted_venue(comment, clause, latest)
        if venue is None and not known:
            acceptance, venue = Acceptance.NAMED, _named_venue(comment, clause, latest)
        if venue is None:
            continue
        track = None
        if venue.kind is not VenueKind.JOURNAL:
            before, after = comment.text[clause.start : venue.start], comment.text[venue.end : clause.end]
            track = find_track(before, after, "")
            if track is None and venue.kind is VenueKind.CONFERENCE and _WORKSHOP_PAPER.search(before):
                track = "Workshop"
        candidates.append(
            VenueCandidate(
                name=venue.name,
                kind=venue.kind,
                year=venue.year,
                track=track,
                acceptance=acceptance,
                in_table=False,
                start=venue.start,
                end=venue.end,
            )
        )
    return candidates


def _accepted_venue(comment: ParsedComment, clause: Clause, latest: int) -> UnknownVenue | None:
    """Returns the first name next to a positive marker of the clause."""
    markers = comment.markers_of(clause)
    if any(marker.kind in (MarkerKind.REJECTED, MarkerKind.CONDITIONAL) for marker in markers):
        return None
    for index, marker in enumerate(markers):
        if marker.kind is MarkerKind.OTHER_PAPER:
            return None  # whatever follows is the venue of that paper
        if not marker.is_positive:
            continue
        end = next((other.start for other in markers[index + 1 :] if other.kind in _NEGATIVE), clause.end)
        weak = marker.kind is MarkerKind.PUBLISHED
        venue = read_after_marker(comment.text, marker.end, end, latest, weak=weak)
        if venue is None and marker.kind is MarkerKind.ACCEPTED:
            venue = read_before_marker(comment.text, clause.start, marker.start, latest)
        if venue is not None and not _begins_with_known_venue(comment, venue):
            return venue
    return None


def _named_venue(comment: ParsedComment, clause: Clause, latest: int) -> UnknownVenue | None:
    """Returns a name of the clause that has its year or track, although there is no marker."""
    if any(marker.kind in _NEGATIVE for marker in comment.markers_of(clause)):
        return None
    if any(marker.kind in (MarkerKind.PENDING, MarkerKind.REJECTED) for marker in comment.markers):
        return None
    venue = read_event_title(comment.text, clause.start, clause.end, latest)
    if venue is None and not any(marker.kind in _NEGATIVE for marker in comment.markers):
        venue = (
            read_bare_name(comment.text, clause.start, clause.end, latest)
            or read_called_event(comment.text, clause.start, clause.end, latest)
            or read_dated_title(comment.text, clause.start, clause.end, latest)
        )
    if venue is None or _begins_with_known_venue(comment, venue):
        return None
    return venue if venue.year is not None or find_track("", comment.text[venue.end : clause.end], "") else None


def _begins_with_known_venue(comment: ParsedComment, venue: UnknownVenue) -> bool:
    """True if the name begins with a venue of the table; that one has been judged already."""
    return any(
        mention.start <= venue.start < mention.end and not is_part_of_longer_name(comment, mention)
        for mention in comment.mentions
    )

"""Finds the conference or journal of a paper in its comment and journal reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.features.venues.rules.detection.acceptance import Acceptance
from notebot.features.venues.rules.detection.candidate import VenueCandidate, best_candidate
from notebot.features.venues.rules.detection.clauses import COMMENT_LIMIT
from notebot.features.venues.rules.detection.known_venue import read_known_venue, read_printed_venue
from notebot.features.venues.rules.detection.parsed_comment import ParsedComment, parse_comment
from notebot.features.venues.rules.detection.unknown_venue import read_reference
from notebot.features.venues.rules.detection.unknown_venue_scan import scan_unknown_venues
from notebot.features.venues.rules.detection.years import LAST_YEAR

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.venue_table import VenueTable

EVIDENCE_LIMIT = 160
"""Greatest length of the evidence in characters."""
_YEARS_AHEAD = 2
"""How far a conference may be after the paper's first version."""
_YEARS_TO_PRINT = 10
"""How many more years a journal reference may be after it; references are added late."""


class DetectedVenue(Struct, frozen=True):
    """A venue that the authors name as the venue of their paper, and the words that say so."""

    label: str
    """``ACL'26 Findings``; without a year only name and track."""
    name: str
    year: int | None
    track: str | None
    source: str
    """``comment`` or ``journal_ref``."""
    evidence: str
    confidence: float
    """From 0 to 1; greatest for a venue of the table with a year and a marker of acceptance."""
    in_table: bool
    """False if the name is the authors' own spelling."""


def detect_venue(
    comment: str | None, journal_ref: str | None, table: VenueTable, published_year: int | None
) -> DetectedVenue | None:
    """Returns the venue of a paper, or ``None`` if the authors name none or do not say that it was accepted.

    Args:
        published_year: the year of version 1, or ``None`` if unknown. Limits the years that are plausible; the
            year of the venue itself is never taken from the arXiv id.
    """
    latest = published_year + _YEARS_AHEAD if published_year else LAST_YEAR
    stated = _from_comment(comment, table, latest) if comment else None
    printed = _from_reference(journal_ref, table, min(latest + _YEARS_TO_PRINT, LAST_YEAR)) if journal_ref else None
    if stated is None or printed is None:
        return stated or printed
    # the reference is more reliable, because it may only name what has been published;
    # the comment adds what it lacks: a track, or a name of the table
    if stated.name != printed.name and printed.in_table:
        return printed
    if stated.name == printed.name and printed.year is not None:
        merged = replace(printed, track=printed.track or stated.track)
    else:
        merged = replace(stated, year=stated.year or printed.year)
    return replace(merged, label=make_label(merged.name, merged.year, merged.track))


def make_label(name: str, year: int | None, track: str | None) -> str:
    """Returns the venue as a title line writes it, such as ``ACL'26 Findings``."""
    return name + (f"'{year % 100:02d}" if year is not None else "") + (f" {track}" if track else "")


def _from_comment(text: str, table: VenueTable, latest: int) -> DetectedVenue | None:
    comment = parse_comment(text, table)
    read = (read_known_venue(comment, mention, latest) for mention in comment.mentions)
    candidates = [candidate for candidate in read if candidate is not None]
    # an accepted venue of the table beats every other name
    if not any(candidate.acceptance is Acceptance.ACCEPTED for candidate in candidates):
        candidates += scan_unknown_venues(comment, candidates, latest)
    best = best_candidate(candidates)
    if best is None:
        return None
    if not best.year:
        # links are removed while parsing, but may have the year: ".../ICTT2025_Proceedings.pdf"
        pattern = rf"/\S{{0,80}}?\b{re.escape(best.name)}[-_/]?(20\d\d)(?!\d)"
        match = re.search(pattern, text[:COMMENT_LIMIT], re.IGNORECASE)
        best = replace(best, year=int(match[1]) if match and int(match[1]) <= latest else None)
    return _detected(comment, best, "comment")


def _from_reference(text: str, table: VenueTable, latest: int) -> DetectedVenue | None:
    reference = parse_comment(text, table, one_clause=True)
    if not reference.text:
        return None
    read = (read_printed_venue(reference, mention, latest) for mention in reference.mentions)
    best = best_candidate([candidate for candidate in read if candidate is not None])
    if best is None:
        unknown = read_reference(reference.text, latest)
        if unknown is None:
            return None
        best = VenueCandidate(
            name=unknown.name,
            kind=unknown.kind,
            year=unknown.year,
            track=None,
            acceptance=Acceptance.ACCEPTED,
            in_table=False,
            start=unknown.start,
            end=unknown.end,
        )
    return _detected(reference, best, "journal_ref")


def _detected(comment: ParsedComment, candidate: VenueCandidate, source: str) -> DetectedVenue:
    # our own estimate from the labelled comments: less for names without a marker, unknown names, no year
    confidence = 0.97 if candidate.acceptance is Acceptance.ACCEPTED else 0.9
    confidence -= (0 if candidate.in_table else 0.15) + (0 if candidate.year else 0.1)
    clause = comment.clause_at(candidate.start)
    evidence = comment.text[clause.start : clause.end].strip(" ,")
    if len(evidence) > EVIDENCE_LIMIT:
        # cut around the name
        start = max(clause.start, min(candidate.start - 60, clause.end - EVIDENCE_LIMIT + 2))
        end = min(start + EVIDENCE_LIMIT - 2, clause.end)
        evidence = comment.text[start:end].strip()
        evidence = ("…" if start > clause.start else "") + evidence + ("…" if end < clause.end else "")
    return DetectedVenue(
        label=make_label(candidate.name, candidate.year, candidate.track),
        name=candidate.name,
        year=candidate.year,
        track=candidate.track,
        source=source,
        evidence=evidence,
        confidence=round(confidence, 2),
        in_table=candidate.in_table,
    )

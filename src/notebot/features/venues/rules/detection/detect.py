"""Which conference or journal took a paper, as its own comment and journal reference say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.acceptance import Standing
from notebot.features.venues.rules.detection.candidate import Reading, best
from notebot.features.venues.rules.detection.clauses import COMMENT_LIMIT
from notebot.features.venues.rules.detection.known_venue import read_hit, read_printed
from notebot.features.venues.rules.detection.parsed_comment import Scene, lay_out
from notebot.features.venues.rules.detection.unknown_venue import read_reference
from notebot.features.venues.rules.detection.unknown_venue_scan import read_beside
from notebot.features.venues.rules.detection.years import LAST_YEAR

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.venue_table import VenueTable

EVIDENCE_LIMIT = 160
"""Characters of evidence that are shown."""
_YEARS_AHEAD = 2
"""A paper on arXiv may name a conference of the year after next, not a later one."""
_YEARS_TO_PRINT = 10
"""A journal reference may be added years after version 1."""
_WITHDRAWN = regex(
    r"\b(?:paper|work|manuscript|article|submission|preprint)\s+(?:has\s+been|was|is)\s+withdrawn", re.IGNORECASE
)


class FoundVenue(Struct, frozen=True):
    """A venue that the authors name as theirs, and the words it was read from."""

    label: str
    """``ACL'26 Findings``; without a year only name and track."""
    name: str
    year: int | None
    track: str | None
    source: str
    """``comment`` or ``journal_ref``."""
    evidence: str
    confidence: float
    """Between 0 and 1: the greatest for a venue of the table with a year behind a word of acceptance."""
    in_table: bool
    """The name stands in the venue table; others are the authors' own spelling."""


def detect_venue(
    comment: str | None, journal_ref: str | None, table: VenueTable, published_year: int | None
) -> FoundVenue | None:
    """The venue of a paper, or none where its authors name none or say no more than that they tried.

    The reference is trusted before the comment, for it may only name what has been published; what it lacks
    (a track, a name of the table) is taken from the comment. The year is never that of the arXiv id.

    Args:
        published_year: the year of version 1, after which no conference can be far; none where it is unknown.
    """
    latest = published_year + _YEARS_AHEAD if published_year else LAST_YEAR
    told = _from_comment(comment or "", table, latest)
    printed = _from_reference(journal_ref or "", table, min(latest + _YEARS_TO_PRINT, LAST_YEAR))
    return _joined(told, printed)


def make_label(name: str, year: int | None, track: str | None) -> str:
    """``ACL'26 Findings``, as a title line writes it."""
    return name + (f"'{year % 100:02d}" if year is not None else "") + (f" {track}" if track else "")


def _joined(told: FoundVenue | None, printed: FoundVenue | None) -> FoundVenue | None:
    if told is None or printed is None:
        return told or printed
    if told.name != printed.name and printed.in_table:
        return printed
    if told.name == printed.name and printed.year is not None:
        return _labelled(replace(printed, track=printed.track or told.track))
    return _labelled(replace(told, year=told.year or printed.year))


def _labelled(venue: FoundVenue) -> FoundVenue:
    return replace(venue, label=make_label(venue.name, venue.year, venue.track))


def _from_comment(comment: str, table: VenueTable, latest: int) -> FoundVenue | None:
    scene = lay_out(comment, table)
    if _WITHDRAWN.search(scene.text):
        return None
    readings = [reading for hit in scene.hits if (reading := read_hit(scene, hit, latest)) is not None]
    if not any(reading.standing is Standing.ACCEPTED for reading in readings):
        readings += read_beside(scene, readings, latest)
    chosen = best(readings)
    if chosen is None:
        return None
    return _found(scene, replace(chosen, year=chosen.year or _year_in_link(comment, chosen.name, latest)), "comment")


def _year_in_link(comment: str, name: str, latest: int) -> int | None:
    """The year glued to the name in a link to the proceedings: ``…/ICTT2025_Proceedings.pdf``."""
    pattern = rf"/\S{{0,80}}?\b{re.escape(name)}[-_/]?(20\d\d)(?!\d)"
    found = re.search(pattern, comment[:COMMENT_LIMIT], re.IGNORECASE)
    return int(found[1]) if found and int(found[1]) <= latest else None


def _from_reference(reference: str, table: VenueTable, latest: int) -> FoundVenue | None:
    scene = lay_out(reference, table, one_clause=True)
    if not scene.text:
        return None
    chosen = best([reading for hit in scene.hits if (reading := read_printed(scene, hit, latest)) is not None])
    if chosen is None:
        name = read_reference(scene.text, latest)
        if name is None:
            return None
        chosen = Reading(name.name, name.kind, name.year, None, Standing.ACCEPTED, False, name.start, name.end)
    return _found(scene, chosen, "journal_ref")


def _found(scene: Scene, reading: Reading, source: str) -> FoundVenue:
    return FoundVenue(
        label=make_label(reading.name, reading.year, reading.track),
        name=reading.name,
        year=reading.year,
        track=reading.track,
        source=source,
        evidence=_evidence(scene, reading),
        confidence=_confidence(reading),
        in_table=reading.in_table,
    )


def _confidence(reading: Reading) -> float:
    """Our own estimate from the labelled comments: what is stated, unknown or undated is a little less sure."""
    sure = 0.97 if reading.standing is Standing.ACCEPTED else 0.9
    return round(sure - (0 if reading.in_table else 0.15) - (0 if reading.year else 0.1), 2)


def _evidence(scene: Scene, reading: Reading) -> str:
    """The statement that names the venue, cut around the name where it is long."""
    clause = scene.clause(reading.start)
    told = scene.text[clause.start : clause.end].strip(" ,")
    if len(told) <= EVIDENCE_LIMIT:
        return told
    start = max(clause.start, min(reading.start - 60, clause.end - EVIDENCE_LIMIT + 2))
    end = min(start + EVIDENCE_LIMIT - 2, clause.end)
    return ("…" if start > clause.start else "") + scene.text[start:end].strip() + ("…" if end < clause.end else "")

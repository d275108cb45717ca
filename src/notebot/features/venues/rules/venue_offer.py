"""Offers of a venue for a paper whose venue in the archive is arXiv, and when a paper is requested again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from notebot.core.model.changes import VenueChange
from notebot.core.model.offer import Update, note_key
from notebot.core.model.reasons import VenueEvidence
from notebot.core.note_format.title_line import ParsedTitle, TitleVenue, parse_title_line, parse_venue
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.core.model.reasons import Reason
    from notebot.core.model.stub import Venue

RECHECK_DAYS = (30, 90, 365)
"""Days after which a preprint is requested again: comments change with a version, references at any time."""
_PREPRINT = "arxiv"
_MONTH = regex(r"(?:.*/)?(\d\d)(0[1-9]|1[0-2])")
_FIRST_YEAR = 91
"""arXiv began in 1991, so 91 to 99 are years of the last century."""
_WITH_YEAR = regex(r"(\S(?:.*\S)?)\s+((?:19|20)\d\d)")


def parse_preprint_line(title_line: str) -> ParsedTitle | None:
    """Returns the parts of a title line whose venue is ``arXiv'25``, or ``None`` for any other line."""
    parsed = parse_title_line(title_line)
    return parsed if parsed.venue and parsed.venue.name.lower() == _PREPRINT and parsed.venue.year else None


def full_year(venue: TitleVenue) -> int:
    """Returns a venue's year with four digits; title lines may have two."""
    year = int(venue.year)
    if year >= 100:
        return year
    return year + (1900 if year >= _FIRST_YEAR else 2000)


def venue_update(number: int, title_line: str, label: str, why: Reason) -> Update | None:
    """Returns the offer of a venue for a note, or ``None`` if the note has one or the label is not a venue.

    Args:
        label: the venue as title lines have it, with year and track.
        why: the evidence; a declined offer is not made again with the same evidence.
    """
    # any other venue was written or accepted by the curator and is never replaced
    parsed, wanted = parse_preprint_line(title_line), parse_venue(label)
    if parsed is None or parsed.venue is None or wanted is None or wanted.name.lower() == _PREPRINT:
        return None
    return Update(0, note_key(number), VenueChange(label, parsed.venue.label), why, parsed.title)


def venue_evidence(venue: Venue) -> VenueEvidence:
    """Returns where a venue was found and in which words."""
    return VenueEvidence(venue.source, venue.evidence or venue.label)


def venue_text(venue: Venue) -> str:
    """Returns label and track, such as ``ACL'26 Findings``."""
    return f"{venue.label} {venue.track}" if venue.track else venue.label


def parse_listed_venue(text: str) -> TitleVenue | None:
    """Returns the venue of a list, ``ICLR'26`` or ``ICLR 2026``; ``None`` without a year or for arXiv."""
    match = _WITH_YEAR.fullmatch(text.strip())
    venue = parse_venue(f"{match[1]}'{match[2][-2:]}" if match else text.strip())
    return venue if venue and venue.name.lower() != _PREPRINT else None


def is_due(begun_on: date, asked_on: date | None, today: date) -> bool:
    """True if one of :data:`RECHECK_DAYS` has passed since the paper was last requested."""
    passed = [day for days in RECHECK_DAYS if (day := begun_on + timedelta(days=days)) <= today]
    # only the latest day counts: a paper that is imported after a year is requested once, not three times
    return bool(passed) and (asked_on is None or asked_on < passed[-1])


def month_of(arxiv_id: str) -> date | None:
    """Returns the first day of the month in an arXiv id, or ``None`` if it has none."""
    match = _MONTH.match(arxiv_id)
    if match is None:
        return None
    year = int(match[1])
    return date(year + (1900 if year >= _FIRST_YEAR else 2000), int(match[2]), 1)

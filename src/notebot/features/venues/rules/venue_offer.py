"""A venue found for a paper that the archive has at arXiv: what is offered, and when a paper is asked for again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from notebot.core.model.offer import MOVE, Update, note_key
from notebot.core.note_format.title_line import ParsedTitle, TitleVenue, parse_title_line, parse_venue
from notebot.core.note_format.venue_labels import venue_labels
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.model.stub import Venue
    from notebot.core.note_format.phrases import Phrases

RECHECK_DAYS = (30, 90, 365)
"""After so many days a paper at arXiv is asked for again: comments change with a version, references at any time."""
_PREPRINT = "arxiv"
_MONTH = regex(r"(?:.*/)?(\d\d)(0[1-9]|1[0-2])")
_FIRST_YEAR = 91
_WITH_YEAR = regex(r"(\S(?:.*\S)?)\s+((?:19|20)\d\d)")


def at_arxiv(title_line: str) -> ParsedTitle | None:
    """The parts of a title line whose venue is ``arXiv'25``; any other line is the curator's last word."""
    parsed = parse_title_line(title_line)
    return parsed if parsed.venue and parsed.venue.name.lower() == _PREPRINT and parsed.venue.year else None


def full_year(venue: TitleVenue) -> int:
    """Four digits, where a title line may write two."""
    year = int(venue.year)
    if year >= 100:
        return year
    return year + (1900 if year >= _FIRST_YEAR else 2000)


def venue_update(number: int, title_line: str, label: str, why: str) -> Update | None:
    """The offer of a venue for a note, or none where its title line names one, or none could be written there.

    Args:
        label: as the title line is to have it, with year and track.
        why: the evidence; by it, an offer that was declined is known again.
    """
    parsed, wanted = at_arxiv(title_line), parse_venue(label)
    if parsed is None or parsed.venue is None or wanted is None or wanted.name.lower() == _PREPRINT:
        return None
    return Update(0, note_key(number), "venue", f"{parsed.venue.label}{MOVE}{label}", why, parsed.title)


def venue_why(venue: Venue, words: Phrases) -> str:
    """``備考「Accepted to ACL 2026」``"""
    source = words.found_in.get(venue.source, words.found_in["comment"])
    return words.said.format(source=source, text=venue.evidence or venue.label)


def venue_text(venue: Venue) -> str:
    """``ACL'26 Findings``"""
    return f"{venue.label} {venue.track}" if venue.track else venue.label


def describe_move(value: str, words: Phrases, safe: Callable[[str], str]) -> str | None:
    """How a digest shows a note's venue offer: both venues and the labels; ``None`` for a value of another form."""
    before, arrow, after = value.partition(MOVE)
    if not arrow:
        return None
    labels = ", ".join(venue_labels(parse_venue(after), ()))
    return words.moved.format(before=safe(before), after=safe(after), labels=safe(labels))


def parse_listed_venue(text: str) -> TitleVenue | None:
    """The venue of a whole list, ``ICLR'26`` or ``ICLR 2026``; none without a year, and arXiv is none."""
    found = _WITH_YEAR.fullmatch(text.strip())
    venue = parse_venue(f"{found[1]}'{found[2][-2:]}" if found else text.strip())
    return venue if venue and venue.name.lower() != _PREPRINT else None


def is_due(begun_on: date, asked_on: date | None, today: date) -> bool:
    """Whether one of :data:`RECHECK_DAYS` has passed since the paper was last asked for."""
    passed = [day for days in RECHECK_DAYS if (day := begun_on + timedelta(days=days)) <= today]
    return bool(passed) and (asked_on is None or asked_on < passed[-1])


def month_of(arxiv_id: str) -> date | None:
    """The first day of the month that an id names."""
    found = _MONTH.match(arxiv_id)
    if found is None:
        return None
    year = int(found[1])
    return date(year + (1900 if year >= _FIRST_YEAR else 2000), int(found[2]), 1)

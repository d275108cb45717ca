"""Publication dates of web pages, which may be only a year or a month."""

import re
from datetime import date

from msgspec import Struct

from notebot.core.text.patterns import regex

# 0001 and 1900 are what programs write if they know no date
_FIRST_YEAR = 1901
_LAST_YEAR = 2100
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MAX_LENGTH = 60
# second 0 of Unix time is a date that was lost, and no paper is from that day
_EPOCH = (1970, 1, 1)

_NAME = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_FORMS = tuple(
    regex(form, re.IGNORECASE | re.ASCII | re.VERBOSE)
    for form in (
        # 2025-07-08T15:44:34Z, 2025/7/8, 2025.07, 2025
        r"(?P<year>[0-9]{4}) (?: (?P<mark>[-/.]) (?P<month>[0-9]{1,2}) (?: (?P=mark) (?P<day>[0-9]{1,2}) )? )?"
        r" (?: [T ] [0-9:.+\-Z ]{1,30} (?:UTC|GMT|JST)? )?",
        r"(?P<year>[0-9]{4}) (?P<month>[0-9]{2}) (?P<day>[0-9]{2}) (?: T? [0-9]{4,6} [0-9+\-Z]{0,6} )?",
        r"(?P<year>[0-9]{4}) \s?年 (?: \s?(?P<month>[0-9]{1,2}) \s?月 (?: \s?(?P<day>[0-9]{1,2}) \s?日 )? )? .{0,20}",
        # Tue, 08 Jul 2025 15:44:34 GMT; 8 July 2025; July 2025
        rf"(?: [a-z]{{3,9}},?\s )? (?: (?P<day>[0-9]{{1,2}})[\s-] )? {_NAME} ,? [\s-] (?P<year>[0-9]{{4}})"
        r" (?: \s [0-9:.]{4,8} (?: \s [a-z0-9+\-]{1,5} )? )?",
        rf"(?: [a-z]{{3,9}},?\s )? {_NAME} \s (?P<day>[0-9]{{1,2}}) (?:st|nd|rd|th)? ,? \s (?P<year>[0-9]{{4}})"
        r" (?: \D .{0,30} )?",
    )
)


class PartialDate(Struct, frozen=True):
    """A date of which the day, or the month and the day, may be unknown."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def text(self) -> str:
        """The form at the end of a title line: ``2025.07``, or ``2025`` if the month is unknown."""
        return f"{self.year}" if self.month is None else f"{self.year}.{self.month:02d}"

    @property
    def on(self) -> date | None:
        """The full date, if the day is known."""
        return date(self.year, self.month, self.day) if self.month and self.day else None


def parse_partial_date(text: str) -> PartialDate | None:
    """The date that a text consists of, without time and zone; ``None`` if it is not a date.

    Ambiguous forms (``07/08/2025``) are not accepted, nor is 1970-01-01, which programs write if they have no date.
    """
    written = text.strip()
    if len(written) > _MAX_LENGTH:
        return None
    match = next((match for form in _FORMS if (match := form.fullmatch(written))), None)
    if match is None:
        return None
    parts = match.groupdict()
    year = int(parts["year"] or 0)
    month = _MONTHS.index(name.lower()) + 1 if (name := parts.get("name")) else int(parts.get("month") or 0)
    day = int(parts.get("day") or 0)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    if not month and not day:  # `2004-00-00` and plain `2004`
        return PartialDate(year)
    try:
        date(year, month, day or 1)
    except ValueError:
        return None
    # Many programs write the start of the Unix epoch for a missing date.
    return PartialDate(year, month, day or None) if (year, month, day) != _EPOCH else None

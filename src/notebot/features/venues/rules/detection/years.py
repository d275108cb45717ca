"""Finds the year of a venue next to its name; never an edition, a page or the year of the arXiv id."""

from notebot.core.text.patterns import regex

LAST_YEAR = 2049
"""The last plausible year if the paper's own year is unknown."""
_GLUED_SPAN = 15
"""How many years before the latest one two bare digits may mean."""
_FOUR = r"(?:19[6-9]\d|20[0-4]\d)"
_AFTER = regex(
    rf"[\s,:()\[\]/\-–—]{{0,4}}(?:(?P<four>{_FOUR})(?!\d)|['’‘`´]\s?(?P<short>\d\d)(?!\d)|"
    r"(?P<bare>\d\d)['’](?![A-Za-z])|(?P<glued>\d\d)(?![\d\w%]|[(:]\d|\s*(?:pages|page|pp|fig|tab|st|nd|rd|th)))"
)
_SHORT = regex(r"['’‘](\d\d)(?!\w)")
_BEFORE = regex(
    rf"\b(?P<four>{_FOUR})(?!\d)[\s,(]+(?:(?:[A-Z][\w/&-]*|\d+(?:st|nd|rd|th)|the|on|of|and)[\s,(]+){{0,7}}$"
)
_ANY = regex(rf"(?:(?<![\d.:/#])(?<!\d[\-–])|(?<=\b\d\d/))(?P<four>{_FOUR})(?!\d|:\d|[./–-]\d{{3,}})")
_NO_YEAR = regex(
    r"(?:\b(?:arXiv[:\s]*|pp?\.?\s*|pages?\s+|[Vv]ol(?:ume|\.)?\s*|[Nn]o\.?\s*|article\s+)|\d\s?[-–]+\s?)$"
)


def year_after(text: str, position: int, latest: int) -> tuple[int, int] | None:
    """Returns the year directly after a name, in any form (``2026``, ``'26``, ``26'``), and where the year ends.

    Two digits without an apostrophe count only directly after the name (``SDM25``, ``AAAI-26``) and only as a
    year that the paper may have: ``MICRO-58`` is the 58th edition.
    """
    match = _AFTER.match(text, position)
    if match is None:
        return None
    if match["four"]:
        return (int(match["four"]), match.end()) if int(match["four"]) <= latest else None
    # one hyphen may be between name and year (AAAI-26); after more, the digits are not a year
    if match["glued"] and match.start("glued") - position > 1:
        return None
    short = match["short"] or match["bare"] or match["glued"]
    year = int(short) + (2000 if int(short) <= latest % 100 else 1900)
    if match["glued"] and not (latest - _GLUED_SPAN if latest < LAST_YEAR else 1995) <= year <= latest:
        return None
    return year, match.end()


def year_before(text: str, start: int, position: int, latest: int) -> int | None:
    """Returns the year before a name if only words of the name are between: ``2026 IEEE 13th International …``."""
    match = _BEFORE.search(text[max(start, position - 90) : position])
    return int(match["four"]) if match and int(match["four"]) <= latest else None


def year_within(text: str, start: int, end: int, latest: int) -> int | None:
    """Returns the first four-digit year of a span that is not a page, a volume or part of another number."""
    for match in _ANY.finditer(text, start, end):
        year = int(match["four"])
        if year <= latest and not _NO_YEAR.search(text, max(start, match.start() - 12), match.start()):
            return year
    return None


def short_year_within(text: str, start: int, end: int, latest: int) -> int | None:
    """Returns the first two-digit year after an apostrophe: ``Conference Papers '25``."""
    match = _SHORT.search(text, start, end)
    year = 2000 + int(match[1]) if match else 0
    return year if match and year <= latest else None


def last_year(text: str, latest: int) -> int | None:
    """Returns the last year of a journal reference, which is the year of publication."""
    years = [
        int(match["four"])
        for match in _ANY.finditer(text)
        if int(match["four"]) <= latest and not _NO_YEAR.search(text, max(0, match.start() - 12), match.start())
    ]
    return years[-1] if years else None

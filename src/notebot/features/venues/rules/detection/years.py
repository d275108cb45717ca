"""The year of a venue: the number beside its name, never an edition, a page or the year of the arXiv id."""

from notebot.core.text.patterns import regex

LAST_YEAR = 2049
"""The last year believed where nothing is known of the paper's own."""
_GLUED_SPAN = 15
"""Years before the latest one that two bare digits may stand for."""
_FOUR = r"(?:19[6-9]\d|20[0-4]\d)"
_BEHIND = regex(
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


def year_behind(text: str, place: int, latest: int) -> tuple[int, int] | None:
    """The year that stands directly behind a name, in any of its forms (``2026``, ``'26``, ``26'``), and its end.

    Two digits without an apostrophe are read only glued to the name (``SDM25``, ``AAAI-26``) and only as a year
    that a paper may carry by ``latest``: ``MICRO-58`` is the fifty-eighth.
    """
    found = _BEHIND.match(text, place)
    if found is None:
        return None
    if found["four"]:
        return _plausible(int(found["four"]), latest, found.end())
    short = found["short"] or found["bare"] or found["glued"]
    if found["glued"] and found.start("glued") - place > 1:
        return None
    year = int(short) + (2000 if int(short) <= latest % 100 else 1900)
    if found["glued"] and not (latest - _GLUED_SPAN if latest < LAST_YEAR else 1995) <= year <= latest:
        return None
    return year, found.end()


def year_before(text: str, start: int, place: int, latest: int) -> int | None:
    """The year that stands before a name with only its own words between: ``2026 IEEE 13th International …``."""
    found = _BEFORE.search(text[max(start, place - 90) : place])
    return int(found["four"]) if found and int(found["four"]) <= latest else None


def year_within(text: str, start: int, end: int, latest: int) -> int | None:
    """The first four-digit year of a stretch that is neither page nor volume nor part of a number."""
    for found in _ANY.finditer(text, start, end):
        year = int(found["four"])
        if year <= latest and not _NO_YEAR.search(text, max(start, found.start() - 12), found.start()):
            return year
    return None


def short_year_within(text: str, start: int, end: int, latest: int) -> int | None:
    """The first year of two digits behind an apostrophe: ``Conference Papers '25``."""
    found = _SHORT.search(text, start, end)
    year = 2000 + int(found[1]) if found else 0
    return year if found and year <= latest else None


def last_year(text: str, latest: int) -> int | None:
    """The last year of a reference, where the year of print stands."""
    years = [
        int(found["four"])
        for found in _ANY.finditer(text)
        if int(found["four"]) <= latest and not _NO_YEAR.search(text, max(0, found.start() - 12), found.start())
    ]
    return years[-1] if years else None


def _plausible(year: int, latest: int, end: int) -> tuple[int, int] | None:
    return (year, end) if year <= latest else None

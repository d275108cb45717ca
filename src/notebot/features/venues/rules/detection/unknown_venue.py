"""Names that the table does not hold, read only beside a word of acceptance or a phrase of proceedings."""

import re

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.venue_table import VenueKind
from notebot.features.venues.rules.detection.venue_title_shape import (
    follows_title,
    is_no_name,
    is_of_event,
    is_place,
    kind_of,
    looks_like_title,
    shouts,
    title_at,
)
from notebot.features.venues.rules.detection.workshops import short_name
from notebot.features.venues.rules.detection.years import last_year, year_behind, year_within

_REACH = 260
"""Characters behind a word of acceptance in which the name must stand."""
_REACH_BEFORE = 60
_SKIPPED = regex(
    r"(?:[\s,:()\[\]]+|proc\.|(?:as|an?|the|for|in|at|to|by|on|of|into|with|and|this|be|will|is|it|has|been|was|its|our|"
    r"publication|presentations?|present|presented|presenting|published|publish|appear|included|inclusion|oral|poster|"
    r"spotlight|full|short|long|regular|research|demo|(?-i:conference|journal|annual)|papers?|article|contribution|"
    r"talk|accepted|upcoming|forthcoming|pro+ce+dings?|proc|special|issue|prestigious|main|track|lightning|lecture|"
    r"invited|camera-ready|version|peer-reviewed|final|form|revised|extended|abstract|edition|recently|"
    r"(?:19|20)\d\d|[IVX]+(?=\s)|\d+\s?-?(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|"
    r"tenth|eleventh|twelfth|(?:twenty|thirty|forty|fifty|sixty)[- ]\w+)\b(?!\.\w))*",
    re.IGNORECASE,
)
"""What may stand between the word and the name."""
_UNCAPPED = regex(
    r"(?:(?:international|annual|joint|national|european)\s+){0,3}(?:conference|symposium|congress|workshop)s?\s+"
    r"(?:on|of|for)\s",
    re.IGNORECASE,
)
_OWNERS = r"(?:(?:IEEE|ACM|SIAM|AAAI|USENIX|IEEE/CVF|ACM/IEEE|IEEE/ACM|IFIP|IEEE/RSJ|Springer|Elsevier)\s+)"
_ACRONYM = r"[A-Z0-9*][A-Za-z0-9*+&/.-]*"
_YEAR = r"(?:(?:19|20)?\d\d)(?!\d)"
_LEADING = regex(
    rf"{_OWNERS}?(?P<name>{_ACRONYM}(?:[ ][A-Z][\w-]*){{0,3}}?)(?:(?=[\s,'’:(-]+{_YEAR})|(?<!\d)(?={_YEAR}))"
)
_COLON = regex(rf"{_OWNERS}?(?P<name>[A-Z][\w-]*[A-Z][\w-]*)\s*:\s")
_SHOUTED = regex(rf"{_OWNERS}?(?P<name>[A-Z][A-Za-z0-9-]*[A-Z][A-Za-z0-9-]*(?:\s[A-Z]{{2,8}}(?![\w.]))?)(?=[\s,.)(]|$)")
_PAREN = regex(
    rf"\(\s*(?:{_OWNERS}|the\s+)?(?P<name>[a-z]?{_ACRONYM}(?:\s[A-Z][\w-]*){{0,2}}?)"
    r"[\s,'’:-]*(?:(?P<year>(?:19|20)\d\d)|(?P<yy>\d\d))?\s*\)"
)
_EVENT = regex(
    r"\b(?:(?:Conference|Symposium|Workshops?|Congress|Colloquium|Meeting|Consortium|Forum|Convention|Summit)\b|Conf\.)"
    r"[^.;|(]{0,160}(?=\()",
    re.IGNORECASE,
)
_NAME_THEN_YEAR = regex(
    r"(?P<name>[A-Z][A-Za-z0-9*+&/.-]*(?:\s[A-Z][\w-]*){0,2})[\s'’-]*(?P<year>(?:19|20)\d\d)[\s(,:-]*$"
)
_PROSE = regex(r";|\bpages?\b|\bcode\b|\bheld\b|\bco-?located\b|\bconjunction\b")
_TRACK = regex(r"\strack\b", re.IGNORECASE)
_WORKSHOP = regex(r"\bworkshops?\b", re.IGNORECASE)
_ON = regex(r"^\s*(?:on|for|of)\s")
_IN = regex(r"\bin\b")
_TITLE_STOPS = regex(r"\s*(?:[.,;(]|\d|$)|\s[Jj]ournal\b")
_PLACE_BEHIND = regex(
    r"^([A-Z][A-Z0-9-]{2,}) (?!Con|Cup|Edu|Day|Week|Forum|Sym|Work|Sum|Chall|Asia|Europe)[A-Z][a-z]{2,}$"
)
_TITLE_GOES_ON = regex(r"\s(?:on|of|for)\s")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:[a-z]{3,6})?\.?"
_TRAILING = regex(rf"(?:\s(?:20\d\d|[Cc]onf\.?|(?:in\s)?{_MONTH})|[-'’/])+$")
_GLUED = regex(r"(?<=[A-Za-z])\d\d$")
_GLUED_SPAN = 4
"""Years before the latest one that two digits glued to a name may stand for; others count editions."""
_HELD_IN = regex(r"(\b(?:Conference|Symposium|Congress|Meeting|Workshop))\sin\s[A-Z][a-z]+(?=,|$)")
_LISTED = regex(r"(?:\band|&)\s|^Series\b")
_BARE = regex(
    r"(?:^|,)\s*(?:(?:IEEE|ACM|The)\s)?(?P<name>[A-Z][A-Za-z0-9*+&/-]*[A-Z][A-Za-z0-9*+&/-]*?)"
    r"[\s-]?['’]?(?P<year>20\d\d|(?<=['’])\d\d|(?<=[A-Za-z])\d\d)\s*"
    r"(?=,|$|(?i:\((?:oral|spotlight|highlight|poster|best paper)|:[^,]*\b(?:conference|symposium|workshop)\b))"
)
_BARE_JOURNAL = regex(
    r"\s*(?P<name>(?:[A-Z][\w-]*\s){0,4}(?:Journal|Transactions|Letters)\s(?:of|on|in)\s[A-Z][^,;:()\d]{3,70}?),?\s\(?"
    r"(?P<year>20\d\d)\)?\s*"
)
_ABBREVIATED = regex(
    r"(?P<name>(?:(?:[A-Z][A-Za-z&-]*|of|the|and|for|in|on)(?![A-Za-z&-])[.:]?\s?){1,10}?)[\s,]*"
    r"(?=\d|\(|[Vv]ol|[Nn]o\b)"
)


class OutsideName(Struct, frozen=True):
    """A venue's name as the authors spell it, and the span of the text that it was read from."""

    name: str
    kind: VenueKind
    year: int | None
    start: int
    end: int


def read_object(text: str, place: int, end: int, latest: int, *, shown: bool = False) -> OutsideName | None:
    """The venue named behind a word of acceptance that ends at ``place``, within its statement.

    Args:
        latest: the last year that the paper may carry.
        shown: the word said no more than ``published`` or ``presented``, so that the name must look like a venue's.
    """
    end = min(end, place + _REACH)
    skipped = _SKIPPED.match(text, place, end)
    start = skipped.end() if skipped else place
    if start >= end or not (text[start].isupper() or text[start] in "0123456789*" or _UNCAPPED.match(text, start)):
        return None
    found = (
        _in_parentheses(text, start, end, latest)
        or _with_year(text, start, end, latest)
        or _alone(text, start, end, latest)
        or _by_title(text, start, end, strict=shown and not _IN.search(text, place, start))
    )
    if found is None:
        return None
    early = year_within(text, place, start, latest)
    return replace(found, year=found.year or early or year_within(text, found.end, end, latest))


def read_event(text: str, start: int, end: int, latest: int) -> OutsideName | None:
    """``… Conference on … (ICTT 2025)``: a phrase of proceedings that needs no verb, but a year."""
    for event in _EVENT.finditer(text, start, end):
        found = _PAREN.match(text, event.end(), end)
        if found is not None and shouts(found["name"]) and not is_no_name(found["name"]):
            name, year = _parted(found, latest)
            year = year or year_within(text, start, end, latest)
            return OutsideName(name, VenueKind.CONFERENCE, year, start, found.end())
    return None


def read_bare(text: str, start: int, end: int, latest: int) -> OutsideName | None:
    """``ICTT 2025`` and nothing more between two commas: a name with its year counts as accepted."""
    printed = _BARE_JOURNAL.fullmatch(text, start, end)
    if printed is not None and int(printed["year"]) <= latest:
        year = int(printed["year"])
        return OutsideName(printed["name"], VenueKind.JOURNAL, year, printed.start("name"), printed.end("year"))
    found = _BARE.search(text[start:end])
    if found is None or is_no_name(found["name"]):
        return None
    year = int(found["year"]) % 100 + 2000
    if year > latest or (len(found["year"]) == 2 and year < latest - _GLUED_SPAN):
        return None
    first, last = start + found.start("name"), start + found.end("year")
    return OutsideName(found["name"], VenueKind.CONFERENCE, year, first, last)


def read_before(text: str, start: int, place: int, latest: int) -> OutsideName | None:
    """``ICTT 2025 (accepted for publication)``: a name with its year right before the word of acceptance."""
    start = max(start, place - _REACH_BEFORE)
    found = _NAME_THEN_YEAR.search(text[start:place])
    if found is None or int(found["year"]) > latest or is_no_name(found["name"]):
        return None
    first, last = start + found.start(), start + found.end("year")
    return OutsideName(found["name"], VenueKind.CONFERENCE, int(found["year"]), first, last)


def read_reference(text: str, latest: int) -> OutsideName | None:
    """The name at the head of a journal reference, which counts only with the year of print."""
    short = _ABBREVIATED.match(text)
    name = short["name"].strip(" .,:") if short else ""
    if "." in name and not is_of_event(name) and "Proc" not in name:
        found: OutsideName | None = OutsideName(name, VenueKind.JOURNAL, None, 0, len(name))
    else:
        found = read_object(text, 0, len(text), latest)
    if found is None:
        return None
    written = found.year if str(found.year) in text else None  # ``Chaos 15, 1103 (2005)`` has a volume there
    year = written or last_year(text, latest) or found.year
    return replace(found, year=year) if year else None


def _in_parentheses(text: str, start: int, end: int, latest: int) -> OutsideName | None:
    """``Conference on Talking Teapots (ICTT 2025)``."""
    for found in _PAREN.finditer(text, start, end):
        title = text[start : found.start()]
        if _PROSE.search(title):
            return None
        if _TRACK.match(text, found.end()):
            continue
        name, year = _parted(found, latest)
        if len(title.split()) >= 3 and shouts(name) and not is_no_name(name):
            year = year or year_within(text, start, found.start(), latest)
            return OutsideName(name, kind_of(title), year, start, found.end())
    return None


def _with_year(text: str, start: int, end: int, latest: int) -> OutsideName | None:
    """``ICTT 2025``, ``ICTT'25``, ``Canadian AI 2026``; the owner stays where the name is no acronym."""
    found = _LEADING.match(text, start, end)
    year = year_behind(text, found.end("name"), latest) if found else None
    if found is None or year is None:
        return None
    own = any(shouts(word) for word in found["name"].split())
    name = _PLACE_BEHIND.sub(r"\1", _trim(found["name"])) if own else _trim(text[start : found.end("name")])
    return None if is_no_name(name) else OutsideName(name, kind_of(name), year[0], start, year[1])


def _alone(text: str, start: int, end: int, latest: int) -> OutsideName | None:
    """``CAC: Applied Computing …`` and an acronym that nothing of a title follows."""
    for pattern in (_COLON, _SHOUTED):
        found = pattern.match(text, start, end)
        if found is not None and not follows_title(text, found.end()) and not is_no_name(found["name"]):
            name, year = _unglued(found["name"], latest)
            return OutsideName(name, VenueKind.CONFERENCE, year, start, found.end("name"))
    return None


def _by_title(text: str, start: int, end: int, *, strict: bool) -> OutsideName | None:
    title = title_at(text, start, end)
    last = start + len(title)
    if (len(title) < 6 and not shouts(title)) or is_place(title) or is_no_name(title):
        return None
    if _TITLE_GOES_ON.match(text, last):
        return None
    if _WORKSHOP.search(text, start, min(last + 12, end)):
        name = _workshop_name(text[start:end])
        return OutsideName(name, VenueKind.WORKSHOP, None, start, last) if name else None
    if not looks_like_title(title) and (strict or not _TITLE_STOPS.match(text, last, end)):
        return None
    acronym = title.rpartition(", ")[2]
    name = acronym if _SHOUTED.fullmatch(acronym) else _trim(_without_place(title))
    return None if is_no_name(name) else OutsideName(name, kind_of(name), None, start, last)


def _workshop_name(text: str) -> str:
    """Its acronym or adjective stands before the word, its title before or behind it."""
    before, after = _WORKSHOP.split(text, maxsplit=1)
    own, told = short_name(before), short_name(_ON.sub("", after)) if _ON.match(after) else ""
    return told if told and not any(shouts(word) for word in own.split()) else own


def _parted(found: re.Match[str], latest: int) -> tuple[str, int | None]:
    """The acronym and the year of a parenthesis; both may be written as one word (``ISER2025``)."""
    name = re.sub(r"[\s'’-]*(?:19|20)\d\d$|['’]\d\d$", "", found["name"])
    if name == found["name"] and not (found["year"] or found["yy"]):
        return _unglued(name, latest)
    glued = re.search(r"(?:19|20)\d\d$", found["name"])
    told = found["year"] or (glued[0] if glued else None) or (f"20{found['yy']}" if found["yy"] else None)
    year = int(told) if told else None
    return name, year if year is not None and year <= latest else None


def _unglued(name: str, latest: int) -> tuple[str, int | None]:
    """``TEA25`` is of 2025, but ``TEA13`` is the thirteenth."""
    found = _GLUED.search(name)
    year = 2000 + int(found[0]) if found else 0
    return (name[: found.start()], year) if found and latest - _GLUED_SPAN <= year <= latest else (name, None)


def _without_place(title: str) -> str:
    """A title without what stands behind its own list: ``Tea, Cups, and Pots, October``, ``Tea Symposium, Kyoto``."""
    parts = _HELD_IN.sub(r"\1", title).split(", ")
    listed = next((at for at, part in enumerate(parts) if at and _LISTED.search(part)), 0)
    return ", ".join(parts[: listed + 1])


def _trim(name: str) -> str:
    return _TRAILING.sub("", name).rstrip(" ,.:")

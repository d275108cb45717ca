"""Reads venues that are not in the table, next to a marker or in the title of an event."""

import re

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.venue_table import VenueKind
from notebot.features.venues.rules.detection.venue_title_shape import (
    guess_kind,
    is_institution,
    is_not_a_venue,
    looks_like_acronym,
    looks_like_venue_title,
    names_event,
    title_at,
    title_continues,
)
from notebot.features.venues.rules.detection.word_lists import word_regex
from notebot.features.venues.rules.detection.workshops import short_name
from notebot.features.venues.rules.detection.years import last_year, year_after, year_within

_REACH = 260
"""Characters after a marker in which the name must begin and end."""
_REACH_BEFORE = 60
_SKIPPED = word_regex(
    r"(?:[\s,:()\[\]]+|proc\.|(?:<<between_marker_and_name>>|(?-i:conference|journal|annual|its)|pro+ce+dings?|"
    r"(?:19|20)\d\d|[IVX]+(?=\s)|\d+\s?-?(?:st|nd|rd|th)|<<ordinals>>|"
    r"(?:twenty|thirty|forty|fifty|sixty)[- ]\w+)\b(?!\.\w))*+",
    re.IGNORECASE,
)
"""Text that may appear between the marker and the name."""
_PLACE_OF_EVENT = regex(r"\b(?:conference|workshop|meeting|symposium)\sin\s$", re.IGNORECASE)
"""``a conference in Kyoto``: the words after it are a place, not a venue."""
_UNCAPPED = regex(
    r"(?:(?:international|annual|joint|national|european)\s+){0,3}(?:conference|symposium|congress|workshop)s?\s+"
    r"(?:on|of|for)\s",
    re.IGNORECASE,
)
_OWNERS = r"(?:(?:<<organisers>>)\s+)"
_ACRONYM = r"[A-Z0-9*][A-Za-z0-9*+&/.-]*"
_YEAR = r"(?:(?:19|20)?\d\d)(?!\d)"
_LEADING = word_regex(
    rf"{_OWNERS}?(?P<name>{_ACRONYM}(?:[ ][A-Z][\w-]*){{0,3}}?)(?:(?=[\s,'’:(-]+{_YEAR})|(?<!\d)(?={_YEAR}))"
)
# A lookahead finds the second capital: a pattern such as `[A-Z]\w*[A-Z]\w*` tries every capital of a long name.
_COLON = word_regex(rf"{_OWNERS}?(?P<name>(?=[A-Z](?:[^\WA-Z]|-)*[A-Z])[A-Z][\w-]*+)\s?:\s")
_SHOUTED = word_regex(
    rf"{_OWNERS}?(?P<name>(?=[A-Z][a-z0-9-]*[A-Z])[A-Z][A-Za-z0-9-]*+(?:\s[A-Z]{{2,8}}(?![\w.]))?)(?=[\s,.)(]|$)"
)
_PAREN = word_regex(
    rf"\(\s?(?:{_OWNERS}|the\s+)?(?P<name>[a-z]?{_ACRONYM}(?:\s[A-Z][\w-]*){{0,2}}?)"
    r"[\s,'’:-]{0,5}(?:(?P<year>(?:19|20)\d\d)|(?P<yy>\d\d))?\s?\)"
)
_EVENT = regex(
    r"\b(?:(?:Conference|Symposium|Workshops?|Congress|Colloquium|Meeting|Consortium|Forum|Convention|Summit)\b|Conf\.)"
    r"[^.;|(]{0,160}(?=\()",
    re.IGNORECASE,
)
_NAME_THEN_YEAR = regex(
    r"(?P<name>[A-Z][A-Za-z0-9*+&/.-]*(?:\s[A-Z][\w-]*){0,2})[\s'’-]{0,5}(?P<year>(?:19|20)\d\d)[\s(,:-]{0,5}$"
)
_PROSE = regex(r";|\bpages?\b|\bcode\b|\bheld\b|\bco-?located\b|\bconjunction\b")
_TRACK = regex(r"\strack\b", re.IGNORECASE)
_WORKSHOP = regex(r"\bworkshops?\b", re.IGNORECASE)
_ON = regex(r"^\s*(?:on|for|of)\s")
_IN = regex(r"\bin\b")
_TITLE_STOPS = regex(r"\s*(?:[.,;(]|\d|$)|\s[Jj]ournal\b")
_PLACE_AFTER = word_regex(r"^([A-Z][A-Z0-9-]{2,}) (?!<<after_acronym>>)[A-Z][a-z]{2,}$")
_TITLE_GOES_ON = regex(r"\s(?:on|of|for)\s")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:[a-z]{3,6})?\.?"
_TRAILING = regex(rf"(?:\s(?:20\d\d|[Cc]onf\.?|(?:in\s)?{_MONTH})|[-'’/])++$")
_GLUED = regex(r"(?<=[A-Za-z])\d\d$")
_GLUED_SPAN = 4
"""Two digits directly after a name are a year if it is at most this many years before the latest; else an edition."""
_HELD_IN = regex(r"(\b(?:Conference|Symposium|Congress|Meeting|Workshop))\sin\s[A-Z][a-z]+(?=,|$)")
_LISTED = regex(r"(?:\band|&)\s|^Series\b")
_BARE = regex(
    r"(?:^|,)\s?(?:(?:IEEE|ACM|The)\s)?(?P<name>(?=[A-Z][a-z0-9*+&/-]*[A-Z])[A-Z][A-Za-z0-9*+&/-]*?)"
    r"[\s-]?['’]?(?P<year>20\d\d|(?<=['’])\d\d|(?<=[A-Za-z])\d\d)\s?"
    r"(?=,|$|(?i:\((?:oral|spotlight|highlight|poster|best paper)|"
    r"\s?[:(–—-]\s?[^,;]{0,80}?\b(?:conference|symposium|workshop|congress)\b))"
)
_BEFORE_TITLE = word_regex(
    r"(?:(?:workshop|conference|poster|short|full|oral|demo)\s(?:paper|presentation|talk)?\s?(?:at|in|for)\s)?"
    r"(?:(?:the|in|at|proceedings\sof)\s)*+(?:(?:20\d\d|\d+\s?(?:st|nd|rd|th)|<<ordinals>>|annual)\s)*+",
    re.IGNORECASE,
)
"""Words before the title of an event that are not a part of it."""
_DATE_AND_YEAR = regex(
    rf"[\s,(]{{1,3}}+(?:(?:{_MONTH}|\d{{1,2}}(?!\d)(?:\s?[-–]\s?\d{{1,2}}(?!\d))?)[\s,]{{1,2}}+){{0,3}}+(20\d\d)(?!\d)"
)
_EVENT_OF = regex(r"\b(?:Conference|Symposium|Workshop|Congress|Colloquium|Meeting)\s(?:on|of|for|in)\s")
_CALLED_CONFERENCE = regex(r"\b[Cc]onference(?:\s?:|\sat)?\s(?=[A-Z])")
_OWNED = regex(r"(?:^|,\s)(?P<name>(?:SPIE|IEEE|ACM)(?:\s[A-Z][a-z]+){1,4})[\s,]{1,2}(?P<year>20\d\d)\s?(?=,|$)")
_OWNED_IN_SMALL_LETTERS = regex(r"(?P<owner>IEEE|ACM|SPIE)\s(?P<words>(?:[a-z]+\s){1,3})(?P<year>20\d\d)(?!\d)")

_BARE_JOURNAL = regex(
    r"\s*(?P<name>(?:[A-Z][\w-]*\s){0,4}(?:Journal|Transactions|Letters)\s(?:of|on|in)\s[A-Z][^,;:()\d]{3,70}?),?\s\(?"
    r"(?P<year>20\d\d)\)?\s*"
)
_ABBREVIATED = regex(
    r"(?P<name>(?:(?:[A-Z][A-Za-z&-]*|of|the|and|for|in|on)(?![A-Za-z&-])[.:]?\s?){1,10}?)[\s,]*"
    r"(?=\d|\(|[Vv]ol|[Nn]o\b)"
)


class UnknownVenue(Struct, frozen=True):
    """A venue's name as the authors spell it, and the span of the text that it was read from."""

    name: str
    kind: VenueKind
    year: int | None
    start: int
    end: int


def read_after_marker(text: str, position: int, end: int, latest: int, *, weak: bool = False) -> UnknownVenue | None:
    """Returns the venue named after a marker that ends at ``position``.

    Args:
        end: where the clause ends.
        latest: the last year that the paper may have.
        weak: the marker was only ``published`` or ``presented``, so the name must look like a venue's.
    """
    end = min(end, position + _REACH)
    skipped = _SKIPPED.match(text, position, end)
    start = skipped.end() if skipped else position
    if (
        start >= end
        or _PLACE_OF_EVENT.search(text, position, start)
        or not (text[start].isupper() or text[start] in "0123456789*" or _UNCAPPED.match(text, start))
    ):
        return None
    # from the most to the least certain form
    venue = (
        _in_parentheses(text, start, end, latest)
        or _with_year(text, start, end, latest)
        or _acronym_alone(text, start, end, latest)
        or _by_title(text, start, end, strict=weak and not _IN.search(text, position, start))
        or _in_small_letters(text, start, end, latest)
    )
    if venue is None:
        return None
    early = year_within(text, position, start, latest)
    return replace(venue, year=venue.year or early or year_within(text, venue.end, end, latest))


def read_event_title(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Returns ``ICTT`` for ``… Conference on … (ICTT 2025)``, which needs no marker."""
    for event in _EVENT.finditer(text, start, end):
        match = _PAREN.match(text, event.end(), end)
        if match is not None and looks_like_acronym(match["name"]) and not is_not_a_venue(match["name"]):
            name, year = _split_name_and_year(match, latest)
            year = year or year_within(text, start, end, latest)
            return UnknownVenue(name, VenueKind.CONFERENCE, year, start, match.end())
    return None


def read_bare_name(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Returns the name in ``ICTT 2025`` between two commas; a name with its year counts as accepted."""
    printed = _BARE_JOURNAL.fullmatch(text, start, end)
    if printed is not None and int(printed["year"]) <= latest:
        year = int(printed["year"])
        return UnknownVenue(printed["name"], VenueKind.JOURNAL, year, printed.start("name"), printed.end("year"))
    match = _BARE.search(text[start:end]) or _OWNED.search(text[start:end])
    if match is None or is_not_a_venue(match["name"]):
        return None
    year = int(match["year"]) % 100 + 2000
    if year > latest or (len(match["year"]) == 2 and year < latest - _GLUED_SPAN):
        return None
    first, last = start + match.start("name"), start + match.end("year")
    return UnknownVenue(match["name"], VenueKind.CONFERENCE, year, first, last)


def read_called_event(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Returns a name with its year that the comment itself calls a conference: ``Conference: ICTT Kyoto 2025``."""
    for call in _CALLED_CONFERENCE.finditer(text, start, end):
        venue = _with_year(text, call.end(), end, latest)
        if venue is not None:
            return venue
    return None


def read_dated_title(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Returns ``Conference on Talking Teapots`` for a part of the clause that is this title and its year."""
    at = start
    while at < end:
        skipped = _BEFORE_TITLE.match(text, at, end)
        first = skipped.end() if skipped else at
        last = first + len(title_at(text, first, end))
        dated = _DATE_AND_YEAR.match(text, last, end)
        if dated is not None and _EVENT_OF.search(text, first, last) and int(dated[1]) <= latest:
            venue = _by_title(text, first, end, strict=True)
            if venue is not None:
                *_, final = venue.name.split()
                if len(final) > 2 and final.isupper():
                    venue = replace(venue, name=final)  # "Conference on Inventive Systems and Control ICISC 2025"
                return replace(venue, year=int(dated[1]), start=first, end=max(venue.end, dated.end()))
        comma = text.find(", ", at, end)
        at = comma + 2 if comma >= 0 else end
    return None


def read_before_marker(text: str, start: int, position: int, latest: int) -> UnknownVenue | None:
    """Returns the name in ``ICTT 2025 (accepted for publication)``, with its year directly before the marker."""
    start = max(start, position - _REACH_BEFORE)
    match = _NAME_THEN_YEAR.search(text[start:position])
    if match is None or int(match["year"]) > latest or is_not_a_venue(match["name"]):
        return None
    first, last = start + match.start(), start + match.end("year")
    return UnknownVenue(match["name"], VenueKind.CONFERENCE, int(match["year"]), first, last)


def read_reference(text: str, latest: int) -> UnknownVenue | None:
    """Returns the name at the start of a journal reference, which counts only with the year of publication."""
    short = _ABBREVIATED.match(text)
    name = short["name"].strip(" .,:") if short else ""
    if "." in name and not names_event(name) and "Proc" not in name:
        venue: UnknownVenue | None = UnknownVenue(name, VenueKind.JOURNAL, None, 0, len(name))
    else:
        venue = read_after_marker(text, 0, len(text), latest)
    if venue is None:
        return None
    # a year that is not written out may be a volume: "Chaos 15, 1103 (2005)"
    written = venue.year if str(venue.year) in text else None
    year = written or last_year(text, latest) or venue.year
    return replace(venue, year=year) if year else None


def _in_parentheses(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Reads ``Conference on Talking Teapots (ICTT 2025)``."""
    for match in _PAREN.finditer(text, start, end):
        title = text[start : match.start()]
        if _PROSE.search(title):
            return None
        if _TRACK.match(text, match.end()):
            continue
        name, year = _split_name_and_year(match, latest)
        if len(title.split()) >= 3 and looks_like_acronym(name) and not is_not_a_venue(name):
            year = year or year_within(text, start, match.start(), latest)
            return UnknownVenue(name, guess_kind(title), year, start, match.end())
    return None


def _with_year(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Reads ``ICTT 2025``, ``ICTT'25`` and ``Canadian AI 2026``."""
    match = _LEADING.match(text, start, end)
    year = year_after(text, match.end("name"), latest) if match else None
    if match is None or year is None:
        return None
    if any(looks_like_acronym(word) for word in match["name"].split()):
        name = _PLACE_AFTER.sub(r"\1", _trim(match["name"]))
    else:
        # without an acronym the organiser belongs to the name: "IEEE Big Data 2025"
        name = _trim(text[start : match.end("name")])
    return None if is_not_a_venue(name) else UnknownVenue(name, guess_kind(name), year[0], start, year[1])


def _acronym_alone(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Reads ``CAC: Applied Computing …``, and an acronym after which no title continues."""
    for pattern in (_COLON, _SHOUTED):
        match = pattern.match(text, start, end)
        if match is not None and not title_continues(text, match.end()) and not is_not_a_venue(match["name"]):
            name, year = _split_glued_year(match["name"], latest)
            return UnknownVenue(name, VenueKind.CONFERENCE, year, start, match.end("name"))
    return None


def _by_title(text: str, start: int, end: int, *, strict: bool) -> UnknownVenue | None:
    """Reads a title that has no acronym.

    Args:
        strict: it must contain a word for events or journals.
    """
    title = title_at(text, start, end)
    last = start + len(title)
    if (len(title) < 6 and not looks_like_acronym(title)) or is_institution(title) or is_not_a_venue(title):
        return None
    if _TITLE_GOES_ON.match(text, last):
        return None
    if _WORKSHOP.search(text, start, min(last + 12, end)):
        # the acronym is before the word, the title before or after it: "SPIKE Workshop", "Workshop on Spikes"
        before, after = _WORKSHOP.split(text[start:end], maxsplit=1)
        own, title = short_name(before), short_name(_ON.sub("", after)) if _ON.match(after) else ""
        name = title if title and not any(looks_like_acronym(word) for word in own.split()) else own
        return UnknownVenue(name, VenueKind.WORKSHOP, None, start, last) if name else None
    if not looks_like_venue_title(title) and (strict or not _TITLE_STOPS.match(text, last, end)):
        return None
    name = title.rpartition(", ")[2]
    if not _SHOUTED.fullmatch(name):
        # a place or month after the title is not a part of it, but a list is:
        # "Tea Symposium, Kyoto", "Tea, Cups, and Pots, October"
        parts = _HELD_IN.sub(r"\1", title).split(", ")
        listed = next((at for at, part in enumerate(parts) if at and _LISTED.search(part)), 0)
        name = _trim(", ".join(parts[: listed + 1]))
    return None if is_not_a_venue(name) else UnknownVenue(name, guess_kind(name), None, start, last)


def _in_small_letters(text: str, start: int, end: int, latest: int) -> UnknownVenue | None:
    """Reads ``IEEE quantum week 2026``, as notes spell it: ``IEEE Quantum Week``."""
    match = _OWNED_IN_SMALL_LETTERS.match(text, start, end)
    if match is None or int(match["year"]) > latest:
        return None
    name = " ".join([match["owner"], *(word.capitalize() for word in match["words"].split())])
    return UnknownVenue(name, VenueKind.CONFERENCE, int(match["year"]), start, match.end())


def _split_name_and_year(match: re.Match[str], latest: int) -> tuple[str, int | None]:
    """Splits the content of a parenthesis; name and year may be one word (``ISER2025``)."""
    name = re.sub(r"[\s'’-]*(?:19|20)\d\d$|['’]\d\d$", "", match["name"])
    if name == match["name"] and not (match["year"] or match["yy"]):
        return _split_glued_year(name, latest)
    glued = re.search(r"(?:19|20)\d\d$", match["name"])
    digits = match["year"] or (glued[0] if glued else None) or (f"20{match['yy']}" if match["yy"] else None)
    year = int(digits) if digits else None
    return name, year if year is not None and year <= latest else None


def _split_glued_year(name: str, latest: int) -> tuple[str, int | None]:
    """Splits ``TEA25`` into name and year; ``TEA13`` is the 13th edition."""
    match = _GLUED.search(name)
    year = 2000 + int(match[0]) if match else 0
    if match and latest - _GLUED_SPAN <= year <= latest:
        return name[: match.start()], year
    return name, None


def _trim(name: str) -> str:
    return _TRAILING.sub("", name).rstrip(" ,.:")

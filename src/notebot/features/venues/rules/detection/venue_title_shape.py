"""Recognises the title of a venue that is not in the table by its form."""

import re

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.venue_table import VenueKind
from notebot.features.venues.rules.detection.word_lists import word_regex

_JOURNAL = word_regex(r"\b(?:<<journal_words>>)\b")
_EVENT = word_regex(r"\b(?:<<event_words>>)s?\b", re.IGNORECASE)
_TITLE = regex(r"[A-Z][\w'’&/.+-]*(?:,?\s(?:(?:of|on|the|in|for|and|to|&|de|et|with)\s){0,3}[A-Z(&][\w'’&/.+-]*){0,16}")
_TITLE_END = word_regex(
    r",\s(?:<<title_ends_at>>)\b|\s*[(\[;]|,?\s*(?:19|20)\d\d|"
    r",\s*(?:[Vv]ol|[Nn]o|pp|to\s|DOI|[Ss]pecial|[Ii]ssue)|\.\s|,\s+\d|[.:!]$"
)
_FOLLOWS = regex(r"\s(?:anthology\b|&\s[A-Z][a-z]|of\s|on\s|the\s|for\s|[A-Z][a-z])")
_PEOPLE = regex(r"[A-Z][\w'’-]+,? (?:[A-Z]\.[ -]?)+,")
_INSTITUTION = regex(r"\b(?:Universit\w+|Institute|Department|School of|Laborator\w+|College|Press)\b")
_SERIES = regex(r"(?:(?:Lecture )?Notes in|Communications in Computer and Information|CEUR Workshop|Springer Lecture)")
_NOT_A_NAME = word_regex(r"(?:<<not_a_name>>|\d+|cc-by[\w-]*)[.:]?", re.IGNORECASE)


def title_at(text: str, start: int, end: int) -> str:
    """Returns the capitalised words from a position on, with small words between; empty if there are none."""
    match = _TITLE.match(text, start, end)
    if match is None:
        return ""
    cut = _TITLE_END.search(match[0])
    return (match[0][: cut.start()] if cut else match[0]).rstrip(" ,.:(&")


def guess_kind(title: str) -> VenueKind:
    """Returns JOURNAL if the title has a word of journals and no word of events."""
    return VenueKind.JOURNAL if _JOURNAL.search(title) and not _EVENT.search(title) else VenueKind.CONFERENCE


def names_event(title: str) -> bool:
    """True if the title contains a word for an event, such as ``Symposium``."""
    return _EVENT.search(title) is not None


def looks_like_venue_title(title: str) -> bool:
    """True if the title contains a word for events or for journals."""
    return names_event(title) or _JOURNAL.search(title) is not None


def is_institution(title: str) -> bool:
    """True for a university or publisher; ``Journal of the … Institute`` is a journal."""
    return _INSTITUTION.search(title) is not None and not title.startswith("Journal of ")


def title_continues(text: str, position: int) -> bool:
    """True if more of a title follows: ``IET Image Processing`` is not ``IET``."""
    return _FOLLOWS.match(text, position) is not None


def looks_like_acronym(name: str) -> bool:
    """True if the name has at least two capital letters."""
    return sum(letter.isupper() for letter in name) >= 2


def is_not_a_venue(name: str) -> bool:
    """True for publishers, months, authors, book series and other words that may appear in place of a name."""
    if not any(letter.isalpha() for letter in name):
        return True
    if all(_NOT_A_NAME.fullmatch(word) for word in name.replace(",", " ").split()):
        return True
    return _SERIES.match(name) is not None or _PEOPLE.match(name) is not None

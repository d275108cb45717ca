"""What a venue's title looks like where the table does not know it."""

import re

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.venue_table import VenueKind

_JOURNAL = regex(
    r"\b(?:Journal|Transactions|Letters|Magazine|Review|Reviews|Annals|Archives|Quarterly|Bulletin|Communications|"
    r"Advances|Frontiers|Reports|Sciences?|Research|Systems|Processing|Medicine|Engineering)\b"
)
_EVENT = regex(
    r"\b(?:Conference|Symposium|Workshop|Congress|Colloquium|Meeting|Consortium|Forum|Expo|Convention|Summit)s?\b",
    re.IGNORECASE,
)
_TITLE = regex(r"[A-Z][\w'’&/.+-]*(?:,?\s(?:(?:of|on|the|in|for|and|to|&|de|et|with)\s){0,3}[A-Z(&][\w'’&/.+-]*){0,16}")
_TITLE_END = regex(
    r",\s(?:Springer|Elsevier|IEEE|Wiley|MDPI|Sage|ACM|USA|UK)\b|\s*[(\[;]|,?\s*(?:19|20)\d\d|"
    r",\s*(?:[Vv]ol|[Nn]o|pp|to\s|DOI|[Ss]pecial|[Ii]ssue)|\.\s|,\s+\d|[.:!]$"
)
_FOLLOWS = regex(r"\s(?:anthology\b|&\s[A-Z][a-z]|of\s|on\s|the\s|for\s|[A-Z][a-z])")
_PEOPLE = regex(r"[A-Z][\w'’-]+,? (?:[A-Z]\.[ -]?)+,")
_PLACE = regex(r"\b(?:Universit\w+|Institute|Department|School of|Laborator\w+|College|Press)\b")
_SERIES = regex(r"(?:(?:Lecture )?Notes in|Communications in Computer and Information|CEUR Workshop|Springer Lecture)")
_EMPTY = regex(
    r"(?:ieee|acm|springer|elsevier|mdpi|wiley|arxiv|a|an|the|i|this|conference|journal|workshop|proceedings|proc|oral|"
    r"poster|spotlight|findings|main|usa|uk|uae|kst|utc|pmlr|lncs|lnai|lnns|ccis|ceur|ceur-ws|doi|pdf|url|ai|ml|nlp|"
    r"llms?|cv|\d+|english|chinese|japanese|german|french|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|lecture|notes|taylor|sage|aip|iop|code|"
    r"project|available|pages?|github|section|table|figure|hal|ssrn|zenodo|openreview|researchgate|ieeexplore|xplore|"
    r"transactions|phd|msc|open|access|preprint|version|symposium|international|track|camera-ready|camera|ready|special|"
    r"issue|arr|cc|by|cc-by[\w-]*|license|copyright|non-archival|archival|accepted)[.:]?",
    re.IGNORECASE,
)


def title_at(text: str, start: int, end: int) -> str:
    """The capitalised words from a place on, with the little words between them; empty if there are none."""
    found = _TITLE.match(text, start, end)
    if found is None:
        return ""
    cut = _TITLE_END.search(found[0])
    return (found[0][: cut.start()] if cut else found[0]).rstrip(" ,.:(&")


def kind_of(title: str) -> VenueKind:
    """A journal where a word of its title says so and none says that people meet."""
    return VenueKind.JOURNAL if _JOURNAL.search(title) and not _EVENT.search(title) else VenueKind.CONFERENCE


def is_of_event(title: str) -> bool:
    """Whether the title says that people meet."""
    return _EVENT.search(title) is not None


def looks_like_title(title: str) -> bool:
    """Whether a word of the title belongs to events or journals."""
    return is_of_event(title) or _JOURNAL.search(title) is not None


def is_place(title: str) -> bool:
    """A university or a publisher is no venue, though a journal may bear its name."""
    return _PLACE.search(title) is not None and not title.startswith("Journal of ")


def follows_title(text: str, place: int) -> bool:
    """Whether more of a title follows: ``IET Image Processing`` is no ``IET``."""
    return _FOLLOWS.match(text, place) is not None


def shouts(name: str) -> bool:
    """At least two capitals, as acronyms have."""
    return sum(letter.isupper() for letter in name) >= 2


def is_no_name(name: str) -> bool:
    """Publishers, months, authors, series of books and other words that stand where a name might."""
    words = name.replace(",", " ").split()
    lettered = any(letter.isalpha() for letter in name)
    other = _SERIES.match(name) or _PEOPLE.match(name)
    return not lettered or all(_EMPTY.fullmatch(word) for word in words) or other is not None

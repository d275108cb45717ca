"""Finds the workshop of a paper: its acronym, or else its title without filler words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.tracks import names_track
from notebot.features.venues.rules.detection.venue_title_shape import looks_like_acronym
from notebot.features.venues.rules.detection.word_lists import word_regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME_LIMIT = 90
"""Greatest length of a workshop's title; longer text is a sentence."""
_QUOTES = "\"“”'’ "
_PAGES = regex(r"\b(?:pages?|figures?|figs?|tables?)\b")
_PART = regex(r",\s|\bfrom\s|\w-\s|:\s(?=\S+$)")
_WORKSHOP = regex(r"\bworkshops?\b|(?<!-)\bWS\b", re.IGNORECASE)
_EVENT_ON = regex(
    r"\s*(?:20\d\d\s*)?(?:on|for|of|in)\s+(?:the\s+)?(?=[A-Z\"“0-9])|\s*[:–—-]\s*|\s+(?=[\"“(])|\s+(?=[A-Z])"
)
_ACRONYM = regex(r"\(\s?['\"]?([A-Z0-9][\w&+/.*-]*+)[\s,'’-]*+(?:\d{4}|\d\d)?['\"]?\s?(?:@[^()]*)?\)")
_LEAD = word_regex(
    r"^(?:[\s,;:()\[\]@/\"“–—-]|(?:<<before_workshop_name>>|intl\.?|proc\.?|"
    r"\w{2,20}-(?:endorsed|affiliated|sponsored))\b|(?:\d+\s?(?:st|nd|rd|th)|[IVX]+(?=\s)|<<ordinals>>)\b|"
    r"(?:19|20)\d\d\b|['’-]?\d\d(?=\s|$))++",
    re.IGNORECASE,
)
"""Words before a workshop's name that are not a part of it."""
_TAIL = word_regex(
    r"(?:[\s,;:.()\[\]@\"”'’–—-]|\b(?:<<after_workshop_name>>|(?:19|20)\d\d|\d+(?:st|nd|rd|th)|IEEE(?:/\w+)?))+$",
    re.IGNORECASE,
)
_LAST_AND = regex(r",?\s(?:and|&)\s")
_LISTED = regex(r"[A-Z][A-Za-z '’-]{2,40}")
_TITLE_WORD = regex(r"[A-Z][A-Za-z'’-]*|of|the|in|with|for")
_ACRONYM_CHARACTERS = regex(r"[A-Z0-9][\w+*/&.-]*")
_END_OF_ACRONYM = regex(r"[A-Z0-9][\w+*-]*$")
_GLUED_YEAR = regex(r"[\s,'’-]+(?:(?:19|20)?\d\d)$|(?<=[A-Za-z])20\d\d$")
_NAME_END = regex(
    r"[;\[]|,\s|\s\d+\s+pages|[:.]\s|\s[–—-]\s|\s(?:at|@)\s|"
    r"\s(?:co-?located|held|hosted|collocated|with\s+the)\b|\s\(non-?archival"
)
_AT_HOST = regex(r"(?P<name>[A-Z0-9][\w+*&/.-]*(?:[\s'’-]{0,2}(?:20)?\d\d)?)\s*(?:@\s*|\s(?:at|in)\s)$")
_IN_HOST = regex(
    r"(?P<name>[A-Z0-9][\w+*&/.-]*?)[\s'’-]{0,2}(?:20)?\d\d\s+\((?:part\s+of\s+)?(?:the\s+)?(?:IEEE\s+|ACM\s+)?$"
)
_AT_SIGN = regex(r"(?P<name>[A-Z0-9][^,;()@]{1,60}?)\s*@\s*(?:the\s+)?$")
_BEFORE_YEAR = regex(r"\s+(?P<name>[A-Z][\w+*/&-]*)[\s,]+(?:20\d\d)\b")
_NAME_COLON = regex(r"\s?(?:(?:to|at|in|by|for|the)\s)*+(?P<name>[A-Z][\w+-]*+)[\s'’-]*+(?:(?:20)?\d\d)?:\s")
_AFTER_FLAG = regex(r"[\s,:)'’–—-]*+(?:W\b)?[\s,:)'’–—-]*+(?:20\d\d)?[\s,:)–—-]*+\(?(?P<name>[A-Z][\w+*-]*+)")
_ACRONYM_ALONE = regex(r"\s*(?P<name>[A-Z][A-Z0-9+*-]{2,15})(?:[\s'’-]{0,2}(?:20)?\d\d)?[\s.]*")
_IN_PARENTHESES = regex(r"\s*\(([^()]{2,40})\)")
_PROSE = regex(r";|\bpages\b|\bcode\b|\bwe\b")
_STUDENT = regex(r"student research workshop|\bSRW\b", re.IGNORECASE)
_NO_NAME = word_regex("<<not_a_workshop>>", re.IGNORECASE)
_TITLE_LIMIT = 300
"""Characters of a text in which a workshop's title is looked for."""


def find_workshop(before: str, after: str, following: str, *, has_marker: bool, flagged: bool) -> str | None:
    """Returns ``Workshop NAME``, ``Workshop`` if it has no name, or ``None`` if the paper was not at a workshop.

    Args:
        before: the clause up to the host conference, from its marker on if it has one.
        after: the clause after the host and its year.
        following: the next clause, which may have the title: ``(CVPRW); Fifth International Workshop on …``.
        has_marker: the clause has a marker before the host.
        flagged: the host was written as ``CVPRW``.
    """
    if _STUDENT.search(before + " " + after[:_NAME_LIMIT]):
        return None  # the Student Research Workshop is a track
    name: str | None = None
    if _WORKSHOP.search(before):
        name = _name_before_host(before, after, has_marker=has_marker)
    # "EIML@", "XLLM at" or "XLLM 2025 (part of" before the host
    elif match := _AT_SIGN.search(before) or _AT_HOST.search(before) or _IN_HOST.search(before):
        at_host = _GLUED_YEAR.sub("", _LEAD.sub("", match["name"].split(" at ")[-1])).strip()
        if _is_acronym(at_host) or ("@" in match[0] and _is_name(at_host)):
            name = at_host
    if name is None and _WORKSHOP.search(after[: 2 * _NAME_LIMIT]):
        name = _name_after_host(after)
    # an acronym between the host and its year: "ICML SCIS 2023"
    if name is None and (match := _BEFORE_YEAR.match(after)) and _is_acronym(match["name"]):
        name = match["name"]
    if name is None and not flagged:
        return None
    if name:
        return f"Workshop {name}"
    # there is a workshop, and its name is not next to the word
    acronym = next(_find_acronyms(before), None)
    named = _NAME_COLON.match(before) or (_AFTER_FLAG.match(after) if flagged else None)
    if acronym is not None and not before[acronym.end() :].strip(" -–—,:@"):
        name = short_name(acronym[0])  # "… in Low-Resource Settings (SPEAKABLE) - " before "LREC2026 Workshops"
    elif named is not None and looks_like_acronym(named["name"]) and _is_name(named["name"]):
        name = named["name"]
    else:
        name = _name_in_next_clause(following)
    return f"Workshop {name}" if name else "Workshop"


def _name_in_next_clause(clause: str) -> str:
    """Reads ``Fifth International Workshop on …`` or ``NTIRE 2026`` after ``CVPR 2026 workshop;``; else is empty."""
    word = _WORKSHOP.search(clause[:_NAME_LIMIT])
    on = _EVENT_ON.match(clause, word.end()) if word else None
    if on is not None:
        return short_name(clause[on.end() :])
    alone = _ACRONYM_ALONE.fullmatch(clause)
    return alone["name"] if alone is not None and _is_acronym(alone["name"]) else ""


def short_name(title: str) -> str:
    """Returns the acronym in a workshop's title, or else the title without filler words; empty if it is no name."""
    title = title[:_TITLE_LIMIT]
    acronyms = [match[1] for match in _find_acronyms(title)]
    if acronyms and _is_name(acronyms[-1]):
        return _GLUED_YEAR.sub("", acronyms[-1])
    title = _LEAD.sub("", title)
    cut = None if _is_list(title) else _NAME_END.search(title)
    title = title[: cut.start()] if cut else title
    title = _GLUED_YEAR.sub("", _TAIL.sub("", title.split(" (")[0].strip(_QUOTES + "()[]")))
    return "" if len(title) > _NAME_LIMIT or names_track(title) else title.strip(_QUOTES)


def _name_before_host(before: str, after: str, *, has_marker: bool) -> str:
    """Reads ``the SynIRgy Workshop,`` or ``the Workshop on Affective Science (CAS) at`` before the host."""
    match = _WORKSHOP.search(before)
    assert match is not None
    own = before[: match.start()].rstrip(' ("”,;:/')
    if not has_marker or _PAGES.search(own):
        own = _PART.split(own)[-1]  # without a marker, only the last part can belong to the workshop
    own = "" if _PAGES.search(own) else short_name(own)
    rest = before[match.end() :]
    on = _EVENT_ON.match(rest)
    title = short_name(rest[on.end() :]) if on and not rest.strip().startswith("(") else ""
    acronym = next(_find_acronyms(rest), None)
    if acronym is None and (own or title) and after.lstrip().startswith("("):
        acronym = next((match for match in _find_acronyms(after.lstrip()) if match.start() == 0), None)
    return _GLUED_YEAR.sub("", acronym[1]) if acronym and _is_name(acronym[1]) else own or title


def _name_after_host(after: str) -> str | None:
    """Reads ``Workshop on Affective Behavior (ABAW)`` or ``Test-Time Updates (TTU) Workshop`` after the host."""
    own, rest = _WORKSHOP.split(after, maxsplit=1)
    if _PROSE.search(own):
        return None
    name = short_name(own)
    acronym = _IN_PARENTHESES.match(rest)
    # "Workshop (non-archival)", "Workshop (Oral)"
    if acronym is not None and ("archival" in acronym[1] or names_track(acronym[1])):
        return name
    on = _EVENT_ON.match(rest)
    return name or (short_name(acronym[0]) if acronym else "") or (short_name(rest[on.end() :]) if on else "")


def _is_acronym(name: str) -> bool:
    return _is_name(name) and _has_acronym_shape(name)


def _find_acronyms(text: str) -> Iterator[re.Match[str]]:
    """Yields ``(ABAW)``, ``(ABAW 2025)`` and ``(ABAW@CVPR)``; group 1 is the acronym."""
    return (match for match in _ACRONYM.finditer(text) if _has_acronym_shape(match[1]))


def _has_acronym_shape(name: str) -> bool:
    """True for at least two capitals or digits, with no ``&``, ``/`` or full stop after the last of them."""
    return _ACRONYM_CHARACTERS.fullmatch(name) is not None and _END_OF_ACRONYM.search(name, 1) is not None


def _is_list(title: str) -> bool:
    """True for a title that is a list: ``Tea, Cups and Kettles``."""
    ands = list(_LAST_AND.finditer(title))
    if not ands:
        return False
    first, *others = title[: ands[-1].start()].split(", ")
    last = title[ands[-1].end() :].split(" ")
    return (
        1 <= len(others) <= 4
        and all(_LISTED.fullmatch(item) for item in others)
        and all(_TITLE_WORD.fullmatch(word) for word in first.split(" "))
        and len(last) <= 4
        and all(_TITLE_WORD.fullmatch(word) and word[0].isupper() for word in last)
    )


def _is_name(acronym: str) -> bool:
    return acronym != "" and not acronym.isdigit() and not _NO_NAME.fullmatch(acronym) and not names_track(acronym)

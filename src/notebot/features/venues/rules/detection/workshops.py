"""The workshop that a paper was at, by its acronym or else its title without the empty words."""

import re

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.tracks import names_track

_NAME_LIMIT = 90
"""Characters of a workshop's title; longer ones are no titles but sentences."""
_QUOTES = "\"“”'’ "
_PAGES = regex(r"\b(?:pages?|figures?|figs?|tables?)\b")
_PART = regex(r",\s|\bfrom\s|\w-\s|:\s(?=\S+$)")
_WORKSHOP = regex(r"\bworkshops?\b|(?<!-)\bWS\b", re.IGNORECASE)
_EVENT_ON = regex(
    r"\s*(?:20\d\d\s*)?(?:on|for|of|in)\s+(?:the\s+)?(?=[A-Z\"“0-9])|\s*[:–—-]\s*|\s+(?=[\"“(])|\s+(?=[A-Z])"
)
_ACRONYM = regex(r"\(\s*['\"]?((?:[A-Z0-9][\w&+/.*-]*[A-Z0-9][\w+*-]*))[\s,'’-]*(?:\d{4}|\d\d)?['\"]?\s*(?:@[^()]*)?\)")
_LEAD = regex(
    r"^(?:[\s,;:()\[\]@/\"“–—-]|(?:the|an?|as|at|in|of|on|by|to|for|into|and|its|our|papers?|conference|accepted|published|"
    r"presented|presentation|publication|acceptance|contribution|talk|poster|oral|spotlight|lightning|archival|"
    r"non-archival|annual|international|intl\.?|joint|upcoming|inaugural|\w{2,20}-(?:endorsed|affiliated|sponsored)|"
    r"extended|abstract|proceedings|proc\.?|edition|version|session|following|main|best|award|full|short|long|both|workshops?)\b|"
    r"(?:\d+\s?(?:st|nd|rd|th)|[IVX]+(?=\s)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|"
    r"twelfth)\b|(?:19|20)\d\d\b|['’-]?\d\d(?=\s|$))+",
    re.IGNORECASE,
)
"""Words before a workshop's name that are no part of it."""
_TAIL = regex(
    r"(?:[\s,;:.()\[\]@\"”'’–—-]|\b(?:at|in|of|on|the|an?|and|with|from|by|for|co-?located|held|hosted|as|part|"
    r"conjunction|during|within|(?:19|20)\d\d|\d+(?:st|nd|rd|th)|IEEE(?:/\w+)?|ACM|international|annual|conference|"
    r"workshops?|track))+$",
    re.IGNORECASE,
)
_LIST = regex(
    r"(?:(?:[A-Z][A-Za-z'’-]*|of|the|in|with|for)\s?){1,8}(?:,\s[A-Z][A-Za-z '’-]{2,40}){1,4},?\s(?:and|&)\s"
    r"(?:[A-Z][A-Za-z'’-]*(?:\s|$)){1,4}$"
)
"""A title that is a list: ``Tea, Cups and Kettles``."""
_SHOUT = regex(r"[A-Z0-9][\w+*/&.-]*[A-Z0-9][\w+*-]*$")
_GLUED_YEAR = regex(r"[\s,'’-]+(?:(?:19|20)?\d\d)$|(?<=[A-Za-z])20\d\d$")
_UPTO = regex(
    r"[;\[]|,\s|\s\d+\s+pages|[:.]\s|\s[–—-]\s|\s(?:at|@)\s|"
    r"\s(?:co-?located|held|hosted|collocated|with\s+the)\b|\s\(non-?archival"
)
_AT_HOST = regex(r"(?P<name>[A-Z0-9][\w+*&/.-]*(?:[\s'’-]{0,2}(?:20)?\d\d)?)\s*(?:@\s*|\s(?:at|in)\s)$")
_IN_HOST = regex(
    r"(?P<name>[A-Z0-9][\w+*&/.-]*?)[\s'’-]{0,2}(?:20)?\d\d\s+\((?:part\s+of\s+)?(?:the\s+)?(?:IEEE\s+|ACM\s+)?$"
)
_AT_SIGN = regex(r"(?P<name>[A-Z0-9][^,;()@]{1,60}?)\s*@\s*(?:the\s+)?$")
_INSIDE = regex(r"\s+(?P<name>[A-Z][\w+*/&-]*)[\s,]+(?:20\d\d)\b")
_TOLD = regex(r"\s*(?:(?:to|at|in|by|for|the)\s+)*(?P<name>[A-Z][\w+-]*[A-Z][\w+-]*)[\s'’-]*(?:(?:20)?\d\d)?:\s")
_AFTER_FLAG = regex(r"[\s,:)'’–—-]*(?:W\b)?[\s,:)'’–—-]*(?:20\d\d)?[\s,:)–—-]*\(?(?P<name>[A-Z][\w+*-]*[A-Z][\w+*-]*)")
_IN_PARENTHESES = regex(r"\s*\(([^()]{2,40})\)")
_PROSE = regex(r";|\bpages\b|\bcode\b|\bwe\b")
_STUDENT = regex(r"student research workshop|\bSRW\b", re.IGNORECASE)
_NO_NAME = regex(
    r"USA|UK|UAE|EU|HLT|PMLR|LNCS|IEEE|ACM|CVF|RSJ|RAS|DOI|PDF|AI|ML|NLP|EA|V1|V2|Conference|Main", re.IGNORECASE
)
_TITLE_LIMIT = 300
"""Characters of a text that a workshop's title is looked for in."""


def find_workshop(before: str, behind: str, following: str, *, verb: bool, flagged: bool) -> str | None:
    """``Workshop NAME``, plain ``Workshop`` where it has no name, or none where the paper was at no workshop.

    Args:
        before: the statement up to the host conference, from its verb on if it has one.
        behind: the statement behind the host and its year.
        following: the next statement, where the title may stand: ``(CVPRW); Fifth International Workshop on …``.
        verb: it has one.
        flagged: the host was written as ``CVPRW``.
    """
    if _STUDENT.search(before + " " + behind[:_NAME_LIMIT]):
        return None  # a track of its own name
    name = _named_before(before, behind, verb) if _WORKSHOP.search(before) else _at_host(before)
    if name is None:
        name = _named_behind(behind) if _WORKSHOP.search(behind[: 2 * _NAME_LIMIT]) else None
    if name is None:
        name = _inside(behind)
    if name is None and not flagged:
        return None
    name = name or _elsewhere(before, behind, following, flagged=flagged)
    return f"Workshop {name}" if name else "Workshop"


def short_name(title: str) -> str:
    """The acronym of a workshop's title where it has one, else the title itself without the empty words."""
    title = title[:_TITLE_LIMIT]
    acronyms = [found[1] for found in _ACRONYM.finditer(title)]
    if acronyms and _is_name(acronyms[-1]):
        return _GLUED_YEAR.sub("", acronyms[-1])
    title = _LEAD.sub("", title)
    cut = None if _LIST.match(title) else _UPTO.search(title)
    title = title[: cut.start()] if cut else title
    title = _GLUED_YEAR.sub("", _TAIL.sub("", title.split(" (")[0].strip(_QUOTES + "()[]")))
    return "" if len(title) > _NAME_LIMIT or names_track(title) else title.strip(_QUOTES)


def _is_name(acronym: str) -> bool:
    return acronym != "" and not acronym.isdigit() and not _NO_NAME.fullmatch(acronym) and not names_track(acronym)


def _named_before(before: str, behind: str, verb: bool) -> str:
    """``the SynIRgy Workshop,`` or ``the Workshop on Affective Science (CAS) at`` before the host."""
    found = _WORKSHOP.search(before)
    assert found is not None
    rest = before[found.end() :]
    on = _EVENT_ON.match(rest)
    own = _before_word(before[: found.start()], verb)
    told = short_name(rest[on.end() :]) if on and not rest.strip().startswith("(") else ""
    acronym = _ACRONYM.search(rest) or (_ACRONYM.match(behind.lstrip()) if own or told else None)
    return _GLUED_YEAR.sub("", acronym[1]) if acronym and _is_name(acronym[1]) else own or told


def _before_word(text: str, verb: bool) -> str:
    """The words that stand before ``workshop``: its name, or nothing but ordinals."""
    text = text.rstrip(' ("”,;:/')
    if not verb or _PAGES.search(text):
        text = _PART.split(text)[-1]
    return "" if _PAGES.search(text) else short_name(text)


def _named_behind(behind: str) -> str | None:
    """``Workshop on Affective Behavior (ABAW)``, ``Test-Time Updates (TTU) Workshop`` behind the host."""
    own, rest = _WORKSHOP.split(behind, maxsplit=1)
    if _PROSE.search(own):
        return None
    acronym = _IN_PARENTHESES.match(rest)
    if acronym is not None and ("archival" in acronym[1] or names_track(acronym[1])):
        return short_name(own)
    on = _EVENT_ON.match(rest)
    return (
        short_name(own) or (short_name(acronym[0]) if acronym else "") or (short_name(rest[on.end() :]) if on else "")
    )


def _at_host(before: str) -> str | None:
    """``EIML@``, ``XLLM at`` or ``XLLM 2025 (part of`` before the host."""
    found = _AT_SIGN.search(before) or _AT_HOST.search(before) or _IN_HOST.search(before)
    if found is None:
        return None
    name = _GLUED_YEAR.sub("", _LEAD.sub("", found["name"].split(" at ")[-1])).strip()
    return name if _is_name(name) and ("@" in found[0] or _SHOUT.match(name)) else None


def _inside(behind: str) -> str | None:
    """``ICML SCIS 2023``: an acronym between the host and its year."""
    found = _INSIDE.match(behind)
    return found["name"] if found and _is_name(found["name"]) and _SHOUT.match(found["name"]) else None


def _elsewhere(before: str, behind: str, following: str, *, flagged: bool) -> str:
    """The name of a workshop that stands neither right before nor right behind the word."""
    after = _AFTER_FLAG.match(behind) if flagged else None
    found = _ACRONYM.search(before)
    if found is not None and not before[found.end() :].strip(" -–—,:@"):
        return short_name(found[0])  # ``… in Low-Resource Settings (SPEAKABLE) - `` before ``LREC2026 Workshops``
    found = _TOLD.match(before) or after
    if found is not None and _is_name(found["name"]):
        return found["name"]
    return _from_following(following)


def _from_following(following: str) -> str:
    found = _WORKSHOP.search(following[:_NAME_LIMIT])
    on = _EVENT_ON.match(following, found.end()) if found else None
    return short_name(following[on.end() :]) if on else ""

"""Splits an author comment into clauses, and finds the markers in it: words that say what became of a paper."""

import re
from bisect import bisect_right
from enum import Enum

from msgspec import Struct

from notebot.core.text.patterns import regex, to_lower_case
from notebot.features.venues.rules.detection.word_lists import word_regex

COMMENT_LIMIT = 4_000
"""Characters of a comment that are read; real comments are much shorter."""

_URL = regex(r"(?:https?://|www\.)[^\s,;)\]]*[^\s,;.)\]]", re.IGNORECASE)
_BLANKS = regex(r"\s+")
_PARAGRAPH = regex(r"\n\s*\n")
_END = regex(
    r"[;|\u2022\n]|[.!?](?=\s+(?:[^a-z\s(]|v\d))|\.(?=\s+\()|[.!?]$|\s[-\u2013\u2014]\s(?=[Ss]ubmitted|[Uu]nder )"
)
_SHORTENED = word_regex(r"\b(?:[A-Z]|<<abbreviations>>)$")


class MarkerKind(Enum):
    """What a marker says about the venue that it belongs to; the values are the group names of the pattern."""

    ACCEPTED = "accepted"
    PUBLISHED = "published"
    """Published, presented, to appear, in the proceedings: implies accepted."""
    PENDING = "pending"
    REJECTED = "rejected"
    TEMPLATE = "template"
    OTHER_PAPER = "other_paper"
    """The venue belongs to another paper, for example an earlier version."""
    OTHER_WORK = "other_work"
    """A thesis, a report or a contest entry: not a paper of the venue, unless a nearer marker says so."""
    CONDITIONAL = "conditional"
    """``If accepted``: whatever follows in the clause has not happened."""
    NEUTRAL = "neutral"
    """``upon acceptance``, ``acceptance rate``: contains a marker word and says nothing about the paper."""


_KINDS = {kind.value: kind for kind in MarkerKind}

_VERSION = r"(?:version|extension|continuation|update|revision|variant)"
_LONGER = (
    r"(?:(?:substantially|significantly|much)\s+)?(?:extended|expanded|enhanced|improved|longer|journal|extension)"
)

_MARKER = regex(
    r"\b(?:"
    # the longest and most specific first, because the first alternative that matches is taken
    r"(?P<neutral>(?:up)?on\s+(?:\w+\s+){0,3}(?:acceptance|publication)|(?:once|until|when|pending|"
    r"after|before|following|await\w*|subject to)\s+(?:\w+\s+){0,4}(?:accep\w+|publi(?:shed|cation)|"
    r"presented)|(?:data|code|dataset|model|weight)s?\s+(?:\w+\s+){0,4}published|first\s+published\s+on|"
    r"un-?published|peer[- ]review(?:ed)?|published\s+under\b|permission\s+\w+|"
    r"acceptance\s+rate|published\s+version(?!\s+(?:at|in)\b)|version\s+accepted|accepted\s+version(?!\s+(?:at|in|for|of)\b)|"
    r"publish(?:ed|ing)?\s+(?:online|open[- ]access)(?=\s*[.,;]|$))|"
    rf"(?P<other_paper>(?:{_LONGER}\s+){{1,2}}(?:\w+\s+)?{_VERSION}\s+(?:\w+\s+)?(?:of|to|from)|(?:extended|expanded|extension)\s+(?:of|to|from)|"
    r"extends|extending|(?:early|earlier|preliminary|previous|prior|initial|older?)\s+(?:and\s+\w+\s+)?(?:conference\s+|"
    r"workshop\s+)?(?:versions?|drafts?|results?|work|study|iterations?|findings|parts?|papers?|publications?)|"
    r"(?:conference|workshop|first|partial|shortened\s+conference)\s+version|"
    r"(?:follow[- ]?up|sequel|successor|companion|continuation|supplement\w*)\s+(?:\w+\s+){0,3}(?:to|of|for)|"
    r"buil(?:d|ds|ding|t)\s+(?:up)?on|based\s+on|supersedes|replaces|derived\s+from|"
    r"parts?\s+of\s+(?:this|the|our|these)|parts?\s+(?:published|presented|accepted|appeared)|chapters?\s+\d+|(?:reproduc|replicat)\w+\s+(?:\w+\s+)?of|"
    r"(?:comment|reply|response|critique|rebuttal|erratum|errata)\s+(?:on|to|of|for)|text\s+overlap)|"
    r"(?P<other_work>thesis|dissertation|chapter(?:\s+(?:accepted|published|to\s+appear))?|tech(?:nical)?\.?\s+report|"
    r"(?:code|slides|appendix|artifact|material)s?\s+(?:of|for)|"
    r"(?:solution|winner|winning|runner[- ]up|ranked|ranking|leaderboard|(?:1st|2nd|3rd|first|second|third)[- ]place)|"
    r"placed|organi[sz]ed\s+(?:at|in)|tutorial(?:\s+\w+)?\s+(?:at|in|for)|"
    r"(?:invited|keynote)\s+(?:talk|lecture|speech)|panel(?:\s+discussion)?)|"
    r"(?P<rejected>(?:desk[- ]?)?reject\w*|declined|withdr[ae]w\w*(?!\s+from\s+arxiv)|not\s+selected|turned\s+down)|"
    r"(?P<template>(?:using|uses?|in|with|follow(?:s|ing)?|under|adopt\w*)\s+(?:the\s+)?(?:official\s+)?"
    r"(?:template|style|format)|(?:template|style|format|class|layout)s?\s+(?:of|for|from|file)|formatted|typeset|"
    r"templates?|styles?(?!\s+transfer)|format(?:ting)?|layout|two-?column|latex)|"
    r"(?P<conditional>(?:if|should|unless)\s+(?:\w+\s+){0,3}(?:accep\w+|publi(?:shed|cation)))|"
    r"(?P<pending>(?:not|never)\s+(?:yet\s+)?(?:been\s+)?(?:accepted|published|presented)|(?:re-?)?submi\w*|submtted|"
    r"(?:in|under)[- ]?(?:\w+\s+|double[- ]blind\s+|peer[- ]?)?(?:review(?:ed|ing|s)?|consideration|revision|reviewing|"
    r"evaluation|submission|preparation)|being\s+(?:\w+\s+)?(?:reviewed|considered)|"
    r"reviewed\s+(?:at|by)\b|commit(?:ted|ting)?\s+to|(?:prepared|prepar\w+|intended|targeted|planned|aimed|written)\s+for|"
    r"target\w*|aiming\s+for|for\s+(?:[\w-]+\s+)?review|for\s+consideration|for\s+submission|rolling\s+review|"
    r"major\s+revision|revise\s+and\s+resubmit|r\s?&\s?r\b|awaiting|wait(?:s|ing)?\s+for|invited\s+to\s+submit|"
    r"(?:hop|plan|intend|aim|expect)(?:e|s|es|ed|ned|ing|ning)?\s+to(?=\s+(?:submit|present|publish|appear))|on\s+hold|short-?listed)|"
    r"(?P<accepted>accepted\s+as\s+(?:an?\s+)?(?:\w+\s+){0,2}submission|(?:early\s+|conditional(?:ly)?\s+|provisional(?:ly)?\s+|re)?(?!act)a(?:c|cc)(?:e?p?e?t|pet|ept)(?:ed|ted|d|e|s|ing)?\b|"
    r"acceptance\s+(?:by|at|to|in|for)|camera[- ]?ready|selected\s+(?:for|as)|in\s+press|"
    r"forthcoming)|"
    r"(?P<published>(?:to|will|shall)\s+(?:be\s+)?(?:\w+ly\s+)?appear\w*|appear(?:s|ed|ing)?\s+(?:at|in|as|on)|"
    r"(?:to|will)\s+be\s+(?:\w+\s+)?(?:published|presented)|publish(?:ed|ing)?|publication\s+(?:at|in)|present(?:ed|ing)?|"
    r"presentation\s+(?:at|in|to|for)|poster\s+(?:at|in)|oral\s+(?:at|in)|talk\s+(?:at|in)|"
    r"(?:conference\s+)?pro+ce+dings?(?:\s+of)?|proc\.?(?:\s+of)?(?=\s)|"
    r"(?:best|outstanding|distinguished)(?:\s+\w+){0,2}\s+(?:paper|award)s?(?:\s+award)?(?:\s+(?:at|in))?)"
    r")(?![a-z])",
)
"""For text in lower case."""


_AIM = regex(
    r"\s*(?:(?:to|for|in|at|as|an?|the|be|possible|potential|inclusion|consideration|of|oral|poster)\s+){0,7}|"
    r"[^;]{0,60}\sfor\s+(?:possible\s+)?"
)
"""Text that may appear between ``submitted`` and ``publication in``."""


class Marker(Struct, frozen=True):
    """Words that say something about a venue, and their position."""

    kind: MarkerKind
    start: int
    end: int

    @property
    def is_positive(self) -> bool:
        """True if the marker says that the paper was accepted."""
        return self.kind in (MarkerKind.ACCEPTED, MarkerKind.PUBLISHED)


class Clause(Struct, frozen=True):
    """A part of the comment that makes one statement."""

    start: int
    end: int


def clean_comment(comment: str) -> str:
    """Returns the comment on one line, without links, cut to :data:`COMMENT_LIMIT`."""
    text = _URL.sub(" ", comment[:COMMENT_LIMIT])
    # a blank line ends a statement as a semicolon does
    return _BLANKS.sub(" ", _PARAGRAPH.sub("; ", text)).strip()


def find_markers(text: str) -> list[Marker]:
    """Returns the markers of a text in order."""
    markers: list[Marker] = []
    for match in _MARKER.finditer(to_lower_case(text)):
        kind = _KINDS[match.lastgroup or ""]
        # "submitted to the proceedings of", "under review for publication in": the publication is still pending
        if kind is MarkerKind.PUBLISHED and markers and markers[-1].kind is MarkerKind.PENDING:
            is_aim = _AIM.fullmatch(text, markers[-1].end, match.start()) is not None
            kind = MarkerKind.PENDING if is_aim else kind
        markers.append(Marker(kind, match.start(), match.end()))
    return markers


def split_into_clauses(text: str, unbroken: list[tuple[int, int]]) -> list[Clause]:
    """Splits at full stops, semicolons and bars.

    Args:
        unbroken: spans that are not split, such as titles that contain a full stop.
    """
    clauses, start = [], 0
    for match in _END.finditer(text):
        at = match.start()
        if any(first < at < last for first, last in unbroken):
            continue
        # the full stop of an abbreviation such as "Proc." ends nothing
        if match[0] == "." and _SHORTENED.search(text, max(start, at - 12), at):
            continue
        clauses.append(Clause(start, at))
        start = match.end()
    return [*clauses, Clause(start, len(text))] if start < len(text) else clauses


def clause_at(clauses: list[Clause], position: int) -> Clause:
    """Returns the clause that contains a position of the text."""
    return clauses[max(bisect_right(clauses, position, key=lambda clause: clause.start) - 1, 0)]

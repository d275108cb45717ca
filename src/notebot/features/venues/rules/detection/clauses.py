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
_LONGER = r"(?:(?:substantially|significantly|much) )?(?:extended|expanded|enhanced|improved|longer|journal|extension)"

_MARKER = regex(
    r"\b(?:"
    # the longest and most specific first, because the first alternative that matches is taken
    r"(?P<neutral>(?:up)?on (?:\w+ ){0,3}(?:acceptance|publication)|(?:once|until|when|pending|"
    r"after|before|following|await\w*|subject to) (?:\w+ ){0,4}(?:accep\w+|publi(?:shed|cation)|"
    r"presented)|(?:data|code|dataset|model|weight)s? (?:\w+ ){0,4}published|first published on|"
    r"un-?published|peer[- ]review(?:ed)?|published under\b|permission \w+|"
    r"acceptance rate|published version(?! (?:at|in)\b)|version accepted|accepted version(?! (?:at|in|for|of)\b)|"
    r"publish(?:ed|ing)? (?:online|open[- ]access)(?= ?[.,;]|$))|"
    rf"(?P<other_paper>(?:{_LONGER} ){{1,2}}(?:\w+ )?{_VERSION} (?:\w+ )?(?:of|to|from)|"
    r"(?:extended|expanded|extension) (?:of|to|from)|"
    r"extends|extending|(?:early|earlier|preliminary|previous|prior|initial|older?) (?:and \w+ )?(?:conference |"
    r"workshop )?(?:versions?|drafts?|results?|work|study|iterations?|findings|parts?|papers?|publications?)|"
    r"(?:conference|workshop|first|partial|shortened conference) version|"
    r"(?:follow[- ]?up|sequel|successor|companion|continuation|supplement\w*) (?:\w+ ){0,3}(?:to|of|for)|"
    r"buil(?:d|ds|ding|t) (?:up)?on|based on|supersedes|replaces|derived from|"
    r"parts? of (?:this|the|our|these)|parts? (?:published|presented|accepted|appeared)|chapters? \d+|"
    r"(?:reproduc|replicat)\w+ (?:\w+ )?of|"
    r"(?:comment|reply|response|critique|rebuttal|erratum|errata) (?:on|to|of|for)|text overlap)|"
    r"(?P<other_work>thesis|dissertation|chapter(?: (?:accepted|published|to appear))?|tech(?:nical)?\.? report|"
    r"(?:code|slides|appendix|artifact|material)s? (?:of|for)|"
    r"(?:solution|winner|winning|runner[- ]up|ranked|ranking|leaderboard|(?:1st|2nd|3rd|first|second|third)[- ]place)|"
    r"placed|organi[sz]ed (?:at|in)|tutorial(?: \w+)? (?:at|in|for)|"
    r"(?:invited|keynote) (?:talk|lecture|speech)|panel(?: discussion)?)|"
    r"(?P<rejected>(?:desk[- ]?)?reject\w*|declined|withdr[ae]w\w*(?! from arxiv)|not selected|turned down)|"
    r"(?P<template>(?:using|uses?|in|with|follow(?:s|ing)?|under|adopt\w*) (?:the )?(?:official )?"
    r"(?:template|style|format)|(?:template|style|format|class|layout)s? (?:of|for|from|file)|formatted|typeset|"
    r"templates?|styles?(?! transfer)|format(?:ting)?|layout|two-?column|latex)|"
    r"(?P<conditional>(?:if|should|unless) (?:\w+ ){0,3}(?:accep\w+|publi(?:shed|cation)))|"
    r"(?P<pending>(?:not|never) (?:yet )?(?:been )?(?:accepted|published|presented)|(?:re-?)?submi\w*|submtted|"
    r"(?:in|under)[- ]?(?:\w+ |double[- ]blind |peer[- ]?)?(?:review(?:ed|ing|s)?|consideration|revision|reviewing|"
    r"evaluation|submission|preparation)|being (?:\w+ )?(?:reviewed|considered)|"
    r"reviewed (?:at|by)\b|commit(?:ted|ting)? to|(?:prepared|prepar\w+|intended|targeted|planned|aimed|written) for|"
    r"target\w*|aiming for|for (?:[\w-]+ )?review|for consideration|for submission|rolling review|"
    r"major revision|revise and resubmit|r ?& ?r\b|awaiting|wait(?:s|ing)? for|invited to submit|"
    r"(?:hop|plan|intend|aim|expect)(?:e|s|es|ed|ned|ing|ning)? to(?= (?:submit|present|publish|appear))|"
    r"on hold|short-?listed)|"
    r"(?P<accepted>accepted as (?:an? )?(?:\w+ ){0,2}submission|"
    r"(?:early |conditional(?:ly)? |provisional(?:ly)? |re)?"
    r"(?!act)a(?:c|cc)(?:e?p?e?t|pet|ept)(?:ed|ted|d|e|s|ing)?\b|"
    r"acceptance (?:by|at|to|in|for)|camera[- ]?ready|selected (?:for|as)|in press|"
    r"forthcoming)|"
    r"(?P<published>(?:to|will|shall) (?:be )?(?:\w+ly )?appear\w*|appear(?:s|ed|ing)? (?:at|in|as|on)|"
    r"(?:to|will) be (?:\w+ )?(?:published|presented)|publish(?:ed|ing)?|publication (?:at|in)|present(?:ed|ing)?|"
    r"presentation (?:at|in|to|for)|poster (?:at|in)|oral (?:at|in)|talk (?:at|in)|"
    r"(?:conference )?pro+ce+dings?(?: of)?|proc\.?(?: of)?(?= )|"
    r"(?:best|outstanding|distinguished)(?: \w+){0,2} (?:paper|award)s?(?: award)?(?: (?:at|in))?)"
    r")(?![a-z])",
)
"""For text in lower case, with single blanks between its words."""


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
    """Returns the markers of a text of :func:`clean_comment` in order."""
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

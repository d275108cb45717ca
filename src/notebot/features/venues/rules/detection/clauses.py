"""How an author comment is cut into clauses, and the words in it that say what became of a paper."""

import re
from bisect import bisect_right
from enum import Enum

from msgspec import Struct

from notebot.core.text.patterns import regex

COMMENT_LIMIT = 4_000
"""Characters of a comment that are read; real ones end long before."""

_URL = regex(r"(?:https?://|www\.)[^\s,;)\]]*[^\s,;.)\]]", re.IGNORECASE)
_BLANKS = regex(r"\s+")
_PARAGRAPH = regex(r"\n\s*\n")
_END = regex(r"[;|\u2022\n]|[.!?](?=\s+[^a-z\s(])|\.(?=\s+\()|[.!?]$|\s[-\u2013\u2014]\s(?=[Ss]ubmitted|[Uu]nder )")
_SHORTENED = regex(
    r"(?:\b(?:[A-Z]|Pro?c|Int|Intl|Conf|Symp|Trans|[Vv]ol|[Nn]o|pp?|Dr|Prof|Inf|Sci|St|vs|al|i\.e|e\.g|J|Univ|eds?|"
    r"Eds?|Lett|Sens|Mag|Rev|Res|Syst|Comput|Artif|Intell|Eng|Assoc|Ann|Appl|Technol|Electron|Phys|Math|Med|approx))$"
)


class Says(Enum):
    """What a word says of the venue that it goes with."""

    ACCEPTED = "accepted"
    SHOWN = "shown"
    """Published, presented, to appear, in the proceedings: as good as accepted."""
    PENDING = "pending"
    REJECTED = "rejected"
    TEMPLATE = "template"
    OTHER = "other"
    """The venue is that of another paper, or the text no paper of the venue's."""
    ASIDE = "aside"
    """A thesis, a report, a contest's solution: no paper of the venue's, unless a nearer word says so."""
    UNSURE = "unsure"
    """``If accepted``: whatever follows in the statement has not happened."""
    NOTHING = "nothing"
    """``upon acceptance``, ``not yet published``: seems to say something and does not."""


_KINDS = {says.value: says for says in Says}

_VERSION = r"(?:version|extension|continuation|update|revision|variant)"
_LONGER = (
    r"(?:(?:substantially|significantly|much)\s+)?(?:extended|expanded|enhanced|improved|longer|journal|extension)"
)

_MARKER = regex(
    r"\b(?:"
    # longest and most particular first: the first alternative that fits is taken
    r"(?P<nothing>(?:up)?on\s+(?:\w+\s+){0,3}(?:acceptance|publication)|(?:once|until|when|pending|"
    r"after|before|following|await\w*|subject to)\s+(?:\w+\s+){0,4}(?:accep\w+|publi(?:shed|cation)|"
    r"presented)|(?:data|code|dataset|model|weight)s?\s+(?:\w+\s+){0,4}published|first\s+published\s+on|"
    r"un-?published|peer[- ]review(?:ed)?|published\s+under\b|permission\s+\w+|"
    r"acceptance\s+rate|published\s+version(?!\s+(?:at|in)\b)|version\s+accepted|accepted\s+version(?!\s+(?:at|in|for|of)\b)|"
    r"publish(?:ed|ing)?\s+(?:online|open[- ]access)(?=\s*[.,;]|$))|"
    rf"(?P<other>(?:{_LONGER}\s+){{1,2}}(?:\w+\s+)?{_VERSION}\s+(?:\w+\s+)?(?:of|to|from)|(?:extended|expanded|extension)\s+(?:of|to|from)|"
    r"extends|extending|(?:early|earlier|preliminary|previous|prior|initial|older?)\s+(?:and\s+\w+\s+)?(?:conference\s+|"
    r"workshop\s+)?(?:versions?|drafts?|results?|work|study|iterations?|findings|parts?|papers?|publications?)|"
    r"(?:conference|workshop|first|partial|shortened\s+conference)\s+version|"
    r"(?:follow[- ]?up|sequel|successor|companion|continuation|supplement\w*)\s+(?:\w+\s+){0,3}(?:to|of|for)|"
    r"buil(?:d|ds|ding|t)\s+(?:up)?on|based\s+on|supersedes|replaces|derived\s+from|"
    r"parts?\s+of\s+(?:this|the|our|these)|parts?\s+(?:published|presented|accepted|appeared)|chapters?\s+\d+|(?:reproduc|replicat)\w+\s+(?:\w+\s+)?of|"
    r"(?:comment|reply|response|critique|rebuttal|erratum|errata)\s+(?:on|to|of|for)|text\s+overlap)|"
    r"(?P<aside>thesis|dissertation|chapter(?:\s+(?:accepted|published|to\s+appear))?|tech(?:nical)?\.?\s+report|"
    r"(?:code|slides|appendix|artifact|material)s?\s+(?:of|for)|"
    r"(?:solution|winner|winning|runner[- ]up|ranked|ranking|leaderboard|(?:1st|2nd|3rd|first|second|third)[- ]place)|"
    r"placed|organi[sz]ed\s+(?:at|in)|tutorial(?:\s+\w+)?\s+(?:at|in|for)|"
    r"(?:invited|keynote)\s+(?:talk|lecture|speech)|panel(?:\s+discussion)?)|"
    r"(?P<rejected>(?:desk[- ]?)?reject\w*|declined|withdr[ae]w\w*(?!\s+from\s+arxiv)|not\s+selected|turned\s+down)|"
    r"(?P<template>(?:using|uses?|in|with|follow(?:s|ing)?|under|adopt\w*)\s+(?:the\s+)?(?:official\s+)?"
    r"(?:template|style|format)|(?:template|style|format|class|layout)s?\s+(?:of|for|from|file)|formatted|typeset|"
    r"templates?|styles?(?!\s+transfer)|format(?:ting)?|layout|two-?column|latex)|"
    r"(?P<unsure>(?:if|should|unless)\s+(?:\w+\s+){0,3}(?:accep\w+|publi(?:shed|cation)))|"
    r"(?P<pending>(?:not|never)\s+(?:yet\s+)?(?:been\s+)?(?:accepted|published|presented)|(?:re-?)?submi\w*|submtted|"
    r"(?:in|under)[- ]?(?:\w+\s+|double[- ]blind\s+|peer[- ]?)?(?:review(?:ed|ing|s)?|consideration|revision|reviewing|"
    r"evaluation|submission|preparation)|being\s+(?:\w+\s+)?(?:reviewed|considered)|"
    r"reviewed\s+(?:at|by)\b|commit(?:ted|ting)?\s+to|(?:prepared|prepar\w+|intended|targeted|planned|aimed|written)\s+for|"
    r"target\w*|aiming\s+for|for\s+(?:[\w-]+\s+)?review|for\s+consideration|for\s+submission|rolling\s+review|"
    r"major\s+revision|revise\s+and\s+resubmit|R\s?&\s?R\b|awaiting|wait(?:s|ing)?\s+for|invited\s+to\s+submit|"
    r"(?:hop|plan|intend|aim|expect)(?:e|s|es|ed|ned|ing|ning)?\s+to(?=\s+(?:submit|present|publish|appear))|on\s+hold|short-?listed)|"
    r"(?P<accepted>accepted\s+as\s+(?:an?\s+)?(?:\w+\s+){0,2}submission|(?:early\s+|conditional(?:ly)?\s+|provisional(?:ly)?\s+|re)?(?!act)a(?:c|cc)(?:e?p?e?t|pet|ept)(?:ed|ted|d|e|s|ing)?\b|"
    r"acceptance\s+(?:by|at|to|in|for)|camera[- ]?ready|selected\s+(?:for|as)|in\s+press|"
    r"forthcoming)|"
    r"(?P<shown>(?:to|will|shall)\s+(?:be\s+)?(?:\w+ly\s+)?appear\w*|appear(?:s|ed|ing)?\s+(?:at|in|as|on)|"
    r"(?:to|will)\s+be\s+(?:\w+\s+)?(?:published|presented)|publish(?:ed|ing)?|publication\s+(?:at|in)|present(?:ed|ing)?|"
    r"presentation\s+(?:at|in|to|for)|poster\s+(?:at|in)|oral\s+(?:at|in)|talk\s+(?:at|in)|"
    r"(?:conference\s+)?pro+ce+dings?(?:\s+of)?|proc\.?(?:\s+of)?(?=\s)|"
    r"(?:best|outstanding|distinguished)(?:\s+\w+){0,2}\s+(?:paper|award)s?(?:\s+award)?(?:\s+(?:at|in))?)"
    r")(?![A-Za-z])",
    re.IGNORECASE,
)


_AIM = regex(
    r"\s*(?:(?:to|for|in|at|as|an?|the|be|possible|potential|inclusion|consideration|of|oral|poster)\s+){0,7}|"
    r"[^;]{0,60}\sfor\s+(?:possible\s+)?"
)
"""What may stand between ``submitted`` and ``publication in``."""


class Marker(Struct, frozen=True):
    """A word that says something of a venue, and where it stands."""

    says: Says
    start: int
    end: int

    @property
    def good(self) -> bool:
        """Says that the paper is in."""
        return self.says in (Says.ACCEPTED, Says.SHOWN)


class Clause(Struct, frozen=True):
    """A stretch of the comment that makes one statement."""

    start: int
    end: int


def clean(comment: str) -> str:
    """The comment on one line and without links, cut to :data:`COMMENT_LIMIT`; a blank line ends a statement."""
    text = _URL.sub(" ", comment[:COMMENT_LIMIT])
    return _BLANKS.sub(" ", _PARAGRAPH.sub("; ", text)).strip()


def find_markers(text: str) -> list[Marker]:
    """The marking words of a text in order.

    What a paper was submitted *for* has not happened: ``submitted to the proceedings of``, ``under review for
    publication in`` pend to the end.
    """
    markers: list[Marker] = []
    for found in _MARKER.finditer(text):
        says = _KINDS[found.lastgroup or ""]
        if says is Says.SHOWN and markers and markers[-1].says is Says.PENDING:
            aimed = _AIM.fullmatch(text, markers[-1].end, found.start()) is not None
            says = Says.PENDING if aimed else says
        markers.append(Marker(says, found.start(), found.end()))
    return markers


def cut_clauses(text: str, whole: list[tuple[int, int]]) -> list[Clause]:
    """Cuts at full stops, semicolons and bars, but not inside the spans of ``whole`` and not after ``Proc.``"""
    clauses, start = [], 0
    for found in _END.finditer(text):
        at = found.start()
        if any(first < at < last for first, last in whole):
            continue
        if found[0] == "." and _SHORTENED.search(text, max(start, at - 12), at):
            continue
        clauses.append(Clause(start, at))
        start = found.end()
    return [*clauses, Clause(start, len(text))] if start < len(text) else clauses


def clause_at(clauses: list[Clause], place: int) -> Clause:
    """The clause that holds a place of the text."""
    return clauses[max(bisect_right(clauses, place, key=lambda clause: clause.start) - 1, 0)]

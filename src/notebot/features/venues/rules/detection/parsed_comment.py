"""A parsed comment: its clauses, its markers, and the venues of the table that it names."""

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.clauses import (
    Clause,
    Marker,
    clause_at,
    clean_comment,
    find_markers,
    split_into_clauses,
)
from notebot.features.venues.rules.detection.venue_table import VenueMention, VenueTable
from notebot.features.venues.rules.detection.word_lists import word_regex

MERGE_GAP = 60
"""Characters between two spellings of one venue, ``… Computer Vision and Pattern Recognition 2026 (CVPR)``."""
_MENTION_LIMIT = 40
"""Mentions that are read from one comment; a comment with more is a list."""
# each marker is compared with each mention, so both have limits
_MARKER_LIMIT = 200
_BOUND = regex(r"-[a-z]")
_JOINED = regex(r"-[A-Z][A-Za-z]")
_BRIEF = 3
"""Letters of an abbreviation that before a hyphen is rather a part of a longer one, ``EC-TEL``."""
_DATED = regex(r"[\s,'’(-]{0,3}\d\d")
_TITLE_BEFORE = word_regex(
    r"\b(?!(?:<<before_venue>>)\b)[A-Z][\w-]*(?<!\d),?\s(?:(?:and|of|&|in|for|on)\s(?:the\s)?)?$"
)
"""A capitalised word of a longer title before an ordinary word: ``Human Nature``."""
_TITLE_AFTER = word_regex(
    r"\s(?!<<after_ambiguous_venue>>)[A-Z][A-Za-z]|,?\s(?:and|&)\s[A-Z]|\s(?:for|in|on)\s[A-Z]|\sof\s"
)


class ParsedComment(Struct, frozen=True):
    """The parts of one comment; all positions count characters of ``text``."""

    text: str
    clauses: list[Clause]
    markers: list[Marker]
    mentions: list[VenueMention]

    def clause_at(self, position: int) -> Clause:
        """Returns the clause around a position."""
        return clause_at(self.clauses, position)

    def markers_before(self, clause: Clause, position: int) -> list[Marker]:
        """Returns the markers of the clause before a position."""
        return [marker for marker in self.markers if clause.start <= marker.start and marker.end <= position]

    def markers_after(self, clause: Clause, position: int) -> list[Marker]:
        """Returns the markers of the clause after a position."""
        return [marker for marker in self.markers if position <= marker.start and marker.end <= clause.end]

    def markers_of(self, clause: Clause) -> list[Marker]:
        """Returns the markers that begin in a clause."""
        return [marker for marker in self.markers if clause.start <= marker.start < clause.end]


def parse_comment(comment: str, table: VenueTable, *, one_clause: bool = False) -> ParsedComment:
    """Parses a comment, or with ``one_clause`` a journal reference, which makes a single statement."""
    text = clean_comment(comment)
    mentions = [mention for mention in table.find(text) if not _is_other_word(text, mention)][:_MENTION_LIMIT]
    titles = [(mention.start, mention.end) for mention in mentions if mention.by_title]
    clauses = [Clause(0, len(text))] if one_clause or not text else split_into_clauses(text, titles)
    markers = [
        marker
        for marker in find_markers(text)[:_MARKER_LIMIT]
        # "Proceedings of the IEEE" is the name of a journal, so its first word is not a marker
        if not any(start <= marker.start and marker.end <= end for start, end in titles)
    ]
    return ParsedComment(text, clauses, markers, _merge_spellings(mentions, clauses, markers))


def _is_other_word(text: str, mention: VenueMention) -> bool:
    """True for a part of another word or title: ``NeurIPS-endorsed``, ``EC-TEL``, ``Nature`` in a longer title."""
    if _BOUND.match(text, mention.end):
        return True
    if mention.end - mention.start <= _BRIEF and _JOINED.match(text, mention.end):
        return True
    if mention.ambiguous and mention.by_title and text[mention.start].islower():
        return True
    if not mention.ambiguous or mention.other_case or (not mention.by_title and _DATED.match(text, mention.end)):
        return False
    if _TITLE_BEFORE.search(text, max(0, mention.start - 40), mention.start):
        return True
    return _TITLE_AFTER.match(text, mention.end) is not None


def _merge_spellings(mentions: list[VenueMention], clauses: list[Clause], markers: list[Marker]) -> list[VenueMention]:
    """Merges two spellings of one venue that follow each other in a clause without a marker between them."""
    merged: list[VenueMention] = []
    for mention in mentions:
        last = merged[-1] if merged else None
        if (
            last is None
            or last.row != mention.row
            or mention.start - last.end > MERGE_GAP
            or clause_at(clauses, last.start) != clause_at(clauses, mention.start)
            or any(last.end <= marker.start < mention.start for marker in markers)
        ):
            merged.append(mention)
            continue
        merged[-1] = replace(
            last,
            end=mention.end,
            head=last.head or last.end,
            ambiguous=False,
            workshops=last.workshops or mention.workshops,
            findings=last.findings or mention.findings,
        )
    return merged

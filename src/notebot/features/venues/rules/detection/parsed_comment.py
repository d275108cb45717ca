"""A comment laid out for reading: its clauses, its marking words, and the venues of the table that it names."""

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.clauses import Clause, Marker, clause_at, clean, cut_clauses, find_markers
from notebot.features.venues.rules.detection.venue_table import Hit, VenueTable

MERGE_GAP = 60
"""Characters between two spellings of one venue, ``… Computer Vision and Pattern Recognition 2026 (CVPR)``."""
_HIT_LIMIT = 40
"""Venues of one comment that are looked at; a comment with more is a list."""
_MARKER_LIMIT = 200
_BOUND = regex(r"-[a-z]")
_JOINED = regex(r"-[A-Z][A-Za-z]")
_BRIEF = 3
"""Letters of an abbreviation that is more likely the beginning of a longer one, ``EC-TEL``, than its host."""
_DATED = regex(r"[\s,'’(-]{0,3}\d\d")
_TITLE_BEFORE = regex(
    r"\b(?!(?:IEEE|ACM|In|At|By|To|The|Accepted|Published|Journal|Elsevier|Proceedings|Proc)\b)[A-Z][\w-]*,?\s(?:(?:and|of|&|in|for|on)\s(?:the\s)?)?$"
)
_TITLE_BEHIND = regex(
    r"\s(?!Journal|Special|Oral|Spotlight|Conference|Workshop|Findings|Demo|Main|Track|Proc|IEEE|ACM|LNCS)[A-Z][A-Za-z]|,?\s(?:and|&)\s[A-Z]|"
    r"\s(?:for|in|on)\s[A-Z]|\sof\s"
)


class Scene(Struct, frozen=True):
    """The parts of one comment; all places count characters of ``text``."""

    text: str
    clauses: list[Clause]
    markers: list[Marker]
    hits: list[Hit]

    def clause(self, place: int) -> Clause:
        """The clause around a place."""
        return clause_at(self.clauses, place)

    def left(self, clause: Clause, place: int) -> list[Marker]:
        """The marking words of the clause before a place."""
        return [marker for marker in self.markers if clause.start <= marker.start and marker.end <= place]

    def right(self, clause: Clause, place: int) -> list[Marker]:
        """The marking words of the clause behind a place."""
        return [marker for marker in self.markers if place <= marker.start and marker.end <= clause.end]


def lay_out(comment: str, table: VenueTable, *, one_clause: bool = False) -> Scene:
    """Reads the parts of a comment; with ``one_clause`` it is a reference, which makes one statement."""
    text = clean(comment)
    found = [hit for hit in table.find(text) if not _is_word(text, hit)][:_HIT_LIMIT]
    spans = [(hit.start, hit.end) for hit in found if hit.titled]
    clauses = [Clause(0, len(text))] if one_clause or not text else cut_clauses(text, spans)
    markers = [marker for marker in find_markers(text)[:_MARKER_LIMIT] if not _inside(marker, found)]
    return Scene(text, clauses, markers, _merge(found, clauses, markers))


def _is_word(text: str, hit: Hit) -> bool:
    """A part of something else: ``NeurIPS-endorsed``, ``EC-TEL``, and a careful spelling amid a title."""
    if _BOUND.match(text, hit.end) or (hit.end - hit.start <= _BRIEF and _JOINED.match(text, hit.end)):
        return True
    if hit.careful and hit.titled and text[hit.start].islower():
        return True
    if not hit.careful or hit.loose or (not hit.titled and _DATED.match(text, hit.end)):
        return False
    return _TITLE_BEFORE.search(text, max(0, hit.start - 40), hit.start) is not None or (
        _TITLE_BEHIND.match(text, hit.end) is not None
    )


def _inside(marker: Marker, hits: list[Hit]) -> bool:
    """``Proceedings of the IEEE`` is a journal's name."""
    return any(hit.titled and hit.start <= marker.start and marker.end <= hit.end for hit in hits)


def _merge(hits: list[Hit], clauses: list[Clause], markers: list[Marker]) -> list[Hit]:
    """Two spellings of one venue with nothing said between them are one."""
    merged: list[Hit] = []
    for hit in hits:
        last = merged[-1] if merged else None
        if last is None or last.row != hit.row or not _together(last, hit, clauses, markers):
            merged.append(hit)
            continue
        merged[-1] = replace(
            last,
            end=hit.end,
            head=last.head or last.end,
            careful=False,
            workshops=last.workshops or hit.workshops,
            findings=last.findings or hit.findings,
        )
    return merged


def _together(first: Hit, second: Hit, clauses: list[Clause], markers: list[Marker]) -> bool:
    if second.start - first.end > MERGE_GAP or clause_at(clauses, first.start) != clause_at(clauses, second.start):
        return False
    return not any(first.end <= marker.start < second.start for marker in markers)

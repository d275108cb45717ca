"""The text around a venue: which words belong to it, and which make its name part of a longer name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.venue_table import VenueKind, VenueMention
from notebot.features.venues.rules.detection.word_lists import word_regex

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.clauses import Clause
    from notebot.features.venues.rules.detection.parsed_comment import ParsedComment

_LEAD = 30
"""Characters before a marker that may name the track: ``Oral, accepted at``."""
_REACH = 300
"""Characters before a venue that may still refer to it."""
_FINDINGS_OF = regex(r"findings of (?:the )?$", re.IGNORECASE)
_LONGER_NAME = regex(
    r"(?:/\w+)*\s(?:\w+\s)?(?:Conference|Symposium|Transactions|Journal|Workshop Series)\s(?:on|of|for)\b"
)
_LONGER_TITLE = word_regex(
    r"(?:\s(?:and|&)|,)\s(?!<<after_title_and_comma>>|The\b)[A-Z][a-z]+(?=\s[A-Z(]|\))|"
    r"\s(?!<<after_title>>)(?:[A-Z][a-z]+\s){1,4}(?:and|&|in|for|of|on)\s[A-Z]|"
    r"\s(?:Technolog(?:y|ies)|Applications|Systems|Tools)\b|\s\([A-Z][\w&+-]*\)\s[Ww]orkshop\b"
)
_LIBRARY = regex(r"\s(?:Anthology|Digital Library)\b", re.IGNORECASE)


class Context(Struct, frozen=True):
    """The text around one venue."""

    lead: str
    """From shortly before the last marker to the venue."""
    before: str
    """From the end of that marker to the venue."""
    has_marker: bool
    """There is a marker before the venue."""
    end: int
    """Where the next venue or clause begins."""
    following: str
    """The next clause, if it names no venue itself."""


def read_context(comment: ParsedComment, mention: VenueMention, clause: Clause) -> Context:
    """Returns the words that belong to this venue and to no other."""
    # a workshop between host and marker does not separate them: "accepted to the BEA Workshop at ACL 2026"
    others = [other for other in other_mentions(comment, clause, mention) if other.row.kind is not VenueKind.WORKSHOP]
    start = max([clause.start, mention.start - _REACH, *(other.end for other in others if other.end <= mention.start)])
    end = min([clause.end, *(other.start for other in others if other.start >= mention.end)])
    markers = [marker for marker in comment.markers_before(clause, mention.start) if marker.start >= start]
    following = ""
    after = next((other for other in comment.clauses if other.start >= clause.end), None)
    if end == clause.end and after is not None:
        named = any(after.start <= other.start < after.end for other in comment.mentions)
        following = "" if named else comment.text[after.start : min(after.end, after.start + _REACH)]
    return Context(
        lead=comment.text[max(start, markers[-1].start - _LEAD) if markers else start : mention.start],
        before=comment.text[markers[-1].end if markers else start : mention.start],
        has_marker=bool(markers),
        end=end,
        following=following,
    )


def other_mentions(comment: ParsedComment, clause: Clause, mention: VenueMention) -> list[VenueMention]:
    """Returns the other venues that a clause names."""
    return [
        other for other in comment.mentions if clause.start <= other.start < clause.end and other.row != mention.row
    ]


def is_part_of_longer_name(comment: ParsedComment, mention: VenueMention) -> bool:
    """True if the spelling only begins another venue's name.

    ``AAAI Conference on Web and …`` is not AAAI, and ``… Machine Learning and Computing (…)`` is not ICML.
    """
    text, tail = comment.text, comment.text[mention.end : mention.end + 60]
    following = next(
        (other for other in comment.mentions if other.start >= mention.end and other.row != mention.row), None
    )
    if following is not None and following.row.kind is VenueKind.CONFERENCE:
        # an organiser before its conference: "AAAI ICWSM 2025", "Findings of the ACL: EMNLP 2025"
        gap = text[mention.end : following.start]
        if gap == " " or (len(gap) <= 6 and _FINDINGS_OF.search(text, max(0, mention.start - 20), mention.start)):
            return True
    if _LIBRARY.match(tail):
        return True
    if mention.by_title:
        return _LONGER_TITLE.match(tail) is not None
    # "ACL Conference on …" is a longer name, unless its title is that of the same venue
    repeated = any(
        mention.end < other.start <= mention.end + 40 and other.row == mention.row for other in comment.mentions
    )
    return not repeated and _LONGER_NAME.match(tail) is not None

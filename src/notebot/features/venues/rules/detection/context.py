"""The words about a venue: which of them belong to it, and which make its name part of a longer one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.venue_table import Hit, VenueKind

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.clauses import Clause
    from notebot.features.venues.rules.detection.parsed_comment import Scene

_LEAD = 30
"""Characters before a word of acceptance that may name the track: ``Oral, accepted at``."""
_REACH = 300
"""Characters before a venue that can still say something of it."""
_FINDINGS_OF = regex(r"findings of (?:the )?$", re.IGNORECASE)
_LONGER_NAME = regex(
    r"(?:/\w+)*\s(?:\w+\s)?(?:Conference|Symposium|Transactions|Journal|Workshop Series)\s(?:on|of|for)\b"
)
_LONGER_TITLE = regex(
    r"(?:\s(?:and|&)|,)\s(?!IEEE|ACM|Proc|Code|Oral|Spot|High|Find|Long|Short|Main|Work|Project|The\b|Page|Demo|Indus|"
    r"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[A-Z][a-z]+(?=\s[A-Z(]|\))|"
    r"\s(?!Conf|Sympos|Workshop|Track|Main|Find|Proc|Demo|Chall|Compet|Tutorial|Special|Session|Paper|Short|Long)"
    r"(?:[A-Z][a-z]+\s){1,4}(?:and|&|in|for|of|on)\s[A-Z]|"
    r"\s(?:Technolog(?:y|ies)|Applications|Systems|Tools)\b|\s\([A-Z][\w&+-]*\)\s[Ww]orkshop\b"
)
_LIBRARY = regex(r"\s(?:Anthology|Digital Library)\b", re.IGNORECASE)


class Around(Struct, frozen=True):
    """The words about one venue."""

    lead: str
    """From shortly before the word of acceptance to the venue."""
    before: str
    """From behind that word to the venue."""
    verb: bool
    """There is such a word."""
    behind: int
    """Where the next venue or statement begins."""
    following: str
    """The next statement, if it names no venue of its own."""


def look_around(scene: Scene, hit: Hit, clause: Clause) -> Around:
    """The words that go with this venue and no other; a workshop's name does not part them from its host."""
    others = [other for other in others_in(scene, clause, hit) if other.row.kind is not VenueKind.WORKSHOP]
    start = max([clause.start, hit.start - _REACH, *(other.end for other in others if other.end <= hit.start)])
    end = min([clause.end, *(other.start for other in others if other.start >= hit.end)])
    marks = [marker for marker in scene.left(clause, hit.start) if marker.start >= start]
    return Around(
        lead=scene.text[max(start, marks[-1].start - _LEAD) if marks else start : hit.start],
        before=scene.text[marks[-1].end if marks else start : hit.start],
        verb=bool(marks),
        behind=end,
        following=_following(scene, clause) if end == clause.end else "",
    )


def others_in(scene: Scene, clause: Clause, hit: Hit) -> list[Hit]:
    """The other venues of a statement."""
    return [other for other in scene.hits if clause.start <= other.start < clause.end and other.row != hit.row]


def is_part_of_name(scene: Scene, hit: Hit) -> bool:
    """``AAAI Conference on Web and …`` is not AAAI, nor ``… Machine Learning and Computing (…)`` ICML.

    So it is with an owner's name (``AAAI ICWSM 2025``, ``Findings of the ACL: EMNLP 2025``).
    """
    text, behind = scene.text, scene.text[hit.end : hit.end + 60]
    following = next((other for other in scene.hits if other.start >= hit.end and other.row != hit.row), None)
    if following is not None and following.row.kind is VenueKind.CONFERENCE:
        gap = text[hit.end : following.start]
        if gap == " " or (len(gap) <= 6 and _FINDINGS_OF.search(text, max(0, hit.start - 20), hit.start)):
            return True
    if _LIBRARY.match(behind):
        return True
    if hit.titled:
        return _LONGER_TITLE.match(behind) is not None
    longer = _LONGER_NAME.match(behind) is not None
    return longer and not any(hit.end < other.start <= hit.end + 40 and other.row == hit.row for other in scene.hits)


def _following(scene: Scene, clause: Clause) -> str:
    after = next((other for other in scene.clauses if other.start >= clause.end), None)
    if after is None or any(after.start <= other.start < after.end for other in scene.hits):
        return ""
    return scene.text[after.start : min(after.end, after.start + _REACH)]

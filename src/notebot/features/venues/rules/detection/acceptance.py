"""What became of the paper at a venue that its comment names."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.clauses import Clause, Marker, Says

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.parsed_comment import Scene
    from notebot.features.venues.rules.detection.venue_table import Hit

_TIGHT = 30
"""Characters between a venue and a word behind it that speaks of the venue itself, such as ``template``."""
_OBJECT_GAP = 60
"""Characters between a verb and the venue it governs."""
_OWN_WORK = regex(
    r"\b(?:our|their|previous|prior|earlier|original|the|authors'?|his|her)\s+(?:\w+\s+)?$", re.IGNORECASE
)
_THIS_IS = regex(r"\bthis\s+is\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_A_WORK = regex(
    r"[\s'’\d()\-]{0,9}(?:(?:conference|workshop|main|findings|oral|spotlight)\s+)?"
    r"(?:paper|work|article|publication|code|codebase|repository)s?\b",
    re.IGNORECASE,
)
_PAPERS = regex(
    r"[\s'’\d()–-]{0,11}(?:accepted\s+|published\s+)?(?:papers\b|submissions\b|(?:peer\s+)?review)", re.IGNORECASE
)
_OF_PAPERS = regex(
    r"\b(?:papers|submissions|review(?:er)?s?|highlights)\s+(?:at|of|from|in|for)\s+(?:the\s+)?[\"“]?$", re.IGNORECASE
)
"""``reviewers of ICLR``, ``all ACL 2025 papers``: the venue of many papers."""
_IF_TAKEN = regex(r"(?:up)?on|once|until|when|pending|await|subject", re.IGNORECASE)
_RELEASED = regex(r"\b(?:code|data|model|weight|release|publish|public|available)", re.IGNORECASE)
_ONCE = regex(r"\s*(?:\(|(?:at|to|by|in|of)\s+(?:the\s+)?)")
"""What stands between ``upon acceptance`` and the venue that has yet to accept."""
_ROLLING = regex(r"\s*(?:\(?ARR\b|Rolling\s+Review)", re.IGNORECASE)
_PREPRINT = regex(r"[\s'’\d]{0,7}\spreprint\b", re.IGNORECASE)
"""``NeurIPS 2025 preprint`` is what the template prints on a paper that has not been accepted."""
_STOP = regex(r"[,;.)]")
_OBJECT = regex(r"\s*(?:to|at|for|by|in|with|on)\s+(?:the\s+|an?\s+)?[A-Z0-9]")
_LATER = regex(r"\W*(?:(?:and|now|then|has|been|was|is|got|finally|later|paper|this|work)\s+)*$", re.IGNORECASE)
_JOINT = regex(
    r"(?:co-?\s?(?:located|hosted|organi[sz]ed)|collocated|in conjunction|conjointly|jointly|alongside|affiliated|"
    r"associated|held (?:together|along|within|during|as part))[\w\s,]{0,12}"
    r"(?:with|at|of)?\s*(?:the\s+)?[^,;()]{0,25}$",
    re.IGNORECASE,
)


class Standing(IntEnum):
    """How sure it is that the paper is in; the greater, the surer."""

    OUT = 0
    """Pending, rejected, a template, or another paper's venue."""
    STATED = 1
    """The venue stands there without a verb."""
    ACCEPTED = 2


def standing(scene: Scene, hit: Hit) -> Standing:
    """Judged by the nearest marking word before the venue, else by the first behind it."""
    clause = scene.clause(hit.start)
    left, right = scene.left(clause, hit.start), scene.right(clause, hit.end)
    if _is_mention(scene.text, hit, left, right) or _is_of_another(scene, hit, left) or _is_rejected(left, right):
        return Standing.OUT
    if any(marker.says is Says.UNSURE for marker in left):
        return Standing.OUT
    if left and _is_awaited(scene.text, clause, left[-1], hit):
        return Standing.OUT
    nearest = next((marker for marker in reversed(left) if marker.says is not Says.NOTHING), None)
    if nearest is None:
        return _by_right(scene, clause, hit, right)
    if nearest.good or (nearest.says is Says.PENDING and _was_accepted_later(scene, clause, hit)):
        return Standing.ACCEPTED
    return Standing.OUT


def joined(scene: Scene, hit: Hit) -> bool:
    """Whether the venue is only where another event takes place: ``co-located with``."""
    start = max(scene.clause(hit.start).start, hit.start - 80)
    return _JOINT.search(scene.text[start : hit.start]) is not None


def _is_mention(text: str, hit: Hit, left: list[Marker], right: list[Marker]) -> bool:
    behind = text[hit.end : hit.end + _TIGHT]
    if _ROLLING.match(behind) and not hit.titled:
        return True
    for marker in right:
        if marker.says is Says.TEMPLATE and marker.start - hit.end <= _TIGHT:
            return not _STOP.search(text[hit.end : marker.start])
    before = text[max(0, hit.start - 24) : hit.start]
    of_many = _PAPERS.match(text, hit.end) or _OF_PAPERS.search(before)
    if of_many and not any(marker.good for marker in left):
        return True
    own = _OWN_WORK.search(before) is not None and _THIS_IS.search(before) is None
    return own and _A_WORK.match(behind) is not None and not any(marker.good for marker in left[-1:])


def _is_awaited(text: str, clause: Clause, last: Marker, hit: Hit) -> bool:
    """``upon acceptance at CVPR 2026``, ``code to be released after acceptance (CVPR 2026)``."""
    if last.says is not Says.NOTHING or not _ONCE.fullmatch(text, last.end, hit.start):
        return False
    released = _RELEASED.search(text, clause.start, last.start)
    return _IF_TAKEN.match(text, last.start) is not None or released is not None


def _is_of_another(scene: Scene, hit: Hit, left: list[Marker]) -> bool:
    """``extended version of``, ``builds on`` go with the next venue named, whatever verb stands between."""
    last = next((marker for marker in reversed(left) if marker.says is Says.OTHER), None)
    if last is None:
        return False
    between = [other for other in scene.hits if last.end <= other.start and other.end <= hit.start]
    if not between:
        return True
    return not any(marker.good and marker.start >= between[-1].end for marker in left)


def _is_rejected(left: list[Marker], right: list[Marker]) -> bool:
    if any(marker.says is Says.REJECTED for marker in right):
        return True
    last = next((marker for marker in reversed(left) if marker.good or marker.says is Says.REJECTED), None)
    return last is not None and last.says is Says.REJECTED


def _was_accepted_later(scene: Scene, clause: Clause, hit: Hit) -> bool:
    """``Submitted to X on 3 March. Accepted on 4 May``: an acceptance that names no venue of its own."""
    following = next((other for other in scene.clauses if other.start >= clause.end), clause)
    for marker in scene.markers:
        if marker.says is Says.ACCEPTED and hit.end <= marker.start and marker.end <= following.end:
            opens = marker.start < clause.end or _LATER.match(scene.text[following.start : marker.start]) is not None
            return opens and not _has_venue(scene, marker, following.end)
    return False


def _by_right(scene: Scene, clause: Clause, hit: Hit, right: list[Marker]) -> Standing:
    for marker in right:
        if marker.says is Says.NOTHING or _has_object(scene, marker, clause.end):
            continue
        if marker.good:
            return Standing.ACCEPTED
        if marker.says in (Says.PENDING, Says.ASIDE):
            return Standing.OUT
    pends = _PREPRINT.match(scene.text, hit.end) is not None or any(
        _pends_alone(scene, marker, clause) for marker in scene.markers
    )
    return Standing.OUT if pends else Standing.STATED


def _has_venue(scene: Scene, marker: Marker, end: int) -> bool:
    return any(marker.end <= other.start <= min(marker.end + _OBJECT_GAP, end) for other in scene.hits)


def _has_object(scene: Scene, marker: Marker, end: int) -> bool:
    """Whether the word goes with something named behind it."""
    return _has_venue(scene, marker, end) or _OBJECT.match(scene.text, marker.end) is not None


def _pends_alone(scene: Scene, marker: Marker, clause: Clause) -> bool:
    """``Under review.`` in a statement of its own, which can only speak of the venue named elsewhere."""
    if marker.says not in (Says.PENDING, Says.REJECTED) or clause.start <= marker.start < clause.end:
        return False
    own = scene.clause(marker.start)
    named = any(own.start <= other.start < own.end for other in scene.hits)
    return not named and not _has_object(scene, marker, own.end)

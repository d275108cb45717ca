"""Decides whether a paper was accepted at a venue that its comment names."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.clauses import Clause, Marker, MarkerKind
from notebot.features.venues.rules.detection.tracks import find_track
from notebot.features.venues.rules.detection.years import LAST_YEAR, year_after

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.parsed_comment import ParsedComment
    from notebot.features.venues.rules.detection.venue_table import VenueMention

_TIGHT = 30
"""Characters between a venue and a word after it that refers to the venue itself, such as ``template``."""
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
"""``reviewers of ICLR``, ``all ACL 2025 papers``: the comment is about many papers of the venue."""
_IF_TAKEN = regex(r"(?:up)?on|once|until|when|pending|await|subject", re.IGNORECASE)
_RELEASED = regex(r"\b(?:code|data|model|weight|release|publish|public|available)", re.IGNORECASE)
_ONCE = regex(r"\s*(?:\(|(?:at|to|by|in|of)\s+(?:the\s+)?)")
"""Text between ``upon acceptance`` and the venue that has not accepted the paper yet."""
_ROLLING = regex(r"\s*(?:\(?ARR\b|Rolling\s+Review)", re.IGNORECASE)
_PREPRINT = regex(r"[\s'’\d]{0,7}\spreprint\b", re.IGNORECASE)
"""``NeurIPS 2025 preprint`` is printed by the template on papers that have not been accepted."""
_SPECIAL_ISSUE = regex(r"\bspecial\s+issue\b[^\"“”.;]{0,30}[\"“][^\"“”]{0,80}$", re.IGNORECASE)
"""The beginning of the title of a special issue, which may be about a conference."""
_STOP = regex(r"[,;.)]")
_OBJECT = regex(r"\s*(?:to|at|for|by|in|with|on)\s+(?:the\s+|an?\s+)?[A-Z0-9]")
_LATER = regex(r"\W*(?:(?:and|now|then|has|been|was|is|got|finally|later|paper|this|work)\s+)*$", re.IGNORECASE)
_JOINT = regex(
    r"(?:co-?\s?(?:located|hosted|organi[sz]ed)|collocated|in conjunction|conjointly|jointly|alongside|affiliated|"
    r"associated|held (?:together|along|within|during|as part))[\w\s,]{0,12}"
    r"(?:with|at|of)?\s*(?:the\s+)?[^,;()]{0,25}$",
    re.IGNORECASE,
)


class Acceptance(IntEnum):
    """How certain it is that the venue accepted the paper; greater is more certain."""

    NOT_ACCEPTED = 0
    """Pending, rejected, a template, or the venue of another paper."""
    NAMED = 1
    """The comment names the venue without a verb."""
    ACCEPTED = 2


def judge_acceptance(comment: ParsedComment, mention: VenueMention) -> Acceptance:
    """Judges by the nearest marker before the venue, or else by the first marker after it."""
    clause = comment.clause_at(mention.start)
    before = comment.markers_before(clause, mention.start)
    after = comment.markers_after(clause, mention.end)
    # "extended version of" and "builds on" apply to the next venue that is named, whatever the verb
    of_another = False
    other_paper = next((marker for marker in reversed(before) if marker.kind is MarkerKind.OTHER_PAPER), None)
    if other_paper is not None:
        between = [each for each in comment.mentions if other_paper.end <= each.start and each.end <= mention.start]
        own_verb = between and any(marker.is_positive and marker.start >= between[-1].end for marker in before)
        of_another = not own_verb
    # "rejected from X, accepted at Y": the last verdict before the name counts
    verdicts = [marker for marker in before if marker.is_positive or marker.kind is MarkerKind.REJECTED]
    if (
        _is_passing_mention(comment.text, mention, before, after)
        or of_another
        or any(marker.kind is MarkerKind.REJECTED for marker in after)
        or (verdicts and verdicts[-1].kind is MarkerKind.REJECTED)
        or any(marker.kind is MarkerKind.CONDITIONAL for marker in before)
    ):
        return Acceptance.NOT_ACCEPTED
    if (
        before
        and before[-1].kind is MarkerKind.NEUTRAL
        and _ONCE.fullmatch(comment.text, before[-1].end, mention.start)
    ):
        # "upon acceptance at CVPR 2026", "code to be released after acceptance (CVPR 2026)"
        released = _RELEASED.search(comment.text, clause.start, before[-1].start)
        if released is not None or _IF_TAKEN.match(comment.text, before[-1].start):
            return Acceptance.NOT_ACCEPTED
    nearest = next((marker for marker in reversed(before) if marker.kind is not MarkerKind.NEUTRAL), None)
    if nearest is None:
        return _judge_by_markers_after(comment, clause, mention, after)
    if nearest.is_positive:
        return Acceptance.ACCEPTED
    if nearest.kind is MarkerKind.OTHER_WORK and _names_track_itself(comment.text, nearest, mention):
        return Acceptance.NAMED
    if nearest.kind is MarkerKind.PENDING and _was_accepted_later(comment, clause, mention):
        return Acceptance.ACCEPTED
    return Acceptance.NOT_ACCEPTED


def is_co_located(comment: ParsedComment, mention: VenueMention) -> bool:
    """True if the venue is only the host of another event: ``co-located with``."""
    start = max(comment.clause_at(mention.start).start, mention.start - 80)
    return _JOINT.search(comment.text[start : mention.start]) is not None


def _is_passing_mention(text: str, mention: VenueMention, before: list[Marker], after: list[Marker]) -> bool:
    """True if the name belongs to a template, to many papers, or to another work of the authors."""
    tail = text[mention.end : mention.end + _TIGHT]
    # ARR collects reviews for several conferences and accepts nothing itself
    if _ROLLING.match(tail) and not mention.by_title:
        return True
    if _SPECIAL_ISSUE.search(text[max(0, mention.start - 140) : mention.start]):
        return True
    for marker in after:
        if marker.kind is MarkerKind.TEMPLATE and marker.start - mention.end <= _TIGHT:
            return not _STOP.search(text[mention.end : marker.start])
    head = text[max(0, mention.start - 24) : mention.start]
    of_many = _PAPERS.match(text, mention.end) or _OF_PAPERS.search(head)
    if of_many and not any(marker.is_positive for marker in before):
        return True
    # "our ACL 2025 paper" is another paper, "this is our ACL 2025 paper" is not
    other_work = _OWN_WORK.search(head) is not None and _THIS_IS.search(head) is None
    return other_work and _A_WORK.match(tail) is not None and not any(marker.is_positive for marker in before[-1:])


def _names_track_itself(text: str, marker: Marker, mention: VenueMention) -> bool:
    """True for ``Technical report, ACL 2024 Demo Track``: only a paper of the venue has a track there."""
    if text[marker.end : mention.start].strip() != ",":
        return False
    year = year_after(text, mention.end, LAST_YEAR)
    return year is not None and find_track("", text[year[1] : year[1] + _TIGHT], "") is not None


def _was_accepted_later(comment: ParsedComment, clause: Clause, mention: VenueMention) -> bool:
    """True for ``Submitted to X on 3 March. Accepted on 4 May``, where the acceptance names no venue itself."""
    following = next((other for other in comment.clauses if other.start >= clause.end), clause)
    for marker in comment.markers:
        if marker.kind is MarkerKind.ACCEPTED and mention.end <= marker.start and marker.end <= following.end:
            opens = marker.start < clause.end or _LATER.match(comment.text[following.start : marker.start]) is not None
            return opens and not _is_before_a_venue(comment, marker, following.end)
    return False


def _judge_by_markers_after(
    comment: ParsedComment, clause: Clause, mention: VenueMention, after: list[Marker]
) -> Acceptance:
    """Judges a venue with no marker before it; a marker with an object of its own says nothing about the venue."""
    for marker in after:
        if marker.kind is MarkerKind.NEUTRAL or _has_object(comment, marker, clause.end):
            continue
        if marker.is_positive:
            return Acceptance.ACCEPTED
        if marker.kind in (MarkerKind.PENDING, MarkerKind.OTHER_WORK):
            return Acceptance.NOT_ACCEPTED
    if _PREPRINT.match(comment.text, mention.end):
        return Acceptance.NOT_ACCEPTED
    for marker in comment.markers:
        if marker.kind not in (MarkerKind.PENDING, MarkerKind.REJECTED) or clause.start <= marker.start < clause.end:
            continue
        # "Under review." in a clause of its own can only refer to the venue named elsewhere
        own = comment.clause_at(marker.start)
        names_venue = any(own.start <= other.start < own.end for other in comment.mentions)
        if not names_venue and not _has_object(comment, marker, own.end):
            return Acceptance.NOT_ACCEPTED
    return Acceptance.NAMED


def _is_before_a_venue(comment: ParsedComment, marker: Marker, end: int) -> bool:
    limit = min(marker.end + _OBJECT_GAP, end)
    return any(marker.end <= other.start <= limit for other in comment.mentions)


def _has_object(comment: ParsedComment, marker: Marker, end: int) -> bool:
    """True if the marker governs something named after it."""
    return _is_before_a_venue(comment, marker, end) or _OBJECT.match(comment.text, marker.end) is not None

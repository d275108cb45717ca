"""A venue of the table, read with its year and track from the statement that names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.acceptance import Standing, joined, standing
from notebot.features.venues.rules.detection.candidate import Reading
from notebot.features.venues.rules.detection.context import is_part_of_name, look_around, others_in
from notebot.features.venues.rules.detection.tracks import find_contest, find_track
from notebot.features.venues.rules.detection.venue_table import Hit, VenueKind
from notebot.features.venues.rules.detection.workshops import find_workshop
from notebot.features.venues.rules.detection.years import (
    last_year,
    short_year_within,
    year_before,
    year_behind,
    year_within,
)

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.clauses import Clause
    from notebot.features.venues.rules.detection.parsed_comment import Scene

_NEAR = 80
"""Characters between a word of acceptance and a name that is an ordinary word too."""
_CONNECTING = regex(
    r"(?:[\s(/:,]|\d+(?:st|nd|rd|th)|[a-z-]+(?![a-z-])|IEEE|ACM|Elsevier|Oral|Poster|Journal|Proceedings){0,40}"
)
"""What may stand there."""
_AT = regex(r"\b(?:with|at|by)\s$")
_HOSTS = regex(r"(?:\bworkshop,?\s(?:at\s)?|@\s?)(?:the\s)?$", re.IGNORECASE)
_FEW_WORDS = 5
"""Words beside a venue without verb and year; more of them are prose that only mentions it."""
_NAMES_EVENT = regex(
    r"\b(?:conference|symposium|meeting|workshops?|transactions|journal|proc|proceedings|in)\b", re.IGNORECASE
)
_FOOTER = regex(r"[.;,\s]*PMLR\s+\d+,\s*(?=20\d\d)")
_W_BEHIND = regex(r"-?W\b|[\s-]?\d{4}[\s-]?W\b")


def read_hit(scene: Scene, hit: Hit, latest: int) -> Reading | None:
    """The reading of a venue in a comment, or none where it is no venue of this paper."""
    verdict = Standing.OUT if is_part_of_name(scene, hit) else standing(scene, hit)
    if verdict is Standing.OUT:
        return None
    clause = scene.clause(hit.start)
    around = look_around(scene, hit, clause)
    year, end = _year_of(scene, hit, clause, latest)
    if not _counts(scene, hit, clause, verdict, year, latest):
        return None
    rest = scene.text[end : around.behind]
    flagged = hit.workshops or _W_BEHIND.match(scene.text, hit.end) is not None
    workshop = find_workshop(around.before, rest, around.following, verb=around.verb, flagged=flagged)
    contest = find_contest(around.before, rest)
    takes_part = contest is not None and verdict is not Standing.ACCEPTED and "workshop" not in scene.text.lower()
    if takes_part or (workshop is None and joined(scene, hit)):
        return None
    track = workshop or contest or find_track(around.lead, rest, around.following)
    track = track or ("Findings" if hit.findings else None)
    return _reading(hit, year, track, verdict, end)


def read_printed(scene: Scene, hit: Hit, latest: int) -> Reading | None:
    """The reading of a venue in a journal reference, which names only what has been published."""
    if is_part_of_name(scene, hit) or _is_publisher(scene, hit) or (hit.careful and not _heads(scene, hit, latest)):
        return None
    clause = scene.clauses[0]
    around = look_around(scene, hit, clause)
    year, end = _year_of(scene, hit, clause, latest)
    if hit.row.kind is VenueKind.JOURNAL:
        return _reading(hit, last_year(scene.text, latest) or year, None, Standing.ACCEPTED, end)
    rest = scene.text[end : around.behind]
    workshop = find_workshop(around.before, rest, "", verb=around.verb, flagged=hit.workshops)
    return _reading(hit, year, workshop or find_track(around.lead, rest, ""), Standing.ACCEPTED, end)


def _reading(hit: Hit, year: int | None, track: str | None, verdict: Standing, end: int) -> Reading:
    own = track if hit.row.kind is VenueKind.CONFERENCE else None
    return Reading(hit.row.name, hit.row.kind, year, own, verdict, True, hit.start, end)


def _year_of(scene: Scene, hit: Hit, clause: Clause, latest: int) -> tuple[int | None, int]:
    """The year and where the name with it ends."""
    text = scene.text
    inner = year_within(text, hit.start, hit.end, latest) or _year_of_head(scene, hit, clause, latest)
    behind = year_behind(text, hit.end, latest)
    if behind is not None:
        return inner or behind[0], behind[1]
    end = min([clause.end, *(other.start for other in others_in(scene, clause, hit) if other.start >= hit.end)])
    verb = max([clause.start, *(marker.end for marker in scene.left(clause, hit.start))])
    year = (
        inner
        or short_year_within(text, hit.start, hit.end, latest)
        or year_before(text, clause.start, hit.start, latest)
        or year_within(text, hit.end, end, latest)
        or year_within(text, verb, hit.start, latest)
        or short_year_within(text, hit.end, min(end, hit.end + 40), latest)
        or _year_of_host(scene, hit, clause, latest)
        or _year_of_print(text, clause.end, latest)
    )
    return year, hit.end


def _year_of_head(scene: Scene, hit: Hit, clause: Clause, latest: int) -> int | None:
    """``LAK26: 16th International …``, ``SIGIR '26: Proceedings of the SIGIR Conference``."""
    heads = [other.end for other in scene.hits if clause.start <= other.start < hit.start and other.row == hit.row]
    found = next(filter(None, (year_behind(scene.text, at, latest) for at in (*heads, hit.head) if at)), None)
    return found[0] if found else None


def _year_of_print(text: str, end: int, latest: int) -> int | None:
    """``… on Machine Learning, Seoul. PMLR 306, 2026``: the footer that ICML prints."""
    found = _FOOTER.match(text, end)
    return year_within(text, found.end(), found.end() + 6, latest) if found else None


def _year_of_host(scene: Scene, hit: Hit, clause: Clause, latest: int) -> int | None:
    """``SemEval, co-located with ACL 2026``, ``SemEval Workshop, ACL 2026``: both are of one year."""
    later = [other for other in others_in(scene, clause, hit) if other.start >= hit.end]
    hosts = (other for other in later if joined(scene, other) or _is_host(scene.text, hit, other))
    host = next(hosts, None)
    behind = year_behind(scene.text, host.end, latest) if host is not None else None
    return behind[0] if behind is not None else None


def _is_host(text: str, hit: Hit, other: Hit) -> bool:
    own = text[hit.start : hit.end].lower().endswith("workshop")
    return own and text[hit.end : other.start] in (", ", " at ", " @ ")


def _counts(scene: Scene, hit: Hit, clause: Clause, verdict: Standing, year: int | None, latest: int) -> bool:
    """Whether the words beside it are enough to take the spelling for the venue's name."""
    if hit.careful:
        return _counts_carefully(scene, hit, clause, year, latest)
    if verdict is Standing.ACCEPTED or year is not None:
        return True
    segment = _segment(scene.text, clause, hit)
    if len(segment.split()) > _FEW_WORDS and "workshop" not in segment.lower():
        return False
    return not hit.titled or _NAMES_EVENT.search(scene.text, max(clause.start, hit.start - 30), hit.end) is not None


def _counts_carefully(scene: Scene, hit: Hit, clause: Clause, year: int | None, latest: int) -> bool:
    """An ordinary word is a venue behind a verb, behind its workshop, or with a year right beside it."""
    text = scene.text
    verb = next((marker.end for marker in reversed(scene.left(clause, hit.start)) if marker.good), None)
    if verb is not None and hit.start - verb <= _NEAR and _CONNECTING.fullmatch(text, verb, hit.start):
        return True
    dated = year_behind(text, hit.end, latest) is not None or (year is not None and hit.loose)
    if not hit.titled:
        return dated or _HOSTS.search(text, max(0, hit.start - 24), hit.start) is not None
    opens = hit.start - clause.start <= 2 or _AT.search(text, max(0, hit.start - 12), hit.start) is not None
    return dated and opens


def _segment(text: str, clause: Clause, hit: Hit) -> str:
    """What stands beside the venue between two commas."""
    before = text[clause.start : hit.start].rpartition(", ")[2]
    return before + " " + text[hit.end : clause.end].partition(", ")[0]


def _is_publisher(scene: Scene, hit: Hit) -> bool:
    """``In Proc. of …, pp. 309-326. ACL``: an abbreviation alone at the end."""
    ends = hit.end >= len(scene.text.rstrip(". "))
    return ends and not hit.titled and scene.text[max(0, hit.start - 2) : hit.start] in (". ", ", ")


def _heads(scene: Scene, hit: Hit, latest: int) -> bool:
    """Stands at the head of the reference, or with its year right beside it."""
    return hit.start <= 8 or year_behind(scene.text, hit.end, latest) is not None

"""Names outside the table, read from the statements that say a paper was accepted or printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.venues.rules.detection.acceptance import Standing
from notebot.features.venues.rules.detection.candidate import Reading
from notebot.features.venues.rules.detection.clauses import Clause, Marker, Says
from notebot.features.venues.rules.detection.context import is_part_of_name
from notebot.features.venues.rules.detection.tracks import find_track
from notebot.features.venues.rules.detection.unknown_venue import (
    OutsideName,
    read_bare,
    read_before,
    read_event,
    read_object,
)
from notebot.features.venues.rules.detection.venue_table import VenueKind

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.parsed_comment import Scene

_BAD = (Says.PENDING, Says.REJECTED, Says.OTHER, Says.ASIDE, Says.TEMPLATE, Says.UNSURE)


def read_beside(scene: Scene, readings: list[Reading], latest: int) -> list[Reading]:
    """One name at most of each statement that has no venue of the table.

    A name without a verb (``… Conference on … (ACIT 2025)``, ``ACIT 2025``) counts only where nothing else was found.
    """
    found = []
    for clause in scene.clauses:
        if any(clause.start <= reading.start < clause.end for reading in readings):
            continue
        name = _accepted(scene, clause, latest)
        if name is not None:
            found.append(_reading(scene, clause, name, Standing.ACCEPTED))
        elif not readings and (name := _stated(scene, clause, latest)) is not None:
            found.append(_reading(scene, clause, name, Standing.STATED))
    return found


def _accepted(scene: Scene, clause: Clause, latest: int) -> OutsideName | None:
    marks = _marks(scene, clause)
    if any(marker.says in (Says.REJECTED, Says.UNSURE) for marker in marks):
        return None
    for index, marker in enumerate(marks):
        if marker.says is Says.OTHER:
            return None
        name = _object_of(scene, clause, marker, marks[index + 1 :], latest) if marker.good else None
        if name is not None and not _is_judged(scene, name):
            return name
    return None


def _object_of(scene: Scene, clause: Clause, marker: Marker, later: list[Marker], latest: int) -> OutsideName | None:
    end = next((other.start for other in later if other.says in _BAD), clause.end)
    name = read_object(scene.text, marker.end, end, latest, shown=marker.says is Says.SHOWN)
    if name is None and marker.says is Says.ACCEPTED:
        return read_before(scene.text, clause.start, marker.start, latest)
    return name


def _stated(scene: Scene, clause: Clause, latest: int) -> OutsideName | None:
    if any(marker.says in _BAD for marker in _marks(scene, clause)):
        return None
    if any(marker.says in (Says.PENDING, Says.REJECTED) for marker in scene.markers):
        return None
    event = read_event(scene.text, clause.start, clause.end, latest)
    if event is None and not any(marker.says in _BAD for marker in scene.markers):
        event = read_bare(scene.text, clause.start, clause.end, latest)
    if event is None or _is_judged(scene, event):
        return None
    return event if event.year is not None or find_track("", scene.text[event.end : clause.end], "") else None


def _marks(scene: Scene, clause: Clause) -> list[Marker]:
    return [marker for marker in scene.markers if clause.start <= marker.start < clause.end]


def _is_judged(scene: Scene, name: OutsideName) -> bool:
    """A name that begins with a venue of the table, which has been found not to be this paper's."""
    return any(hit.start <= name.start < hit.end and not is_part_of_name(scene, hit) for hit in scene.hits)


def _reading(scene: Scene, clause: Clause, name: OutsideName, verdict: Standing) -> Reading:
    track = None
    if name.kind is not VenueKind.JOURNAL:
        track = find_track(scene.text[clause.start : name.start], scene.text[name.end : clause.end], "")
    return Reading(name.name, name.kind, name.year, track, verdict, False, name.start, name.end)

"""The issue labels that name a venue."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.note_format.title_line import TitleVenue

TRACK_LABELS = ("Findings", "Workshop")
"""Labels of a track, used in addition to the venue's label."""

VENUE_COLOUR = "9cc929"
"""The archive's colour of venue labels (format.md c)."""
PREPRINT = "arxiv"
_BETWEEN_NAMES = regex(r"[^\w*]+")


def venue_labels(venue: TitleVenue | None, known: Sequence[str]) -> tuple[str, ...]:
    """The labels of a venue: its name, or the parts of a joint name that have labels, then the track's.

    arXiv has no label.

    Args:
        known: the labels of the archive, whose spelling is used.
    """
    if venue is None or venue.name.lower() == PREPRINT:
        return ()
    spelling = {label.lower(): label for label in known}
    names = []
    for part in dict.fromkeys((venue.name, *_BETWEEN_NAMES.split(venue.name))):
        # Only a part written like an abbreviation: a workshop title may contain words that happen to be labels.
        looks_like_name = sum(map(str.isupper, part)) > 1 or part[:1].isupper()
        if part.lower() in spelling and looks_like_name:
            names.append(spelling[part.lower()])
    return (*dict.fromkeys(names or [venue.name]), *(word for word in TRACK_LABELS if word in venue.track.split()))


class AuditKind(StrEnum):
    """The kinds of inconsistency that an audit finds."""

    VENUE = "venue"
    """The labels name a venue; the title line says arXiv or nothing."""
    LABEL = "label"
    """The title line names a venue whose label is missing."""
    TWICE = "twice"
    """Two notes are about the same paper."""
    LEFTOVER = "leftover"
    """A workflow label on a note that looks complete."""

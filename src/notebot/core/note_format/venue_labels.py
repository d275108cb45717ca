"""Labels that name a venue."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.note_format.title_line import TitleVenue

TRACK_LABELS = ("Findings", "Workshop")
"""Labels that stand beside a venue's and name none by themselves."""

POST = "post"
"""The field of an offer to add a post; an id may stand behind it, as a note can be offered several."""
VENUE_COLOUR = "9cc929"
"""The archive's colour of venue labels (format.md c)."""
_PREPRINT = "arxiv"
_BETWEEN_NAMES = regex(r"[^\w*]+")


def venue_labels(venue: TitleVenue | None, known: Sequence[str]) -> tuple[str, ...]:
    """The labels that stand for a venue: its name, or the parts of a joint name that the archive has labels for,
    then the track's. arXiv has none."""
    if venue is None or venue.name.lower() == _PREPRINT:
        return ()
    spelt = {label.lower(): label for label in known}
    parts = (venue.name, *_BETWEEN_NAMES.split(venue.name))
    names = [spelt[part.lower()] for part in dict.fromkeys(parts) if part.lower() in spelt and _is_name(part)]
    return (*dict.fromkeys(names or [venue.name]), *(word for word in TRACK_LABELS if word in venue.track.split()))


def _is_name(part: str) -> bool:
    """Whether it is written as an abbreviation is; words of a workshop's title are labels by chance."""
    return sum(map(str.isupper, part)) > 1 or part[:1].isupper()


class AuditKind(StrEnum):
    """What is untidy."""

    VENUE = "venue"
    """The labels name a venue, the title line says arXiv or nothing."""
    LABEL = "label"
    """The title line names a venue of which the label is missing."""
    TWICE = "twice"
    LEFTOVER = "leftover"
    """A workflow label on a note that looks complete."""

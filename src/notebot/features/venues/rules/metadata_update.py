"""What changes on a stub when newer metadata arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.stub import Curator, Offer, Stub, with_metadata
from notebot.core.note_format.stub_title import NoteStyle, title_line

if TYPE_CHECKING:
    from notebot.core.model.paper import Paper
    from notebot.features.venues.rules.enrich import Enrich


def machine_line(stub: Stub, style: NoteStyle) -> str:
    """The title line as notebot would write it, whatever the curator wrote."""
    return title_line(replace(stub, curator=Curator()), style).text


class Change(Struct, frozen=True):
    """Something about a known paper that the curator should be told once."""

    field: str
    value: str
    why: str


def apply_metadata(
    stub: Stub, paper: Paper, style: NoteStyle, enrich: Enrich, *, shown: bool
) -> tuple[Stub, tuple[Change, ...]]:
    """The stub with its metadata, and what has changed since the curator saw it.

    A title line that the curator wrote stays; where the machine would write another one now, that is offered.

    Args:
        shown: it stands in a digest, or in the plan of one; any other is simply better when it is shown.
    """
    after = enrich(with_metadata(stub, paper))
    if not shown:
        return after, ()
    why = f"v{paper.version}"
    changes = []
    if "title_line" in stub.curator.fields:
        line = machine_line(after, style)
        if line not in (machine_line(stub, style), title_line(stub, style).text):
            changes.append(Change("title_line", line, why))
            after = replace(after, offers=(*after.offers, Offer("title_line", line, why)))
    elif not stub.complete:
        changes.append(Change("metadata", "", why))
    elif stub.title != after.title:
        changes.append(Change("title", after.title, why))
    elif stub.venue.label != after.venue.label:
        changes.append(Change("venue", after.venue.label, after.venue.evidence or why))
    if after.withdrawn and not stub.withdrawn:
        changes.append(Change("withdrawn", "", why))
    return after, tuple(changes)

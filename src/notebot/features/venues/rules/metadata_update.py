"""Applies newer metadata to a stub, and says what has changed for the curator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.changes import MetadataArrived, PaperWithdrawn, TitleChanged, TitleLineOffer, VenueChange
from notebot.core.model.reasons import NewVersion
from notebot.core.model.stub import Curator, Offer, Stub, with_metadata
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.features.venues.rules.venue_offer import venue_evidence

if TYPE_CHECKING:
    from notebot.core.model.changes import Change
    from notebot.core.model.paper import Paper
    from notebot.core.model.reasons import Reason
    from notebot.features.venues.rules.enrich import Enrich


def machine_line(stub: Stub, style: NoteStyle) -> str:
    """Returns the title line that notebot would write without the curator's changes."""
    return title_line(replace(stub, curator=Curator()), style).text


def apply_metadata(
    stub: Stub, paper: Paper, style: NoteStyle, enrich: Enrich, *, shown: bool
) -> tuple[Stub, tuple[tuple[Change, Reason], ...]]:
    """Returns the stub with the metadata, and what has changed since the curator saw it, each change with its reason.

    Args:
        shown: the stub is in a digest or in the plan of one. Otherwise nobody has seen it, and nothing is reported.
    """
    after = enrich(with_metadata(stub, paper))
    if not shown:
        return after, ()
    why = NewVersion(paper.version)
    changes: list[tuple[Change, Reason]] = []
    if "title_line" in stub.curator.fields:
        # the curator's own line stays; a different one from the new metadata is only offered
        line = machine_line(after, style)
        if line not in (machine_line(stub, style), title_line(stub, style).text):
            changes.append((TitleLineOffer(line), why))
            after = replace(after, offers=(*after.offers, Offer("title_line", line, why)))
    # one change at most: the news that the metadata came includes a new title and venue
    elif not stub.complete:
        changes.append((MetadataArrived(), why))
    elif stub.title != after.title:
        changes.append((TitleChanged(after.title), why))
    elif stub.venue.label != after.venue.label:
        changes.append((VenueChange(after.venue.label), venue_evidence(after.venue) if after.venue.evidence else why))
    if after.withdrawn and not stub.withdrawn:
        changes.append((PaperWithdrawn(), why))
    return after, tuple(changes)

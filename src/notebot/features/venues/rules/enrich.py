"""Adds to a stub what its paper's metadata imply: the venue and links. The curator's fields are never changed."""

from collections.abc import Callable

from msgspec.structs import replace

from notebot.core.model.resource_links import find_resource_links
from notebot.core.model.stub import NOT_IN_TABLE, Stub, Venue
from notebot.features.venues.rules.detection import VenueTable, detect_venue, make_label

Enrich = Callable[[Stub], Stub]
"""Adds derived fields to a stub without any request; idempotent."""


def with_venue(stub: Stub, table: VenueTable) -> Stub:
    """Returns the stub with the venue in its comment or journal reference, and the evidence.

    The venue stays ``arXiv'YY`` if there is none; see :func:`find_venue`.
    """
    if not stub.complete or stub.published is None or not stub.arxiv_id:
        return stub
    return replace(stub, venue=find_venue(stub.comment, stub.journal_ref, stub.published.year, table))


def with_links(stub: Stub) -> Stub:
    """Returns the stub with the links in its abstract and comment."""
    return replace(stub, links=find_resource_links(stub.abstract, stub.comment))


def find_venue(comment: str | None, journal_ref: str | None, year: int, table: VenueTable) -> Venue:
    """Returns the venue for the title line of a paper submitted in ``year``, which is ``arXiv'YY`` by default."""
    detected = detect_venue(comment, journal_ref, table, year)
    venue = Venue(f"arXiv'{year % 100:02d}", "arXiv", year)
    if detected is not None:
        # without a year, and for an unknown journal (their abbreviations are too many), only the evidence is shown
        evidence = detected.evidence if detected.in_table else f"{detected.evidence} {NOT_IN_TABLE}"
        venue = replace(venue, evidence=evidence, confidence=detected.confidence)
        if detected.year is not None and (detected.in_table or detected.source == "comment"):
            label = make_label(detected.name, detected.year, None)
            venue = Venue(
                label, detected.name, detected.year, detected.track, detected.source, evidence, detected.confidence
            )
    return venue

"""What a machine adds to a stub from what is known of its paper: venue, summary, tags; never the curator's own."""

from collections.abc import Callable

from msgspec.structs import replace

from notebot.core.model.resource_links import find_resource_links
from notebot.core.model.stub import Stub, Venue
from notebot.features.venues.rules.detection import VenueTable, detect_venue, make_label

Enrich = Callable[[Stub], Stub]
"""Adds to a stub what can be known of its paper without asking anybody; doing it twice changes nothing."""

NOT_IN_TABLE = "[not in the table]"
"""Behind the words of a venue whose name was not known before."""


def with_venue(stub: Stub, table: VenueTable) -> Stub:
    """The stub with the venue that its comment or journal reference names, with the words that say so.

    ``arXiv'YY`` stays in its place without a year, and before a journal that the table does not know (their
    abbreviations are many); the words are shown all the same.
    """
    if not stub.complete or stub.published is None or not stub.arxiv_id:
        return stub
    return replace(stub, venue=find_venue(stub.comment, stub.journal_ref, stub.published.year, table))


def with_links(stub: Stub) -> Stub:
    """The stub with the links that its abstract and comment name."""
    return replace(stub, links=find_resource_links(stub.abstract, stub.comment))


def find_venue(comment: str | None, journal_ref: str | None, year: int, table: VenueTable) -> Venue:
    """The venue that stands in the title line of a paper submitted in ``year``; see :func:`with_venue`."""
    found = detect_venue(comment, journal_ref, table, year)
    venue = Venue(f"arXiv'{year % 100:02d}", "arXiv", year)
    if found is not None:
        evidence = found.evidence if found.in_table else f"{found.evidence} {NOT_IN_TABLE}"
        venue = replace(venue, evidence=evidence, confidence=found.confidence)
        if found.year is not None and (found.in_table or found.source == "comment"):
            label = make_label(found.name, found.year, None)
            venue = Venue(label, found.name, found.year, found.track, found.source, evidence, found.confidence)
    return venue

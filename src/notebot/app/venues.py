"""Venues that are found after the note was made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.app.resources import Resources
    from notebot.features.venues.accepted_list import ListReport
    from notebot.features.venues.adapters.semantic_scholar import SemanticScholar
    from notebot.features.venues.later_venues import LaterVenues, VenueResolver


def venue_watch(resources: Resources) -> LaterVenues:
    """Reads the venues of known papers from whatever a poll brings."""
    from notebot.features.venues.later_venues import AclDois, LaterVenues

    named = resources.config.venue_resolvers
    resolvers: list[VenueResolver] = [AclDois()] if "acl" in named else []
    if "semanticscholar" in named:
        resolvers.append(_semantic_scholar(resources))
    return LaterVenues(
        resources.store,
        resources.store.asked_papers,
        resources.venues,
        resources.phrases,
        resources.enrich,
        resources.config.note,
        resolvers,
    )


def _semantic_scholar(resources: Resources) -> SemanticScholar:
    from notebot.features.venues.adapters.semantic_scholar import KEY_ENV, SemanticScholar

    return SemanticScholar(resources.http, resources.config.s2_url, os.environ.get(KEY_ENV), resources.venues)


def offer_listed_venue(resources: Resources, path: Path, venue: str) -> ListReport:
    """Offers the venue of a list of accepted papers to the notes and kept stubs at arXiv.

    Raises:
        UsageError: the file cannot be read, or the venue has no year.
    """
    from notebot.features.venues.accepted_list import VenueList, read_listed_venue
    from notebot.features.venues.adapters.accepted_lists import read_accepted

    wanted, file = read_listed_venue(venue), read_accepted(path)
    matcher = VenueList(resources.store, resources.clock, resources.venues, resources.phrases, resources.config.note)
    report = matcher.run(file.entries, wanted, path.name)
    return replace(report, turned_down=file.turned_down, unread=file.unread)

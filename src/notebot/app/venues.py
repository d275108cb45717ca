"""Offers venues of papers that were accepted after their note was written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.app.resources import Resources
    from notebot.features.venues.accepted_list import ListReport
    from notebot.features.venues.later_venues import LaterVenues, VenueResolver


def later_venues(resources: Resources) -> LaterVenues:
    """Returns the use case that offers venues from what a poll receives, with the configured resolvers."""
    from notebot.features.venues.later_venues import AclDois, LaterVenues

    # the resolvers are off by default, and ask in this order, because DOIs need no request
    resolvers: list[VenueResolver] = []
    if "acl" in resources.config.venue_resolvers:
        resolvers.append(AclDois())
    if "semanticscholar" in resources.config.venue_resolvers:
        from notebot.features.venues.adapters.semantic_scholar import KEY_ENV, SemanticScholar

        key = os.environ.get(KEY_ENV)
        resolvers.append(SemanticScholar(resources.http, resources.config.s2_url, key, resources.venues))
    return LaterVenues(
        store=resources.store,
        asked=resources.store.asked_papers,
        table=resources.venues,
        enrich=resources.enrich,
        style=resources.config.note,
        resolvers=resolvers,
        say=resources.say,
    )


def offer_listed_venue(resources: Resources, path: Path, venue: str) -> ListReport:
    """Offers the venue of a list of accepted papers to the notes and kept stubs whose venue is arXiv.

    Raises:
        UsageError: the file cannot be read, or the venue has no year.
    """
    from notebot.features.venues.accepted_list import offer_accepted_list, read_listed_venue
    from notebot.features.venues.adapters.accepted_lists import read_accepted

    listed_venue, file = read_listed_venue(venue), read_accepted(path)
    report = offer_accepted_list(
        file.papers,
        listed_venue,
        path.name,
        store=resources.store,
        now=resources.clock(),
        table=resources.venues,
        phrases=resources.phrases,
        style=resources.config.note,
    )
    return replace(report, turned_down=file.not_accepted, unread=file.incomplete)

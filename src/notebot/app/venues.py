"""Venues that come later than the note: watched for, and read from lists."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.app.resources import Resources

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.core.note_format.phrases import Phrases
    from notebot.features.venues.accepted_list import ListReport
    from notebot.features.venues.adapters.semantic_scholar import SemanticScholar
    from notebot.features.venues.later_venues import VenueResolver, VenueWatch


class Venues(Resources):
    """What is done for papers that the archive has at arXiv."""

    @property
    def venue_watch(self) -> VenueWatch:
        """Reads the venues of known papers from whatever a poll brings."""
        from notebot.features.venues.later_venues import AclDois, VenueWatch

        named = self.config.venue_resolvers
        resolvers: list[VenueResolver] = [AclDois()] if "acl" in named else []
        if "semanticscholar" in named:
            resolvers.append(self._semantic_scholar())
        return VenueWatch(
            self.store,
            self.store.asked_papers,
            self.venues,
            self._words(),
            self.enrich,
            self.config.note,
            resolvers,
        )

    def _semantic_scholar(self) -> SemanticScholar:
        from notebot.features.venues.adapters.semantic_scholar import KEY_ENV, SemanticScholar

        return SemanticScholar(self.http, self.config.s2_url, os.environ.get(KEY_ENV), self.venues)

    def venues_of_list(self, path: Path, venue: str) -> ListReport:
        """Offers the venue of a list of accepted papers to the notes and kept stubs at arXiv.

        Raises:
            UsageError: the file cannot be read, or the venue has no year.
        """
        from notebot.features.venues.accepted_list import VenueList, read_listed_venue
        from notebot.features.venues.adapters.accepted_lists import read_accepted

        wanted, file = read_listed_venue(venue), read_accepted(path)
        matcher = VenueList(self.store, self.clock, self.venues, self._words(), self.config.note)
        report = matcher.run(file.entries, wanted, path.name)
        return replace(report, turned_down=file.turned_down, unread=file.unread)

    def _words(self) -> Phrases:
        from notebot.core.note_format.phrases import LANGUAGES

        return LANGUAGES[self.config.digest.language]

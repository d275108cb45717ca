"""What can be wrong in ``[venue]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.escaping import is_plain_url

if TYPE_CHECKING:
    from notebot.config.sections import VenueSection

RESOLVERS = ("acl", "semanticscholar")


def venue_problems(venue: VenueSection) -> list[str]:
    """One line for each mistake, with its key."""
    wrong = [name for name in venue.resolvers if name not in RESOLVERS]
    found = [f'venue.resolvers takes "acl" and "semanticscholar", not {wrong}.'] if wrong else []
    if not is_plain_url(venue.s2_url):
        found.append(f"venue.s2_url must be a web address like https://…, not {venue.s2_url!r}.")
    return found

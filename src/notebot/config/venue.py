"""What can be wrong in ``[venue]``."""

from notebot.config.sections import VenueSection

RESOLVERS = ("acl",)


def venue_problems(venue: VenueSection) -> list[str]:
    """One line for each mistake, with its key."""
    wrong = [name for name in venue.resolvers if name not in RESOLVERS]
    return [f'venue.resolvers takes "acl", not {wrong}.'] if wrong else []

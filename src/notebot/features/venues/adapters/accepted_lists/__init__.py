"""Lists of accepted papers and proceedings, as files: BibTeX, CSV, JSON, RSS and Atom."""

from notebot.features.venues.adapters.accepted_lists.read import AcceptedFile, read_accepted

__all__ = ["AcceptedFile", "read_accepted"]

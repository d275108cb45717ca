"""Reads lists of accepted papers from BibTeX, CSV, JSON, RSS and Atom files."""

from notebot.features.venues.adapters.accepted_lists.read import AcceptedFile, read_accepted

__all__ = ["AcceptedFile", "read_accepted"]

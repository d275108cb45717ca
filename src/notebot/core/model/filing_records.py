"""Stored facts about single papers in the announcements: when announced, matched by which topic, undecided."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from notebot.core.model.entry import AnnounceType
from notebot.core.model.ledger import Outcome


class FilingDates(Struct, frozen=True):
    """The announcement days of one paper in one category."""

    first_on: date | None
    """As ``new`` or ``cross``; ``None`` if only replacements were announced."""
    last_on: date


class UndecidedEntry(Struct, frozen=True):
    """A paper for which some topics depend on a field that the feed does not contain (rules.md 2.2)."""

    arxiv_id: str
    announced_on: date
    announce_type: AnnounceType
    topics: tuple[str, ...]
    """Names of the topics without a decision."""
    counted: Outcome | None = None
    """The outcome that the ledger already counts, because another topic matched the paper."""


class Sighting(Struct, frozen=True):
    """One announcement of one paper in one category."""

    category: str
    version: int
    announced_on: date
    announce_type: AnnounceType
    came_by: str
    """``feed`` or ``oai``."""


class AnnouncedPaper(Struct, frozen=True):
    """One paper on one announcement day, over all categories: the unit that a digest counts (rules.md 1.5)."""

    arxiv_id: str
    announced_on: date
    categories: tuple[str, ...]
    by_feed: bool
    """False if only OAI brought it."""
    result: str
    """The best result over all categories: an :class:`Outcome`, ``pending`` or ``unmatched``."""
    counted: str | None
    """The result under which a digest has counted the paper for this day; ``None`` if none has."""


class MatchRecord(Struct, frozen=True):
    """The result of one topic for one entry."""

    arxiv_id: str
    topic: str
    category: str
    announced_on: date
    outcome: Outcome | None
    """``None``: undecided, because the query needs a field that the feed does not contain."""

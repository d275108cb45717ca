"""What an announcement feed says about papers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct

from notebot.core.model.source_record import Validators


class AnnounceType(StrEnum):
    """arXiv's ``arxiv:announce_type`` (arXiv RSS specification)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def announce_option(self) -> str:
        """The value of a topic's ``announce`` setting that includes this type (rules.md 2.3)."""
        return "replace" if self is AnnounceType.REPLACE_CROSS else str(self)

    @property
    def rank(self) -> int:
        """0 is the best: new > cross > replace (rules.md 2.3)."""
        return ("new", "cross", "replace").index(self.announce_option)


UNKNOWN_VERSION = 0
"""The version of a replacement that came by OAI-PMH, whose records contain no version."""


class Entry(Struct, frozen=True):
    """One paper's announcement in one category, from a feed item. Feeds contain no author comment."""

    arxiv_id: str
    """Canonical id without version."""
    version: int
    announce_type: AnnounceType
    announced_on: date
    """The announcement day: the US Eastern date in the feed (rules.md 1.1)."""
    title: str
    abstract: str
    authors: tuple[str, ...]
    """Split at commas outside parentheses, without affiliations."""
    categories: tuple[str, ...]
    """In the feed's order, the primary category first."""
    journal_ref: str | None = None
    doi: str | None = None


class Batch(Struct, frozen=True):
    """The complete, well-formed content of one category's feed."""

    category: str
    batch_date: date | None
    """The announcement day; ``None`` if the feed is empty and therefore does not say it."""
    entries: tuple[Entry, ...]


class FeedAnswer(Struct, frozen=True):
    """A feed's response; ``batch`` is ``None`` if the feed has not changed (304)."""

    batch: Batch | None
    validators: Validators

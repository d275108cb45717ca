"""What an announcement feed said about one paper."""

from datetime import date
from enum import StrEnum

from msgspec import Struct


class AnnounceType(StrEnum):
    """arXiv's ``arxiv:announce_type`` (arXiv RSS specification)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def announce_option(self) -> str:
        """The word of a topic's ``announce`` that asks for this type (rules.md 2.3)."""
        return "replace" if self is AnnounceType.REPLACE_CROSS else str(self)

    @property
    def rank(self) -> int:
        """0 is the best: new > cross > replace (rules.md 2.3)."""
        return ("new", "cross", "replace").index(self.announce_option)


UNKNOWN_VERSION = 0
"""The version of a replacement that came by OAI, which names none."""


class Entry(Struct, frozen=True):
    """One paper's announcement in one category, as a feed's item tells it. The feed bears no author comment."""

    arxiv_id: str
    """Canonical id without version."""
    version: int
    announce_type: AnnounceType
    announced_on: date
    """The day the batch bears: midnight US Eastern (rules.md 1.1)."""
    title: str
    abstract: str
    authors: tuple[str, ...]
    """Split at commas outside parentheses, affiliations taken off."""
    categories: tuple[str, ...]
    """As the feed lists them, the primary one first."""
    journal_ref: str | None = None
    doi: str | None = None


class Batch(Struct, frozen=True):
    """A whole, well-formed answer of one category's feed."""

    category: str
    batch_date: date | None
    """``None`` where the feed held no entry to take it from."""
    entries: tuple[Entry, ...]

"""Watched sources besides arXiv's announcements."""

from enum import StrEnum

from msgspec import Struct


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    """Any RSS or Atom feed."""
    HUGGINGFACE = "huggingface"
    """The daily papers."""
    HACKERNEWS = "hackernews"
    """Stories that link to arXiv."""
    BLUESKY = "bluesky"
    """The posts of one account."""
    X_BOOKMARKS = "x_bookmarks"
    """The curator's own bookmarks, by X's official API."""


class WatchedSource(Struct, frozen=True):
    """One ``[[sources]]`` of the config."""

    name: str
    kind: SourceKind
    url: str = ""
    """Where it is read; of Bluesky also an account's page or handle. Empty: the service's usual place."""
    topics: frozenset[str] = frozenset()
    """The names of those that decide what is taken; empty means all topics."""
    take_all: bool = False
    """Everything is taken, whatever the topics say."""

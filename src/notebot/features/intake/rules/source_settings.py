"""Settings of watched sources, which come besides arXiv's announcements."""

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
    """The curator's own bookmarks, over X's official API."""


class WatchedSource(Struct, frozen=True):
    """One ``[[sources]]`` of the config."""

    name: str
    kind: SourceKind
    url: str = ""
    """Its URL; for Bluesky also an account's page or handle. Empty: the service's default URL."""
    topics: frozenset[str] = frozenset()
    """Names of the topics that decide what is taken; empty means all topics."""
    take_all: bool = False
    """Take every item, whether a topic matches or not."""

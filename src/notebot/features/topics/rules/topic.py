"""A topic that the curator follows."""

from msgspec import Struct

from notebot.features.topics.rules.query import Query


class Topic(Struct, frozen=True):
    """A paper belongs to a topic if it is in any of its categories and its query, if any, matches."""

    name: str
    categories: tuple[str, ...]
    query: Query | None
    """``None`` matches every paper of the categories."""
    announce: frozenset[str] = frozenset({"new", "cross"})
    """Which of ``new``, ``cross`` and ``replace`` are drafted; ``replace`` means ``replace-cross`` too."""
    tags: tuple[str, ...] = ()

"""RSS and Atom feeds of a venue's papers."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARES = regex(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_feed(text: str) -> Iterator[dict[str, object]]:
    """The entries with their authors; categories tell the track.

    Raises:
        ValueError: it is no feed, or declares entities.
    """
    import feedparser

    raw = text.encode()
    if _DECLARES.search(raw):
        raise ValueError("it declares a document type, which no feed needs")
    parsed = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version") and not parsed.entries:
        raise ValueError("it is no RSS or Atom feed")
    for entry in parsed.entries:
        tags = " ".join(str(tag.get("term") or "") for tag in entry.get("tags") or ())
        yield {"title": entry.get("title", ""), "authors": _authors(entry), "category": tags}


def _authors(entry: Any) -> object:
    """Every author element; a single one may hold all names."""
    names = [str(author.get("name") or "") for author in entry.get("authors") or () if author.get("name")]
    return names if len(names) > 1 else (names[0] if names else str(entry.get("author") or ""))

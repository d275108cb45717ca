"""Reads RSS and Atom feeds of a venue's papers."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARES = regex(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_feed(text: str) -> Iterator[dict[str, object]]:
    """Yields the entries with their authors; the categories may name the track.

    Raises:
        ValueError: the text is not a feed, or declares entities.
    """
    import feedparser

    raw = text.encode()
    # entities can expand without limit
    if _DECLARES.search(raw):
        raise ValueError("it declares a document type, which no feed needs")
    parsed = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version") and not parsed.entries:
        raise ValueError("it is not an RSS or Atom feed")
    for entry in parsed.entries:
        names = [str(author.get("name") or "") for author in entry.get("authors") or () if author.get("name")]
        authors: object = names
        if len(names) < 2:
            authors = names[0] if names else str(entry.get("author") or "")  # one element may contain all names
        categories = " ".join(str(tag.get("term") or "") for tag in entry.get("tags") or ())
        yield {"title": entry.get("title", ""), "authors": authors, "category": categories}

"""Reads RSS and Atom feeds of a venue's papers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.model.errors import BadAnswerError
from notebot.core.net.feed_document import parse_feed_document
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARES = regex(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_feed(text: str) -> Iterator[dict[str, object]]:
    """Yields the entries with their authors; the categories may name the track.

    Raises:
        ValueError: the text is not a feed, or declares entities.
    """
    raw = text.encode("utf-8", "replace")
    # entities can expand without limit
    if _DECLARES.search(raw):
        raise ValueError("it declares a document type, which no feed needs")
    try:
        parsed = parse_feed_document(raw, "text/xml; charset=utf-8", "", "It")
    except BadAnswerError as error:
        raise ValueError("it is not an RSS or Atom feed") from error
    if parsed.damaged:
        raise ValueError(f"{parsed.damaged} of its {parsed.damaged + len(parsed.entries)} entries are damaged")
    for entry in parsed.entries:
        names = [str(author.get("name") or "") for author in entry.get("authors") or () if author.get("name")]
        authors: object = names
        if len(names) < 2:
            authors = names[0] if names else str(entry.get("author") or "")  # one element may contain all names
        categories = " ".join(str(tag.get("term") or "") for tag in entry.get("tags") or ())
        yield {"title": entry.get("title", ""), "authors": authors, "category": categories}

"""A tag page as plain text, in the block layout of the seed (format.md d)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.post import PostKind
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.tag_page.entry_parts import clean, clean_lines, shown_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from notebot.features.archive.rules.tag_page.selection import PageNote

_HALF_WIDTH = str.maketrans("（）", "()")
_IMAGE = regex(r"<img\b[^<>]*>|!\[[^\[\]\n]*\]\([^()\s]*\)", re.IGNORECASE)
_HEADING = regex(r"^#+ ?", re.MULTILINE)
_ITEM = regex(r"^- ", re.MULTILINE)
_REFERENCE = regex(r"(?<![A-Za-z0-9_/&#.=?%-])#(?=\w)")
_POST = regex(rf"({PostKind.SOURCE}[:：])\s+(?=https?://)")


class TextForm(Struct, frozen=True):
    """One line per tag, then date, title, Summary and Comment, each on separate lines."""

    version = 1

    def facts(self, item: PageNote) -> object:
        note = item.note
        return item.tags, note.issue_date, note.title_line, note.summary, note.comments

    def render_tag(self, tag: str) -> str:
        return f"#{clean(tag)}\n"

    def render_entry(self, item: PageNote) -> str:
        note = item.note
        date = f"Issue Date: {note.issue_date}" if note.issue_date else ""
        summary = clean(note.summary or "")
        # each comment on lines of its own, so that no address is glued to the next word
        comment = "\n".join(filter(None, map(_shown, note.comments)))
        parts = [
            date,
            shown_title(note).translate(_HALF_WIDTH),
            summary and f"Summary{summary}",
            comment and f"Comment{comment}",
        ]
        return "".join(f"{part}\n" for part in parts if part)

    def render_page(self, label: str, entries: Iterable[bytes], items: Sequence[PageNote]) -> Iterator[bytes]:
        yield f"{clean(label)}\n".encode()
        yield from entries


def _shown(comment: str) -> str:
    """Text as copied from a browser: no pictures, no ``#``, ``・`` instead of list dashes, no empty lines."""
    if "<" in comment or "![" in comment:  # most comments have no picture, and the search for one is slow
        comment = _IMAGE.sub(" ", comment)
    text = "\n".join(filter(None, clean_lines(comment)))
    # A line that began with `#` would read as a tag of the next entry.
    text = _ITEM.sub("・", _HEADING.sub("", text))
    if "#" in text:
        text = _REFERENCE.sub("", text)
    return _POST.sub(r"\1", text).strip()

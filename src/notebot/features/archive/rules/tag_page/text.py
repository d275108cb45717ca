"""A tag page as plain text, in the block layout of the seed (format.md d)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.post import PostKind
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.tag_page.entry_parts import Pieces, clean, clean_lines, shown_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.features.archive.rules.tag_page.selection import PageNote

_HALF_WIDTH = str.maketrans("（）", "()")
_IMAGE = regex(r"<img\b[^<>]*>|!\[[^\[\]\n]*\]\([^()\s]*\)", re.IGNORECASE)
_HEADING = regex(r"^#+ ?", re.MULTILINE)
_ITEM = regex(r"^- ", re.MULTILINE)
_REFERENCE = regex(r"(?<![A-Za-z0-9_/&#.=?%-])#(?=\w)")
_POST = regex(rf"({PostKind.SOURCE}[:：])\s+(?=https?://)")


class TextForm(Struct, frozen=True):
    """One line a tag, then date, title, Summary and Comment, each on lines of its own."""

    version = 1

    def facts(self, item: PageNote) -> object:
        note = item.note
        return item.tags, note.issue_date, note.title_line, note.summary, note.comments

    def draw(self, item: PageNote) -> Pieces:
        note = item.note
        date = f"Issue Date: {note.issue_date}" if note.issue_date else ""
        summary, comment = clean(note.summary or ""), _comment(note.comments)
        parts = [
            date,
            shown_title(note).translate(_HALF_WIDTH),
            summary and f"Summary{summary}",
            comment and f"Comment{comment}",
        ]
        return Pieces(
            tuple((tag, f"#{clean(tag)}\n") for tag in item.tags), "".join(f"{part}\n" for part in parts if part)
        )

    def frame(self, label: str, entries: Sequence[str], items: Sequence[PageNote]) -> str:
        return "".join((f"{clean(label)}\n", *entries))


def _comment(comments: Sequence[str]) -> str:
    """All comments, each on lines of its own, so that no address is glued to the next word."""
    return "\n".join(filter(None, map(_shown, comments)))


def _shown(comment: str) -> str:
    """As a browser copies it: neither pictures nor ``#``, dots for dashes, no empty lines."""
    text = "\n".join(filter(None, clean_lines(_IMAGE.sub(" ", comment))))
    # A line that began with `#` would read as a tag of the next entry.
    text = _REFERENCE.sub("", _ITEM.sub("・", _HEADING.sub("", text)))
    return _POST.sub(r"\1", text).strip()

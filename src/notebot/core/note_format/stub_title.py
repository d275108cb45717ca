"""The title line of a stub."""

from __future__ import annotations

from msgspec import Struct

from notebot.core.model.stub import Stub, authors_with_letters
from notebot.core.text.tex import collapse, decode_accents, readable

TITLE_LINE_LIMIT = 256
"""GitHub's limit on an issue title, in characters."""


class NoteStyle(Struct, frozen=True):
    """The settings for title lines: config ``[note]``."""

    prefix: str = "[Paper Note]"
    month: bool = True


class TitleLine(Struct, frozen=True):
    """A title line split after its prefix; ``cut`` is true if the paper's title was shortened to fit."""

    prefix: str
    rest: str
    cut: bool = False

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.prefix} {self.rest}" if self.prefix else self.rest


def title_line(stub: Stub, style: NoteStyle) -> TitleLine:
    """``[Paper Note] TITLE, FIRST AUTHOR+, VENUE'YY, YYYY.MM``.

    Without metadata the line ends after the author (rules.md 3.3). If the line is longer than 256 characters, the
    paper's title is cut with ``…``. A line that the curator wrote is returned unchanged. The line of an article has
    no prefix, and a venue or date only if the page names one: ``TITLE, AUTHOR, YYYY.MM``.
    """
    own = stub.curator.fields.get("title_line")
    if own is not None:
        has_prefix = bool(style.prefix) and own.startswith(style.prefix + " ")
        return TitleLine(style.prefix, own[len(style.prefix) + 1 :]) if has_prefix else TitleLine("", own)
    prefix = "" if stub.kind == "article" else style.prefix
    title = readable(collapse(stub.title))
    tail = _after_title(stub, style)
    room = TITLE_LINE_LIMIT - len(tail) - (len(prefix) + 1 if prefix else 0)
    if len(title) <= room:
        return TitleLine(prefix, title + tail)
    short = title[: max(room - 1, 0)].rstrip() + "…" + tail
    return TitleLine(prefix, short[: room + len(tail)], cut=True)


def _after_title(stub: Stub, style: NoteStyle) -> str:
    """The line from the comma after the title on."""
    authors = authors_with_letters(stub.authors)
    parts = [collapse(decode_accents(authors[0])) + ("+" if len(authors) > 1 else "")] if authors else []
    venue = stub.venue.label + (f" {stub.venue.track}" if stub.venue.track else "")
    date = ""
    if stub.article is not None:
        parts.append(venue)
        on = stub.article.published_on
        # A year alone is left out if the venue already has one.
        if on is not None and (on.month is not None or stub.venue.year is None):
            date = on.text
    elif stub.published is not None:
        parts.append(venue)
        # The date of version 1, not of the id: 2609.00111 was submitted in 2026.08 (format.md a).
        date = f"{stub.published:%Y.%m}"
    if style.month:
        parts.append(date)
    return "".join(f", {part}" for part in parts if part)

"""The title line of a stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.stub import Stub, authors_with_letters
from notebot.core.text.tex import collapse, decode_accents

if TYPE_CHECKING:
    from notebot.core.model.article import Article

TITLE_LINE_LIMIT = 256
"""GitHub's limit on an issue title, in characters."""


class NoteStyle(Struct, frozen=True):
    """The curator's habits for a title line: config ``[note]``."""

    prefix: str = "[Paper Note]"
    month: bool = True


class TitleLine(Struct, frozen=True):
    """A title line in its two parts; ``cut`` says that the paper's title was shortened to fit."""

    prefix: str
    rest: str
    cut: bool = False

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.prefix} {self.rest}" if self.prefix else self.rest


def title_line(stub: Stub, style: NoteStyle) -> TitleLine:
    """``[Paper Note] TITLE, FIRST AUTHOR+, VENUE'YY, YYYY.MM``.

    Year and month are those of version 1, never of the id. Without metadata the line ends after
    the author. A line over 256 characters has the paper's title cut with ``…``. A line that the
    curator wrote is returned as it stands. An article's line has no prefix, and of a page the line says no more of
    venue and date than the page does: ``TITLE, AUTHOR, YYYY.MM``.
    """
    own = stub.curator.fields.get("title_line")
    if own is not None:
        known = bool(style.prefix) and own.startswith(style.prefix + " ")
        return TitleLine(style.prefix, own[len(style.prefix) + 1 :]) if known else TitleLine("", own)
    prefix = "" if stub.kind == "article" else style.prefix
    title = decode_accents(collapse(stub.title))
    tail = _after_title(stub, style)
    room = TITLE_LINE_LIMIT - len(tail) - (len(prefix) + 1 if prefix else 0)
    if len(title) <= room:
        return TitleLine(prefix, title + tail)
    short = title[: max(room - 1, 0)].rstrip() + "…" + tail
    return TitleLine(prefix, short[: room + len(tail)], cut=True)


def _after_title(stub: Stub, style: NoteStyle) -> str:
    named = authors_with_letters(stub.authors)
    parts = [collapse(decode_accents(named[0])) + ("+" if len(named) > 1 else "")] if named else []
    venue = stub.venue.label + (f" {stub.venue.track}" if stub.venue.track else "")
    if stub.article is not None:
        parts += [venue, _page_date(stub, stub.article) if style.month else ""]
    elif stub.published is not None:
        parts += [venue, f"{stub.published:%Y.%m}" if style.month else ""]
    return "".join(f", {part}" for part in parts if part)


def _page_date(stub: Stub, article: Article) -> str:
    """Year and month, or the year alone, unless the venue says it already."""
    on = article.published_on
    if on is None or (on.month is None and stub.venue.year is not None):
        return ""
    return on.text

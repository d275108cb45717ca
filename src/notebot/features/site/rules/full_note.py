"""A note as its page shows it: the texts of its body taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.note import Note
from notebot.core.model.post_address import find_urls
from notebot.core.note_format.issue_body import normalise_line_ends, read_body
from notebot.core.note_format.title_line import ParsedTitle, parse_title_line
from notebot.core.text.escaping import is_plain_url, restore
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.bibtex import read_authors
from notebot.features.archive.rules.tag_page.entry_parts import clean, clean_lines

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub

SNIPPET = 240
"""Characters of the text in a list; half as many if it is not in ASCII."""

_SECTION = regex(r"# (Abstract|Translation)\b[^\n]{0,100}")
_IMAGE = regex(r"<img\b[^<>]*>", re.IGNORECASE)
_SOURCE = regex(r"\bsrc=[\"']?(https?://[^\s\"'<>]+)", re.IGNORECASE)


class FullNote(Struct, frozen=True):
    """A note with what its body says, every text on clean lines; Markdown is not rendered yet."""

    note: Note
    title: ParsedTitle
    """The parts of the title line, without control characters."""
    summary: tuple[str, ...] = ()
    """Its paragraphs."""
    authors: tuple[str, ...] = ()
    abstract: str = ""
    translation: str = ""
    """The abstract in the curator's language."""
    doi: str = ""
    """The publisher's."""

    @property
    def prose(self) -> str:
        """What the curator wrote into the body, as Markdown; empty if it has nothing but links."""
        if not self.note.body:
            return ""
        body = read_body(self.note.body)
        text = body.prose.removesuffix(f"\n{body.summary or ''}").strip()
        return without_pictures(text) if _has_words(text) else ""

    @property
    def comments(self) -> list[str]:
        """The comments as Markdown."""
        return [without_pictures(text) for text in self.note.comments]

    @property
    def links(self) -> list[str]:
        """The links of the body that a page may contain; the paper's own first."""
        return [url for url in dict.fromkeys(self.note.urls) if is_plain_url(url)]

    @property
    def snippet(self) -> str:
        """The beginning of the summary, or of the abstract, on one line."""
        text = " ".join(self.summary) or self.translation or self.abstract
        longest = SNIPPET if text.isascii() else SNIPPET // 2  # a Japanese character is twice as wide
        return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def read_full_note(note: Note, stub: Stub | None = None) -> FullNote:
    """A note with the sections of its body.

    Args:
        stub: of a kept paper that is not in the archive yet, so that its note has no body.
    """
    title = parse_title_line(clean(note.title_line))
    summary = tuple(filter(None, clean_lines(restore(note.summary or ""))))
    if stub is None:
        sections = _sections(note.body or "")
        abstract, translation = sections.get("Abstract", ""), sections.get("Translation", "")
        return FullNote(note, title, summary, read_authors(note.body), abstract, translation)
    translation = clean(stub.translation.text) if stub.translation else ""
    return FullNote(note, title, summary, stub.authors, clean(stub.abstract), translation, stub.doi or "")


def without_pictures(text: str) -> str:
    """Markdown with the address of each picture in its place: the site loads nothing from other hosts."""

    def address(image: re.Match[str]) -> str:
        source = _SOURCE.search(image[0])
        return f" {source[1]} " if source else image[0]

    return _IMAGE.sub(address, normalise_line_ends(text))


def _has_words(text: str) -> bool:
    """True if there is a letter or digit outside the links."""
    end = 0
    for url in find_urls(text):
        start = text.index(url, end)
        if any(char.isalnum() for char in text[end:start]):
            return True
        end = start + len(url)
    return any(char.isalnum() for char in text[end:])


def _sections(body: str) -> dict[str, str]:
    """The sections of a body that the bot wrote, each on one line."""
    sections: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in normalise_line_ends(body).split("\n"):
        if line.startswith("# "):
            heading = _SECTION.fullmatch(line)
            lines = sections.setdefault(heading[1], []) if heading else None
        elif lines is not None:
            lines.append(line)
    return {name: clean(restore(" ".join(lines).strip().removeprefix("- "))) for name, lines in sections.items()}

"""A note of the archive, as the sources of an import describe it."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

READ_LATER = "read-later"
"""The tag of the reading list."""


class Note(Struct, frozen=True):
    """One note from one source; what the source does not contain is ``None`` or empty."""

    title_line: str
    """As written in the source, including white space."""
    number: int | None = None
    """The issue number; ``None`` if not yet published, or not in the source."""
    issue_date: date | None = None
    tags: tuple[str, ...] = ()
    """In the order of the source."""
    page_tag: str | None = None
    """The tag of the page that the note was read from. Such a page omits it from ``tags``, so its place is unknown."""
    urls: tuple[str, ...] = ()
    """Links in the body, the paper's own first."""
    arxiv_id: str | None = None
    """Canonical, without version."""
    summary: str | None = None
    comments: tuple[str, ...] = ()
    """One text per comment, in order; a single text if the source does not separate them."""
    posts: tuple[str, ...] = ()
    """Canonical URLs of the social posts in the comments, without duplicates."""
    refs: tuple[int, ...] = ()
    """Numbers of the notes it refers to, without duplicates."""
    body: str | None = None
    """The raw body, if the source contains it."""
    state: str | None = None
    """``open`` or ``closed``."""
    kind: str = "paper"
    """``paper`` or ``article``."""

    @property
    def url(self) -> str | None:
        """The paper's or article's own link."""
        return self.urls[0] if self.urls else None

    @property
    def comment(self) -> str | None:
        """All comments as one text."""
        return "\n".join(self.comments) or None


class NoteQuery(Struct, frozen=True):
    """Which notes are wanted; an empty text does not restrict."""

    words: str = ""
    """All of them occur in the note."""
    tag: str = ""
    venue: str = ""
    """``ACL``, or with a year ``ACL'26``."""
    oldest_first: bool = False
    """By issue date; otherwise the best match comes first, or without words the highest number."""


class KnownNote(Struct, frozen=True, gc=False):  # refers to no container, and an import keeps one per note
    """The fields of a stored note by which imports recognise it."""

    id: int
    """The row id in the store."""
    number: int | None
    arxiv_id: str | None
    url: str | None
    issue_date: date | None
    title_key: str


class UnparsedPassage(Struct, frozen=True):
    """A passage of a source that could not be parsed, unchanged."""

    where: str
    """Place in the source: ``line 12``, ``entry 3 of NLP.xml``."""
    text: str
    why: str
    """One sentence."""

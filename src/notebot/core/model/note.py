"""What the curator made of a paper or an article: a note of the archive."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class Note(Struct, frozen=True):
    """One note as a source of the archive shows it; ``None`` or empty is what that source does not say."""

    title_line: str
    """As read, white space and display forms included."""
    number: int | None = None
    """The issue's number; ``None`` while it is in no archive, or where the source names none."""
    issue_date: date | None = None
    tags: tuple[str, ...] = ()
    """In the order of the source."""
    page_tag: str | None = None
    """The tag on whose page it was read, which such a page leaves out of its lists: its place is not known."""
    urls: tuple[str, ...] = ()
    """Links of the body, the paper's own first."""
    arxiv_id: str | None = None
    """Canonical, without version."""
    summary: str | None = None
    comments: tuple[str, ...] = ()
    """One text per comment, in order; a source that runs them together gives one."""
    posts: tuple[str, ...] = ()
    """Social posts linked in the comments, canonical, each once."""
    refs: tuple[int, ...] = ()
    """Numbers of the notes it refers to, each once."""
    body: str | None = None
    """The raw body; ``None`` where the source has none."""
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


class KnownNote(Struct, frozen=True):
    """As much of a stored note as it takes to meet it again."""

    id: int
    """The store's own."""
    number: int | None
    arxiv_id: str | None
    url: str | None
    issue_date: date | None
    title_key: str


class UnparsedPassage(Struct, frozen=True):
    """A passage of a source that was not understood, raw."""

    where: str
    """``line 12``, ``entry 3 of NLP.xml``."""
    text: str
    why: str
    """One sentence."""

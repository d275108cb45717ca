"""What publishing and filling need of the archive on GitHub."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Issue(Struct, frozen=True):
    """An issue with all that a note is made of."""

    number: int
    title: str
    body: str | None
    """Raw, its lines ended as GitHub ends them (CRLF where a browser wrote them)."""
    labels: tuple[str, ...]
    """In GitHub's order."""
    created_at: datetime
    updated_at: datetime
    comments: tuple[str, ...]
    """Raw, the oldest first; empty where only the issue itself was asked for."""
    state: Literal["open", "closed"]


class Edit(Struct, frozen=True):
    """What is to be changed of an issue; ``None`` leaves a part as it is."""

    title: str | None = None
    body: str | None = None
    labels: tuple[str, ...] | None = None
    """All labels that are to stand."""


class IssueArchive(Protocol):
    """One repository's issues, for one who may write.

    Every method that writes sends one request, in its turn of the pace. ``ThrottledError``, ``RefusedError``,
    ``NotFoundError`` and ``UsageError`` mean that nothing was written; after any other ``ServiceError`` it
    may have been: the answer was lost, or could not be read.
    """

    @property
    def repo(self) -> str:
        """``OWNER/NAME`` as configured; a repository that GitHub has under another name is not written to."""

    def newest(self, after: int | None = None) -> list[Issue]:
        """Issues with a higher number than ``after``, or the newest hundred; the newest first, without comments.

        Raises:
            UsageError: GitHub has the repository under another name.
        """

    def issue(self, number: int) -> Issue:
        """One issue with its comments.

        Raises:
            NotFoundError: there is none, or it was deleted or transferred.
        """

    def labels(self) -> list[str]:
        """The names of all labels of the repository."""

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Opens an issue; the answer's labels are those that GitHub did set."""

    def amend(self, number: int, decide: Callable[[Issue], Edit | None]) -> Issue | None:
        """Reads an issue with its comments and, with no request in between, writes what ``decide`` makes of it.

        Nothing is written, and ``None`` returned, where that is ``None``; what it raises goes through.
        """

    def add_comment(self, number: int, body: str) -> None:
        """Adds a comment at the end."""

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        """Adds labels to those of the issue; returns all that it has then."""

    def create_label(self, name: str, colour: str | None) -> None:
        """Makes a label; ``colour`` is six hexadecimal digits, ``None`` leaves it to GitHub."""

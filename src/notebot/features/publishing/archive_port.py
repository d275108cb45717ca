"""The port to the archive that `publish` and `fill` write to: issues on GitHub, or files in a folder."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from notebot.core.model.errors import MoveError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Issue(Struct, frozen=True):
    """An issue with everything that a note consists of."""

    number: int
    title: str
    body: str | None
    """Raw, with GitHub's line ends: CRLF if it was written in a browser."""
    labels: tuple[str, ...]
    """In GitHub's order."""
    created_at: datetime
    updated_at: datetime
    comments: tuple[str, ...]
    """Raw, the oldest first; empty if only the issue itself was requested."""
    state: Literal["open", "closed"]


class Edit(Struct, frozen=True):
    """A change of an issue's texts and state; ``None`` leaves one as it is.

    There are no labels in it. A request that lists them would remove a label that the curator adds at that moment
    (rules.md 7.8), so labels are added and removed by requests of their own.
    """

    title: str | None = None
    body: str | None = None
    state: Literal["open", "closed"] | None = None


class IssueRefusedError(RefusedError):
    """GitHub refuses a write to one issue, which is locked or does not take the text; nothing was written."""


class NoteEditedError(MoveError):
    """The part of a note that a change would replace is not as notebot wrote it; nothing was written."""


class IssueArchive(Protocol):
    """One archive's issues, with permission to write.

    Every method that writes sends one request, within the rate limit. ``ThrottledError``, ``RefusedError``,
    ``NotFoundError`` and ``UsageError`` mean that nothing was written. After any other ``ServiceError`` something
    may have been written: the answer was lost or malformed.
    """

    @property
    def repo(self) -> str:
        """``OWNER/NAME`` as configured; a renamed repository is never written to. Of a folder its path."""

    @property
    def import_command(self) -> str:
        """The command that imports the archive's notes."""

    def newest(self, after: int | None = None) -> list[Issue]:
        """Returns issues with a number above ``after``, or the newest hundred; the newest first, no comments.

        Raises:
            UsageError: GitHub has the repository under another name.
        """

    def issue(self, number: int) -> Issue:
        """Returns one issue with its comments.

        Raises:
            NotFoundError: it does not exist, or was deleted or transferred.
        """

    def labels(self) -> list[str]:
        """Returns the names of all labels of the repository."""

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Creates an issue; the returned labels are those that GitHub set."""

    def amend(self, number: int, decide: Callable[[Issue], Edit | None]) -> Issue | None:
        """Reads an issue with its comments and, with no request in between, writes the edit that ``decide`` returns.

        Writes nothing and returns ``None`` if ``decide`` returns ``None``; its exceptions are not caught.

        Raises:
            NoteEditedError: in a folder, somebody has edited what would be replaced.
        """

    def add_comment(self, number: int, body: str) -> None:
        """Adds a comment at the end."""

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        """Adds labels to those of the issue; returns all labels that it has then."""

    def remove_label(self, number: int, label: str) -> None:
        """Removes one label; does nothing if the issue does not have it.

        Raises:
            MoveError: a URL cannot contain the label.
        """

    def create_label(self, name: str, colour: str | None) -> None:
        """Creates a label; ``colour`` is six hexadecimal digits, ``None`` leaves it to GitHub."""

"""What sending to Zotero needs of a library, with the errors that it acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_ITEMS = 50
"""Items per write request (Zotero's web API, write requests)."""


class TokenUsedError(RefusedError):
    """Zotero has already received a request with this write token."""


class TooLargeError(BadAnswerError):
    """The request is too large (413); nothing was written."""


class Failure(Struct, frozen=True):
    """Why Zotero did not write one item; the others of the request are not affected."""

    code: int
    """As an HTTP status: 412 if the item has changed, or exists."""
    message: str = ""


class FoundItem(Struct, frozen=True):
    """An item of the library."""

    version: int
    data: dict[str, Any]


class Library(Protocol):
    """One Zotero library."""

    @property
    def name(self) -> str:
        """``users/123`` or ``groups/123``."""

    def create(self, items: Sequence[Mapping[str, Any]], token: str) -> dict[int, Failure]:
        """Creates items, at most ``MOST_ITEMS``; returns the failures by place.

        Raises:
            TokenUsedError: a request with this token was received before.
            TooLargeError: fewer items have to be sent at once.
            ServiceError: nothing is known of the outcome, or nothing was written.
        """

    def update(self, items: Sequence[Mapping[str, Any]]) -> dict[int, Failure]:
        """Changes fields of items; each says its key and the version that it changes; returns the failures by place.

        Raises:
            TooLargeError: fewer items have to be sent at once.
            ServiceError: nothing is known of the outcome, or nothing was written.
        """

    def find(self, item_keys: Sequence[str]) -> dict[str, FoundItem]:
        """The items that there are, by key, those in the trash included; at most ``MOST_ITEMS`` keys.

        Raises:
            ServiceError: the library did not answer.
        """

"""What is known of an item that was, or may have been, sent."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from notebot.features.zotero.rules.item import ItemDraft


class SentState(StrEnum):
    """The state of an item."""

    PLANNED = "planned"
    """Zotero refused it, and has not stored it; it is sent again."""
    SENDING = "sending"
    """The request may have been sent, and carried out."""
    DONE = "done"
    LEFT = "left"
    """It is the library's owner's now: it was deleted, or our line was removed. It is never written again."""


class SentItem(Struct, frozen=True):
    """One paper in one library, stored before and after each request."""

    library: str
    key: str
    """The stub's."""
    item_key: str
    state: SentState
    draft: ItemDraft
    """What was sent last; once done, what the item's unchanged fields say."""
    token: str = ""
    """The write token of the request; only while sending."""
    why: str = ""
    """Why it was refused or left."""

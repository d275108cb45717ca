"""A paper on the reading list that the desks of a lab share."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class DiscussedPaper(Struct, frozen=True):
    """A paper that one curator wants to discuss; what others need to know of it is stored with it."""

    key: str
    """That of its stub, in whichever queue."""
    title: str
    authors: str
    url: str
    since: datetime
    line: str = ""
    """Why, in the curator's words; may be empty."""
    desk: str = ""
    """Whose wish it is; the store sets it."""

"""The stored record of an inbox line that could not be processed."""

from datetime import datetime

from msgspec import Struct

SHORTCUTS = (".url", ".desktop", ".webloc")
"""What Windows, Linux and macOS create when a link is dragged into a folder."""
WHOLE = (*SHORTCUTS, ".html", ".htm")
"""Files of the inbox that are one item, not one per line."""


class InboxFailure(Struct, frozen=True):
    """A line that could not be processed so far. It stays in the inbox and is retried."""

    place: str
    text: str
    kind: str
    why: str
    """One sentence."""
    tries: int
    first_at: datetime
    tried_at: datetime
    next_at: datetime
    """Not retried before this time, except by hand."""

    @property
    def where(self) -> str:
        """The file's name and the start of the line; only the name for an item that is a whole file."""
        if not self.text or self.place.lower().endswith(WHOLE):
            return self.place
        line = " ".join(self.text.split())
        return f"{self.place}: " + (line if len(line) <= 120 else f"{line[:119]}…")

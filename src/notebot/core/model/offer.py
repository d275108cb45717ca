"""Offered changes to notes and stubs, and the plan of a digest."""

from datetime import date, datetime

from msgspec import Struct

from notebot.core.model.changes import Change, TitleLineOffer, VenueChange, field_and_value
from notebot.core.model.reasons import Reason
from notebot.core.model.stub import stub_key

NOTE_UPDATES = 20
"""The most updates about notes in one digest; an audit can find hundreds."""
_NOTE = "note:"


class Update(Struct, frozen=True):
    """A change to a stub after the curator saw it, or an offered correction of a note."""

    id: int
    """Assigned by the store."""
    key: str
    """The key of a stub, or ``note:2158``."""
    change: Change
    why: Reason | str
    """A text if an earlier version stored it, or if it is worded for a template already."""
    title: str = ""
    """The title as the curator saw it."""

    @property
    def field(self) -> str:
        """The kind of change as JSON documents and digest marks have it, such as ``venue`` or ``post 12``."""
        return field_and_value(self.change)[0]

    @property
    def value(self) -> str:
        """The change as JSON documents have it, such as ``arXiv'25 → ACL'26``."""
        return field_and_value(self.change)[1]

    @property
    def is_offer(self) -> bool:
        """True if the curator has to accept the change with a tick, because the field is theirs.

        All fields of a note are the curator's.
        """
        return self.of_note or isinstance(self.change, TitleLineOffer)

    @property
    def of_note(self) -> bool:
        """True if the update is about a note of the archive."""
        return self.key.startswith(_NOTE)

    @property
    def is_found_venue(self) -> bool:
        """True if the update offers to replace a note's arXiv by a venue."""
        return self.of_note and isinstance(self.change, VenueChange) and self.change.before != ""

    @property
    def subject(self) -> str:
        """The arXiv id of the stub or the number of the note, as in the digest's HTML comments."""
        return self.key.partition(":")[2]


class OlderPaper(Struct, frozen=True):
    """An older paper that was revised or cross-listed; OAI-PMH cannot tell which, so it gets no stub."""

    arxiv_id: str
    changed_on: date
    category: str
    title: str
    topics: tuple[str, ...]
    """The names of the matching topics."""


class DigestPlan(Struct, frozen=True):
    """The content of a digest, stored before its file is written (rules.md 4.5)."""

    name: str
    planned_at: datetime
    issue_date: date
    """The day in the curator's time zone; the stubs get it as their Issue Date."""
    text: str
    keys: tuple[str, ...]
    """Stub keys in file order."""
    update_ids: tuple[int, ...]
    rows: tuple[tuple[date, str, int], ...]
    """The reported ledger rows: day, category, revision."""
    older: tuple[tuple[str, date], ...] = ()
    """The listed older papers: id and day of the change."""
    ranked: tuple[str, ...] = ()
    """Stub keys over all topics, the most promising first; empty in plans of earlier versions."""


def note_key(number: int | str) -> str:
    """The key of updates about a note."""
    return f"{_NOTE}{number}"


def update_key(subject: str) -> str:
    """The key of the updates with this :attr:`Update.subject`."""
    return note_key(subject) if subject.isascii() and subject.isdigit() else stub_key(subject)

"""Offers to change a note or stub, and the plan of a digest."""

from datetime import date, datetime

from msgspec import Struct

from notebot.core.model.stub import stub_key

OFFERED = ("title_line",)
"""Fields that a machine never writes once the curator has."""
NOTE_UPDATES = 20
"""Updates of notes per digest; an audit can find hundreds."""
_NOTE = "note:"
MOVE = " → "
"""Between the venue that a note has and the one that is offered."""


class Update(Struct, frozen=True):
    """Something that changed on a stub after the curator saw it, or that a note of the archive wants."""

    id: int
    """Given by the store."""
    key: str
    """A stub's, or ``note:2158``."""
    field: str
    """``metadata``, ``title``, ``withdrawn``, ``post`` or ``title_line``; of a note ``venue``, ``label``, ``twice``,
    ``leftover``, or ``post`` with an id behind it."""
    value: str
    why: str
    title: str = ""
    """The title as the curator saw it."""

    @property
    def is_offer(self) -> bool:
        """It changes a field that the curator owns, as all of a note's are, so it waits for a tick."""
        return self.of_note or self.field in OFFERED

    @property
    def of_note(self) -> bool:
        """It is about a note of the archive."""
        return self.key.startswith(_NOTE)

    @property
    def is_found_venue(self) -> bool:
        """It offers a note a venue in the place of arXiv."""
        return self.of_note and self.field == "venue" and MOVE in self.value

    @property
    def subject(self) -> str:
        """The arXiv id of the stub, or the number of the note, as the page's mark has it."""
        return self.key.partition(":")[2]


class OlderPaper(Struct, frozen=True):
    """A paper that changed or was cross-listed: OAI cannot tell which, so it is named and not drafted."""

    arxiv_id: str
    changed_on: date
    category: str
    title: str
    topics: tuple[str, ...]
    """The names of those that it matches."""


class DigestPlan(Struct, frozen=True):
    """What a digest will hold; stored before its file is written (rules.md 4.5)."""

    name: str
    planned_at: datetime
    issue_date: date
    """Its day in the curator's time zone; its stubs take it as their Issue Date."""
    text: str
    keys: tuple[str, ...]
    """Stub keys in file order."""
    update_ids: tuple[int, ...]
    rows: tuple[tuple[date, str, int], ...]
    """The ledger rows it reports: day, category, revision."""
    older: tuple[tuple[str, date], ...] = ()
    """The older papers it names: id and day of the change."""


def note_key(number: int | str) -> str:
    """The key of a note's updates."""
    return f"{_NOTE}{number}"


def update_key(subject: str) -> str:
    """The key of the updates with this :attr:`Update.subject`."""
    return note_key(subject) if subject.isascii() and subject.isdigit() else stub_key(subject)

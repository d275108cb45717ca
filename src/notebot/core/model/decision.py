"""The curator's decisions as records: who decided what, when, from where, and what that replaced."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from notebot.core.model.stub import Curator, Offer, Stub, StubStatus

COMMAND = "cli"
"""``by`` of a decision made with ``notebot queue``."""
PAGE = "page"
"""``by`` of a decision made on the review page."""
_FILE = "file "


class Choice(Struct, frozen=True):
    """The part of a stub that the curator decides."""

    status: StubStatus
    posts: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    curator: Curator = Curator()


class SeenFile(Struct, frozen=True):
    """The state of a digest file at some moment."""

    sha256: str
    """Empty if there was no file."""
    at_ns: int
    """By the clock of the file system, which ``NOTEBOT_NOW`` does not move."""


class Decision(Struct, frozen=True, kw_only=True):
    """One decision about one stub, or about one offered update of a note."""

    key: str
    """The key of a stub, or ``note:2158``."""
    move: str
    """``keep``, ``skip``, ``requeue``, ``untick``, ``put back``, ``edit``; of an update ``accept``,
    ``withdraw``, ``dismiss``."""
    by: str
    """``page``, ``cli`` or ``file NAME``."""
    at: datetime
    batch: int
    """The same number for all decisions of one command or one ``collect``: ``queue undo`` takes them back together."""
    before: Choice | None = None
    """``None`` for a note."""
    after: Choice | None = None
    update: str = ""
    """The update that was decided on, as in the digest: ``2158 venue``; empty for other moves."""
    update_id: int = 0
    automatic: bool = False
    """True if the daemon collected by itself."""
    files: dict[str, SeenFile] = field(default_factory=dict)
    """The digest files that contain the stub, as they were at that moment, except the one that decided."""
    id: int = 0
    """Assigned by the store; ascending."""
    undone_at: datetime | None = None

    @property
    def file(self) -> str | None:
        """The digest in which the curator decided this, or ``None``."""
        return self.by.removeprefix(_FILE) if self.by.startswith(_FILE) else None

    @property
    def outbox_key(self) -> str:
        """The key under which publishing sends what was decided."""
        return f"update:{self.update_id}" if self.before is None else self.key

    @property
    def moved(self) -> bool:
        """True if the decision changed the stub's status."""
        return self.before is not None and self.after is not None and self.before.status is not self.after.status


def by_file(name: str) -> str:
    """``by`` of a decision that was read from a digest file."""
    return f"{_FILE}{name}"


def choice_of(stub: Stub) -> Choice:
    """What the curator has decided about the stub so far."""
    return Choice(stub.status, stub.posts, stub.offers, stub.curator)

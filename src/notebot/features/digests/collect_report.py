"""What reading digests back found and changed, for the command line, the daemon and JSON."""

from __future__ import annotations

from msgspec import Struct, field

from notebot.core.model.digest_reading import IgnoredRewrite, Unreadable
from notebot.core.model.stub import StubStatus


class NewTag(Struct, frozen=True):
    """A typed tag that neither the archive nor a topic has."""

    tag: str
    arxiv_id: str
    nearest: str | None
    """The most similar known tag, as it may be a typing error."""


class EntryChange(Struct, frozen=True):
    """What one reading changed about one entry."""

    ref: str
    """The arXiv id, or the identifier of a page in the digest."""
    move: str
    """``keep``, ``skip``, ``untick``, ``put back`` or ``edit``."""
    was: StubStatus
    now: StubStatus
    parts: tuple[str, ...] = ()
    """What was typed or changed besides: ``comment``, ``posts``, ``tags``, ``related``, ``title_line``, …"""
    values: dict[str, str] = {}
    """What the stub has now under each of them."""


class Conflict(Struct, frozen=True):
    """A change in the file that was not taken."""

    ref: str
    why: str


class Collected(Struct):
    """The result of reading one digest back."""

    digest: str
    kept: list[str] = field(default_factory=list)
    """arXiv ids, in file order."""
    skipped: list[str] = field(default_factory=list)
    """Entries that were deleted; ``queue requeue`` brings one back."""
    untouched: int = 0
    changed: int = 0
    """Stubs that this run changed; 0 if the same file is read again."""
    accepted: list[str] = field(default_factory=list)
    """Ticked updates such as ``2158 venue``, if they were not ticked before."""
    new_tags: list[NewTag] = field(default_factory=list)
    remark: str | None = None
    """Text outside all entries."""
    unreadable: list[Unreadable] = field(default_factory=list)
    problem: str | None = None
    """Why the file was not read, or not completely."""
    returned: list[str] = field(default_factory=list)
    """Entries that were un-ticked or put back, and are ``digested`` again."""
    withdrawn: list[str] = field(default_factory=list)
    """Updates that are no longer ticked."""
    changes: list[EntryChange] = field(default_factory=list)
    """One for every stub that this run changed, in file order."""
    conflicts: list[Conflict] = field(default_factory=list)
    ignored: list[IgnoredRewrite] = field(default_factory=list)
    """Changes that a program made; ``collect --as-typed`` takes them."""
    gone: bool = False
    """True for a digest that nobody named and whose file was moved away or deleted; its entries are unchanged."""

    @property
    def changed_something(self) -> bool:
        """True if a stub or an update is not as it was before."""
        return bool(self.changes or self.accepted or self.withdrawn)

    @property
    def was_read(self) -> bool:
        """False if the file does not exist or cannot be read."""
        return bool(self.kept or self.skipped or self.untouched)

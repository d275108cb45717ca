"""The result of reading a completed digest."""

from enum import StrEnum

from msgspec import Struct, field


class Verdict(StrEnum):
    """What the curator did with an entry."""

    KEPT = "kept"
    """The curator ticked, typed or changed something."""
    SKIPPED = "skipped"
    """The entry was deleted: neither its title line nor its link is in the file."""
    UNTOUCHED = "untouched"


class PostLine(Struct, frozen=True):
    """A post of an entry, as written in the file."""

    kind: str
    """The label before the URL, without colon: ``元ポスト``, ``解説ポスト``."""
    url: str
    """As typed."""


class ReadEntry(Struct, frozen=True):
    """One entry of the digest. ``fields`` and ``comment`` are the curator's; all else includes what notebot wrote."""

    arxiv_id: str
    verdict: Verdict
    one_line: bool = False
    """True for a headline: it shows no tags, and its title line has no prefix."""
    read_later: bool = False
    comment: str | None = None
    """What the curator typed, byte for byte except line ends; one blank line between paragraphs."""
    posts: tuple[PostLine, ...] = ()
    """In file order, including those that notebot wrote unless they were deleted."""
    related: tuple[int, ...] = ()
    """The numbers of the ticked notes, in file order."""
    tags: tuple[str, ...] = ()
    """The tags without ``?``, each once, in file order."""
    tags_changed: bool = False
    """True if the curator confirmed, typed, moved or removed a tag."""
    new_tags: tuple[str, ...] = ()
    """The tags that notebot did not write, not even as a guess."""
    fields: dict[str, str] = field(default_factory=dict)
    """The changed values of ``title_line``, ``summary`` (empty if deleted) and ``issue_date``, ready to store:
    the escaping of the text that notebot wrote is undone, the curator's text is unchanged."""


class Unreadable(Struct, frozen=True):
    """Text that no rule could assign to an entry or field."""

    line: int
    """The number of its first line in the edited file, from 1."""
    text: str
    why: str


class DigestReading(Struct, frozen=True):
    """Everything read from one digest."""

    entries: tuple[ReadEntry, ...]
    """All entries of the digest as notebot wrote it, in that order."""
    accepted_updates: tuple[str, ...] = ()
    """The ticked *Updates* by the identifier in their HTML comment, such as ``2158 venue``."""
    remark: str | None = None
    """What the curator typed outside entries, byte for byte except line ends."""
    unreadable: tuple[Unreadable, ...] = ()
    """In file order."""

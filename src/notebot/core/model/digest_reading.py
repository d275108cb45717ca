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
    UNKNOWN = "unknown"
    """The file ends within this entry, so its part of the entry does not count (rules.md 6.4)."""


class PostLine(Struct, frozen=True):
    """A post of an entry, as written in the file."""

    kind: str
    """The label before the URL, without colon: ``元ポスト``, ``解説ポスト``."""
    url: str
    """As typed, without the Markdown around it; the words of a link ``[words](URL)`` are not part of a post."""


class ReadEntry(Struct, frozen=True):
    """One entry of the digest. ``fields`` and ``comment`` are the curator's; all else includes what notebot wrote."""

    arxiv_id: str
    verdict: Verdict
    one_line: bool = False
    """True for a headline: it shows no tags, and its title line has no prefix."""
    ticked: bool = False
    """True if the box of the entry itself (``残す``, or the one of a headline) is ticked."""
    declined: bool = False
    """True if that box holds ``[-]``, which is a "no": it does not keep the entry."""
    read_later: bool = False
    comment: str | None = None
    """What the curator typed, byte for byte except line ends. Passages typed at different places are separated by
    one blank line; blank lines inside a passage are as in the file."""
    posts: tuple[PostLine, ...] = ()
    """In file order, including those that notebot wrote unless they were deleted."""
    posts_changed: bool = False
    """True if the curator added, replaced or relabelled a post. Deleting one alone does not keep an entry."""
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


class IgnoredRewrite(Struct, frozen=True):
    """The same change in many entries, which a program made and which does not count (rules.md 6.5)."""

    part: str
    """What was changed: ``title line``, ``tags``, ``summary``, ``issue date``, ``post``, ``text`` (added words)."""
    old: str
    """The replaced words, in their normal form; empty if words were only added."""
    new: str
    """The new words; empty if words were only removed."""
    count: int
    """The entries with this change."""
    total: int
    """The entries that have this part."""
    example: str
    """The changed text in one of these entries, as it is in the file, shortened."""


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
    complete: bool = True
    """False for a half-synced copy: neither the end mark nor the text of the last entry is in the file. Nothing in it
    is skipped or removed, and a box that is not ticked was not un-ticked."""
    ends_in: str | None = None
    """The arXiv id of the entry in which an incomplete file ends; ``None`` if it ends outside the entries."""
    ignored: tuple[IgnoredRewrite, ...] = ()
    """Changes that a program made; ``read_digest(..., as_typed=True)`` takes them as the curator's."""

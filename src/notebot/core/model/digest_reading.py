"""What a completed digest says."""

from enum import StrEnum

from msgspec import Struct, field


class Verdict(StrEnum):
    """What the curator made of an entry."""

    KEPT = "kept"
    """Something was ticked, typed or changed."""
    SKIPPED = "skipped"
    """Neither its title line nor its link stands in the file any more."""
    UNTOUCHED = "untouched"


class PostLine(Struct, frozen=True):
    """A post of an entry, as it stands in the file."""

    kind: str
    """The words before it, without colon: ``元ポスト``, ``解説ポスト``."""
    url: str
    """As typed."""


class ReadEntry(Struct, frozen=True):
    """One entry of the digest. All but ``fields`` and ``comment`` holds what stands there, drawn or typed."""

    arxiv_id: str
    verdict: Verdict
    one_line: bool = False
    """A headline: a changed title line comes without the prefix, and the tags are not shown."""
    read_later: bool = False
    comment: str | None = None
    """What the curator typed, byte for byte but for line ends; paragraphs parted by one blank line."""
    posts: tuple[PostLine, ...] = ()
    """In file order; those that notebot drew are among them unless they were deleted."""
    related: tuple[int, ...] = ()
    """The ticked note numbers, in file order."""
    tags: tuple[str, ...] = ()
    """Those that are taken: no ``?`` behind them. Each once, in file order."""
    tags_changed: bool = False
    """Whether the curator took, typed, moved or removed one: the tags are the curator's."""
    new_tags: tuple[str, ...] = ()
    """Those that were not drawn, not even as a guess."""
    fields: dict[str, str] = field(default_factory=dict)
    """What the curator changed: ``title_line``, ``summary`` (empty when deleted), ``issue_date``. As it is
    stored: notebot's own part without what made it harmless, the curator's own as typed."""


class Unreadable(Struct, frozen=True):
    """A passage that nothing was made of."""

    line: int
    """Its first line in the edited file, from 1."""
    text: str
    why: str


class DigestReading(Struct, frozen=True):
    """A whole digest."""

    entries: tuple[ReadEntry, ...]
    """Each entry of the digest as written, in its order."""
    accepted_updates: tuple[str, ...] = ()
    """Ticked *Updates* by what stands behind ``nb up`` in their mark, such as ``2158 venue``."""
    remark: str | None = None
    """What the curator typed outside of entries, byte for byte but for line ends."""
    unreadable: tuple[Unreadable, ...] = ()
    """In file order."""

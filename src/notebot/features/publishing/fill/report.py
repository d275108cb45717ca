"""What a run of `fill` did."""

from msgspec import Struct, field

from notebot.features.publishing.publish import Trouble


class Filled(Struct, frozen=True):
    """A bare issue that is a note now."""

    number: int
    arxiv_id: str
    title: str
    labels: tuple[str, ...]
    """Those that stand on it."""
    comments: int
    left_out: tuple[str, ...] = ()
    """Tags that are no labels of the archive; `notebot publish --new-labels` makes and adds them."""
    dropped: tuple[str, ...] = ()
    """Labels that GitHub was asked to set and did not."""


class KnownPaper(Struct, frozen=True):
    """A bare issue of a paper that has a note: it was told so in a comment, and is left otherwise."""

    number: int
    note: int


class Remark(Struct, frozen=True):
    """An issue that was left as it is, and why."""

    number: int
    why: str


class FillReport(Struct):
    """What one run did."""

    repo: str
    filled: list[Filled] = field(default_factory=list)
    known: list[KnownPaper] = field(default_factory=list)
    waiting: list[Remark] = field(default_factory=list)
    """Bare issues that the next run looks at again."""
    untouched: list[Remark] = field(default_factory=list)
    """Issues that were asked for by number, and that are not bare."""
    troubles: list[Trouble] = field(default_factory=list)

"""What a run of `publish` did."""

from msgspec import Struct, field


class Published(Struct, frozen=True):
    """A stub that has become an issue."""

    arxiv_id: str
    number: int
    title: str
    labels: tuple[str, ...]
    """Those that GitHub has set."""
    comments: int
    left_out: tuple[str, ...] = ()
    """Tags that are no labels of the archive; ``--new-labels`` makes and adds them."""
    dropped: tuple[str, ...] = ()
    """Labels that GitHub was asked to set and did not."""


class Applied(Struct, frozen=True):
    """An accepted offer that stands in its note now."""

    number: int
    field: str
    value: str
    written: bool
    """``False`` where the note had it already."""
    left_out: tuple[str, ...] = ()


class Trouble(Struct, frozen=True):
    """What was not written, and why."""

    subject: str
    """An arXiv id, or ``#2158 venue``."""
    kind: str
    message: str


class PublishReport(Struct):
    """What one run did."""

    repo: str
    published: list[Published] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    labelled: list[Applied] = field(default_factory=list)
    """Issues that got labels which were left out before."""
    troubles: list[Trouble] = field(default_factory=list)
    waiting: int = 0
    """Stubs and offers that are left for the next run, because GitHub wants no more now."""
    files: list[str] = field(default_factory=list)
    """What was written instead of requests, without a token or with ``--dry-run``."""

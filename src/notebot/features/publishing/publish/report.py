"""What a run of `publish` did."""

from msgspec import Struct, field


class PublishedStub(Struct, frozen=True):
    """A stub that became an issue."""

    key: str
    arxiv_id: str
    """Empty for an article."""
    number: int
    title: str
    labels: tuple[str, ...]
    """The labels that GitHub set."""
    comments: int
    left_out: tuple[str, ...] = ()
    """Tags that are not labels of the archive; ``--new-labels`` creates and adds them."""
    dropped: tuple[str, ...] = ()
    """Labels that GitHub was asked to set and did not."""


class AppliedOffer(Struct, frozen=True):
    """An accepted offer that the note now has."""

    number: int
    field: str
    value: str
    written: bool
    """``False`` if the note had it already."""
    left_out: tuple[str, ...] = ()


class PublishProblem(Struct, frozen=True):
    """What was not written, and why."""

    subject: str
    """An arXiv id, or ``#2158 venue``."""
    kind: str
    message: str


class PublishReport(Struct):
    """What one run did."""

    repo: str
    published: list[PublishedStub] = field(default_factory=list)
    applied: list[AppliedOffer] = field(default_factory=list)
    labelled: list[AppliedOffer] = field(default_factory=list)
    """Issues that got labels which an earlier run left out."""
    troubles: list[PublishProblem] = field(default_factory=list)
    waiting: int = 0
    """Stubs and offers left to the next run, because GitHub accepts no more requests now."""
    files: list[str] = field(default_factory=list)
    """Scripts written instead of requests, without a token or with ``--dry-run``."""

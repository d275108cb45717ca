"""What a run of `fill` did."""

from msgspec import Struct, field

from notebot.features.publishing.publish.report import PublishProblem


class FilledIssue(Struct, frozen=True):
    """A link-only issue that became a note."""

    number: int
    arxiv_id: str
    title: str
    labels: tuple[str, ...]
    """All labels of the issue."""
    comments: int
    left_out: tuple[str, ...] = ()
    """Tags that are not labels of the archive; `notebot publish --new-labels` creates and adds them."""
    dropped: tuple[str, ...] = ()
    """Labels that GitHub was asked to set and did not."""


class DuplicateIssue(Struct, frozen=True):
    """A link-only issue whose paper has a note: a comment names that note, nothing else is changed."""

    number: int
    note: int


class UnfilledIssue(Struct, frozen=True):
    """An issue that was not written to, and why."""

    number: int
    why: str


class FillReport(Struct):
    """What one run did."""

    repo: str
    filled: list[FilledIssue] = field(default_factory=list)
    known: list[DuplicateIssue] = field(default_factory=list)
    waiting: list[UnfilledIssue] = field(default_factory=list)
    """Link-only issues that the next run looks at again."""
    untouched: list[UnfilledIssue] = field(default_factory=list)
    """Issues requested by number that are not link-only."""
    troubles: list[PublishProblem] = field(default_factory=list)

"""A bare issue between the first reading and the write, and where such issues are found."""

from typing import Protocol

from msgspec import Struct

from notebot.core.model.arxiv_id import ArxivId
from notebot.core.model.errors import MoveError
from notebot.features.publishing.github_port import Issue
from notebot.features.publishing.rules.link_only_issue import BareLinks, is_title_line, read_bare


class OpenIssues(Struct, frozen=True):
    """Issues as a list shows them, without comments."""

    issues: tuple[Issue, ...]
    etag: str | None = None
    """For the next question."""


class CuratorIssues(Protocol):
    """The repository's issues, by who opened them."""

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        """Those of the newest hundred open issues that a curator opened; ``None`` if none has changed since ``etag``.

        Raises:
            UsageError: GitHub has the repository under another name.
            ServiceError: GitHub gave no usable answer.
        """


class BareIssue(Struct, frozen=True):
    """A bare issue as it was when it was read first."""

    issue: Issue
    links: BareLinks
    followed: tuple[ArxivId, ...] = ()
    """The papers that its posts speak of, where it links to none itself."""
    not_told: str = ""
    """Why its posts told nothing, where a service said so."""

    @property
    def papers(self) -> tuple[ArxivId, ...]:
        """Those that it is about."""
        return self.links.papers or self.followed

    @property
    def number(self) -> int:
        """The issue's."""
        return self.issue.number

    @property
    def paper(self) -> str:
        """The canonical id of its first paper; only where it has one."""
        return self.papers[0].base

    def check_same(self, now: Issue) -> None:
        """Checks that the issue, as it stands now, is still the same bare one.

        Raises:
            MoveError: it is not.
        """
        if (now.state, now.title, read_bare(now.body)) != ("open", self.issue.title, self.links):
            raise MoveError(f"#{self.number} was changed while its paper was looked up; nothing was written")


def as_bare(issue: Issue) -> BareIssue | None:
    """The issue, if it is bare and may be filled."""
    links = read_bare(issue.body)
    if issue.state != "open" or links is None or is_title_line(issue.title, links):
        return None
    return BareIssue(issue, links)


def why_not_bare(issue: Issue) -> str:
    """Why an issue is left, as a person is told."""
    if issue.state != "open":
        return "it is closed"
    return "its body holds more than links" if read_bare(issue.body) is None else "its title line is written already"

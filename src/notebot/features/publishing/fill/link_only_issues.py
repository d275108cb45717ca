"""A link-only issue between its first reading and the write, and the port that lists such issues."""

from typing import Protocol

from msgspec import Struct

from notebot.core.model.arxiv_id import ArxivId
from notebot.core.model.errors import MoveError
from notebot.features.publishing.archive_port import Issue
from notebot.features.publishing.rules.link_only_issue import (
    IssueLinks,
    is_title_line,
    links_of_issue,
    looks_like_link,
    why_not_link_only,
)


class OpenIssues(Struct, frozen=True):
    """Issues as a list returns them, without comments."""

    issues: tuple[Issue, ...]
    etag: str | None = None
    """For the next request."""


class CuratorIssues(Protocol):
    """The repository's issues, filtered by who opened them."""

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        """Returns those of the newest hundred open issues that a curator opened; ``None`` if ``etag`` still matches.

        Raises:
            UsageError: GitHub has the repository under another name.
            ServiceError: GitHub gave no usable answer.
        """


class LinkOnlyIssue(Struct, frozen=True):
    """A link-only issue as it was when it was first read."""

    issue: Issue
    links: IssueLinks
    followed: tuple[ArxivId, ...] = ()
    """The papers that its posts mention, if it links to none itself."""
    unread_why: str = ""
    """Why its posts could not be read, if a service said so."""

    @property
    def papers(self) -> tuple[ArxivId, ...]:
        """The papers that it is about."""
        return self.links.papers or self.followed

    @property
    def number(self) -> int:
        """The number of the issue."""
        return self.issue.number

    @property
    def paper(self) -> str:
        """The id of its first paper without version; raises ``IndexError`` if it has none."""
        return self.papers[0].base

    def raise_if_changed(self, now: Issue) -> None:
        """Compares the issue as it is now with the one that was read first.

        Raises:
            MoveError: it was closed, or its title or links changed.
        """
        if (now.state, now.title, links_of_issue(now.title, now.body)) != ("open", self.issue.title, self.links):
            raise MoveError(f"#{self.number} was changed while its paper was looked up; nothing was written")


def as_link_only(issue: Issue) -> LinkOnlyIssue | None:
    """Returns the issue if it is link-only and may be filled."""
    links = links_of_issue(issue.title, issue.body)
    if issue.state != "open" or links is None or is_title_line(issue.title, links):
        return None
    return LinkOnlyIssue(issue, links)


def why_not_filled(issue: Issue) -> str:
    """Returns the reason for which :func:`as_link_only` rejects an issue."""
    if issue.state != "open":
        return "it is closed"
    if links_of_issue(issue.title, issue.body) is None:
        return why_not_link_only(issue.title, issue.body)
    return "its title line is written already"


def is_overlooked_link(issue: Issue) -> bool:
    """Tells whether an issue looks like a link although it is not filled, so that it must be mentioned."""
    links = links_of_issue(issue.title, issue.body)
    is_note = is_title_line(issue.title, links or IssueLinks())
    return issue.state == "open" and links is None and not is_note and looks_like_link(issue.title, issue.body)

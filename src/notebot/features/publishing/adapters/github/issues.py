"""Reads the archive's issues: all of them the first time, then those that changed.

Comments are requested per issue, and only for issues that have some. GitHub can also list the comments of a
whole repository in fewer requests. But that list is not in step with the list of issues: nothing could be stored
before both were complete, and a deleted comment would go unnoticed. A first import of 6,500 issues takes 65 requests
plus one per issue with comments, out of the 5,000 per hour that a token has; a later import takes a handful.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotebotError
from notebot.features.publishing.adapters.github.forms import Comment, ListedIssue, to_issue
from notebot.features.publishing.adapters.github.import_cursor import ImportCursor, decode_cursor, encode_cursor
from notebot.features.publishing.adapters.github.issue_listing import PAGE_SIZE, IssueListing
from notebot.features.publishing.adapters.github.request import GitHubApi
from notebot.features.publishing.archive_port import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from notebot.core.net.client import Http
    from notebot.core.net.response import RawResponse

logger = logging.getLogger(__name__)

_BATCH_SIZE = 25
"""Issues per :class:`IssuePage`: an interruption repeats the comment requests of at most this many."""
# issues may change while the pages are read; in an archive that never rests the next import takes the rest
_MAX_PASSES = 3


class IssuePage(Struct, frozen=True):
    """Issues to store, in one transaction with the cursor that covers them."""

    issues: tuple[Issue, ...]
    """In order of their last change; empty on the page that completes a run."""
    cursor: str
    """For the next run, also if this run is interrupted here."""
    repo: str
    """``OWNER/NAME`` as GitHub has it now: not the requested name if the repository was renamed."""


class GitHubIssues:
    """Reads the issues of one repository.

    Args:
        base_url: GitHub's API: https, or http on this machine.
        repo: ``OWNER/NAME``.
        token: sent to ``base_url`` only and never shown; ``None`` reads public issues, 60 requests per hour.
        token_env: the environment variable the token came from, for messages.

    Raises:
        UsageError: one of them is invalid.
    """

    def __init__(
        self, http: Http, base_url: str, repo: str, token: str | None, token_env: str = "NOTEBOT_GITHUB_TOKEN"
    ) -> None:
        self._api = GitHubApi(http, base_url, repo, token, token_env)
        self._repo = repo

    def changed_since(self, cursor: str | None) -> Iterator[IssuePage]:
        """Yields every issue that changed since the cursor's run, without pull requests; nothing on a 304.

        An issue may come again unchanged, and comes twice if it changes during the run: the later one counts.
        Deleted and transferred issues are not reported.

        Args:
            cursor: of the last page that was stored; ``None`` or an unreadable one starts from the beginning.

        Raises:
            NotFoundError: no such repository, or it is hidden, or has its issues turned off.
            RefusedError: the token is not accepted, or may not read issues.
            ThrottledError: a rate limit is reached; ``wait_s`` says for how long.
            ServiceError: GitHub gave no usable answer. The pages until then are good.
        """
        start = decode_cursor(cursor)
        updated: dict[int, datetime] = {}
        for passes in range(1, _MAX_PASSES + 1):
            listing = IssueListing(start)
            yield from self._read_list(listing, start, updated)
            # after three passes it is left to the next run, or a busy archive would be read forever
            if passes == _MAX_PASSES or not listing.may_have_missed:
                break
            logger.info("issues changed while their list was read; it is read once more")
            start = listing.cursor.rewound()
        if listing.has_pages:
            yield IssuePage((), encode_cursor(listing.final_cursor()), self._repo)

    def _read_list(
        self, listing: IssueListing, start: ImportCursor, updated: dict[int, datetime]
    ) -> Iterator[IssuePage]:
        """Makes one pass; ``updated`` has the last change of every issue handed over, over all passes."""
        query = {"state": "all", "sort": "updated", "direction": "asc", "per_page": PAGE_SIZE}
        since = {"since": start.since_parameter} if start.since_parameter else {}
        url = f"{self._api.url('repos', *self._repo.split('/'), 'issues')}?{urlencode({**query, **since})}"
        for page in self._api.pages(url, ListedIssue, start.etag):
            listing.add_page(page)
            # GitHub must have redirected the request too: then its own new name saves a redirect per request
            name = next((listed.repo for listed in page.items if listed.repo), None)
            if page.moved and name and name != self._repo:
                logger.warning("GitHub has %s as %s now; change repo in [archive] of the config", self._repo, name)
                self._repo = name
            fresh = [
                issue
                for issue in page.items
                if issue.pull_request is None
                and start.may_be_unread(issue.updated_at)
                and updated.get(issue.number) != issue.updated_at
            ]
            for first in range(0, len(fresh), _BATCH_SIZE):
                batch = fresh[first : first + _BATCH_SIZE]
                issues = tuple(to_issue(issue, self._comments(issue)) for issue in batch)
                listing.advance(issues[-1].updated_at)
                updated.update((issue.number, issue.updated_at) for issue in issues)
                yield IssuePage(issues, encode_cursor(listing.cursor), self._repo)

    def _comments(self, listed: ListedIssue) -> list[str]:
        if listed.comments == 0:
            return []

        def error_of(reply: RawResponse) -> NotebotError | None:
            # a missing issue says nothing about its repository, so this must not read as "no such repository"
            if reply.status in (404, 410):
                return BadAnswerError(
                    f"GitHub lists issue {listed.number} of {self._repo} but not its comments "
                    f"(status {reply.status}); it was deleted meanwhile, or moved: try again"
                )
            return self._api.errors.error_of(reply)

        path = self._api.url("repos", *self._repo.split("/"), "issues", str(listed.number), "comments")
        pages = self._api.pages(f"{path}?per_page={PAGE_SIZE}", Comment, error_of=error_of)
        comments = {comment.id: comment.body or "" for page in pages for comment in page.items}
        return [comments[number] for number in sorted(comments)]

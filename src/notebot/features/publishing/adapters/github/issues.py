"""The archive's issues as they change: all of them once, afterwards what is new.

Comments are asked for issue by issue, and only where there are some. GitHub can list the comments of a
whole repository too, in fewer requests; but such a list does not keep step with the list of issues, so
that nothing could be stored before both were read to their ends, and a comment that was deleted would
never be missed. A first run over 6,500 issues takes 65 requests and one for every commented issue, of
the 5,000 an hour that a token has; a later run takes a handful.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotebotError
from notebot.features.publishing.adapters.github.forms import Comment, Listed, whole
from notebot.features.publishing.adapters.github.import_cursor import Place, place_from_text, place_to_text
from notebot.features.publishing.adapters.github.issue_listing import PAGE_SIZE, Look
from notebot.features.publishing.adapters.github.request import Access, Page
from notebot.features.publishing.github_port import Issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from notebot.core.net.client import Http
    from notebot.core.net.response import RawResponse

logger = logging.getLogger(__name__)

_PIECE_SIZE = 25
"""Issues handed over at once: an interruption costs no more than the comments of so many."""
_MOST_LOOKS = 3


class IssuePage(Struct, frozen=True):
    """Issues to be stored, in one transaction with the cursor that stands for them."""

    issues: tuple[Issue, ...]
    """In order of their last change; empty on the page that ends a run."""
    cursor: str
    """For the next run, also if this one is broken off here."""
    repo: str
    """``OWNER/NAME`` as GitHub has it now; another name than was asked for if it was renamed."""


class GitHubIssues:
    """The issues of one repository.

    Args:
        base_url: GitHub's API: https, or http on this machine.
        repo: ``OWNER/NAME``.
        token: sent to ``base_url`` alone, shown nowhere; ``None`` reads what is public, 60 requests an hour.
        token_env: the environment variable the token came from, for sentences.

    Raises:
        UsageError: one of them cannot be so.
    """

    def __init__(
        self, http: Http, base_url: str, repo: str, token: str | None, token_env: str = "NOTEBOT_GITHUB_TOKEN"
    ) -> None:
        self._access = Access(http, base_url, repo, token, token_env)
        self._repo = repo

    def changed_since(self, cursor: str | None) -> Iterator[IssuePage]:
        """Every issue that changed since the cursor's run, without pull requests; no page if GitHub says that none did.

        An issue may come again unchanged, and comes twice if it changes meanwhile: the later one counts.
        Where issues changed while several pages were read, the list is read once more, as one may have
        slipped over a page's edge. An issue that was deleted or transferred is not reported.

        Args:
            cursor: of the last page that was stored; ``None``, or one that cannot be read: from the beginning.

        Raises:
            NotFoundError: no such repository, or it is hidden, or has its issues turned off.
            RefusedError: the token is not accepted, or may not read issues.
            ThrottledError: a limit is reached; ``wait_s`` says for how long.
            ServiceError: GitHub gave no usable answer. The pages until then are good.
        """
        start = place_from_text(cursor)
        told: dict[int, datetime] = {}
        for looks in range(1, _MOST_LOOKS + 1):
            look = Look(start)
            yield from self._look(look, start, told)
            if looks == _MOST_LOOKS or not look.has_slipped:
                break
            logger.info("issues changed while their list was read; it is read once more")
            start = look.place.again()
        if look.has_begun:
            yield IssuePage((), place_to_text(look.ended()), self._repo)

    def _look(self, look: Look, start: Place, told: dict[int, datetime]) -> Iterator[IssuePage]:
        """Reads the list once to its end; ``told`` names the issues that were handed over, and when they changed."""
        for page in self._access.pages(self._list_url(start), Listed, start.etag):
            look.turn_to(page)
            self._learn_name(page)
            fresh = [listed for listed in page.items if _is_fresh(listed, start, told)]
            for piece in _pieces(fresh):
                issues = tuple(whole(listed, self._comments(listed)) for listed in piece)
                look.read_to(issues[-1].updated_at)
                told.update((issue.number, issue.updated_at) for issue in issues)
                yield IssuePage(issues, place_to_text(look.place), self._repo)

    def _list_url(self, start: Place) -> str:
        query = {"state": "all", "sort": "updated", "direction": "asc", "per_page": PAGE_SIZE}
        since = {"since": start.asks_since} if start.asks_since else {}
        return f"{self._access.url('repos', *self._repo.split('/'), 'issues')}?{urlencode({**query, **since})}"

    def _comments(self, listed: Listed) -> list[str]:
        if listed.comments == 0:
            return []
        path = self._access.url("repos", *self._repo.split("/"), "issues", str(listed.number), "comments")
        pages = self._access.pages(f"{path}?per_page={PAGE_SIZE}", Comment, refusal=self._vanished(listed.number))
        comments = {comment.id: comment.body or "" for page in pages for comment in page.items}
        return [comments[number] for number in sorted(comments)]

    def _vanished(self, number: int) -> Callable[[RawResponse], NotebotError | None]:
        """Reads statuses about one issue's comments: that it is not there says nothing of its repository."""

        def refusal(reply: RawResponse) -> NotebotError | None:
            if reply.status in (404, 410):
                return BadAnswerError(
                    f"GitHub lists issue {number} of {self._repo} but not its comments (status {reply.status}); "
                    "it was deleted meanwhile, or moved: try again"
                )
            return self._access.asker.refusal(reply)

        return refusal

    def _learn_name(self, page: Page[Listed]) -> None:
        """Goes on under the repository's present name, which saves a redirect for every question.

        The name an issue gives is believed only where GitHub led elsewhere.
        """
        name = next((listed.repo for listed in page.items if listed.repo), None)
        if page.moved and name and name != self._repo:
            logger.warning("GitHub has %s as %s now; change repo in [archive] of the config", self._repo, name)
            self._repo = name


def _is_fresh(listed: Listed, start: Place, told: Mapping[int, datetime]) -> bool:
    return (
        listed.pull_request is None and start.wants(listed.updated_at) and told.get(listed.number) != listed.updated_at
    )


def _pieces(listed: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    return (listed[start : start + _PIECE_SIZE] for start in range(0, len(listed), _PIECE_SIZE))

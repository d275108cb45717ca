"""Reads links that the curator handed over, by ``notebot post`` or the inbox, and takes in what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from notebot.core.model.article import is_web_page_url
from notebot.core.model.arxiv_id import find_ids
from notebot.core.model.errors import NotebotError, NotFoundError, UnavailableError
from notebot.core.model.post import Service
from notebot.core.model.post_address import parse_post
from notebot.core.supervisor import supervised
from notebot.features.intake.read_post import PostReader, PostReading
from notebot.features.intake.take_in import Intake, IntakeRequest, IntakeResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from notebot.core.model.stub import Stub
    from notebot.features.intake.rules.inbox_lines import SharedLink


class LinkResult(Struct, frozen=True):
    """The result for one link: one element of ``taken`` per paper, or ``error`` if there is none."""

    ref: str
    reading: PostReading | None = None
    taken: tuple[IntakeResult, ...] = ()
    error: NotebotError | None = None
    remarks: tuple[str, ...] = field(default=())

    @property
    def failure(self) -> NotebotError | None:
        """The error of the link, or of the first paper that failed; ``None`` if all is well."""
        return self.error or next((result.error for result in self.taken if result.error is not None), None)


class PageDrafts(Protocol):
    """Drafts stubs from web pages; see :class:`notebot.features.intake.web_articles.Articles`."""

    def draft(self, url: str) -> Stub:
        """Drafts the stub of a page.

        Raises:
            NotebotError: the page cannot be read.
        """


class LinkIntake:
    """Reads links and takes in the papers that they name.

    Args:
        pages: for a link that names no paper: the page itself, or the page that a post links to.
    """

    def __init__(self, posts: PostReader, intake: Intake, pages: PageDrafts) -> None:
        self._posts = posts
        self._intake = intake
        self._pages = pages

    def take_links(self, links: Sequence[SharedLink], issue_date: date, words: str | None = None) -> list[LinkResult]:
        """Returns one result per link, in order; all papers are fetched with one request.

        Args:
            issue_date: today in the curator's time zone.
            words: the heading of the posts, with colon; ``None``: they are source posts.
        """
        readings: list[PostReading | NotebotError] = []
        requests: list[list[IntakeRequest]] = []
        for link in links:
            try:
                with supervised(f"The link {link.url[:200]}"):
                    reading = self._posts.read(link.url, link.typed)
            except NotebotError as error:
                readings.append(error)
                requests.append([])
                continue
            # a paper's own page is not a post about it
            is_paper_page = reading.post.service is Service.PAGE and find_ids(reading.post.url)
            post = None if is_paper_page else reading.post.url
            readings.append(reading)
            requests.append(
                [
                    IntakeRequest(mention.arxiv_id, post, words, mention.evidence if mention.is_guess else None)
                    for mention in reading.papers
                ]
            )
        # arXiv allows one request per three seconds (services.md 1.1), so all links share one
        results = iter(self._intake.take_papers([request for group in requests for request in group], issue_date))
        taken = [tuple(next(results) for _ in group) for group in requests]
        return [
            self._finish(link.url, reading, group, words, issue_date)
            for link, reading, group in zip(links, readings, taken, strict=True)
        ]

    def _finish(
        self,
        ref: str,
        reading: PostReading | NotebotError,
        taken: tuple[IntakeResult, ...],
        words: str | None,
        issue_date: date,
    ) -> LinkResult:
        if not isinstance(reading, PostReading):
            return LinkResult(ref, error=reading)
        if taken:
            return LinkResult(ref, reading, taken, remarks=reading.remarks)
        try:
            with supervised(f"The page {reading.post.url[:200]}"):
                # a known post needs no request, and must not become a second stub
                page = self._intake.known_post(reading.post.url) or self._take_page(reading, words, issue_date)
        except NotebotError as error:
            return LinkResult(ref, reading, error=error, remarks=reading.remarks)
        return LinkResult(ref, reading, (page,), remarks=reading.remarks)

    def _take_page(self, reading: PostReading, words: str | None, issue_date: date) -> IntakeResult:
        """Takes in the page itself, or the first page that the post links to."""
        post = reading.post
        if post.service is Service.PAGE:
            return self._intake.take_page(self._pages.draft(post.url), IntakeRequest(None), issue_date)
        page_url = next((link for link in reading.links if is_web_page_url(link) and parse_post(link) is None), None)
        if page_url is None:
            raise _no_paper_error(reading)
        return self._intake.take_page(self._pages.draft(page_url), IntakeRequest(None, post.url, words), issue_date)


def _no_paper_error(reading: PostReading) -> NotFoundError:
    """Returns the error for a post without paper, with the kind of what hid the paper: that may pass."""
    post = reading.post
    if not post.fetched:
        error = NotFoundError(f"It was not fetched, and nothing else names a paper: {post.reason}")
        error.kind = post.failure or error.kind
        return error
    error = NotFoundError("The post names no paper; give the paper's link by --text.")
    if reading.remarks:  # a short link or the search gave no answer
        error.kind = UnavailableError.kind
    return error


def first_failure(results: Iterable[LinkResult]) -> NotebotError | None:
    """Returns the first error of several links."""
    return next((result.failure for result in results if result.failure is not None), None)

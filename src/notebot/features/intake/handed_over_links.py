"""``notebot post``, and what the inbox does with a link: a post is read, its papers are taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from notebot.core.model.article import is_web_page_url
from notebot.core.model.arxiv_id import find_ids
from notebot.core.model.errors import NotebotError, NotFoundError, UnavailableError
from notebot.core.model.post import Post, Service
from notebot.core.model.post_address import parse_post
from notebot.features.intake.read_post import PostReading, Posts
from notebot.features.intake.take_in import Intake, Spoken, Taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from notebot.core.model.stub import Stub
    from notebot.features.intake.rules.inbox_lines import Lead
    from notebot.features.intake.rules.paper_mentions import Mention


class Posted(Struct, frozen=True):
    """What became of one link; either ``taken`` holds an answer a paper, or ``error`` says why there is none."""

    ref: str
    reading: PostReading | None = None
    taken: tuple[Taken, ...] = ()
    error: NotebotError | None = None
    remarks: tuple[str, ...] = field(default=())

    @property
    def failure(self) -> NotebotError | None:
        """Why it did not come to a stub or a known paper; of several papers the first that failed."""
        return self.error or next((one.error for one in self.taken if one.error is not None), None)


class PageDrafts(Protocol):
    """Stubs from addresses of pages; see :class:`notebot.features.intake.web_articles.Articles`."""

    def draft(self, url: str) -> Stub:
        """The stub of a page.

        Raises:
            NotebotError: there is none.
        """


class PostIntake:
    """Reads links and takes in the papers that they speak of.

    Args:
        pages: for what names no paper: the page that a link leads to, or that a post links to.
    """

    def __init__(self, posts: Posts, intake: Intake, pages: PageDrafts) -> None:
        self._posts = posts
        self._intake = intake
        self._pages = pages

    def run(self, leads: Sequence[Lead], issue_date: date, words: str | None = None) -> list[Posted]:
        """One answer a lead, in order; all papers together are asked for in one request.

        Args:
            issue_date: today in the curator's time zone.
            words: what the posts are to stand under, with colon; ``None``: they are source posts.
        """
        readings = [self._read(lead) for lead in leads]
        spoken = [_spoken(reading, words) if isinstance(reading, PostReading) else [] for reading in readings]
        taken = iter(self._intake.take([one for ones in spoken for one in ones], issue_date))
        taken_of = [tuple(next(taken) for _ in ones) for ones in spoken]
        return [
            self._posted(lead.url, reading, ones, words, issue_date)
            for lead, reading, ones in zip(leads, readings, taken_of, strict=True)
        ]

    def _read(self, lead: Lead) -> PostReading | NotebotError:
        try:
            return self._posts.read(lead.url, lead.told)
        except NotebotError as error:
            return error

    def _posted(
        self,
        ref: str,
        reading: PostReading | NotebotError,
        taken: tuple[Taken, ...],
        words: str | None,
        issue_date: date,
    ) -> Posted:
        if not isinstance(reading, PostReading):
            return Posted(ref, error=reading)
        if taken:
            return Posted(ref, reading, taken, remarks=reading.remarks)
        try:
            page = self._intake.known_post(reading.post.url) or self._page(reading, words, issue_date)
        except NotebotError as error:
            return Posted(ref, reading, error=error, remarks=reading.remarks)
        return Posted(ref, reading, (page,), remarks=reading.remarks)

    def _page(self, reading: PostReading, words: str | None, issue_date: date) -> Taken:
        """The page itself, or the first page that the post links to."""
        post = reading.post
        if post.service is Service.PAGE:
            return self._intake.take_page(self._pages.draft(post.url), Spoken(None), issue_date)
        link = next((link for link in reading.links if is_web_page_url(link) and parse_post(link) is None), None)
        if link is None:
            raise _nothing(reading)
        return self._intake.take_page(self._pages.draft(link), Spoken(None, post.url, words), issue_date)


def _nothing(reading: PostReading) -> NotFoundError:
    """Of its kind is what kept the paper from us: that may pass."""
    post = reading.post
    if not post.fetched:
        error = NotFoundError(f"It was not fetched, and nothing else names a paper: {post.reason}")
        error.kind = post.failure or error.kind
        return error
    error = NotFoundError("The post names no paper; give the paper's link by --text.")
    if reading.remarks:  # a short link, or the search, did not answer
        error.kind = UnavailableError.kind
    return error


def _spoken(reading: PostReading, words: str | None) -> list[Spoken]:
    post = _kept_address(reading.post)
    return [Spoken(one.arxiv_id, post, words, _guess(one)) for one in reading.papers]


def _kept_address(post: Post) -> str | None:
    """A paper's own page is no post about it."""
    return None if post.service is Service.PAGE and find_ids(post.url) else post.url


def _guess(mention: Mention) -> str | None:
    return mention.evidence if mention.is_guess else None


def first_failure(posted: Iterable[Posted]) -> NotebotError | None:
    """The first error of several links."""
    return next((one.failure for one in posted if one.failure is not None), None)

"""Reads a post at a URL and finds the papers that it mentions.

URL ──> the post's service ──> links, short ones expanded ──> ids ──> none? ──> titles, searched: a guess
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import canonical_url
from notebot.core.model.arxiv_id import find_ids, parse_ref
from notebot.core.model.errors import InvalidRefError, ServiceError
from notebot.core.model.post import Post, Service
from notebot.core.model.post_address import parse_post, with_share_parameters
from notebot.core.model.wrapped_link import unwrap_link
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.rules.paper_mentions import (
    FoundIn,
    PaperMention,
    find_mentions,
    has_title,
    is_short,
    title_query,
    titles_to_search,
    typed_links,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notebot.core.ports import SearchSource

_MAX_EXPANDED = 10
"""Short links per post; each one is a request to a site that a stranger chose."""
_MAX_REDIRECTS = 3
# the paper with exactly this title is among the first, or it is not on arXiv
_SEARCH_HITS = 5


class PostSource(Protocol):
    """The services that host posts."""

    def read(self, post: Post) -> Post:
        """Returns the post as its service has it, or unchanged with ``fetched`` false and a reason; never raises."""


class LinkExpander(Protocol):
    """Follows short links."""

    def expand(self, url: str) -> str:
        """Returns the URL that a link redirects to, one step; the link itself if it does not redirect.

        Raises:
            ServiceError: it gave no answer, or must not be requested.
        """


class PostReading(Struct, frozen=True):
    """The result of reading one URL."""

    post: Post
    """Without its text if its service's terms forbid keeping it (X does: services.md 3.1)."""
    papers: tuple[PaperMention, ...]
    """Deduplicated, the surest mention first; a guess only if there is nothing else."""
    links: tuple[str, ...]
    """Its other links, short ones expanded: pages, repositories, further posts."""
    remarks: tuple[str, ...]
    """What could not be read, one sentence each."""


class PostReader:
    """Reads posts and finds the papers that they mention.

    Args:
        source: the services.
        expander: for short links.
        search: finds papers by title; ``None`` disables guessing.
        strip_share: drop the share parameters of URLs (``[posts] strip_share``).
    """

    def __init__(
        self,
        source: PostSource,
        expander: LinkExpander,
        search: SearchSource | None,
        *,
        strip_share: bool = True,
    ) -> None:
        self._source = source
        self._expander = expander
        self._search = search
        self._strip_share = strip_share

    def read(self, url: str, typed: str = "") -> PostReading:
        """Reads the post or page at a URL.

        Args:
            url: of a post, of a page, or a short link to either.
            typed: what the curator typed or pasted about it.

        Raises:
            InvalidRefError: it is not a web address.
        """
        remarks: list[str] = []
        link = unwrap_link(url.strip())
        if not is_plain_url(link):
            raise InvalidRefError(f'"{link[:80]}" is not a web address; give the link to a post.')
        target = self._expand(link, remarks)
        post = parse_post(target)
        if post is None:
            page_url = canonical_url(target) if self._strip_share else target
            post = Post(Service.PAGE, None, page_url, page_url)
        post = self._source.read(post)
        links = self._expand_all(map(unwrap_link, [*post.links, *typed_links(typed)]), remarks)
        # a title is searched only if nothing names a paper, because it costs a request at arXiv's pace
        papers = find_mentions(post, links, typed) or self._guess(post, typed, remarks)
        if not self._strip_share:
            post = with_share_parameters(post, link)
        if not post.may_keep_text:
            post = replace(post, text=None)
            # the evidence of a mention in the text quotes the text
            papers = tuple(
                replace(mention, evidence="") if mention.found_in is FoundIn.TEXT else mention for mention in papers
            )
        return PostReading(post, papers, tuple(link for link in links if not find_ids(link)), tuple(remarks))

    def _expand_all(self, links: Iterable[str], remarks: list[str]) -> tuple[str, ...]:
        expanded: list[str] = []
        requests = 0
        for link in dict.fromkeys(links):
            # a post full of short links must not make us request them all
            is_followed = is_short(link) and requests < _MAX_EXPANDED
            requests += is_followed
            expanded.append(self._expand(link, remarks) if is_followed else link)
        return tuple(dict.fromkeys(expanded))

    def _expand(self, link: str, remarks: list[str]) -> str:
        """Returns where a short link leads; any other link, or one that gives no answer, unchanged."""
        target = link
        for _ in range(_MAX_REDIRECTS):  # one shortener can lead to another
            if not is_short(target):
                break
            try:
                target = unwrap_link(self._expander.expand(target))
            except ServiceError as error:
                remarks.append(f"The target of {target} is unknown: {error}")
                break
        return target if target == link or is_plain_url(target) else link

    def _guess(self, post: Post, typed: str, remarks: list[str]) -> tuple[PaperMention, ...]:
        """Searches arXiv for a title that the post seems to name; a service that fails ends the search."""
        if self._search is None:
            return ()
        for title in titles_to_search(post, typed):
            try:
                page = self._search.search(title_query(title), 0, _SEARCH_HITS)
            except ServiceError as error:
                remarks.append(f'The title "{title}" could not be searched: {error}')
                break
            for paper in page.papers:
                if has_title(paper, title):
                    return (PaperMention(parse_ref(paper.arxiv_id), FoundIn.TITLE, title),)
        return ()

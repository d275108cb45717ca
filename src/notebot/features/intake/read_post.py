"""From the address of a post to the papers that it speaks of.

address ──> the post's service ──> links, short ones expanded ──> ids ──> none? ──> titles, searched: guesses
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
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.rules.paper_mentions import (
    FoundIn,
    Mention,
    is_short,
    is_titled,
    mentions,
    title_query,
    titles_to_search,
    told_links,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notebot.core.ports import SearchSource

_MOST_EXPANDED = 10
_MOST_STEPS = 3
_HITS = 5


class PostSource(Protocol):
    """The services on which posts stand."""

    def read(self, post: Post) -> Post:
        """The post as its service gave it; or as it was, ``fetched`` false, with the reason. Never an error."""


class Expander(Protocol):
    """Where short links lead."""

    def expand(self, url: str) -> str:
        """The next address that a link leads to; the link itself where it leads nowhere else.

        Raises:
            ServiceError: it cannot or must not be asked.
        """


class PostReading(Struct, frozen=True):
    """What became of one address."""

    post: Post
    """Without its words where its service's terms forbid to keep them."""
    papers: tuple[Mention, ...]
    """Each once, the surest mention first; guesses only where there is nothing else."""
    links: tuple[str, ...]
    """Other addresses in it, short ones expanded: pages, repositories, further posts."""
    remarks: tuple[str, ...]
    """What could not be looked at, one sentence each."""


class Posts:
    """Reads posts.

    Args:
        source: the services.
        expander: for short links.
        search: for titles; ``None`` where nothing is to be guessed.
        strip_share: whether the share parameters of an address are dropped (``[posts] strip_share``).
        keep_words: whether words are kept that the service's terms forbid to keep.
    """

    def __init__(
        self,
        source: PostSource,
        expander: Expander,
        search: SearchSource | None,
        *,
        strip_share: bool = True,
        keep_words: bool = False,
    ) -> None:
        self._source = source
        self._expander = expander
        self._search = search
        self._strip_share = strip_share
        self._keep_words = keep_words

    def read(self, url: str, told: str = "") -> PostReading:
        """The post at an address and the papers it speaks of.

        Args:
            url: of a post, of a page, or a short link to either.
            told: what the curator handed over of it.

        Raises:
            InvalidRefError: it is no web address.
        """
        remarks: list[str] = []
        link = url.strip()
        if not is_plain_url(link):
            raise InvalidRefError(f'"{link[:80]}" is no web address; give the link to a post.')
        led = self._led_to(link, remarks) if is_short(link) else link
        known = parse_post(led) or _page(canonical_url(led) if self._strip_share else led)
        post = self._source.read(known)
        links = self._expanded([*post.links, *told_links(told)], remarks)
        papers = mentions(post, links, told) or self._guesses(post, told, remarks)
        if not self._strip_share:
            post = with_share_parameters(post, link)
        if not (post.may_keep_text or self._keep_words):
            post, papers = replace(post, text=None), tuple(_without_words(mention) for mention in papers)
        return PostReading(post, papers, _others(links), tuple(remarks))

    def _expanded(self, links: Iterable[str], remarks: list[str]) -> tuple[str, ...]:
        led: list[str] = []
        asked = 0
        for link in dict.fromkeys(links):
            asks = is_short(link) and asked < _MOST_EXPANDED
            asked += asks
            led.append(self._led_to(link, remarks) if asks else link)
        return tuple(dict.fromkeys(led))

    def _led_to(self, link: str, remarks: list[str]) -> str:
        """Where a short link leads; itself where that is not to be learned. One shortener can lead to another."""
        led = link
        for _ in range(_MOST_STEPS):
            if not is_short(led):
                break
            try:
                led = self._expander.expand(led)
            except ServiceError as error:
                remarks.append(f"Where {led} leads is not known: {error}")
                break
        return led if is_plain_url(led) else link

    def _guesses(self, post: Post, told: str, remarks: list[str]) -> tuple[Mention, ...]:
        if self._search is None:
            return ()
        for title in titles_to_search(post, told):
            try:
                page = self._search.search(title_query(title), 0, _HITS)
            except ServiceError as error:
                remarks.append(f'The title "{title}" could not be searched: {error}')
                break
            for paper in page.papers:
                if is_titled(paper, title):
                    return (Mention(parse_ref(paper.arxiv_id), FoundIn.TITLE, title),)
        return ()


def _without_words(mention: Mention) -> Mention:
    return replace(mention, evidence="") if mention.found_in is FoundIn.TEXT else mention


def _page(link: str) -> Post:
    return Post(Service.PAGE, None, link, link)


def _others(links: Iterable[str]) -> tuple[str, ...]:
    """The links that name no paper."""
    return tuple(link for link in links if not find_ids(link))

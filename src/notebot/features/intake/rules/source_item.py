"""An item of a watched source (a post, story or page) and the papers that it names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import FactSource, PageClaims, build_article, canonical_url
from notebot.core.model.arxiv_id import ArxivId, find_ids
from notebot.core.model.paper import Paper
from notebot.core.model.partial_date import PartialDate
from notebot.core.model.post import PostKind, Service
from notebot.core.model.post_address import parse_post
from notebot.core.model.wrapped_link import unwrap_link
from notebot.features.intake.rules.stub_from_page import draft_from_page
from notebot.features.topics.rules.drafting import with_topics

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub
    from notebot.features.topics.rules.matching import TopicMatch

_MAX_PAPERS = 20
"""An item that names more papers than this is a reading list, not about any of them."""
_TITLE_LETTERS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SourceItem(Struct, frozen=True):
    """One item of a source."""

    id: str
    """The source's own id, by which the item is recognised again."""
    url: str
    """The post or page."""
    title: str = ""
    text: str = ""
    """Plain text; searched for papers and topics, not stored."""
    links: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    """Aware UTC."""
    changed_at: datetime | None = None
    """Aware UTC; the last change, if the source states it."""
    votes: int | None = None
    is_part: bool = False
    """Other items of the source are on the same page, and only the URL's fragment distinguishes them."""


def find_papers(item: SourceItem) -> tuple[ArxivId, ...]:
    """Returns the papers that an item names by link or id; none if it names too many."""
    papers: dict[str, ArxivId] = {}
    for text in (*item.links, item.url, item.title, item.text):
        for paper in find_ids(text):
            papers.setdefault(paper.base, paper)
    return tuple(papers.values()) if len(papers) <= _MAX_PAPERS else ()


def post_url(item: SourceItem) -> str | None:
    """Returns the URL that a note links to; ``None`` if the item is the paper's own page."""
    post = parse_post(item.url)
    if post is not None:
        return post.url
    return None if find_ids(item.url) else unwrap_link(item.url)


def is_post(url: str) -> bool:
    """Tells whether a URL is a person's post; web pages and paper pages on Hugging Face are not."""
    post = parse_post(url)
    return post is not None and not (post.service is Service.HUGGINGFACE and post.handle is None)


def words_for(url: str) -> str | None:
    """Returns the heading of an item's link in a note; ``None`` for a source post."""
    return None if is_post(url) else PostKind.REFERENCE.words


def as_paper(item: SourceItem) -> Paper:
    """Returns the item in the form that topics match, with its text as the abstract."""
    at = item.published_at or _EPOCH  # topics do not match on dates, but a paper must have them
    return Paper("", 1, item.title, item.authors, item.text, (), at, at)


def draft_from_item(item: SourceItem, matches: tuple[TopicMatch, ...]) -> Stub:
    """Drafts an article stub for an item that names no paper."""
    at = item.published_at
    claims = PageClaims(
        FactSource.FEED,
        title=item.title or item.text.strip().partition("\n")[0][:_TITLE_LETTERS],
        authors=item.authors,
        published_on=PartialDate(at.year, at.month, at.day) if at else None,
    )
    post, fragment = parse_post(item.url), urlsplit(item.url).fragment if item.is_part else ""
    stub = draft_from_page(build_article(post.url if post else canonical_url(item.url), [claims]))
    # canonical URLs have no fragment, so all items of one page would share a key
    if fragment:
        stub = replace(stub, key=f"{stub.key}#{fragment}", url=f"{stub.url}#{fragment}")
    return replace(with_topics(stub, matches), votes=item.votes)

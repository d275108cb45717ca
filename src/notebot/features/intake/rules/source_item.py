"""What a watched source brings: a post, a story or a page, and the papers that it names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import PageClaims, PageSource, build_article, canonical_url
from notebot.core.model.arxiv_id import ArxivId, find_ids
from notebot.core.model.paper import Paper
from notebot.core.model.partial_date import PartialDate
from notebot.core.model.post import PostKind, Service
from notebot.core.model.post_address import parse_post
from notebot.features.intake.rules.stub_from_page import draft_from_page
from notebot.features.topics.rules.drafting import with_topics

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub
    from notebot.features.topics.rules.matching import TopicMatch

_MOST_PAPERS = 20
"""An item that names more papers than this is a list, and about none of them."""
_TITLE_LETTERS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Item(Struct, frozen=True):
    """One thing that a source brought."""

    id: str
    """The source's own, by which it is met again."""
    url: str
    """The post or page."""
    title: str = ""
    text: str = ""
    """What it says, as plain text; it is read for papers and topics, and not kept."""
    links: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    """Aware UTC."""
    votes: int | None = None
    is_part: bool = False
    """Other items of the source are on the same page; the fragment of the address tells them apart."""


def papers_of(item: Item) -> tuple[ArxivId, ...]:
    """The papers that an item names by link or id, each once; none where it names more than can be meant."""
    found: dict[str, ArxivId] = {}
    for text in (*item.links, item.url, item.title, item.text):
        for paper in find_ids(text):
            found.setdefault(paper.base, paper)
    return tuple(found.values()) if len(found) <= _MOST_PAPERS else ()


def post_of(item: Item) -> str | None:
    """The address that stands in a note for the item; ``None`` where that is the paper itself."""
    post = parse_post(item.url)
    if post is not None:
        return post.url
    return None if find_ids(item.url) else item.url


def is_post(url: str) -> bool:
    """Whether an address is a person's post; a page, and a paper's page on Hugging Face, is none."""
    post = parse_post(url)
    return post is not None and not (post.service is Service.HUGGINGFACE and post.handle is None)


def words_for(url: str) -> str | None:
    """The words under which an item stands in a note; ``None`` for a source post."""
    return None if is_post(url) else PostKind.REFERENCE.words


def text_paper(item: Item) -> Paper:
    """The item as topics are asked about it: its title, and its text in the abstract's place."""
    at = item.published_at or _EPOCH
    return Paper("", 1, item.title, item.authors, item.text, (), at, at)


def draft_from_item(item: Item, matches: tuple[TopicMatch, ...]) -> Stub:
    """The stub of an item that names no paper: an article, with what the source says of it."""
    claims = PageClaims(
        PageSource.FEED,
        title=item.title or item.text.strip().partition("\n")[0][:_TITLE_LETTERS],
        authors=item.authors,
        published_on=_day(item.published_at),
    )
    post, part = parse_post(item.url), urlsplit(item.url).fragment if item.is_part else ""
    stub = draft_from_page(build_article(post.url if post else canonical_url(item.url), [claims]))
    if part:
        stub = replace(stub, key=f"{stub.key}#{part}", url=f"{stub.url}#{part}")
    return replace(with_topics(stub, matches), votes=item.votes)


def _day(at: datetime | None) -> PartialDate | None:
    return PartialDate(at.year, at.month, at.day) if at else None

"""What watched sources show: any RSS or Atom feed, Hugging Face's daily papers, Hacker News, Bluesky accounts.

Each is one conditional request. They are named by the config, so they are asked directly; what they link to is not
asked for at all.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlencode, urlsplit

from notebot.core.model.arxiv_id import find_ids, is_arxiv_host, parse_ref
from notebot.core.model.errors import BadAnswerError, InvalidRefError
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.intake.adapters.post_services.bluesky import is_hidden, links_in
from notebot.features.intake.adapters.post_services.json_access import at, parsed, text_at
from notebot.features.intake.adapters.post_services.json_request import JSON, aware
from notebot.features.intake.adapters.post_services.post_html import plain_links, read_html
from notebot.features.intake.rules.source_item import Item
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.intake.watched_sources import ItemAnswer, ItemSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notebot.core.model.source_record import Validators
    from notebot.core.net.client import Http
    from notebot.core.net.pace import Pace
    from notebot.core.net.response import Response

MAX_BYTES = 5_000_000
_FEED_TYPES = (
    "application/atom+xml",
    "application/rss+xml",
    "application/xml",
    "text/xml",
    "application/rdf+xml",
    "application/x-rss+xml",
    "text/plain",
)
_MOST_ITEMS = 500
_ABOUT = ("related", "via")
"""What Atom calls a link to what an entry speaks of."""
_TEXT_LETTERS = 20_000
_STORIES = "https://hn.algolia.com/api/v1/search_by_date?" + urlencode(
    {"query": "arxiv.org", "restrictSearchableAttributes": "url", "tags": "story", "hitsPerPage": 100}
)
_ACCOUNT = regex(r"https?://(?:www\.)?bsky\.app/profile/([^/?#\s]{3,253})/?", re.IGNORECASE)


class SourceReaders:
    """See :class:`notebot.features.intake.watched_sources.ItemSource`.

    Args:
        http: the way out.
        bluesky_url: the AppView, where a source names an account alone.
        huggingface_url: the API, where a source names no place.
        bookmarks: reads those of X, which takes more than one request.
        arxiv_pace: kept where a source is arXiv's own.
    """

    def __init__(
        self, http: Http, bluesky_url: str, huggingface_url: str, bookmarks: ItemSource, arxiv_pace: Pace | None = None
    ) -> None:
        self._http = http
        self._arxiv_pace = arxiv_pace
        self._bookmarks = bookmarks
        self._bluesky_url = bluesky_url
        self._huggingface_url = huggingface_url

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        """What the source shows now, each item once.

        Raises:
            ServiceError: it gave no usable answer.
        """
        if source.kind is SourceKind.X_BOOKMARKS:
            return self._bookmarks.read(source, validators)
        items: list[Item] = []

        def check(answer: Response) -> None:
            items[:] = _items(source, answer)

        url = self._url(source)
        answer = self._http.get(
            url,
            accept=_FEED_TYPES if source.kind is SourceKind.FEED else JSON,
            max_bytes=MAX_BYTES,
            service=source.name,
            validators=validators,
            pace=self._arxiv_pace if is_arxiv_host(urlsplit(url).hostname or "") else None,
            check=check,
        )
        if answer.not_modified:
            return ItemAnswer(None, answer.validators)
        by_id = {item.id: item for item in reversed(items)}
        return ItemAnswer(tuple(reversed(by_id.values()))[:_MOST_ITEMS], answer.validators)

    def _url(self, source: WatchedSource) -> str:
        if source.kind is SourceKind.HUGGINGFACE:
            return source.url or f"{self._huggingface_url}/daily_papers"
        if source.kind is SourceKind.HACKERNEWS:
            return source.url or _STORIES
        return self._account_url(source.url) if source.kind is SourceKind.BLUESKY else source.url

    def _account_url(self, url: str) -> str:
        """An account's feed, from its page or handle; another address is taken for the feed's own."""
        found = _ACCOUNT.fullmatch(url)
        if found is None and "/" in url:
            return url
        actor = found[1] if found else url.lstrip("@")
        asked = urlencode({"actor": actor, "limit": 50, "filter": "posts_no_replies"})
        return f"{self._bluesky_url}/app.bsky.feed.getAuthorFeed?{asked}"


def _items(source: WatchedSource, answer: Response) -> list[Item]:
    """The items of a body.

    Raises:
        BadAnswerError: it is not what such a source sends.
    """
    if source.kind is SourceKind.FEED:
        return list(_feed_items(source.name, answer))
    listed = parsed(answer.body, source.name)
    key, read = _JSON_KINDS[source.kind]
    rows = at(listed, key) if key else listed
    if not isinstance(rows, list):
        raise BadAnswerError(f"{source.name} sent no list of items; check its URL in the config.")
    found = (read(row) for row in rows)
    return [item for item in found if item is not None]


def _feed_items(name: str, answer: Response) -> Iterator[Item]:
    import feedparser

    if b"<!ENTITY" in answer.body:
        raise BadAnswerError(f"{name} sent a feed that declares entities, which is not read.")
    headers = {"content-type": answer.headers.get("content-type", ""), "content-location": answer.url}
    feed = feedparser.parse(BytesIO(answer.body), response_headers=headers)
    if not feed.version or (feed.bozo and not feed.entries):
        raise BadAnswerError(f"{name} sent no feed that can be read; check its URL in the config.")
    pages = Counter(urldefrag(str(entry.get("link") or "")).url for entry in feed.entries)
    for entry in feed.entries:
        page, part = urldefrag(str(entry.get("link") or ""))
        # of RSS 1.0 the one date there is counts as a change to feedparser; in Atom it is one
        item = _feed_item(entry, is_part=bool(part) and pages[page] > 1, dated=feed.version.startswith("rss"))
        if item is not None:
            yield item


def _feed_item(entry: Any, *, is_part: bool, dated: bool) -> Item | None:
    url = str(entry.get("link") or "")
    if not is_plain_url(url):
        return None
    parts = [str(part.get("value") or "") for part in entry.get("content") or []]
    text, links = read_html("\n".join(dict.fromkeys([*parts, str(entry.get("summary") or "")])))
    related = [str(link.get("href") or "") for link in entry.get("links") or () if link.get("rel") in _ABOUT]
    title, _ = read_html(str(entry.get("title") or ""))
    return Item(
        id=str(entry.get("id") or url),
        url=url,
        title=title,
        text=text[:_TEXT_LETTERS],
        links=(*links, *plain_links(related)),
        authors=_authors(entry),
        published_at=_time(entry.get("published_parsed") or (entry.get("updated_parsed") if dated else None)),
        is_part=is_part,
    )


def _authors(entry: Any) -> tuple[str, ...]:
    named = [str(one.get("name") or "") for one in entry.get("authors") or ()]
    return tuple(name for name in named if name) or tuple(filter(None, [str(entry.get("author") or "")]))


def _time(told: Any) -> datetime | None:
    """feedparser gives UTC, whatever zone the feed named."""
    with suppress(ValueError, OverflowError, TypeError):
        return datetime.fromtimestamp(calendar.timegm(told), UTC)
    return None


def _daily_paper(row: object) -> Item | None:
    """The machine-written summary is not taken."""
    try:
        paper = parse_ref(text_at(row, "paper", "id") or "")
    except InvalidRefError:
        return None
    votes = at(row, "paper", "upvotes")
    return Item(
        id=paper.base,
        url=f"https://huggingface.co/papers/{paper.base}",
        title=text_at(row, "paper", "title") or "",
        links=(paper.url,),
        published_at=aware(text_at(row, "publishedAt")),
        votes=votes if isinstance(votes, int) else None,
    )


def _story(row: object) -> Item | None:
    """A story that links to a paper; the search is fuzzy."""
    number, url, points = text_at(row, "objectID"), text_at(row, "url") or "", at(row, "points")
    if number is None or not (number.isascii() and number.isdigit()) or not find_ids(url):
        return None
    return Item(
        id=number,
        url=f"https://news.ycombinator.com/item?id={number}",
        title=text_at(row, "title") or "",
        links=plain_links([url]),
        authors=tuple(filter(None, [text_at(row, "author")])),
        published_at=aware(text_at(row, "created_at")),
        votes=points if isinstance(points, int) else None,
    )


def _bluesky_post(row: object) -> Item | None:
    view = at(row, "post")
    uri, handle = text_at(view, "uri") or "", text_at(view, "author", "handle") or text_at(view, "author", "did")
    key = urlsplit(uri).path.rpartition("/")[2]
    if "/app.bsky.feed.post/" not in uri or handle is None or is_hidden(view):
        return None
    return Item(
        id=uri,
        url=f"https://bsky.app/profile/{handle}/post/{key}",
        text=(text_at(view, "record", "text") or "")[:_TEXT_LETTERS],
        links=plain_links(links_in(view)),
        authors=(text_at(view, "author", "displayName") or handle,),
        published_at=aware(text_at(view, "indexedAt")),
    )


_JSON_KINDS: dict[SourceKind, tuple[str, Callable[[object], Item | None]]] = {
    SourceKind.HUGGINGFACE: ("", _daily_paper),
    SourceKind.HACKERNEWS: ("hits", _story),
    SourceKind.BLUESKY: ("feed", _bluesky_post),
}

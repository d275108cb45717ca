"""Reads watched sources: RSS, Atom and JSON feeds, Hugging Face's daily papers, Hacker News, Bluesky accounts.

Each is one conditional request. The config names them, so they are requested without the link guard; the pages that
they link to are not requested at all.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_id import find_ids, is_arxiv_host, parse_ref
from notebot.core.model.errors import BadAnswerError, InvalidRefError
from notebot.core.net.feed_document import entry_time, parse_feed_document
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.intake.adapters.json_feed import json_feed_parser, json_feed_rows
from notebot.features.intake.adapters.no_feed import explain_no_feed
from notebot.features.intake.adapters.post_services.bluesky import find_post_links, is_logged_in_only
from notebot.features.intake.adapters.post_services.json_access import parse_json, text_at, value_at
from notebot.features.intake.adapters.post_services.json_request import JSON_TYPES, parse_utc_time
from notebot.features.intake.adapters.post_services.post_html import read_post_html, safe_links
from notebot.features.intake.rules.source_item import SourceItem
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.intake.watched_sources import ItemAnswer, ItemSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from notebot.core.model.source_record import Validators
    from notebot.core.net.client import Http
    from notebot.core.net.pace import Turns
    from notebot.core.net.response import Response

MAX_BYTES = 5_000_000
_FEED_TYPES = (
    "application/atom+xml",
    "application/rss+xml",
    "application/xml",
    "text/xml",
    "application/rdf+xml",
    "application/x-rss+xml",
    "application/feed+json",
    "application/json",
)
"""What a feed is asked for as. Sites serve feeds as anything, so the body alone decides whether it is one."""
_SUBJECT_RELS = ("related", "via")
"""Atom's link relations to what an entry is about."""
_EMAIL = regex(r"(?<![^\s<>()@])[^\s<>()@]++@[^\s<>()@]++")
_TEXT_LETTERS = 20_000
_STORIES = "https://hn.algolia.com/api/v1/search_by_date?" + urlencode(
    {"query": "arxiv.org", "restrictSearchableAttributes": "url", "tags": "story", "hitsPerPage": 100}
)
_ACCOUNT = regex(r"https?://(?:www\.)?bsky\.app/profile/([^/?#\s]{3,253})/?", re.IGNORECASE)


class SourceReaders:
    """Implements :class:`notebot.features.intake.watched_sources.ItemSource` for all kinds of sources.

    Args:
        bluesky_url: the AppView, for sources that name only an account.
        huggingface_url: the API, for sources without a URL.
        bookmarks: reads X bookmarks, which takes several requests.
        arxiv_pace: limits requests to sources on arXiv's own hosts.
    """

    def __init__(
        self,
        http: Http,
        *,
        bluesky_url: str,
        huggingface_url: str,
        bookmarks: ItemSource,
        arxiv_pace: Turns | None = None,
    ) -> None:
        self._http = http
        self._arxiv_pace = arxiv_pace
        self._bookmarks = bookmarks
        self._bluesky_url = bluesky_url
        self._huggingface_url = huggingface_url

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        """Returns the source's current items, deduplicated.

        Raises:
            ServiceError: it gave no usable answer.
        """
        if source.kind is SourceKind.X_BOOKMARKS:
            return self._bookmarks.read(source, validators)
        parsed: list[ParsedItems] = []

        def check(answer: Response) -> None:
            parsed.append(parse_items(source, answer))

        url = self._url(source)
        answer = self._http.get(
            url,
            accept=_FEED_TYPES if source.kind is SourceKind.FEED else JSON_TYPES,
            any_type=source.kind is SourceKind.FEED,
            max_bytes=MAX_BYTES,
            service=source.name,
            validators=validators,
            pace=self._arxiv_pace if is_arxiv_host(urlsplit(url).hostname or "") else None,
            check=check,
        )
        if answer.not_modified:
            return ItemAnswer(None, answer.validators)
        items, damaged, left_out = parsed[-1].items, parsed[-1].damaged, parsed[-1].left_out
        # of items with the same id the first one wins, in feed order
        by_id = {item.id: item for item in reversed(items)}
        total = len(items) + damaged + left_out
        left = [
            *([f"{damaged} of its {total} items are damaged and could not be read."] if damaged else []),
            *(
                [f"The {left_out} oldest of its {total} items were left out, because it is malformed."]
                if left_out
                else []
            ),
        ]
        return ItemAnswer(tuple(reversed(by_id.values())), answer.validators, " ".join(left))

    def _url(self, source: WatchedSource) -> str:
        if source.kind is SourceKind.HUGGINGFACE:
            return source.url or f"{self._huggingface_url}/daily_papers"
        if source.kind is SourceKind.HACKERNEWS:
            return source.url or _STORIES
        if source.kind is not SourceKind.BLUESKY:
            return source.url
        account = _ACCOUNT.fullmatch(source.url)
        if account is None and "/" in source.url:  # the URL of a feed
            return source.url
        actor = account[1] if account else source.url.lstrip("@")
        query = urlencode({"actor": actor, "limit": 50, "filter": "posts_no_replies"})
        return f"{self._bluesky_url}/app.bsky.feed.getAuthorFeed?{query}"


class ParsedItems(Struct, frozen=True):
    """The items of a response body."""

    items: list[SourceItem]
    damaged: int = 0
    """Items that could not be read."""
    left_out: int = 0
    """The oldest items of a long feed that is malformed."""


def parse_items(source: WatchedSource, answer: Response) -> ParsedItems:
    """Parses the items of a response body.

    Raises:
        BadAnswerError: it is malformed for this kind of source.
    """
    if source.kind is SourceKind.FEED:
        return _parse_feed(source.name, answer)
    tree = parse_json(answer.body, source.name)
    key, parse_row = _JSON_KINDS[source.kind]
    rows = value_at(tree, key) if key else tree
    if not isinstance(rows, list):
        raise BadAnswerError(f"{source.name} sent no list of items; check its URL in the config.")
    return _parse_each(parse_row, rows)


def _parse_each(parse: Callable[[Any], SourceItem | None], rows: Iterable[Any]) -> ParsedItems:
    """Parses the rows one by one; a row that breaks the parser costs no other row."""
    items: list[SourceItem] = []
    damaged = 0
    for row in rows:
        try:
            item = parse(row)
        except (ValueError, OverflowError, TypeError, KeyError, AttributeError, RecursionError):
            damaged += 1
            continue
        if item is not None:
            items.append(item)
    return ParsedItems(items, damaged)


def _parse_feed(name: str, answer: Response) -> ParsedItems:
    if answer.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        tree = parse_json(answer.body, name)
        return _parse_each(json_feed_parser(tree), json_feed_rows(tree, name))
    try:
        feed = parse_feed_document(answer.body, answer.headers.get("content-type", ""), answer.url, name)
    except BadAnswerError as error:
        raise explain_no_feed(name, answer, error) from error
    pages = Counter(_split_link(entry)[0] for entry in feed.entries)
    # some feeds give all items one id: it identifies none of them
    links_by_id: dict[str, set[str]] = {}
    for entry in feed.entries:
        links_by_id.setdefault(str(entry.get("id") or ""), set()).add(str(entry.get("link") or ""))

    def parse(entry: Any) -> SourceItem | None:
        page, fragment = _split_link(entry)
        # feedparser reports the only date of RSS 1.0 as "updated"; in Atom that is a real change
        item = _feed_item(entry, is_part=bool(fragment) and pages[page] > 1, dated=feed.version.startswith("rss"))
        return replace(item, id=item.url) if len(links_by_id[str(entry.get("id") or "")]) > 1 else item

    parsed = _parse_each(parse, feed.entries)
    return ParsedItems(parsed.items, parsed.damaged + feed.damaged, feed.left_out)


def _split_link(entry: Any) -> tuple[str, str]:
    """The link of an entry without its fragment, and the fragment; empty if it is malformed."""
    try:
        page, fragment = urldefrag(str(entry.get("link") or ""))
    except ValueError:
        return "", ""
    return page, fragment


def _feed_item(entry: Any, *, is_part: bool, dated: bool) -> SourceItem:
    """The item of an entry.

    Raises:
        ValueError: it has no link, and none in its text.
    """
    # some feeds have unencoded blanks in their links, which browsers accept
    url = str(entry.get("link") or "").strip().replace(" ", "%20")
    parts = [str(part.get("value") or "") for part in entry.get("content") or []]
    text, links = read_post_html("\n".join(dict.fromkeys([*parts, str(entry.get("summary") or "")])), url)
    if not is_plain_url(url) and not entry.get("link") and links:  # RSS 2.0 allows an item without a link
        url = links[0]
    if not is_plain_url(url):
        raise ValueError("an item without a link")
    related = [str(link.get("href") or "") for link in entry.get("links") or () if link.get("rel") in _SUBJECT_RELS]
    title, _ = read_post_html(str(entry.get("title") or ""), url)
    names = [str(author.get("name") or "") for author in entry.get("authors") or ()]
    if len(names) < 2:
        # feedparser takes `name@lab.example (Ada Abel)` apart in the wrong place
        author = str(entry.get("author") or "")
        bare = _EMAIL.sub("", author)
        names = [author if bare == author else bare.strip(" ()<>")]
    published_at, changed_at = entry_time(entry, "published"), entry_time(entry, "updated")
    return SourceItem(
        id=str(entry.get("id") or url),
        url=url,
        title=" ".join(title.split()),
        text=text[:_TEXT_LETTERS],
        links=(*links, *safe_links(related)),
        authors=tuple(filter(None, names)),
        published_at=published_at or (changed_at if dated else None),
        changed_at=changed_at,
        is_part=is_part,
    )


def _parse_daily_paper(row: object) -> SourceItem | None:
    """Parses a daily paper without its machine-written summary."""
    try:
        paper = parse_ref(text_at(row, "paper", "id") or "")
    except InvalidRefError:
        return None
    votes = value_at(row, "paper", "upvotes")
    return SourceItem(
        id=paper.base,
        url=f"https://huggingface.co/papers/{paper.base}",
        title=text_at(row, "paper", "title") or "",
        links=(paper.url,),
        # the outer time is that of the daily list, `paper.publishedAt` that of the paper (services.md 3.7)
        published_at=parse_utc_time(text_at(row, "publishedAt")),
        votes=votes if isinstance(votes, int) else None,
    )


def _parse_story(row: object) -> SourceItem | None:
    """Parses a story; ``None`` if it links to no paper, for Algolia's search is fuzzy (services.md 3.4)."""
    number, url, points = text_at(row, "objectID"), text_at(row, "url") or "", value_at(row, "points")
    if number is None or not (number.isascii() and number.isdigit()) or not find_ids(url):
        return None
    return SourceItem(
        id=number,
        url=f"https://news.ycombinator.com/item?id={number}",
        title=text_at(row, "title") or "",
        links=safe_links([url]),
        authors=tuple(filter(None, [text_at(row, "author")])),
        published_at=parse_utc_time(text_at(row, "created_at")),
        votes=points if isinstance(points, int) else None,
    )


def _parse_bluesky_post(row: object) -> SourceItem | None:
    view = value_at(row, "post")
    uri, handle = text_at(view, "uri") or "", text_at(view, "author", "handle") or text_at(view, "author", "did")
    key = urlsplit(uri).path.rpartition("/")[2]
    if "/app.bsky.feed.post/" not in uri or handle is None or is_logged_in_only(view):
        return None
    return SourceItem(
        id=uri,
        url=f"https://bsky.app/profile/{handle}/post/{key}",
        text=(text_at(view, "record", "text") or "")[:_TEXT_LETTERS],
        links=safe_links(find_post_links(view)),
        authors=(text_at(view, "author", "displayName") or handle,),
        published_at=parse_utc_time(text_at(view, "indexedAt")),
    )


_JSON_KINDS: dict[SourceKind, tuple[str, Callable[[object], SourceItem | None]]] = {
    SourceKind.HUGGINGFACE: ("", _parse_daily_paper),
    SourceKind.HACKERNEWS: ("hits", _parse_story),
    SourceKind.BLUESKY: ("feed", _parse_bluesky_post),
}

"""What others than the page say of it: its site's oEmbed answer, and its entry in a feed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from notebot.core.model.article import FactSource, PageClaims, article_key
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.partial_date import PartialDate
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.escaping import is_plain_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OEMBED_ENDPOINTS = {
    "speakerdeck.com": "https://speakerdeck.com/oembed.json?url={url}",
    "www.slideshare.net": "https://www.slideshare.net/api/oembed/2?format=json&url={url}",
    "www.youtube.com": "https://www.youtube.com/oembed?format=json&url={url}",
    "youtu.be": "https://www.youtube.com/oembed?format=json&url={url}",
}
"""By host, from the public list of providers (oembed.com): sites whose pages say less than their oEmbed."""


def known_oembed(url: str, endpoints: Mapping[str, str]) -> tuple[str, ...]:
    """The oEmbed address for a page, where its site is known to have one."""
    endpoint = endpoints.get(urlsplit(url).hostname or "")
    return (endpoint.format(url=quote(url, safe="")),) if endpoint else ()


def read_oembed(body: bytes) -> PageClaims | None:
    """Title and author of an oEmbed answer (oembed.com 2.3.4); ``None`` where it is none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    title, author, site = (_string(told.get(key)) for key in ("title", "author_name", "provider_name"))
    return PageClaims(FactSource.OEMBED, title=title, authors=(author,) if author else (), site=site)


def read_feed(body: bytes, url: str) -> PageClaims | None:
    """What a feed says of the page at ``url``; ``None`` where the page is not among its entries."""
    import feedparser

    try:
        raise_if_unsafe_xml(body, "The feed")
    except BadAnswerError:
        return None
    feed = feedparser.parse(body)
    entry = next((one for one in feed.entries if article_key(url) in set(_keys(one))), None)
    if entry is None:
        return None
    return PageClaims(
        FactSource.FEED,
        title=_string(entry.get("title")),
        authors=tuple(_string(one.get("name")) for one in entry.get("authors", [])),
        site=_string(feed.feed.get("title")),
        published_on=_date(entry.get("published_parsed")),
    )


def _keys(entry: Any) -> Iterable[str]:
    links = [_string(one.get("href")) for one in entry.get("links", [])] + [_string(entry.get("id"))]
    return (article_key(link) for link in links if is_plain_url(link))


def _date(parts: Any) -> PartialDate | None:
    """The day of a feed's time, in UTC."""
    return PartialDate(parts[0], parts[1], parts[2]) if parts else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""

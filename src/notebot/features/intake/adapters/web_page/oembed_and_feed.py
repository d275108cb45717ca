"""Reads the facts that other documents state about a page: its site's oEmbed answer and its entry in a feed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from notebot.core.model.article import FactSource, PageClaims, article_key
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.partial_date import PartialDate
from notebot.core.net.feed_document import entry_time, parse_feed_document
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.adapters.post_services.post_html import read_post_html

if TYPE_CHECKING:
    from collections.abc import Mapping

OEMBED_ENDPOINTS = {
    "speakerdeck.com": "https://speakerdeck.com/oembed.json?url={url}",
    "www.slideshare.net": "https://www.slideshare.net/api/oembed/2?format=json&url={url}",
    "www.youtube.com": "https://www.youtube.com/oembed?format=json&url={url}",
    "youtu.be": "https://www.youtube.com/oembed?format=json&url={url}",
}
"""Host -> endpoint, from the list of providers at oembed.com: sites whose pages state less (services.md 3.8)."""


def known_oembed_urls(url: str, endpoints: Mapping[str, str]) -> tuple[str, ...]:
    """The oEmbed URL of a page if its site is known to have one; otherwise empty."""
    endpoint = endpoints.get(urlsplit(url).hostname or "")
    return (endpoint.format(url=quote(url, safe="")),) if endpoint else ()


def read_oembed(body: bytes) -> PageClaims | None:
    """Title and author from an oEmbed answer (oembed.com 2.3.4); ``None`` if it is malformed."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    title, author, site = (_string(answer.get(key)) for key in ("title", "author_name", "provider_name"))
    return PageClaims(FactSource.OEMBED, title=title, authors=(author,) if author else (), site=site)


def read_feed(body: bytes, url: str) -> PageClaims | None:
    """The facts from a feed's entry about the page at ``url``; ``None`` if it has no such entry or is malformed."""
    try:
        raise_if_unsafe_xml(body, "The feed")
        feed = parse_feed_document(body, "", url, "The feed")
    except BadAnswerError:
        return None
    for entry in feed.entries:
        links = [_string(link.get("href")) for link in entry.get("links", [])] + [_string(entry.get("id"))]
        # Feeds add tracking parameters to links, so keys are compared.
        if article_key(url) not in {article_key(link) for link in links if is_plain_url(link)}:
            continue
        published = entry_time(entry, "published")
        return PageClaims(
            FactSource.FEED,
            title=read_post_html(_string(entry.get("title")), url)[0],
            authors=tuple(_string(author.get("name")) for author in entry.get("authors", [])),
            site=read_post_html(_string(feed.feed.get("title")), url)[0],
            published_on=PartialDate(published.year, published.month, published.day) if published else None,
        )
    return None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""

"""Says what an answer is that is not a feed, and what to do about it."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from notebot.core.model.errors import BadAnswerError
from notebot.core.net.guard.url_policy import printable_url
from notebot.core.text.charset import decode_page
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.html_tokens import StartTag, tokenise_html
from notebot.features.intake.adapters.web_page.document import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.net.response import Response

_FEED_LINK_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
# what fits into one sentence of an error message
_MAX_NAMED_FEEDS = 3
_BINARY = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x03\x04": "a ZIP file",
}


def explain_no_feed(name: str, answer: Response, error: BadAnswerError) -> BadAnswerError:
    """The error that says what was sent instead; ``error`` itself for a damaged feed.

    Args:
        name: of the source.
        error: why the answer could not be read as a feed.
    """
    for start, kind in _BINARY.items():
        if answer.body.startswith(start):
            return BadAnswerError(f"{name} sent {kind}, not a feed; put the address of a feed into the config.")
    text = decode_page(answer.body, answer.headers.get("content-type", ""))
    root = next((token.name for token in tokenise_html(text) if isinstance(token, StartTag)), "")
    if root in ("rss", "feed", "channel") or root.endswith(":rdf"):
        return error
    if root == "opml":
        return BadAnswerError(
            f"{name} sent a list of feeds (OPML), not a feed; give each feed a [[sources]] of its own in the config."
        )
    if root in ("urlset", "sitemapindex"):
        return BadAnswerError(f"{name} sent a sitemap, not a feed; put the address of a feed into the config.")
    if root in ("html", "head", "body") or "html" in answer.content_type:
        feeds = list(islice(_advertised_feeds(text, answer.url), _MAX_NAMED_FEEDS))
        if feeds:
            listed = " or ".join(printable_url(url) for url in feeds)
            return BadAnswerError(
                f"{name} sent a web page, not a feed; the page names {listed}: put that into the config."
            )
        return BadAnswerError(
            f"{name} sent a web page that names no feed; put the address of a feed into the config. If it is one, the "
            "site may have shown a login or an error page."
        )
    return error


def _advertised_feeds(page: str, url: str) -> Iterator[str]:
    """The feeds that a page names by ``<link rel="alternate">``."""
    document = read_document(page)
    targets = [href for kind in _FEED_LINK_TYPES for href in document.link_targets("alternate", kind)]
    for href in dict.fromkeys(targets):
        with suppress(ValueError):
            target = urljoin(url, href.strip())
            if is_plain_url(target):
                yield target

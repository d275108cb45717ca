"""Turns the bytes of an HTML page into its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import PageClaims, PaperPage, ParsedPage, build_article, choose_canonical_url
from notebot.core.text.charset import decode_page
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.html_tokens import MAX_CHARACTERS
from notebot.features.intake.adapters.web_page.document import Document, read_document
from notebot.features.intake.adapters.web_page.json_ld import read_json_ld
from notebot.features.intake.adapters.web_page.media_tags import classify_media
from notebot.features.intake.adapters.web_page.meta_tags import extract_claims
from notebot.features.intake.adapters.web_page.paper_pages import extract_paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OEMBED_TYPES = ("application/json+oembed",)
FEED_TYPES = ("application/atom+xml", "application/rss+xml")
_MAX_BYTES_PER_CHARACTER = 4
_MAX_ALTERNATES = 3


class HtmlPage(Struct, frozen=True):
    """A parsed page, with the URLs where its site may state more facts."""

    url: str
    """The canonical URL."""
    claims: tuple[PageClaims, ...]
    types: frozenset[str]
    """The schema.org types of the page."""
    og_type: str
    paper: PaperPage | None
    oembed_urls: tuple[str, ...]
    feed_urls: tuple[str, ...]

    def to_parsed_page(self, more_claims: Sequence[PageClaims | None] = ()) -> ParsedPage:
        """The facts of the page, completed by the claims of other sources."""
        article = build_article(self.url, (*self.claims, *filter(None, more_claims)), is_paper=self.paper is not None)
        media, is_sure = classify_media(self.url, self.types, self.og_type) if self.paper is None else (None, False)
        return ParsedPage(replace(article, media=media, media_sure=is_sure), self.paper)


def read_html_page(body: bytes, content_type: str, url: str) -> HtmlPage:
    """Parses a page.

    Args:
        content_type: the header with its charset.
        url: the URL of the page after redirects.
    """
    text = decode_page(body[: _MAX_BYTES_PER_CHARACTER * MAX_CHARACTERS], content_type)
    document = read_document(text[:MAX_CHARACTERS])
    stated_urls = (*document.link_targets("canonical"), *document.meta_values("og:url"))
    canonical = choose_canonical_url(url, _resolve_urls(url, stated_urls))
    json_ld = read_json_ld(document.json_ld_scripts, canonical)
    types = json_ld.types if json_ld else frozenset()
    is_scholarly = any("ScholarlyArticle" in name for name in types)
    return HtmlPage(
        canonical,
        tuple(extract_claims(document, json_ld)),
        types,
        document.meta_value("og:type"),
        extract_paper(document, canonical, is_scholarly=is_scholarly),
        _alternates(url, document, OEMBED_TYPES),
        _alternates(url, document, FEED_TYPES),
    )


def _alternates(url: str, document: Document, kinds: Sequence[str]) -> tuple[str, ...]:
    """The absolute URLs of the first ``<link rel=alternate>`` tags of these types."""
    targets = (target for kind in kinds for target in document.link_targets("alternate", kind))
    return tuple(_resolve_urls(url, targets))[:_MAX_ALTERNATES]


def _resolve_urls(url: str, links: Iterable[str]) -> list[str]:
    """The links as absolute URLs, without those that are malformed or unsafe to show."""
    resolved = []
    for link in links:
        try:
            absolute = urljoin(url, link)
        except ValueError:
            continue
        if is_plain_url(absolute):
            resolved.append(absolute)
    return resolved

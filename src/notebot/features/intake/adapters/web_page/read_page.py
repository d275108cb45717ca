"""A page's bytes to what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import PageClaims, PaperPage, ParsedPage, build_article, choose_canonical_url
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.adapters.html_tokens import MAX_CHARACTERS
from notebot.features.intake.adapters.web_page.charset import decoded
from notebot.features.intake.adapters.web_page.document import Document, read_document
from notebot.features.intake.adapters.web_page.json_ld import JsonLd, read_json_ld
from notebot.features.intake.adapters.web_page.media_tags import media_of
from notebot.features.intake.adapters.web_page.meta_tags import claims_of
from notebot.features.intake.adapters.web_page.paper_pages import paper_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OEMBED = ("application/json+oembed",)
FEEDS = ("application/atom+xml", "application/rss+xml")


class HtmlPage(Struct, frozen=True):
    """A page that has been read, and where more is said of it."""

    url: str
    """Canonical."""
    claims: tuple[PageClaims, ...]
    types: frozenset[str]
    og_type: str
    paper: PaperPage | None
    oembeds: tuple[str, ...]
    feeds: tuple[str, ...]

    def told(self, more: Sequence[PageClaims | None] = ()) -> ParsedPage:
        """The page's facts, with what others say of it."""
        article = build_article(self.url, (*self.claims, *filter(None, more)), is_paper=self.paper is not None)
        media, sure = media_of(self.url, self.types, self.og_type) if self.paper is None else (None, False)
        return ParsedPage(replace(article, media=media, media_sure=sure), self.paper)


def read_html_page(body: bytes, content_type: str, url: str) -> HtmlPage:
    """Reads a page.

    Args:
        content_type: the header, with its charset.
        url: where the page was found, redirects followed.
    """
    document = read_document(decoded(body[: 4 * MAX_CHARACTERS], content_type)[:MAX_CHARACTERS])
    canonical = choose_canonical_url(
        url, [*_whole(url, document.linked("canonical")), *_whole(url, document.all("og:url"))]
    )
    json_ld = read_json_ld(document.scripts, canonical)
    return HtmlPage(
        canonical,
        tuple(claims_of(document, json_ld)),
        json_ld.types if json_ld else frozenset(),
        document.one("og:type"),
        paper_of(document, canonical, is_scholarly=_is_scholarly(json_ld)),
        _alternates(url, document, OEMBED),
        _alternates(url, document, FEEDS),
    )


def _is_scholarly(json_ld: JsonLd | None) -> bool:
    return json_ld is not None and any("ScholarlyArticle" in one for one in json_ld.types)


def _alternates(url: str, document: Document, kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(link for kind in kinds for link in _whole(url, document.linked("alternate", kind)))[:3]


def _whole(url: str, links: Iterable[str]) -> list[str]:
    return [whole for link in links if (whole := _joined(url, link)) and is_plain_url(whole)]


def _joined(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:
        return ""

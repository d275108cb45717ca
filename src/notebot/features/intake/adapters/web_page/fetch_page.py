"""Fetches pages through the link guard and reads them: the only way from a link to a :class:`ParsedPage`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from notebot.core.model.article import PageClaims, PaperPage, ParsedPage, build_article, canonical_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import BadAnswerError, InvalidRefError, NotFoundError, RefusedError, ServiceError
from notebot.core.net.guard import Guard, GuardError, GuardRule
from notebot.features.intake.adapters.web_page.media_tags import classify_media
from notebot.features.intake.adapters.web_page.oembed_and_feed import (
    OEMBED_ENDPOINTS,
    known_oembed_urls,
    read_feed,
    read_oembed,
)
from notebot.features.intake.adapters.web_page.paper_pages import landing_url
from notebot.features.intake.adapters.web_page.pdf_metadata import read_pdf_metadata
from notebot.features.intake.adapters.web_page.read_page import FEED_TYPES, OEMBED_TYPES, HtmlPage, read_html_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_PDF_TYPE = "application/pdf"
_JSON_TYPES = (*OEMBED_TYPES, "application/json", "text/json", "text/javascript")
_XML_TYPES = (*FEED_TYPES, "application/xml", "text/xml", "application/rdf+xml")
_MAX_OTHER_BYTES = 2_000_000
_INSPECTED_LENGTH = 4096
_LOGIN_SEGMENTS = frozenset({"login", "signin", "sign_in", "sign-in", "authwall", "sso", "consent"})


class WebPages:
    """Implements :class:`notebot.features.intake.web_articles.PageSource`.

    Args:
        guard: all requests go through it.
        max_bytes: the largest page or PDF to read.
        endpoints: host -> oEmbed URL, with ``{url}`` in place of the page's URL.
    """

    def __init__(self, guard: Guard, max_bytes: int, endpoints: Mapping[str, str] = OEMBED_ENDPOINTS) -> None:
        self._guard = guard
        self._max_bytes = max_bytes
        self._endpoints = endpoints

    def read(self, url: str) -> ParsedPage:
        """The facts of the page at ``url``; if author or date are missing, oEmbed and the site's feed complete them.

        Raises:
            NotFoundError: the page does not exist any more.
            ServiceError: the guard forbids the URL, access is denied, or the answer is not usable.
        """
        try:
            answer = self._guard.fetch(landing_url(url), accept=(*_HTML_TYPES, _PDF_TYPE), max_bytes=self._max_bytes)
        except ServiceError as error:
            if isinstance(error, GuardError) and error.rule is GuardRule.ARXIV:
                return _paper_on_arxiv(url, error)
            closed_page = self._read_oembed_only(url)
            if closed_page is None:
                raise
            return closed_page
        requested, final = (set(urlsplit(link).path.lower().split("/")) for link in (url, answer.url))
        # A redirect to a login page is not the page that was asked for.
        if final & _LOGIN_SEGMENTS and not requested & _LOGIN_SEGMENTS:
            raise RefusedError(
                f"The page is shown only to people who are logged in ({answer.url[:200]}); open it in a browser."
            )
        # The content counts too: a PDF declared as HTML is still a PDF.
        if answer.content_type == _PDF_TYPE or answer.body.lstrip()[:5] == b"%PDF-":
            return ParsedPage(build_article(canonical_url(answer.url), [read_pdf_metadata(answer.body)]))
        if b"<" not in answer.body[:_INSPECTED_LENGTH]:
            raise BadAnswerError(f"The page contains no HTML ({answer.url[:200]}); check the link.")
        return self._complete(read_html_page(answer.body, answer.headers.get("content-type", ""), answer.url))

    def _read_oembed_only(self, url: str) -> ParsedPage | None:
        """The facts from oEmbed about a page that denies access; ``None`` if its site has no known oEmbed."""
        for link in known_oembed_urls(url, self._endpoints):
            claims = self._ask(link, _JSON_TYPES, read_oembed)
            if claims is not None:
                media, is_sure = classify_media(url, frozenset(), "")
                article = build_article(canonical_url(url), [claims])
                return ParsedPage(replace(article, media=media, media_sure=is_sure))
        return None

    def _complete(self, page: HtmlPage) -> ParsedPage:
        """Asks the page's oEmbed and feed for the facts that the page lacks."""
        parsed = page.to_parsed_page()
        if parsed.paper is not None:
            return parsed
        claims: list[PageClaims | None] = []
        oembed_urls = page.oembed_urls or known_oembed_urls(page.url, self._endpoints)
        # further requests go to addresses that the page chose, so only for facts that are missing
        if not parsed.article.authors and oembed_urls:
            claims.append(self._ask(oembed_urls[0], _JSON_TYPES, read_oembed))
            parsed = page.to_parsed_page(claims)
        if page.feed_urls and (not parsed.article.authors or parsed.article.published_on is None):
            claims.append(self._ask(page.feed_urls[0], _XML_TYPES, lambda body: read_feed(body, page.url)))
        return page.to_parsed_page(claims)

    def _ask(
        self, link: str, accept: tuple[str, ...], parse: Callable[[bytes], PageClaims | None]
    ) -> PageClaims | None:
        """The claims of another source; ``None`` if it fails: it is optional, so its failure is not the page's."""
        try:
            return parse(self._guard.fetch(link, accept=accept, max_bytes=_MAX_OTHER_BYTES).body)
        except (ServiceError, NotFoundError):
            return None


def _paper_on_arxiv(url: str, error: GuardError) -> ParsedPage:
    """The paper that ``url`` redirected to. Only the API client may ask arXiv, so the page itself is not read.

    Raises:
        GuardError: it redirected to another page of arXiv.
    """
    try:
        paper = parse_ref(error.url)
    except InvalidRefError:
        raise error from None
    return ParsedPage(build_article(canonical_url(url), []), PaperPage(arxiv_id=paper.base, arxiv_sure=True))

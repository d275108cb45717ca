"""Fetches pages through the guard and reads them: the only way from a link to a :class:`ParsedPage`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from notebot.core.model.article import PageClaims, PaperPage, ParsedPage, build_article, canonical_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import BadAnswerError, InvalidRefError, NotFoundError, RefusedError, ServiceError
from notebot.core.net.guard import Guard, GuardError, GuardRule
from notebot.features.intake.adapters.web_page.media_tags import media_of
from notebot.features.intake.adapters.web_page.oembed_and_feed import (
    OEMBED_ENDPOINTS,
    known_oembed,
    read_feed,
    read_oembed,
)
from notebot.features.intake.adapters.web_page.paper_pages import landing_url
from notebot.features.intake.adapters.web_page.pdf_metadata import read_pdf
from notebot.features.intake.adapters.web_page.read_page import FEEDS, OEMBED, HtmlPage, read_html_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notebot.core.net.response import Response

_HTML = ("text/html", "application/xhtml+xml")
_PDF = "application/pdf"
_JSON = (*OEMBED, "application/json", "text/json", "text/javascript")
_XML = (*FEEDS, "application/xml", "text/xml", "application/rdf+xml")
_OTHERS_BYTES = 2_000_000
_LOGINS = frozenset({"login", "signin", "sign_in", "sign-in", "authwall", "sso", "consent"})


class WebPages:
    """See :class:`notebot.features.intake.web_articles.PageSource`.

    Args:
        guard: every request goes through it.
        max_bytes: of a page or a PDF.
        endpoints: oEmbed by host, ``{url}`` in the place of the page's address.
    """

    def __init__(self, guard: Guard, max_bytes: int, endpoints: Mapping[str, str] = OEMBED_ENDPOINTS) -> None:
        self._guard = guard
        self._max_bytes = max_bytes
        self._endpoints = endpoints

    def read(self, url: str) -> ParsedPage:
        """What the page at ``url`` says of itself; where it lacks its author or date, its site is asked once more.

        Raises:
            NotFoundError: there is no such page any more.
            ServiceError: the guard forbids it, it is closed to us, or it gave no usable answer.
        """
        try:
            answer = self._guard.fetch(landing_url(url), accept=(*_HTML, _PDF), max_bytes=self._max_bytes)
        except ServiceError as error:
            if isinstance(error, GuardError) and error.rule is GuardRule.ARXIV:
                return _paper_at(url, error)
            embedded = self._embedded(url)
            if embedded is None:
                raise
            return embedded
        _heed_login(url, answer.url)
        if answer.content_type == _PDF or answer.body.lstrip()[:5] == b"%PDF-":
            return ParsedPage(build_article(canonical_url(answer.url), [read_pdf(answer.body)]))
        return self._completed(_page(answer))

    def _embedded(self, url: str) -> ParsedPage | None:
        """What oEmbed alone tells of a page that is closed to us."""
        for link in known_oembed(url, self._endpoints):
            found = self._asked(link, _JSON, read_oembed)
            if found is not None:
                media, sure = media_of(url, frozenset(), "")
                return ParsedPage(replace(build_article(canonical_url(url), [found]), media=media, media_sure=sure))
        return None

    def _completed(self, page: HtmlPage) -> ParsedPage:
        told = page.told()
        if told.paper is not None:
            return told
        more: list[PageClaims | None] = []
        oembeds = page.oembeds or known_oembed(page.url, self._endpoints)
        if not told.article.authors and oembeds:
            more.append(self._asked(oembeds[0], _JSON, read_oembed))
            told = page.told(more)
        if page.feeds and (not told.article.authors or told.article.published_on is None):
            more.append(self._asked(page.feeds[0], _XML, lambda body: read_feed(body, page.url)))
        return page.told(more)

    def _asked(
        self, link: str, accept: tuple[str, ...], read: Callable[[bytes], PageClaims | None]
    ) -> PageClaims | None:
        """What a further source says; that it does not answer leaves open what it would have told."""
        try:
            return read(self._guard.fetch(link, accept=accept, max_bytes=_OTHERS_BYTES).body)
        except (ServiceError, NotFoundError):
            return None


def _paper_at(url: str, error: GuardError) -> ParsedPage:
    """The paper that an address led to, of which the page itself was not read.

    Raises:
        GuardError: it led to no paper.
    """
    try:
        paper = parse_ref(error.url)
    except InvalidRefError:
        raise error from None
    return ParsedPage(build_article(canonical_url(url), []), PaperPage(arxiv_id=paper.base, arxiv_sure=True))


def _page(answer: Response) -> HtmlPage:
    if b"<" not in answer.body[:4096]:
        raise BadAnswerError(f"The page sent no HTML that can be read ({answer.url[:200]}); check the link.")
    return read_html_page(answer.body, answer.headers.get("content-type", ""), answer.url)


def _heed_login(asked: str, found: str) -> None:
    """A page that sends us to log in is not the page that was asked for."""
    here, there = (set(urlsplit(url).path.lower().split("/")) for url in (asked, found))
    if there & _LOGINS and not here & _LOGINS:
        raise RefusedError(f"The page is shown only to those who are logged in ({found[:200]}); open it in a browser.")

"""A web page as the curator notes it: its facts, each with the source that it was taken from.

A page describes itself in several places: JSON-LD, OpenGraph, citation tags, meta tags, oEmbed, the site's feed and
visible text. Each fact is taken from the first of these sources that has it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from msgspec import Struct, field

from notebot.core.model.partial_date import PartialDate
from notebot.core.model.wrapped_link import unwrap_link
from notebot.core.text.bounded_key import bounded_key
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from collections.abc import Sequence


class FactSource(StrEnum):
    """Where a fact about a page comes from, the most trusted source first."""

    JSON_LD = "json-ld"
    OPENGRAPH = "opengraph"
    CITATION = "citation"
    """Highwire's ``citation_*`` tags; for the page of a paper they are the most trusted source."""
    META = "meta"
    OEMBED = "oembed"
    FEED = "feed"
    VISIBLE = "visible"
    """What a reader sees: the window title, a ``<time>``, a link to the author."""
    PDF = "pdf"
    """The document information of a PDF file."""


class Media(StrEnum):
    """The archive's tag for the type of a page that is not a paper."""

    BLOG = "Blog"
    REPOSITORY = "Repository"
    SLIDE = "Slide"
    VIDEO = "Video"


class PageClaims(Struct, frozen=True):
    """The facts from one source; a fact that the source does not contain is empty."""

    source: FactSource
    title: str = ""
    authors: tuple[str, ...] = ()
    company: str = ""
    """The publishing organisation, if the source names one."""
    site: str = ""
    published_on: PartialDate | None = None
    language: str = ""
    description: str = ""


class Article(Struct, frozen=True):
    """A web page; a fact that the page does not contain is ``None`` or empty."""

    url: str
    """The canonical URL."""
    title: str | None = None
    authors: tuple[str, ...] = ()
    company: str | None = None
    site: str | None = None
    published_on: PartialDate | None = None
    language: str | None = None
    description: str | None = None
    media: Media | None = None
    media_sure: bool = False
    """True if ``media`` follows from the host or the declared type; otherwise it is a guess."""
    evidence: dict[str, FactSource] = field(default_factory=dict)
    """Field name -> the source of its value."""


class PaperPage(Struct, frozen=True):
    """Additional facts from the page of a paper."""

    venue_text: str = ""
    """The conference or journal as the page writes it; empty for a paper that is only submitted."""
    doi: str | None = None
    abstract: str = ""
    arxiv_id: str | None = None
    """The same paper on arXiv: canonical id without version."""
    arxiv_sure: bool = False
    """True if the page's metadata contains the id. Otherwise it only links there, and titles must be compared."""


class ParsedPage(Struct, frozen=True):
    """An article, with ``paper`` if it is the page of a paper."""

    article: Article
    paper: PaperPage | None = None


_TRUST_ORDER = tuple(FactSource)
_PAPER_TRUST_ORDER = (FactSource.CITATION, *(source for source in FactSource if source is not FactSource.CITATION))
# a hostile page may put megabytes into any tag; a paper of particle physics has thousands of authors
_MAX_TEXT_LENGTH = 1_000
_MAX_NAME_LENGTH = 120
_MAX_DESCRIPTION_LENGTH = 5_000
_MAX_AUTHORS = 5_000
# Between a title and the name of the site, in either order.
_SEPARATORS = (" | ", " - ", " – ", " — ", " · ", " • ", "｜", " ｜ ", " : ")
_BY = regex(r"\A(?:by|von|par)\s+(?=\S)", re.IGNORECASE)
_HIDDEN = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

# Parameters that identify the visitor or the campaign, never the page.
_TRACKING = regex(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|ref_src|__twitter_impression",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
# arXiv and its mirrors (services.md 1.6): a URL there without an id is a mistake, not a page to fetch.
_PAPER_HOSTS = regex(
    r"""https?://(?: (?:[a-z]+\.)?arxiv\.org | (?:www\.)?alphaxiv\.org | (?:www\.)?ar5iv\.org | ar5iv\.labs\.arxiv\.org
      | (?:www\.)?scirate\.com | (?:www\.)?papers\.cool | (?:www\.)?(?:huggingface\.co|hf\.co)/papers
      | (?:(?:dx|www)\.)?doi\.org/10\.48550 ) (?:[:/?\#]|$)""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)


def build_article(url: str, claims: Sequence[PageClaims], *, is_paper: bool = False) -> Article:
    """The page at ``url``: each fact from its most trusted source, the title without the site's name."""
    order = _PAPER_TRUST_ORDER if is_paper else _TRUST_ORDER
    ranked = sorted(map(_clean_claims, claims), key=lambda claim: order.index(claim.source))
    facts: dict[str, Any] = {}
    evidence: dict[str, FactSource] = {}
    for name in _FACTS:
        claim = next((claim for claim in ranked if getattr(claim, name)), None)
        if claim is not None:
            facts[name], evidence[name] = getattr(claim, name), claim.source
    if "title" in facts:
        site_names = {claim.site for claim in ranked} | {claim.company for claim in ranked}
        facts["title"] = strip_site_name(facts["title"], site_names)
    return Article(url, **facts, evidence=evidence)


_FACTS = ("title", "authors", "company", "site", "published_on", "language", "description")


def strip_site_name(title: str, names: set[str]) -> str:
    """A title without the site's name before or after it: ``A Title | The Site``."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        for separator in _SEPARATORS:
            bare = title.removesuffix(separator + name).removeprefix(name + separator).strip()
            if bare and bare != title:
                return bare
    return title


def clean_author_names(texts: Sequence[str]) -> tuple[str, ...]:
    """The author names, without duplicates, URLs, email addresses, ``by`` and a leading ``@``."""
    names = (
        _BY.sub("", clean_line(part, _MAX_NAME_LENGTH + 1)).lstrip("@") for text in texts for part in text.split(";")
    )
    # Some sites give profile URLs, email addresses or a whole paragraph as the author.
    good = (name for name in names if name and len(name) <= _MAX_NAME_LENGTH and "://" not in name and "@" not in name)
    return tuple(dict.fromkeys(good))[:_MAX_AUTHORS]


def clean_line(text: str, longest: int = _MAX_TEXT_LENGTH) -> str:
    """The text on one line without invisible characters, cut to ``longest`` characters."""
    return collapse(_HIDDEN.sub("", text[: 4 * longest]))[:longest].strip()


def _clean_claims(claims: PageClaims) -> PageClaims:
    return PageClaims(
        claims.source,
        clean_line(claims.title),
        clean_author_names(claims.authors),
        clean_line(claims.company, _MAX_NAME_LENGTH),
        clean_line(claims.site, _MAX_NAME_LENGTH),
        claims.published_on,
        clean_line(claims.language, 35),
        clean_line(claims.description, _MAX_DESCRIPTION_LENGTH),
    )


def canonical_url(url: str) -> str:
    """The URL unwrapped, with a lower-case host and without fragment and tracking parameters."""
    parts = urlsplit(unwrap_link(url.strip()))
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    # Re-encoded only if a parameter was removed: encoding may change the others.
    dropped = len(kept) < len(parse_qsl(parts.query, True))
    query = urlencode(kept) if dropped else parts.query
    return parts._replace(netloc=_netloc(parts), path=parts.path or "/", query=query, fragment="").geturl()


def article_key(url: str) -> str:
    """Equal for URLs that differ only in scheme, ``www.``, final slash, fragment and tracking parameters.

    At most 600 characters; see ``bounded_key``.
    """
    parts = urlsplit(canonical_url(url))
    path = parts.path.rstrip("/")
    page = parts._replace(scheme="https", netloc=parts.netloc.removeprefix("www."), path=path).geturl()
    return bounded_key(f"url:{page}")


def choose_canonical_url(asked: str, named: Sequence[str]) -> str:
    """The URL that the page declares as canonical, if it can be trusted; otherwise the URL of the page.

    Args:
        asked: the URL of the page, after redirects.
        named: absolute URLs from its ``canonical`` link and OpenGraph data.
    """
    here = urlsplit(asked)
    for link in named:
        if len(link) > _MAX_TEXT_LENGTH or not is_plain_url(link):
            continue
        there = urlsplit(link)
        same_site = _netloc(here).removeprefix("www.") == _netloc(there).removeprefix("www.")
        # Some sites declare their front page as canonical for every article.
        is_front_page = there.path in ("", "/") and not there.query
        if same_site and (not is_front_page or here.path in ("", "/")):
            return canonical_url(link)
    return canonical_url(asked)


def is_web_page_url(ref: str) -> bool:
    """True for the URL of a page, unless its site is for papers, where an id must be in the URL."""
    url = unwrap_link(ref.strip())
    return is_plain_url(url) and not _PAPER_HOSTS.match(url)


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, _PORTS.get(parts.scheme)) else f"{host}:{parts.port}"

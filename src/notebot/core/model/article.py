"""A page of the web as the curator notes it: what it says of itself, each fact with where it says so.

Several sources speak of one page: its JSON-LD, OpenGraph, citation tags, meta tags, oEmbed, its site's feed, what
is visible. Each fact is taken from the first of them that has it. What none says is left open.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from msgspec import Struct, field

from notebot.core.model.partial_date import PartialDate
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from collections.abc import Sequence


class PageSource(StrEnum):
    """Where a page says something, in the order in which it is believed."""

    JSON_LD = "json-ld"
    OPENGRAPH = "opengraph"
    CITATION = "citation"
    """Highwire's ``citation_*`` tags; of a paper's page they are believed first."""
    META = "meta"
    OEMBED = "oembed"
    FEED = "feed"
    VISIBLE = "visible"
    """What a reader sees: the title of the window, a marked time, a link to the author."""
    PDF = "pdf"
    """What the program that made the file wrote into it."""


class Media(StrEnum):
    """The archive's tag for what a page is, where it is no paper."""

    BLOG = "Blog"
    REPOSITORY = "Repository"
    SLIDE = "Slide"
    VIDEO = "Video"


class PageClaims(Struct, frozen=True):
    """What one source says of a page; what it does not say is empty."""

    source: PageSource
    title: str = ""
    authors: tuple[str, ...] = ()
    company: str = ""
    """The organisation that publishes it, where it is named as that."""
    site: str = ""
    published_on: PartialDate | None = None
    language: str = ""
    description: str = ""


class Article(Struct, frozen=True):
    """A page of the web; ``None`` or empty is what it does not say."""

    url: str
    """Canonical."""
    title: str | None = None
    authors: tuple[str, ...] = ()
    company: str | None = None
    site: str | None = None
    published_on: PartialDate | None = None
    language: str | None = None
    description: str | None = None
    media: Media | None = None
    media_sure: bool = False
    """Its host or its own type says so; else it is a guess."""
    evidence: dict[str, PageSource] = field(default_factory=dict)
    """By field: the source that it was taken from."""


class PaperPage(Struct, frozen=True):
    """What the page of a paper says besides."""

    venue_text: str = ""
    """The conference or journal in the page's words; empty for a paper that is only submitted."""
    doi: str | None = None
    abstract: str = ""
    arxiv_id: str | None = None
    """The same paper on arXiv, canonical and without version."""
    arxiv_sure: bool = False
    """The page's own data name it; else it only links there, and the titles have to be compared."""


class ParsedPage(Struct, frozen=True):
    """An article, and whether it is the page of a paper."""

    article: Article
    paper: PaperPage | None = None


_ORDER = tuple(PageSource)
_PAPER_ORDER = (PageSource.CITATION, *(source for source in PageSource if source is not PageSource.CITATION))
_LONGEST = 1_000
_LONGEST_NAME = 120
_LONGEST_DESCRIPTION = 5_000
_MOST_AUTHORS = 5_000
_SEPARATORS = (" | ", " - ", " – ", " — ", " · ", " • ", "｜", " ｜ ", " : ")
_BY = regex(r"\A(?:by|von|par)\s+(?=\S)", re.IGNORECASE)
_HIDDEN = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

_TRACKING = regex(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|ref_src|__twitter_impression",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_PAPER_HOSTS = regex(
    r"""https?://(?: (?:[a-z]+\.)?arxiv\.org | (?:www\.)?alphaxiv\.org | (?:www\.)?ar5iv\.org | ar5iv\.labs\.arxiv\.org
      | (?:www\.)?scirate\.com | (?:www\.)?papers\.cool | (?:www\.)?(?:huggingface\.co|hf\.co)/papers
      | (?:(?:dx|www)\.)?doi\.org/10\.48550 ) (?:[:/?\#]|$)""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)


def build_article(url: str, claims: Sequence[PageClaims], *, is_paper: bool = False) -> Article:
    """The page at ``url``: each fact from the first source that has it, the site's name cut off the title."""
    order = _PAPER_ORDER if is_paper else _ORDER
    ranked = sorted((_cleaned(one) for one in claims), key=lambda one: order.index(one.source))
    evidence = {name: source for name in _FACTS if (source := _told_by(name, ranked))}
    facts: dict[str, Any] = {
        name: next(getattr(one, name) for one in ranked if one.source is source) for name, source in evidence.items()
    }
    if "title" in facts:
        facts["title"] = strip_site_name(facts["title"], {one.site for one in ranked} | {one.company for one in ranked})
    return Article(url, **facts, evidence=evidence)


_FACTS = ("title", "authors", "company", "site", "published_on", "language", "description")


def _told_by(fact: str, ranked: Sequence[PageClaims]) -> PageSource | None:
    return next((one.source for one in ranked if getattr(one, fact)), None)


def strip_site_name(title: str, names: set[str]) -> str:
    """A title without the site's own name before or behind it: ``A Title | The Site``."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        for separator in _SEPARATORS:
            bare = title.removesuffix(separator + name).removeprefix(name + separator).strip()
            if bare and bare != title:
                return bare
    return title


def clean_author_names(told: Sequence[str]) -> tuple[str, ...]:
    """The names among what sources give for authors, each once: no addresses, no ``by``, no ``@``."""
    names = (_BY.sub("", clean_line(part, _LONGEST_NAME + 1)).lstrip("@") for text in told for part in text.split(";"))
    good = (name for name in names if name and len(name) <= _LONGEST_NAME and "://" not in name and "@" not in name)
    return tuple(dict.fromkeys(good))[:_MOST_AUTHORS]


def clean_line(text: str, longest: int = _LONGEST) -> str:
    """One line without hidden characters, of at most ``longest`` characters."""
    return collapse(_HIDDEN.sub("", text[: 4 * longest]))[:longest].strip()


def _cleaned(one: PageClaims) -> PageClaims:
    return PageClaims(
        one.source,
        clean_line(one.title),
        clean_author_names(one.authors),
        clean_line(one.company, _LONGEST_NAME),
        clean_line(one.site, _LONGEST_NAME),
        one.published_on,
        clean_line(one.language, 35),
        clean_line(one.description, _LONGEST_DESCRIPTION),
    )


def canonical_url(url: str) -> str:
    """The address without fragment and tracking parameters, its host in lower case; else as it was written."""
    parts = urlsplit(url.strip())
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    dropped = len(kept) < len(parse_qsl(parts.query, True))
    query = urlencode(kept) if dropped else parts.query
    return parts._replace(netloc=_netloc(parts), path=parts.path or "/", query=query, fragment="").geturl()


def article_key(url: str) -> str:
    """Equal for addresses that differ in scheme, ``www.``, a last slash, fragment and tracking alone."""
    parts = urlsplit(canonical_url(url))
    path = parts.path.rstrip("/")
    return "url:" + parts._replace(scheme="https", netloc=parts.netloc.removeprefix("www."), path=path).geturl()


def choose_canonical_url(asked: str, named: Sequence[str]) -> str:
    """The page's address: what it names as canonical, if that lies on the same site and is no mere front page.

    Args:
        asked: where the page was found, redirects followed.
        named: what its ``canonical`` link and its OpenGraph name, whole.
    """
    here = urlsplit(asked)
    for link in named:
        if len(link) <= _LONGEST and is_plain_url(link) and _is_on(here, urlsplit(link)):
            return canonical_url(link)
    return canonical_url(asked)


def is_web_page_url(ref: str) -> bool:
    """Whether a reference is the address of a page, and of no site where every address is to name a paper."""
    return is_plain_url(ref.strip()) and not _PAPER_HOSTS.match(ref.strip())


def _is_on(here: SplitResult, there: SplitResult) -> bool:
    same = _bare_host(here) == _bare_host(there)
    return same and (there.path not in ("", "/") or bool(there.query) or here.path in ("", "/"))


def _bare_host(parts: SplitResult) -> str:
    return _netloc(parts).removeprefix("www.")


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, _PORTS.get(parts.scheme)) else f"{host}:{parts.port}"

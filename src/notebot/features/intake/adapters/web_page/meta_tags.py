"""What each kind of a page's tags says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.article import FactSource, PageClaims
from notebot.core.model.partial_date import PartialDate, parse_partial_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.features.intake.adapters.web_page.document import Document
    from notebot.features.intake.adapters.web_page.json_ld import JsonLd

_DATES = (
    "datepublished", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created",
    "parsely-pub-date", "pubdate", "publishdate", "publish-date", "publish_date", "published", "date",
)  # fmt: skip
_AUTHORS = ("author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl")
_SUFFIXES = ("jr", "jr.", "sr", "sr.", "ii", "iii", "iv")


def claims_of(document: Document, json_ld: JsonLd | None) -> Iterator[PageClaims]:
    """One :class:`PageClaims` for each kind of tags."""
    if json_ld is not None:
        yield json_ld.claims
    yield _opengraph(document)
    yield _citation(document)
    yield _meta(document)
    yield _visible(document)


def _opengraph(document: Document) -> PageClaims:
    return PageClaims(
        FactSource.OPENGRAPH,
        title=document.one("og:title"),
        authors=tuple(document.all("article:author", "og:article:author")),
        site=document.one("og:site_name"),
        published_on=_date(document, "article:published_time", "og:article:published_time", "og:published_time"),
        language=document.one("og:locale").replace("_", "-"),
        description=document.one("og:description"),
    )


def _citation(document: Document) -> PageClaims:
    return PageClaims(
        FactSource.CITATION,
        title=document.one("citation_title"),
        authors=tuple(_turned(name) for name in _citation_authors(document)),
        published_on=_date(document, "citation_publication_date", "citation_date", "citation_online_date"),
        language=document.one("citation_language"),
        description=document.one("citation_abstract"),
    )


def _citation_authors(document: Document) -> list[str]:
    return document.all("citation_author") or document.one("citation_authors").split(";")


def _meta(document: Document) -> PageClaims:
    return PageClaims(
        FactSource.META,
        title=document.one("dc.title", "dcterms.title", "parsely-title", "twitter:title"),
        authors=tuple(document.all(*_AUTHORS)),
        site=document.one("application-name"),
        published_on=_date(document, *_DATES),
        language=document.one("dc.language", "content-language"),
        description=document.one("description", "dc.description", "twitter:description"),
    )


def _visible(document: Document) -> PageClaims:
    return PageClaims(
        FactSource.VISIBLE,
        title=document.title,
        authors=tuple(anchor.text for anchor in document.anchors if "author" in anchor.rel),
        published_on=_visible_date(document),
        language=document.language,
    )


def _visible_date(document: Document) -> PartialDate | None:
    """A time that is marked as the publication's; or the only day that the page names: several may be of anything."""
    marked = [time.written for time in document.times if time.marked]
    days = {parse_partial_date(written) for written in marked or [time.written for time in document.times]}
    return days.pop() if len(days) == 1 else parse_partial_date(marked[0]) if marked else None


def _date(document: Document, *names: str) -> PartialDate | None:
    """The first date that can be read, by name."""
    found = (parse_partial_date(written) for name in names for written in document.all(name)[:5])
    return next((date for date in found if date is not None), None)


def _turned(name: str) -> str:
    """``Lovelace, Ada`` as ``Ada Lovelace``."""
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma or not first or "," in first or first.lower() in _SUFFIXES:
        return name
    return f"{first} {last}"

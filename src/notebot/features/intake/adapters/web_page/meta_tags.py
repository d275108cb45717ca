"""Extracts the facts of a page, one record for each kind of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.article import FactSource, PageClaims
from notebot.core.model.partial_date import PartialDate, parse_partial_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.features.intake.adapters.web_page.document import Document
    from notebot.features.intake.adapters.web_page.json_ld import JsonLd

_DATE_NAMES = (
    "datepublished", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created",
    "parsely-pub-date", "pubdate", "publishdate", "publish-date", "publish_date", "published", "date",
)  # fmt: skip
_AUTHOR_NAMES = ("author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl")
_NAME_SUFFIXES = ("jr", "jr.", "sr", "sr.", "ii", "iii", "iv")
# a page has one date per name; lists of hundreds are comments or a calendar
_MAX_DATES = 5


def extract_claims(document: Document, json_ld: JsonLd | None) -> Iterator[PageClaims]:
    """One :class:`PageClaims` per kind of tags; their order of trust is that of :class:`FactSource`."""
    if json_ld is not None:
        yield json_ld.claims
    yield PageClaims(
        FactSource.OPENGRAPH,
        title=document.meta_value("og:title"),
        authors=tuple(document.meta_values("article:author", "og:article:author")),
        site=document.meta_value("og:site_name"),
        published_on=_date(document, "article:published_time", "og:article:published_time", "og:published_time"),
        language=document.meta_value("og:locale").replace("_", "-"),
        description=document.meta_value("og:description"),
    )
    # Repeated `citation_author` tags (services.md 3.10), or one `citation_authors` with all names.
    citation_authors = document.meta_values("citation_author") or document.meta_value("citation_authors").split(";")
    yield PageClaims(
        FactSource.CITATION,
        title=document.meta_value("citation_title"),
        authors=tuple(_first_name_first(name) for name in citation_authors),
        published_on=_date(document, "citation_publication_date", "citation_date", "citation_online_date"),
        language=document.meta_value("citation_language"),
        description=document.meta_value("citation_abstract"),
    )
    yield PageClaims(
        FactSource.META,
        title=document.meta_value("dc.title", "dcterms.title", "parsely-title", "twitter:title"),
        authors=tuple(document.meta_values(*_AUTHOR_NAMES)),
        site=document.meta_value("application-name"),
        published_on=_date(document, *_DATE_NAMES),
        language=document.meta_value("dc.language", "content-language"),
        description=document.meta_value("description", "dc.description", "twitter:description"),
    )
    yield PageClaims(
        FactSource.VISIBLE,
        title=document.title,
        authors=tuple(anchor.text for anchor in document.anchors if "author" in anchor.rel),
        published_on=_visible_date(document),
        language=document.language,
    )


def _visible_date(document: Document) -> PartialDate | None:
    """The date marked as that of publication, or the only date on the page.

    Several unmarked dates may belong to comments or to other articles.
    """
    marked = [time.value for time in document.times if time.is_publication]
    dates = {parse_partial_date(value) for value in marked or [time.value for time in document.times]}
    if len(dates) == 1:
        return dates.pop()
    return parse_partial_date(marked[0]) if marked else None


def _date(document: Document, *names: str) -> PartialDate | None:
    """The first valid date, in the order of ``names``."""
    dates = (parse_partial_date(value) for name in names for value in document.meta_values(name)[:_MAX_DATES])
    return next((date for date in dates if date is not None), None)


def _first_name_first(name: str) -> str:
    """``Lovelace, Ada`` becomes ``Ada Lovelace``; other forms stay."""
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma or not first or "," in first or first.lower() in _NAME_SUFFIXES:
        return name
    return f"{first} {last}"

"""Pages about a paper: OpenReview, ACL Anthology, PMLR, CVF, Semantic Scholar, journals behind a DOI.

They are known by their ``citation_*`` tags (Google Scholar's inclusion guidelines, after Highwire), not by their hosts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notebot.core.model.article import PaperPage, clean_line
from notebot.core.model.arxiv_id import find_ids
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.features.intake.adapters.web_page.document import Document

_VENUES = (
    "citation_conference_title", "citation_conference", "citation_journal_title", "citation_inbook_title",
    "prism.publicationname",
)  # fmt: skip
_LONGEST_VENUE = 400
_LONGEST_ABSTRACT = 6_000

_DOI = regex(r"(?:(?:https?://(?:dx\.)?doi\.org/)|doi:\s?)?(10\.[0-9]{4,9}/[^\s\"<>]{1,200})", re.IGNORECASE)
_ARXIV_DOI = regex(r"10\.48550/arxiv\.", re.IGNORECASE)
_ARXIV_WORDS = regex(r"\W{0,3}arxiv(?: (?:preprint|version|link|paper))?\W{0,3}", re.IGNORECASE)
_OPENREVIEW = regex(r"(?:www\.)?openreview\.net", re.IGNORECASE)
_ONLY_SUBMITTED = regex(
    r"\b(?:submitted to \w[\w.-]{1,30} 20[0-9]{2}|(?:withdrawn|rejected) submission|under (?:double-blind )?review)\b",
    re.IGNORECASE,
)
_ACCEPTED = regex(
    r"\b[A-Z][A-Za-z]{2,12} 20[0-9]{2} (?:[Pp]oster|[Oo]ral|[Ss]potlight|[Nn]otable|[Mm]ain|[Ff]indings)\b"
)

_LANDINGS = tuple(
    (regex(pattern, re.IGNORECASE | re.ASCII), page)
    for pattern, page in (
        (r"(https?://(?:www\.)?aclanthology\.org/[a-z0-9.-]{3,80}?)(?:v[0-9]{1,2})?\.pdf", r"\1/"),
        (r"(https?://(?:www\.)?openreview\.net)/(?:pdf|attachment)\?id=([a-z0-9_-]{5,20})(?:&.*)?", r"\1/forum?id=\2"),
        (r"(https?://proceedings\.mlr\.press/v[0-9]{1,4}/)([a-z0-9_-]{2,80})/\2\.pdf", r"\1\2.html"),
        (r"(https?://openaccess\.thecvf\.com/content[a-z0-9_/-]{0,60}/)papers(/.{1,300}?)\.pdf", r"\1html\2.html"),
        (
            r"(https?://(?:papers|proceedings)\.(?:nips|neurips)\.cc/paper(?:_files/paper)?/[0-9]{4}/)file/"
            r"([0-9a-f]{20,64})-Paper(-[a-z_]{1,40})?\.pdf",
            r"\1hash/\2-Abstract\3.html",
        ),
        (r"(https?://(?:www\.)?jmlr\.org/papers/)volume([0-9]{1,3})/([a-z0-9-]{3,20})/\3\.pdf", r"\1v\2/\3.html"),
        (r"(https?://(?:www\.)?nature\.com/articles/[a-z0-9-]{5,40})\.pdf", r"\1"),
    )
)


def landing_url(url: str) -> str:
    """The page about a paper whose PDF a link leads to, where the site's own pattern tells it; else the link."""
    for pattern, page in _LANDINGS:
        found = pattern.fullmatch(url.split("#", 1)[0])
        if found:
            return found.expand(page)
    return url


def paper_of(document: Document, url: str, *, is_scholarly: bool = False) -> PaperPage | None:
    """What a page says of its paper; ``None`` where the page is not about one.

    Args:
        is_scholarly: the page's JSON-LD calls itself a scholarly article.
    """
    if not document.one("citation_title") and not is_scholarly:
        return None
    doi = _doi(document)
    named = next(_named(document, doi, url), None)
    linked = named or _linked(document)
    return PaperPage(
        venue_text=_venue(document, url),
        doi=doi if doi is None or not _ARXIV_DOI.match(doi) else None,
        abstract=clean_line(_abstract(document), _LONGEST_ABSTRACT),
        arxiv_id=linked,
        arxiv_sure=named is not None,
    )


def _venue(document: Document, url: str) -> str:
    text = clean_line(document.one(*_VENUES), _LONGEST_VENUE)
    if _OPENREVIEW.fullmatch(urlsplit(url).hostname or ""):
        return _on_openreview(document, text)
    return "" if "arxiv" in text.lower() else text


def _on_openreview(document: Document, text: str) -> str:
    """Its dates are those of the submission, so a conference needs its year in words; a journal has no other date."""
    words = " ".join(document.words.split())
    if _ONLY_SUBMITTED.search(f"{text} {words}"):
        return ""
    accepted = _ACCEPTED.search(words)
    if accepted is not None:
        return accepted[0]
    return text if re.search(r"20[0-9]{2}", text) or document.one("citation_journal_title") else ""


def _doi(document: Document) -> str | None:
    told = document.all("citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier", "bepress_citation_doi")
    found = (_DOI.fullmatch(text.strip()) for text in told[:20])
    return next((one[1] for one in found if one), None)


def _abstract(document: Document) -> str:
    return document.one("citation_abstract", "dcterms.abstract", "dc.description.abstract") or document.abstract


def _named(document: Document, doi: str | None, url: str) -> Iterator[str]:
    """The arXiv id that the page's own data give for it."""
    told = [f"arXiv:{text}" for text in document.all("citation_arxiv_id")[:1]]
    links = document.all("citation_pdf_url")[:3] + document.all("citation_abstract_html_url")[:3]
    for text in (*told, f"https://doi.org/{doi}", *links, url):
        yield from (paper.base for paper in find_ids(text))


def _linked(document: Document) -> str | None:
    """The one paper that links named ``arXiv`` lead to; reference lists link to many, under other words."""
    links = (link.href for link in document.anchors if _ARXIV_WORDS.fullmatch(" ".join(link.text.split())))
    found = {paper.base for link in links for paper in find_ids(link)}
    return found.pop() if len(found) == 1 else None

"""Reads the pages of papers: OpenReview, ACL Anthology, PMLR, CVF, Semantic Scholar, and journals.

They are recognised by their ``citation_*`` tags (Google Scholar's inclusion guidelines, after Highwire), not by host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notebot.core.model.article import PaperPage, clean_line
from notebot.core.model.arxiv_id import find_ids
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.features.intake.adapters.web_page.document import Document

_VENUE_NAMES = (
    "citation_conference_title", "citation_conference", "citation_journal_title", "citation_inbook_title",
    "prism.publicationname",
)  # fmt: skip
_MAX_VENUE_CHARACTERS = 400
_MAX_ABSTRACT_CHARACTERS = 6_000
_MAX_DOI_TAGS = 20

_DOI = regex(r"(?:(?:https?://(?:dx\.)?doi\.org/)|doi:\s?)?(10\.[0-9]{4,9}/[^\s\"<>]{1,200})", re.IGNORECASE)
_ARXIV_DOI = regex(r"10\.48550/arxiv\.", re.IGNORECASE)
_ARXIV_LINK_TEXT = regex(r"\W{0,3}arxiv(?: (?:preprint|version|link|paper))?\W{0,3}", re.IGNORECASE)
_OPENREVIEW = regex(r"(?:www\.)?openreview\.net", re.IGNORECASE)
_ONLY_SUBMITTED = regex(
    r"\b(?:submitted to \w[\w.-]{1,30} 20[0-9]{2}|(?:withdrawn|rejected) submission|under (?:double-blind )?review)\b",
    re.IGNORECASE,
)
_ACCEPTED = regex(
    r"\b[A-Z][A-Za-z]{2,12} 20[0-9]{2} (?:[Pp]oster|[Oo]ral|[Ss]potlight|[Nn]otable|[Mm]ain|[Ff]indings)\b"
)

_LANDING_PAGES = tuple(
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
    """The page about a paper if ``url`` is its PDF on a known site; otherwise ``url``."""
    for pattern, page in _LANDING_PAGES:
        match = pattern.fullmatch(url.split("#", 1)[0])
        if match:
            return match.expand(page)
    return url


def extract_paper(document: Document, url: str, *, is_scholarly: bool = False) -> PaperPage | None:
    """The facts about the paper of a page; ``None`` if the page is not about a paper.

    Args:
        is_scholarly: whether the page's JSON-LD declares a scholarly article.
    """
    if not document.meta_value("citation_title") and not is_scholarly:
        return None
    doi_tags = document.meta_values(
        "citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier", "bepress_citation_doi"
    )
    dois = (_DOI.fullmatch(text.strip()) for text in doi_tags[:_MAX_DOI_TAGS])
    doi = next((match[1] for match in dois if match), None)
    metadata = [f"arXiv:{text}" for text in document.meta_values("citation_arxiv_id")[:1]]
    metadata.append(f"https://doi.org/{doi}")
    metadata += document.meta_values("citation_pdf_url")[:3] + document.meta_values("citation_abstract_html_url")[:3]
    metadata.append(url)
    stated_id = next((paper.base for text in metadata for paper in find_ids(text)), None)
    # Only links called "arXiv" count: links in reference lists have other texts. Two different ids prove nothing.
    arxiv_links = (link.href for link in document.anchors if _ARXIV_LINK_TEXT.fullmatch(" ".join(link.text.split())))
    linked_ids = {paper.base for link in arxiv_links for paper in find_ids(link)}
    linked_id = linked_ids.pop() if len(linked_ids) == 1 else None
    abstract = document.meta_value("citation_abstract", "dcterms.abstract", "dc.description.abstract")
    return PaperPage(
        venue_text=_venue_text(document, url),
        doi=doi if doi is None or not _ARXIV_DOI.match(doi) else None,
        abstract=clean_line(abstract or document.abstract, _MAX_ABSTRACT_CHARACTERS),
        arxiv_id=stated_id or linked_id,
        arxiv_sure=stated_id is not None,
    )


def _venue_text(document: Document, url: str) -> str:
    """The venue as the page writes it; empty for a preprint and for a paper that is only submitted."""
    text = clean_line(document.meta_value(*_VENUE_NAMES), _MAX_VENUE_CHARACTERS)
    if not _OPENREVIEW.fullmatch(urlsplit(url).hostname or ""):
        return "" if "arxiv" in text.lower() else text
    words = " ".join(document.visible_text.split())
    if _ONLY_SUBMITTED.search(f"{text} {words}"):
        return ""
    accepted = _ACCEPTED.search(words)
    if accepted is not None:
        return accepted[0]
    # OpenReview's dates are those of the submission, so the name of a conference must contain its year.
    # A journal has no other date.
    return text if re.search(r"20[0-9]{2}", text) or document.meta_value("citation_journal_title") else ""

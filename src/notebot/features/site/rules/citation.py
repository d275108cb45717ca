"""Bibliographic data of a note for reference managers: Highwire ``citation_*`` tags, and COinS.

The names are those that Zotero's connector reads (its translators *COinS* and *Embedded Metadata*, its
``openurl.js``): a paper at a conference is imported as a conference paper, one in a journal as an article, one on
arXiv as a preprint, and everything else as a web page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notebot.features.archive.rules.bibtex import Work
from notebot.features.archive.rules.citation import Citation, cite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from notebot.features.site.rules.full_note import FullNote

_ASCII_QUOTED = {code: quote(chr(code), safe="") for code in range(128)}


def cite_note(full: FullNote, journals: Collection[str]) -> Citation:
    """The bibliographic data of a note.

    Args:
        journals: the names of venues that are journals; all other venues are taken for conferences.
    """
    (citation,) = cite([Work(full.note, full.authors, full.doi)], journals)
    return citation


def author_names(citation: Citation) -> list[str]:
    """The names as they are read."""
    return [f"{given} {family}" if given else family for family, given in citation.authors]


def meta_tags(citation: Citation, abstract: str) -> Iterator[tuple[str, str]]:
    """Name and content of each tag, those without content left out."""
    venue_tag = "citation_journal_title" if citation.kind == "journal" else "citation_conference_title"
    tags = (
        ("citation_title", citation.title),
        # not `family, given`: Zotero takes that for two authors if both have a blank
        *(("citation_author", name) for name in author_names(citation)),
        ("citation_publication_date", _date(citation, "/")),
        (venue_tag, citation.venue),
        ("citation_doi", citation.doi),
        ("citation_arxiv_id", citation.arxiv_id),
        ("citation_public_url", citation.url),
        ("citation_pdf_url", f"https://arxiv.org/pdf/{quote(citation.arxiv_id)}" if citation.arxiv_id else ""),
        ("citation_abstract", abstract),
    )
    return (tag for tag in tags if tag[1])


def coins(citation: Citation, abstract: str) -> str:
    """The OpenURL context object (Z39.88-2004) that is the ``title`` of a ``<span class="Z3988">``."""
    own = {
        "conference": ("book", (("genre", "proceeding"), ("atitle", citation.title), ("btitle", citation.venue))),
        "journal": ("journal", (("genre", "article"), ("atitle", citation.title), ("jtitle", citation.venue))),
        # of the types of Dublin Core's format, Zotero knows its own
        "preprint": ("dc", (("type", "preprint"), ("title", citation.title))),
        "page": ("dc", (("type", "webpage"), ("title", citation.title))),
    }
    form, fields = own[citation.kind]
    pairs = (
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{form}"),
        *((f"rft.{name}", value) for name, value in fields),
        *(("rft.au", f"{family}, {given}") if given else ("rft.aucorp", family) for family, given in citation.authors),
        ("rft.date", _date(citation, "-")),
        ("rft_id", f"info:doi/{citation.doi}" if citation.doi else ""),
        ("rft_id", citation.url),
        ("rft.description", abstract),
    )
    return "&".join(f"{name}={_quoted(value)}" for name, value in pairs if value)


def _date(citation: Citation, separator: str) -> str:
    return f"{citation.year}{separator}{citation.month:02}" if citation.month else citation.year


def _quoted(value: str) -> str:
    # `quote` looks at each byte in turn, and most abstracts are long and ASCII
    return value.translate(_ASCII_QUOTED) if value.isascii() else quote(value, safe="")

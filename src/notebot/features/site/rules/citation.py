"""Bibliographic data of a note for reference managers: Highwire ``citation_*`` tags, and COinS.

The names are those that Zotero's connector reads (its translators *COinS* and *Embedded Metadata*, its
``openurl.js``): a paper at a conference is imported as a conference paper, one in a journal as an article, one on
arXiv as a preprint, and everything else as a web page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.title_line import sort_year
from notebot.features.archive.rules.bibtex_names import OTHERS, split_authors
from notebot.features.archive.rules.tag_page.entry_parts import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from notebot.features.site.rules.full_note import FullNote

_PREPRINT = "arxiv"
_ASCII_QUOTED = {code: quote(chr(code), safe="") for code in range(128)}


class Citation(Struct, frozen=True):
    """What a reference manager stores."""

    kind: str
    """``conferencePaper``, ``journalArticle``, ``preprint`` or ``webpage``, as Zotero names them."""
    title: str
    authors: tuple[str, ...]
    venue: str
    """Of a conference or a journal."""
    date: str
    """``2026-03``, ``2026``, or empty."""
    doi: str
    url: str
    abstract: str
    arxiv_id: str


def cite(full: FullNote, journals: Collection[str]) -> Citation:
    """The bibliographic data of a note.

    Args:
        journals: the names of venues that are journals; all other venues are taken for conferences.
    """
    note, title = full.note, full.title
    authors = tuple(clean(name) for name in split_authors(clean_authors(full.authors)) if name != OTHERS)
    if not authors and title.first_author:
        authors = (title.first_author,)
    venue = title.venue.name if title.venue and title.venue.name.lower() != _PREPRINT else ""
    if venue:
        kind = "journalArticle" if venue in journals else "conferencePaper"
    else:
        kind = "preprint" if note.arxiv_id else "webpage"
    doi = full.doi or (f"10.48550/arXiv.{note.arxiv_id}" if kind == "preprint" else "")
    links = full.links
    url = links[0] if links else ""
    return Citation(kind, title.title, authors, venue, _date(full), doi, url, full.abstract, note.arxiv_id or "")


def meta_tags(citation: Citation) -> Iterator[tuple[str, str]]:
    """Name and content of each tag, those without content left out."""
    venue_tag = "citation_journal_title" if citation.kind == "journalArticle" else "citation_conference_title"
    pdf = f"https://arxiv.org/pdf/{citation.arxiv_id}" if citation.arxiv_id else ""
    tags = (
        ("citation_title", citation.title),
        *(("citation_author", name) for name in citation.authors),
        ("citation_publication_date", citation.date.replace("-", "/")),
        (venue_tag, citation.venue),
        ("citation_doi", citation.doi),
        ("citation_arxiv_id", citation.arxiv_id),
        ("citation_public_url", citation.url),
        ("citation_pdf_url", pdf),
        ("citation_abstract", citation.abstract),
    )
    return (tag for tag in tags if tag[1])


def coins(citation: Citation) -> str:
    """The OpenURL context object (Z39.88-2004) that is the ``title`` of a ``<span class="Z3988">``."""
    title_key, genre, form = {
        "conferencePaper": ("atitle", (("rft.genre", "proceeding"), ("rft.btitle", citation.venue)), "book"),
        "journalArticle": ("atitle", (("rft.genre", "article"), ("rft.jtitle", citation.venue)), "journal"),
    }.get(citation.kind, ("title", (("rft.type", citation.kind),), "dc"))
    pairs = (
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{form}"),
        *genre,
        (f"rft.{title_key}", citation.title),
        *(("rft.au", name) for name in citation.authors),
        ("rft.date", citation.date),
        ("rft_id", f"info:doi/{citation.doi}" if citation.doi else ""),
        ("rft_id", citation.url),
        ("rft.description", citation.abstract),
    )
    return "&".join(f"{name}={_quoted(value)}" for name, value in pairs if value)


def _quoted(value: str) -> str:
    # `quote` looks at each byte in turn, and most abstracts are long and ASCII
    return value.translate(_ASCII_QUOTED) if value.isascii() else quote(value, safe="")


def _date(full: FullNote) -> str:
    """The month that the title line gives, if it is of the venue's year; else that year."""
    year, dated = sort_year(full.note.title_line), full.title.date
    if dated is None or (year and dated.year != year):
        return str(year or "")
    return f"{dated.year}-{dated.month:02}" if dated.month else str(dated.year)

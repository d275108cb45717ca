"""Notes as citations in plain text: RIS and CSL-JSON.

All text is the paper's or the curator's. Each value is on one line without invisible characters, so that nothing in it
begins a field or a record of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.note_format.authors import clean_authors
from notebot.core.text.escaping import is_plain_url, remove_hidden
from notebot.core.text.tex import collapse, readable
from notebot.features.archive.rules.bibtex import Work, numbered_keys, year_of
from notebot.features.archive.rules.bibtex_names import OTHERS, family_and_given, split_authors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from notebot.core.note_format.title_line import ParsedTitle

_PREPRINT = "arxiv"
_ARXIV_DOI = "10.48550/arXiv."
_RIS_TYPES = {"preprint": "UNPB", "conference": "CONF", "journal": "JOUR", "page": "ELEC"}
_CSL_TYPES = {
    "preprint": "article",
    "conference": "paper-conference",
    "journal": "article-journal",
    "page": "webpage",
}


class Citation(Struct, frozen=True):
    """A note in the terms of citation formats; what is not known is empty."""

    key: str
    kind: str
    """``preprint``, ``conference``, ``journal`` or ``page``."""
    title: str
    authors: tuple[tuple[str, str], ...]
    """Family name and given names; a group has no given names."""
    year: str
    month: int
    """1 to 12, or 0."""
    venue: str
    track: str
    doi: str
    arxiv_id: str
    url: str
    tags: tuple[str, ...]


def cite(works: Sequence[Work], journals: Collection[str]) -> list[Citation]:
    """The citation of each work.

    Args:
        journals: the names of venues that are journals; all other venues are taken for conferences.
    """
    return [_citation(key, work, parsed, journals) for key, work, parsed in numbered_keys(works)]


def write_ris(citations: Sequence[Citation]) -> str:
    """RIS with the line ends that its specification asks for."""
    return "".join(f"{tag}  - {value}\r\n" for citation in citations for tag, value in _ris_lines(citation))


def csl_item(citation: Citation) -> dict[str, Any]:
    """One item of CSL-JSON (schema of citationstyles.org), without empty variables."""
    date = [int(citation.year), *([citation.month] if citation.month else [])] if citation.year else []
    item: dict[str, Any] = {
        "id": citation.key,
        "type": _CSL_TYPES[citation.kind],
        "title": citation.title,
        "author": [
            {"family": family, "given": given} if given else {"literal": family} for family, given in citation.authors
        ],
        "issued": {"date-parts": [date]} if date else {},
        "container-title": citation.venue,
        "genre": citation.track,
        "publisher": "arXiv" if citation.kind == "preprint" else "",
        "number": f"arXiv:{citation.arxiv_id}" if citation.kind == "preprint" else "",
        "archive": "arXiv" if citation.arxiv_id else "",
        "archive_location": citation.arxiv_id,
        "DOI": citation.doi,
        "URL": citation.url,
        "keyword": ", ".join(citation.tags),
    }
    return {name: value for name, value in item.items() if value}


def _citation(key: str, work: Work, parsed: ParsedTitle, journals: Collection[str]) -> Citation:
    note, venue = work.note, parsed.venue
    names = [name for name in split_authors(clean_authors(work.authors)) if name != OTHERS]
    if not names and parsed.first_author:
        names = [parsed.first_author]
    kind = "preprint" if note.arxiv_id else "page"
    if venue is not None and venue.name.lower() != _PREPRINT:
        kind = "journal" if venue.name in journals else "conference"
    year = year_of(note, parsed)
    dated = parsed.date is not None and str(parsed.date.year) == year
    return Citation(
        key=key,
        kind=kind,
        title=_plain(readable(parsed.title)),
        authors=tuple(family_and_given(_plain(readable(name))) for name in names if _plain(name)),
        year=year,
        month=(parsed.date.month or 0) if dated and parsed.date else 0,
        venue=_plain(venue.name) if venue is not None and kind in ("conference", "journal") else "",
        track=_plain(venue.track) if venue is not None and kind in ("conference", "journal") else "",
        doi=_plain(work.doi or (f"{_ARXIV_DOI}{note.arxiv_id}" if kind == "preprint" else "")),
        arxiv_id=note.arxiv_id or "",
        url=note.url if note.url and is_plain_url(note.url) else "",
        tags=tuple(filter(None, map(_plain, note.tags))),
    )


def _ris_lines(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", _RIS_TYPES[citation.kind]
    yield "ID", citation.key
    yield from (("AU", f"{family}, {given}" if given else family) for family, given in citation.authors)
    fields = [
        ("TI", citation.title),
        ("T2", citation.venue),
        ("PY", citation.year),
        ("DA", f"{citation.year}/{citation.month:02}//" if citation.month else ""),
        ("M3", citation.track),
        ("PB", "arXiv" if citation.kind == "preprint" else ""),
        ("AN", f"arXiv:{citation.arxiv_id}" if citation.arxiv_id else ""),
        ("DO", citation.doi),
        ("UR", citation.url),
    ]
    yield from ((tag, value) for tag, value in fields if value)
    yield from (("KW", tag) for tag in citation.tags)
    yield "ER", ""


def _plain(text: str) -> str:
    return collapse(remove_hidden(" ".join(text.split())))

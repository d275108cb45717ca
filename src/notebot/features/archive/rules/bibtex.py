r"""Notes as BibTeX, with the venue that the title line names.

All text is the paper's or the curator's: it is set so that nothing in it is a command. A formula stays one
where it consists of signs that can do no harm.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.note import Note
from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import ParsedTitle, parse_title_line, sort_year
from notebot.core.text.escaping import is_plain_url, restore
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse
from notebot.features.archive.rules.bibtex_names import (
    OTHERS,
    is_group,
    key_name,
    split_authors,
    with_suffix_between_commas,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_PREPRINT = "arxiv"
_ARXIV_DOI = "10.48550/arXiv."
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: rf"\{sign}" for sign in "&%$#_"},
}
_FORMULA = regex(r"\$((?:\\[A-Za-z]++|\\[,;: !{}|]|[A-Za-z0-9 +*/=<>().,:;!\[\]|'^_{}~-]){1,200})\$")
_MACRO = regex(r"\\([A-Za-z]+)")
_MATHS = frozenset(
    # letters
    {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa"}
    | {"lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega"}
    | {"Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar"}
    # alphabets, accents
    | {"mathbb", "mathcal", "mathrm", "mathbf", "mathfrak", "mathsf", "mathit", "mathtt", "mathscr", "boldsymbol"}
    | {"text", "textit", "textbf", "textrm", "operatorname", "rm", "bf", "it", "hat", "bar", "tilde", "vec", "dot"}
    | {"ddot", "overline", "underline", "widehat", "widetilde"}
    # signs
    | {"frac", "sqrt", "sum", "prod", "int", "infty", "cdot", "cdots", "ldots", "dots", "times", "div", "pm", "mp"}
    | {"to", "rightarrow", "leftarrow", "leftrightarrow", "Rightarrow", "Leftarrow", "mapsto", "leq", "le", "geq"}
    | {"ge", "neq", "ne", "approx", "sim", "simeq", "equiv", "propto", "ll", "gg", "in", "notin", "subset", "cup"}
    | {"cap", "ast", "star", "circ", "bullet", "partial", "nabla", "log", "exp", "ln", "sin", "cos", "min", "max"}
    | {"arg", "left", "right", "langle", "rangle", "lVert", "rVert", "Vert", "mid", "prime", "otimes", "oplus"}
    | {"forall", "exists", "emptyset", "dagger", "perp", "parallel", "quad", "lfloor", "rfloor", "lceil", "rceil"}
)
"""Commands of formulas that can do no harm in a document: they read no file and define nothing."""
_HARMFUL = regex(r"[\\{}&%$#_^~]")
_HIDDEN = regex(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_LITTLE = frozenset({"a", "an", "the", "on", "of", "in", "for", "to", "and", "is"})
_AUTHOR = regex(r"[ \t]*[-*][ \t]+(.{1,200})")
_AND = regex(r"\s+and\s+", re.IGNORECASE)


class Work(Struct, frozen=True):
    """A note, and the names of its authors as far as they are known."""

    note: Note
    authors: tuple[str, ...]
    doi: str = ""
    """The publisher's bare DOI."""
    primary_category: str = ""


def read_authors(body: str | None) -> tuple[str, ...]:
    """The names in the ``# Authors`` section of a note's body; empty without that section."""
    _, found, section = normalise_line_ends(body or "").partition("# Authors\n")
    named: list[str] = []
    for line in section.split("\n") if found else []:
        if line.startswith("#"):
            break
        item = _AUTHOR.fullmatch(line)
        if item and not item[1].startswith("…"):
            named.append(restore(item[1].strip()))
    return tuple(named)


def bibliography(works: Sequence[Work], journals: Collection[str]) -> str:
    """All entries, each with a key of its own.

    Args:
        journals: the names of venues that are journals; all other venues are taken for conferences.
    """
    entries: list[str] = []
    for key, work, parsed in numbered_keys(works):
        venue, kind = parsed.venue, "misc"
        venue_fields: list[tuple[str, str]] = []
        if venue is not None and venue.name.lower() != _PREPRINT:
            kind, venue_key = ("article", "journal") if venue.name in journals else ("inproceedings", "booktitle")
            venue_fields = [(venue_key, escaped(venue.name)), ("note", escaped(venue.track))]
        fields = (*_paper_fields(work, parsed), *venue_fields, *_links(work, kind))
        lines = [f"  {name} = {{{value}}}," for name, value in fields if value]
        entries.append("\n".join((f"@{kind}{{{key},", *lines, "}\n")))
    return "\n".join(entries)


def escaped(text: str) -> str:
    """The text on one line with TeX commands escaped; formulas of letters, signs and harmless commands stay."""
    shown = collapse(_HIDDEN.sub(" ", text))
    parts: list[str] = []
    end = 0
    for found in _FORMULA.finditer(shown):
        depths = list(accumulate((char == "{") - (char == "}") for char in found[1]))
        if depths[-1] == min(depths) == 0 and _MATHS.issuperset(_MACRO.findall(found[1])):
            parts += [_bare(shown[end : found.start()]), found[0]]
            end = found.end()
    return "".join((*parts, _bare(shown[end:])))


def _paper_fields(work: Work, parsed: ParsedTitle) -> Iterator[tuple[str, str]]:
    names = split_authors(clean_authors(work.authors))
    if not names and parsed.first_author:
        names = [parsed.first_author, OTHERS] if parsed.plus else [parsed.first_author]
    year = year_of(work.note, parsed)
    yield "title", f"{{{escaped(parsed.title)}}}"
    yield "author", " and ".join(name if name == OTHERS else _name(name) for name in names)
    yield "year", year
    if parsed.date and parsed.date.month and f"{parsed.date.year}" == year:
        yield "month", str(parsed.date.month)


def _name(name: str) -> str:
    """The name with what BibTeX would split wrongly in braces: groups, and names with a comma or an ``and``."""
    formal = with_suffix_between_commas(name)
    text = escaped(formal)
    is_whole = is_group(name) or _AND.search(f" {text} ") is not None or (formal == name and "," in text)
    return f"{{{text}}}" if is_whole else text


def _links(work: Work, kind: str) -> Iterator[tuple[str, str]]:
    note = work.note
    doi = work.doi or (f"{_ARXIV_DOI}{note.arxiv_id}" if note.arxiv_id and kind == "misc" else "")
    yield "doi", _in_verbatim(doi)
    if note.arxiv_id:
        yield "eprint", note.arxiv_id
        yield "archivePrefix", "arXiv"
        yield "primaryClass", work.primary_category
    if note.url and is_plain_url(note.url):
        yield "url", _in_verbatim(note.url)


def _in_verbatim(text: str) -> str:
    """An address for a field that styles typeset verbatim, where ``&``, ``#``, ``_`` and ``~`` are harmless."""
    return _HARMFUL.sub(lambda found: found[0] if found[0] in "&#_~" else f"\\{found[0]}", _HIDDEN.sub("", text))


def year_of(note: Note, parsed: ParsedTitle) -> str:
    """The year of the venue, else of the title line's date or of the note; may be empty."""
    year = sort_year(note.title_line) or (parsed.date.year if parsed.date else 0)
    return str(year or (note.issue_date.year if note.issue_date else ""))


def numbered_keys(works: Sequence[Work]) -> Iterator[tuple[str, Work, ParsedTitle]]:
    """Every work with a key of its own; of equal keys, later ones get b, c, … and numbers after z."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for work in works:
        parsed = parse_title_line(work.note.title_line)
        key = shared = _key(work, parsed)
        # the key of another title may end in b itself, so a suffix may be taken too
        while key in taken:
            counts[shared] = count = counts.get(shared, 1) + 1
            key = shared + (chr(ord("a") + count - 1) if count <= 26 else str(count))
        taken.add(key)
        yield key, work, parsed


def _key(work: Work, parsed: ParsedTitle) -> str:
    """``example2026counting``: family name, year, first word of the title; in ASCII."""
    names = split_authors(clean_authors(work.authors)) or ([parsed.first_author] if parsed.first_author else [])
    family = key_name(names[0]) if names else ""
    words = (_ascii(word) for word in parsed.title.split())
    word = next((word for word in words if word and word not in _LITTLE), "")
    return f"{_ascii(family)}{year_of(work.note, parsed)}{word}" or f"note{work.note.number or ''}"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(char for char in plain.lower() if char.isalnum())[:40]


def _bare(text: str) -> str:
    return _HARMFUL.sub(lambda found: _SPECIAL[found[0]], text)

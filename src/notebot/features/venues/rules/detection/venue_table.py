"""The venue table: which spellings stand for which conference or journal, made ready for one pass over a text."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = regex(r"[^\W\d_]+|\d+|[*@]")
_LITTLE = frozenset({"a", "an", "and", "the", "of", "on", "in", "for", "to", "at"})
_OWNED = regex(r"/|\s(?:[A-Z]|\d+(?:st|nd|rd|th)\b|20\d\d\s[A-Z])")
"""Behind ``Proceedings of the IEEE`` where it is no journal."""
_LARGEST_GAP = 3
"""Characters between two words of one spelling: ``", "``, ``" & "``, ``"/"``."""
_LETTER_CASE_IS_FREE_FROM = 4
"""Letters an abbreviation needs before ``Neurips`` may stand for ``NeurIPS``."""


class VenueKind(StrEnum):
    """What a paper there is: part of a conference, of a journal, or of a workshop that has a host."""

    CONFERENCE = "conference"
    JOURNAL = "journal"
    WORKSHOP = "workshop"


class VenueRow(Struct, frozen=True):
    """One venue. A spelling with ``~`` before it is a word of its own, which counts only with more beside it."""

    name: str
    """As notes write it."""
    kind: VenueKind
    short: tuple[str, ...] = ()
    """Abbreviations, case-sensitive."""
    long: tuple[str, ...] = ()
    """Titles, without regard to case, commas, little words and a plural s."""


class Token(Struct, frozen=True):
    """A run of letters or of digits, and where it stands."""

    text: str
    start: int
    end: int


class Hit(Struct, frozen=True):
    """A spelling of the table found in a text."""

    row: VenueRow
    start: int
    end: int
    titled: bool
    """Found by its title, not by an abbreviation."""
    careful: bool
    """The spelling may as well be an ordinary word."""
    loose: bool = False
    """Found in other letter case than the table's."""
    workshops: bool = False
    """The abbreviation carried a W: ``CVPRW``."""
    findings: bool = False
    """The abbreviation carried an F: ``CVPRF``."""
    head: int = 0
    """Where the first of two spellings ends that were merged; 0 for one alone."""


class _Spelling(Struct, frozen=True):
    row: VenueRow
    parts: tuple[str, ...]
    titled: bool
    careful: bool
    loose: bool


class VenueTable:
    """Rows, indexed by the first word of each spelling; among equal names the last row counts."""

    def __init__(self, rows: tuple[VenueRow, ...]) -> None:
        self.rows = rows
        self._short: dict[str, list[_Spelling]] = {}
        self._long: dict[str, list[_Spelling]] = {}
        for spelling in _spellings({row.name: row for row in rows}):
            (self._long if spelling.titled else self._short).setdefault(spelling.parts[0], []).append(spelling)

    def find(self, text: str) -> list[Hit]:
        """The venues a text names, in order and without overlap; where two overlap, the longer one."""
        tokens = [Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
        folded = [_fold(token.text) for token in tokens]
        hits = sorted(
            (hit for at in range(len(tokens)) for hit in self._at(text, tokens, folded, at)),
            key=lambda hit: (hit.start - hit.end, hit.start, hit.loose),
        )
        taken, kept = bytearray(len(text)), []
        for hit in hits:
            if not any(taken[hit.start : hit.end]):
                taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
                kept.append(hit)
        return sorted(kept, key=lambda hit: hit.start)

    def _at(self, text: str, tokens: list[Token], folded: list[str], at: int) -> Iterator[Hit]:
        token = tokens[at]
        if at and token.text.isalpha() and tokens[at - 1].text.isdigit() and tokens[at - 1].end == token.start:
            return  # the middle of a word such as L2M2
        for spelling in self._short.get(token.text, ()):
            yield from _hit(text, tokens, at, spelling, _short_end(text, tokens, at, spelling))
        for spelling in self._short.get(folded[at], ()) if token.text != folded[at] else ():
            yield from _hit(text, tokens, at, spelling, _short_end(text, tokens, at, spelling))
        last = token.text[-1].upper()
        if len(token.text) > _LETTER_CASE_IS_FREE_FROM and last in "WF":
            for spelling in self._short.get(token.text[:-1], ()):
                if len(spelling.parts) == 1 and not spelling.loose:
                    suffix = {"workshops": last == "W", "findings": last == "F"}
                    yield Hit(spelling.row, token.start, token.end, False, False, **suffix)
        for spelling in self._long.get(folded[at], ()):
            yield from _hit(text, tokens, at, spelling, _long_end(text, tokens, folded, at, spelling))


def _spellings(rows: dict[str, VenueRow]) -> Iterator[_Spelling]:
    for row in rows.values():
        for text in row.short:
            careful, parts = text.startswith("~"), tuple(_TOKEN.findall(text))
            yield _Spelling(row, parts, titled=False, careful=careful, loose=False)
            if not careful and len(parts) == 1 and len(parts[0]) >= _LETTER_CASE_IS_FREE_FROM:
                yield _Spelling(row, (_fold(parts[0]),), titled=False, careful=True, loose=True)
        for text in row.long:
            yield _Spelling(row, title_words(text), titled=True, careful=text.startswith("~"), loose=False)


def title_words(title: str) -> tuple[str, ...]:
    """The words of a title that count."""
    return tuple(word for word in map(_fold, _TOKEN.findall(title)) if word not in _LITTLE)


def _fold(word: str) -> str:
    """A word of a title without case and plural s."""
    word = word.lower()
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _hit(text: str, tokens: list[Token], at: int, spelling: _Spelling, end: int | None) -> Iterator[Hit]:
    if end is None:
        return
    start = tokens[at].start
    if spelling.loose and text[start:end] in spelling.row.short:
        return
    if spelling.titled and text[start:end].endswith(("IEEE", "ACM")) and _OWNED.match(text, end):
        return
    yield Hit(spelling.row, start, end, spelling.titled, spelling.careful, spelling.loose)


def _short_end(text: str, tokens: list[Token], at: int, spelling: _Spelling) -> int | None:
    if spelling.loose:
        return None if text[tokens[at].end : tokens[at].end + 1] == "_" else tokens[at].end
    last = at + len(spelling.parts) - 1
    if last >= len(tokens):
        return None
    for index, part in enumerate(spelling.parts):
        if tokens[at + index].text != part or (index and _gap(tokens, at + index) > _LARGEST_GAP):
            return None
    return None if text[tokens[last].end : tokens[last].end + 1] == "_" else tokens[last].end


def _long_end(text: str, tokens: list[Token], folded: list[str], at: int, spelling: _Spelling) -> int | None:
    place = at
    for index, part in enumerate(spelling.parts):
        if index:
            place += 1
        while place < len(tokens) and folded[place] in _LITTLE and _gap(tokens, place) <= _LARGEST_GAP:
            place += 1
        if place >= len(tokens) or folded[place] != part or (index and _gap(tokens, place) > _LARGEST_GAP):
            return None
    return tokens[place].end


def _gap(tokens: list[Token], at: int) -> int:
    return tokens[at].start - tokens[at - 1].end

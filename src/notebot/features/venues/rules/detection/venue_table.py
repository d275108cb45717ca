"""The venue table: the spellings of conferences and journals, indexed to find all of them in one pass."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = regex(r"[^\W\d_]+|\d+|[*@]")
_SMALL_WORDS = frozenset({"a", "an", "and", "the", "of", "on", "in", "for", "to", "at"})
_OWNER_ONLY = regex(r"/|\s(?:[A-Z]|\d+(?:st|nd|rd|th)\b|20\d\d\s[A-Z])")
"""After ``Proceedings of the IEEE`` if that is not the journal but the beginning of a conference."""
_GREATEST_GAP = 3
"""Most characters between two words of one spelling: ``", "``, ``" & "``, ``"/"``."""
_LEAST_LETTERS_ANY_CASE = 4
"""Letters that an abbreviation needs so that other letter case counts too, ``Neurips`` for ``NeurIPS``."""
_LEAST_LETTERS_DATED = 3
"""The same where a year follows directly: ``acl 2025``."""
_DATED = regex(r"[\s-]?(?:20\d\d|['’]\d\d)(?!\d)")


class VenueKind(StrEnum):
    """Whether a venue is a conference, a journal, or a workshop that has a host."""

    CONFERENCE = "conference"
    JOURNAL = "journal"
    WORKSHOP = "workshop"


class VenueRow(Struct, frozen=True):
    """One venue. A spelling that begins with ``~`` is also an ordinary word and needs more evidence."""

    name: str
    """As notes write it."""
    kind: VenueKind
    short: tuple[str, ...] = ()
    """Abbreviations; case-sensitive."""
    long: tuple[str, ...] = ()
    """Titles; case, commas, small words and a plural s do not matter."""


class TextToken(Struct, frozen=True):
    """A run of letters or of digits, and its position."""

    text: str
    start: int
    end: int


class VenueMention(Struct, frozen=True):
    """An occurrence of a venue of the table in a text."""

    row: VenueRow
    start: int
    end: int
    by_title: bool
    """Found by a title, not by an abbreviation."""
    ambiguous: bool
    """The spelling may also be an ordinary word."""
    other_case: bool = False
    """Found in a letter case that differs from the table's."""
    workshops: bool = False
    """The abbreviation ended with a W: ``CVPRW``."""
    findings: bool = False
    """The abbreviation ended with an F: ``CVPRF``."""
    head: int = 0
    """Where the first of two merged spellings ends; 0 if nothing was merged."""


class _Spelling(Struct, frozen=True):
    """One spelling of a venue, split into tokens."""

    row: VenueRow
    parts: tuple[str, ...]
    by_title: bool
    ambiguous: bool
    other_case: bool

    def end_of_abbreviation(self, text: str, tokens: list[TextToken], at: int) -> int | None:
        """Returns where an abbreviation that begins at a token ends, or ``None`` if the text differs."""
        last = at
        if not self.other_case:
            last += len(self.parts) - 1
            if last >= len(tokens):
                return None
            for index, part in enumerate(self.parts):
                if tokens[at + index].text != part or (index and _gap(tokens, at + index) > _GREATEST_GAP):
                    return None
        # an underscore continues an identifier such as ACL_model
        return None if text[tokens[last].end : tokens[last].end + 1] == "_" else tokens[last].end

    def end_of_title(self, tokens: list[TextToken], folded: list[str], at: int) -> int | None:
        """Returns where a title that begins at a token ends, or ``None``; small words may come or go."""
        place = at
        for index, part in enumerate(self.parts):
            if index:
                place += 1
            while place < len(tokens) and folded[place] in _SMALL_WORDS and _gap(tokens, place) <= _GREATEST_GAP:
                place += 1
            if place >= len(tokens) or folded[place] != part or (index and _gap(tokens, place) > _GREATEST_GAP):
                return None
        return tokens[place].end


class VenueTable:
    """Rows, indexed by the first word of each spelling; of rows with the same name the last one counts."""

    def __init__(self, rows: tuple[VenueRow, ...]) -> None:
        self.rows = rows
        self._short: dict[str, list[_Spelling]] = {}
        self._long: dict[str, list[_Spelling]] = {}
        for row in {row.name: row for row in rows}.values():
            for text in row.short:
                ambiguous, parts = text.startswith("~"), tuple(_TOKEN.findall(text))
                self._add(_Spelling(row, parts, by_title=False, ambiguous=ambiguous, other_case=False))
                # authors write "Neurips" too; a short abbreviation in small letters is mostly an ordinary word
                if not ambiguous and len(parts) == 1 and len(parts[0]) >= _LEAST_LETTERS_DATED:
                    folded = (_fold(parts[0]),)
                    self._add(_Spelling(row, folded, by_title=False, ambiguous=True, other_case=True))
            for text in row.long:
                ambiguous = text.startswith("~")
                self._add(_Spelling(row, title_words(text), by_title=True, ambiguous=ambiguous, other_case=False))

    def _add(self, spelling: _Spelling) -> None:
        index = self._long if spelling.by_title else self._short
        index.setdefault(spelling.parts[0], []).append(spelling)

    def find(self, text: str) -> list[VenueMention]:
        """Returns the venues that a text names, in order; where two overlap, the longer one."""
        tokens = [TextToken(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]
        folded = [_fold(token.text) for token in tokens]
        mentions = sorted(
            (mention for at in range(len(tokens)) for mention in self._mentions_at(text, tokens, folded, at)),
            key=lambda mention: (mention.start - mention.end, mention.start, mention.other_case),
        )
        taken, kept = bytearray(len(text)), []
        for mention in mentions:
            if not any(taken[mention.start : mention.end]):
                taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
                kept.append(mention)
        return sorted(kept, key=lambda mention: mention.start)

    def _mentions_at(self, text: str, tokens: list[TextToken], folded: list[str], at: int) -> Iterator[VenueMention]:
        """Yields the mentions that begin at one token; they may overlap."""
        token = tokens[at]
        if at and token.text.isalpha() and tokens[at - 1].text.isdigit() and tokens[at - 1].end == token.start:
            return  # the middle of a word such as L2M2
        short = [
            *self._short.get(token.text, ()),
            *(self._short.get(folded[at], ()) if token.text != folded[at] else ()),
        ]
        for spelling in short:
            end = spelling.end_of_abbreviation(text, tokens, at)
            # in the table's own letter case it is found without being ambiguous
            if end is None or (spelling.other_case and text[token.start : end] in spelling.row.short):
                continue
            is_brief = spelling.other_case and end - token.start < _LEAST_LETTERS_ANY_CASE
            if not is_brief or _DATED.match(text, end):
                yield _mention(spelling, token.start, end)
        # "CVPRW" is a workshop of CVPR, "CVPRF" its Findings
        last = token.text[-1].upper()
        if len(token.text) > _LEAST_LETTERS_ANY_CASE and last in "WF":
            for spelling in self._short.get(token.text[:-1], ()):
                if len(spelling.parts) == 1 and not spelling.other_case:
                    yield VenueMention(
                        spelling.row,
                        token.start,
                        token.end,
                        by_title=False,
                        ambiguous=False,
                        workshops=last == "W",
                        findings=last == "F",
                    )
        for spelling in self._long.get(folded[at], ()):
            end = spelling.end_of_title(tokens, folded, at)
            if end is None:
                continue
            # "Proceedings of the IEEE" is a journal, "Proceedings of the IEEE Conference" is not
            if text[token.start : end].endswith(("IEEE", "ACM")) and _OWNER_ONLY.match(text, end):
                continue
            yield _mention(spelling, token.start, end)


@lru_cache(maxsize=1024)  # the table is checked first and indexed then
def title_words(title: str) -> tuple[str, ...]:
    """Returns the words of a title without small words, case and plural s."""
    return tuple([word for word in map(_fold, _TOKEN.findall(title)) if word not in _SMALL_WORDS])


def _fold(word: str) -> str:
    """Returns a word without case and plural s."""
    word = word.lower()
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _mention(spelling: _Spelling, start: int, end: int) -> VenueMention:
    return VenueMention(spelling.row, start, end, spelling.by_title, spelling.ambiguous, spelling.other_case)


def _gap(tokens: list[TextToken], at: int) -> int:
    return tokens[at].start - tokens[at - 1].end

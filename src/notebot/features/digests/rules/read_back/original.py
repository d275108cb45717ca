"""Parses the digest as notebot wrote it: which line belongs to which entry."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.lines import (
    OTHER_POST,
    Line,
    LineRole,
    Marks,
    find_marks,
    make_line,
    read_lines,
    split_lines,
)

if TYPE_CHECKING:
    from notebot.features.digests.rules.read_back.normal_form import PlainText

OUTSIDE = -1
"""The owner of lines outside entries."""
_ENTRY = regex(r"nb (?P<id>[^\s<>]+)")
_URL = regex(r"https://arxiv\.org/abs/\S+")
_WEB = regex(r"https?://\S+")
_PAGE = "page-"
"""The start of the identifier of a web page, which has no arXiv id; see ``digest_mark``."""


class OriginalLine(Struct, frozen=True):
    """One line that notebot wrote."""

    index: int
    """Its place among the lines with text; -1 for a field that notebot left out."""
    line: Line
    role: LineRole
    owner: int
    """The index of its entry in the digest, or ``OUTSIDE``."""


class OriginalEntry(Struct, frozen=True):
    """One entry as notebot wrote it, without blank lines."""

    arxiv_id: str
    url: str
    lines: tuple[OriginalLine, ...]
    one_line: bool

    def line(self, role: LineRole) -> Line | None:
        """The first line of that role."""
        return next((drawn.line for drawn in self.lines if drawn.role is role), None)


class OriginalDigest(Struct, frozen=True):
    """A digest as notebot wrote it, with indexes to recognise its lines."""

    lines: tuple[OriginalLine, ...]
    """All lines with text, in file order."""
    entries: tuple[OriginalEntry, ...]
    outside: tuple[OriginalLine, ...]
    marks: Marks
    owners: dict[str, int]
    """The owner of the line with each mark."""
    own: frozenset[str]
    """The lines as they are in the file, stripped."""
    keys: Counter[str]
    boxed: frozenset[str]
    """The keys of the lines with a box."""
    urls: frozenset[str]


def parse_original(original: str, plain: PlainText) -> OriginalDigest:
    """Parses a digest that notebot wrote.

    An entry is between ``<!-- nb ID -->`` and ``<!-- /nb -->``, or on one line that ends with its mark.
    """
    file_lines = split_lines(original)
    marks = find_marks(file_lines)
    drawn: list[OriginalLine] = []
    ids: list[str] = []
    owner = OUTSIDE
    own = {line.strip() for line in file_lines}
    for line in read_lines(file_lines, marks, plain, None):
        own.add(line.text.strip())
        opens = _ENTRY.fullmatch(line.mark) if line.mark else None
        if opens and opens["id"] != "digest":
            ids.append(opens["id"])
            owner = len(ids) - 1
        if line.key:
            drawn.append(OriginalLine(len(drawn), line, _role(line, owner), owner))
        if (line.mark and line.words) or line.mark == "/nb":
            owner = OUTSIDE
    by_owner: list[list[OriginalLine]] = [[] for _ in ids]
    outside: list[OriginalLine] = []
    for one in drawn:
        (outside if one.owner == OUTSIDE else by_owner[one.owner]).append(one)
    return OriginalDigest(
        lines=tuple(drawn),
        entries=tuple(_entry(name, lines) for name, lines in zip(ids, by_owner, strict=True)),
        outside=tuple(outside),
        marks=marks,
        owners={one.line.mark: one.owner for one in drawn if one.line.mark},
        own=frozenset(own),
        keys=Counter(one.line.key for one in drawn),
        boxed=frozenset(one.line.key for one in drawn if one.line.box),
        urls=frozenset(url for one in drawn for url in _WEB.findall(one.line.text)),
    )


def update_id(mark: str) -> str | None:
    """The identifier in the mark of an update, such as ``2158 venue``; ``None`` for other marks."""
    return mark.removeprefix("nb up ") if mark.startswith("nb up ") else None


def _role(line: Line, owner: int) -> LineRole:
    if line.mark and line.words:
        return LineRole.UPDATE if owner == OUTSIDE else LineRole.HEADLINE
    if owner == OUTSIDE:
        return LineRole.OTHER
    return LineRole.POST if line.role is LineRole.OTHER and OTHER_POST.match(line.words) else line.role


def _entry(arxiv_id: str, lines: list[OriginalLine]) -> OriginalEntry:
    one_line = any(one.role is LineRole.HEADLINE for one in lines)
    link = _URL
    if arxiv_id.startswith(_PAGE):
        lines, link = [_as_link(one) for one in lines], _WEB
    links = (link.search(one.line.text) for one in lines if one.role in {LineRole.HEADLINE, LineRole.URL})
    url = next((found[0] for found in links if found), f"https://arxiv.org/abs/{arxiv_id}")
    return OriginalEntry(arxiv_id, url, (*lines, *([] if one_line else _empty_fields(lines))), one_line)


def _as_link(one: OriginalLine) -> OriginalLine:
    """A line that is only a URL, as the URL line of a web page's entry."""
    only_link = one.role is LineRole.OTHER and _WEB.fullmatch(one.line.text.strip())
    return replace(one, role=LineRole.URL) if only_link else one


def _empty_fields(lines: list[OriginalLine]) -> list[OriginalLine]:
    """Empty lines for the fields that notebot left out and the curator may add."""
    there = {one.role for one in lines}
    return [
        OriginalLine(-1, make_line(""), role, lines[0].owner)
        for role in (LineRole.TAGS, LineRole.SUMMARY)
        if role not in there
    ]

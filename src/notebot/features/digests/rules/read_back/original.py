"""Parses the digest as notebot wrote it: which line belongs to which entry."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.lines import (
    MARK,
    OTHER_POST,
    Line,
    LineRole,
    make_line,
    read_lines,
    split_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OUTSIDE = -1
"""The owner of lines outside entries."""
_ENTRY = regex(r"<!-- nb (?P<id>[^\s<>]+) -->")
_UPDATE = regex(r"<!-- nb up (?P<id>[^<>]+) -->")
_DIGEST = regex(r"<!-- /?nb digest\b")
_URL = regex(r"https://arxiv\.org/abs/\S+")
_WEB = regex(r"https?://\S+")
_PAGE = "page-"
"""The start of the identifier of a web page, which has no arXiv id; see ``digest_mark``."""


class OriginalLine(Struct, frozen=True):
    """One line that notebot wrote."""

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

    entries: tuple[OriginalEntry, ...]
    outside: tuple[OriginalLine, ...]
    alone: frozenset[str]
    """Marks with a line of their own."""
    ending: dict[str, int]
    """Marks at the end of a line, with the owner of the line."""
    keys: frozenset[str]
    unique: dict[str, int]
    """Keys that occur only once and in an entry, with the entry's index."""
    outside_keys: frozenset[str]
    """Keys that occur only outside entries."""


def parse_original(original: str) -> OriginalDigest:
    """Parses a digest that notebot wrote.

    An entry is between ``<!-- nb ID -->`` and ``<!-- /nb -->``, or on one line that ends with its mark.
    """
    alone, ending = _marks(split_lines(original))
    drawn: list[OriginalLine] = []
    ids: list[str] = []
    owner = OUTSIDE
    for line in read_lines(original, alone, ending):
        opens = _ENTRY.fullmatch(line.mark or line.key)
        if opens:
            ids.append(opens["id"])
            owner = len(ids) - 1
        if line.key:
            drawn.append(OriginalLine(line, _role(line, opens is not None, owner), owner))
        if line.mark or line.key == "<!-- /nb -->":
            owner = OUTSIDE
    return _digest(drawn, ids, alone, ending)


def update_id(mark: str) -> str | None:
    """The identifier in the mark of an update, such as ``2158 venue``; ``None`` for other marks."""
    found = _UPDATE.fullmatch(mark)
    return found["id"].strip() if found else None


def _marks(lines: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    alone, ending = set(), set()
    for line in lines:
        found = MARK.findall(line)
        if found and line.strip() == found[-1]:
            alone.add(found[-1])
        elif found:
            ending.add(found[-1])
    return frozenset(alone), frozenset(ending)


def _role(line: Line, opens: bool, owner: int) -> LineRole:
    if line.mark:
        return LineRole.HEADLINE if opens else LineRole.UPDATE
    if owner == OUTSIDE or _DIGEST.match(line.key):
        return LineRole.OTHER
    return LineRole.POST if line.role is LineRole.OTHER and OTHER_POST.match(line.key) else line.role


def _digest(
    drawn: Sequence[OriginalLine], ids: Sequence[str], alone: frozenset[str], ending: frozenset[str]
) -> OriginalDigest:
    counts = Counter(one.line.key for one in drawn)
    by_owner: list[list[OriginalLine]] = [[] for _ in ids]
    outside: list[OriginalLine] = []
    for one in drawn:
        (outside if one.owner == OUTSIDE else by_owner[one.owner]).append(one)
    inside = {one.line.key for lines in by_owner for one in lines}
    return OriginalDigest(
        entries=tuple(_entry(name, lines) for name, lines in zip(ids, by_owner, strict=True)),
        outside=tuple(outside),
        alone=alone,
        ending={one.line.mark: one.owner for one in drawn if one.line.mark in ending},
        keys=frozenset(counts),
        unique={one.line.key: one.owner for one in drawn if one.owner != OUTSIDE and counts[one.line.key] == 1},
        outside_keys=frozenset(one.line.key for one in outside) - inside,
    )


def _entry(arxiv_id: str, lines: list[OriginalLine]) -> OriginalEntry:
    one_line = any(one.role is LineRole.HEADLINE for one in lines)
    link = _URL
    if arxiv_id.startswith(_PAGE):
        lines, link = [_as_link(one) for one in lines], _WEB
    links = (link.search(one.line.key) for one in lines if one.role in {LineRole.HEADLINE, LineRole.URL})
    url = next((found[0] for found in links if found), f"https://arxiv.org/abs/{arxiv_id}")
    return OriginalEntry(arxiv_id, url, (*lines, *([] if one_line else _empty_fields(lines))), one_line)


def _as_link(one: OriginalLine) -> OriginalLine:
    """A line that is only a URL, as the URL line of a web page's entry."""
    return replace(one, role=LineRole.URL) if one.role is LineRole.OTHER and _WEB.fullmatch(one.line.key) else one


def _empty_fields(lines: list[OriginalLine]) -> list[OriginalLine]:
    """Empty lines for the fields that notebot left out and the curator may add."""
    there = {one.role for one in lines}
    nothing = make_line(0, "", "")
    return [
        OriginalLine(nothing, role, lines[0].owner) for role in (LineRole.TAGS, LineRole.SUMMARY) if role not in there
    ]

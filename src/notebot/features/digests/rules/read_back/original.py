"""The digest as notebot wrote it: which line belongs to which entry."""

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
    Role,
    make_line,
    read_lines,
    split_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OUTSIDE = -1
"""The owner of a line that belongs to no entry."""
_ENTRY = regex(r"<!-- nb (?P<id>[^\s<>]+) -->")
_UPDATE = regex(r"<!-- nb up (?P<id>[^<>]+) -->")
_DIGEST = regex(r"<!-- /?nb digest\b")
_URL = regex(r"https://arxiv\.org/abs/\S+")
_WEB = regex(r"https?://\S+")
_PAGE = "page-"
"""What the mark of an entry begins with that is no paper of arXiv."""


class Drawn(Struct, frozen=True):
    """One line that notebot wrote."""

    line: Line
    role: Role
    owner: int
    """The place of its entry in the digest, or ``OUTSIDE``."""


class DrawnEntry(Struct, frozen=True):
    """One entry as written; blank lines are left out."""

    arxiv_id: str
    url: str
    lines: tuple[Drawn, ...]
    one_line: bool

    def line(self, role: Role) -> Line | None:
        """The first line of that role."""
        return next((drawn.line for drawn in self.lines if drawn.role is role), None)


class DrawnDigest(Struct, frozen=True):
    """A digest as written, and what finds its lines again."""

    entries: tuple[DrawnEntry, ...]
    outside: tuple[Drawn, ...]
    alone: frozenset[str]
    """Marks on lines of their own."""
    ending: dict[str, int]
    """Marks at the end of a line, and its owner."""
    keys: frozenset[str]
    unique: dict[str, int]
    """Keys that occur once, in an entry: the entry's place."""
    outside_keys: frozenset[str]
    """Keys that occur outside of entries only."""


def read_drawn(original: str) -> DrawnDigest:
    """The digest that notebot wrote.

    An entry stands between ``<!-- nb ID -->`` and ``<!-- /nb -->``, or on one line that ends with its mark.
    """
    alone, ending = _marks(split_lines(original))
    drawn: list[Drawn] = []
    ids: list[str] = []
    owner = OUTSIDE
    for line in read_lines(original, alone, ending):
        opens = _ENTRY.fullmatch(line.mark or line.key)
        if opens:
            ids.append(opens["id"])
            owner = len(ids) - 1
        if line.key:
            drawn.append(Drawn(line, _role(line, opens is not None, owner), owner))
        if line.mark or line.key == "<!-- /nb -->":
            owner = OUTSIDE
    return _digest(drawn, ids, alone, ending)


def update_id(mark: str) -> str | None:
    """What a mark says behind ``nb up``."""
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


def _role(line: Line, opens: bool, owner: int) -> Role:
    if line.mark:
        return Role.HEADLINE if opens else Role.UPDATE
    if owner == OUTSIDE or _DIGEST.match(line.key):
        return Role.OTHER
    return Role.POST if line.role is Role.OTHER and OTHER_POST.match(line.key) else line.role


def _digest(drawn: Sequence[Drawn], ids: Sequence[str], alone: frozenset[str], ending: frozenset[str]) -> DrawnDigest:
    counts = Counter(one.line.key for one in drawn)
    by_owner: list[list[Drawn]] = [[] for _ in ids]
    outside: list[Drawn] = []
    for one in drawn:
        (outside if one.owner == OUTSIDE else by_owner[one.owner]).append(one)
    inside = {one.line.key for lines in by_owner for one in lines}
    return DrawnDigest(
        entries=tuple(_entry(name, lines) for name, lines in zip(ids, by_owner, strict=True)),
        outside=tuple(outside),
        alone=alone,
        ending={one.line.mark: one.owner for one in drawn if one.line.mark in ending},
        keys=frozenset(counts),
        unique={one.line.key: one.owner for one in drawn if one.owner != OUTSIDE and counts[one.line.key] == 1},
        outside_keys=frozenset(one.line.key for one in outside) - inside,
    )


def _entry(arxiv_id: str, lines: list[Drawn]) -> DrawnEntry:
    one_line = any(one.role is Role.HEADLINE for one in lines)
    link = _URL
    if arxiv_id.startswith(_PAGE):
        lines, link = [_as_link(one) for one in lines], _WEB
    links = (link.search(one.line.key) for one in lines if one.role in {Role.HEADLINE, Role.URL})
    url = next((found[0] for found in links if found), f"https://arxiv.org/abs/{arxiv_id}")
    return DrawnEntry(arxiv_id, url, (*lines, *([] if one_line else _undrawn(lines))), one_line)


def _as_link(one: Drawn) -> Drawn:
    """The address of a page stands where a paper's link does."""
    return replace(one, role=Role.URL) if one.role is Role.OTHER and _WEB.fullmatch(one.line.key) else one


def _undrawn(lines: list[Drawn]) -> list[Drawn]:
    """The fields that the curator may fill where notebot had nothing to draw."""
    there = {one.role for one in lines}
    nothing = make_line(0, "", "")
    return [Drawn(nothing, role, lines[0].owner) for role in (Role.TAGS, Role.SUMMARY) if role not in there]

"""Whose each line of the edited file is.

Lines are told apart by what they say, not by where they stand, so that entries may be moved. A line
that occurs once in the digest names its entry; those between two such lines go by marks and forms.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.lines import Line, Role, squeeze
from notebot.features.digests.rules.read_back.original import OUTSIDE, Drawn, DrawnDigest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINKED = regex(r"https://arxiv\.org/abs/[^\s<>]+")
_FULL_HEAD = (Role.READ_LATER, Role.TAGS, Role.ISSUE_DATE, Role.TITLE)
_ALIKE = 0.75
"""The share of common characters from which a line is a changed one and no new one."""
_EDGE = 6
"""So many equal characters at either end make two lines worth comparing."""


class Region(Struct):
    """The lines of one owner in the edited file, and which of them notebot wrote."""

    lines: list[tuple[int, Line]] = field(default_factory=list)
    """With their places in the file; blank lines too."""
    same: dict[int, Drawn] = field(default_factory=dict)
    """Place -> the drawn line that stands there, but for blanks and its tick."""
    changed: dict[int, Drawn] = field(default_factory=dict)
    """Place -> the drawn line that was changed there."""
    missing: list[Drawn] = field(default_factory=list)
    """Drawn lines that do not stand here, in their order."""

    @property
    def loose(self) -> list[tuple[int, Line]]:
        """Lines with text that notebot did not write, or not here."""
        return [
            (place, line)
            for place, line in self.lines
            if line.key and place not in self.same and place not in self.changed
        ]


def align(drawn: DrawnDigest, lines: Sequence[Line]) -> dict[int, Region]:
    """The regions of all entries, by their places in the digest, and of ``OUTSIDE``."""
    regions = {owner: Region() for owner in range(OUTSIDE, len(drawn.entries))}
    for place, (owner, line) in enumerate(zip(_owners(drawn, lines), lines, strict=True)):
        regions[owner].lines.append((place, line))
    for owner, region in regions.items():
        _match(region, drawn.outside if owner == OUTSIDE else drawn.entries[owner].lines)
        _rewrapped(region)
        if owner != OUTSIDE:
            _pair_changed(region)
    return regions


def leftovers(regions: Iterable[Region]) -> Counter[str]:
    """The keys of drawn lines that stand nowhere in their own region, and how often."""
    return Counter(one.line.key for region in regions for one in region.missing if one.line.key)


def alike(drawn: str, edited: str) -> bool:
    """Whether one line is the other one changed; linear in their lengths."""
    if not drawn or not edited:
        return False
    if edited.startswith(drawn) or edited.endswith(drawn):
        return True
    return SequenceMatcher(None, drawn, edited, autojunk=False).quick_ratio() >= _ALIKE and _share_edge(drawn, edited)


def edges(text: str) -> tuple[str, str]:
    """The two ends of a line, by which changed lines are looked up."""
    return f"^{text[:_EDGE]}", f"{text[-_EDGE:]}$"


def _share_edge(drawn: str, edited: str) -> bool:
    return any(one == other for one, other in zip(edges(drawn), edges(edited), strict=True))


# whose lines


def _owners(drawn: DrawnDigest, lines: Sequence[Line]) -> list[int]:
    owners = [OUTSIDE] * len(lines)
    before, at = OUTSIDE, -1
    for place, owner in [*enumerate(_anchors(drawn, lines)), (len(lines), OUTSIDE)]:
        if owner is None:
            continue
        end, start = _cut(drawn, lines, range(at + 1, place), before, owner)
        owners[at + 1 : end] = [before] * (end - at - 1)
        owners[start : place + 1] = [owner] * (min(place + 1, len(lines)) - start)
        before, at = owner, place
    return owners


def _anchors(drawn: DrawnDigest, lines: Sequence[Line]) -> list[int | None]:
    """The owners of the lines that say by themselves whose they are."""
    counts = Counter(line.key for line in lines)
    anchors = [_by_key(drawn, line.key, counts) for line in lines]
    found = set(anchors)
    for place, line in enumerate(lines):
        owner = drawn.unique.get(line.key)
        if owner is not None and owner not in found and counts[line.key] > 1:
            anchors[place], counts[line.key] = owner, 0  # of an entry that stands twice, the first
    found = set(anchors)
    by_link = {entry.url: owner for owner, entry in enumerate(drawn.entries) if entry.one_line and owner not in found}
    for place, line in enumerate(lines):
        if anchors[place] is None and line.key not in drawn.keys:
            owner = _headline(drawn, line, by_link)
            if owner is not None and owner not in found:
                anchors[place] = owner
                found.add(owner)
    return anchors


def _by_key(drawn: DrawnDigest, key: str, counts: Counter[str]) -> int | None:
    if key in drawn.outside_keys:
        return OUTSIDE
    return drawn.unique.get(key) if counts[key] == 1 else None


def _headline(drawn: DrawnDigest, line: Line, by_link: dict[str, int]) -> int | None:
    """The one-liner that was changed here: by its mark, else by its link."""
    if line.mark:
        return drawn.ending[line.mark]
    links = _LINKED.findall(line.key) if line.box else []
    return next((by_link[link] for link in links if link in by_link), None)


def _cut(drawn: DrawnDigest, lines: Sequence[Line], gap: range, before: int, after: int) -> tuple[int, int]:
    """Where in a gap the lines of the owner before it end, and where those of the owner after it start."""
    if before == after:
        return gap.stop, gap.stop
    end = _end(drawn, lines, gap, before)
    start = _start(drawn, lines, range(gap.start if end is None else end, gap.stop), after)
    return (start if end is None else end), start


def _end(drawn: DrawnDigest, lines: Sequence[Line], gap: range, before: int) -> int | None:
    """``None``: as far as the next owner lets it."""
    if before == OUTSIDE:
        return gap.start
    if not drawn.entries[before].one_line:
        return next((place + 1 for place in gap if lines[place].role is Role.CLOSE), None)
    # what is typed right under a list's item is part of it, as in Markdown
    ends = (place for place in gap if not lines[place].key or lines[place].box or lines[place].key in drawn.keys)
    return next(ends, gap.stop)


def _start(drawn: DrawnDigest, lines: Sequence[Line], gap: range, after: int) -> int:
    """Without marks an entry starts with its first box."""
    if after == OUTSIDE or drawn.entries[after].one_line or lines[gap.stop].key in drawn.alone:
        return gap.stop
    roles = {place: lines[place].role for place in gap}
    keeps = [place for place in gap if roles[place] is Role.KEEP]
    return keeps[-1] if keeps else next((place for place in gap if roles[place] in _FULL_HEAD), gap.stop)


# which lines are notebot's


def _match(region: Region, wanted: Sequence[Drawn]) -> None:
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for number, one in enumerate(wanted):
        waiting[one.line.key].append(number)
    left = dict(enumerate(wanted))
    for place, line in region.lines:
        if line.key and waiting.get(line.key):
            region.same[place] = left.pop(waiting[line.key].popleft())
    region.missing = list(left.values())


def _rewrapped(region: Region) -> None:
    """Takes as unchanged what an editor wrapped or joined without changing a character."""
    loose = region.loose
    missing = [one for one in region.missing if one.line.key]
    if not loose or not missing:
        return
    drawn, edited = [_solid(one.line) for one in missing], [_solid(line) for _, line in loose]
    gone: set[int] = set()
    for whole, text in enumerate(drawn):
        for part in _run(text, edited):
            region.same[loose[part][0]] = missing[whole]
            gone.add(whole)
    for place, text in enumerate(edited):
        joined = _run(text, drawn)
        gone.update(joined)
        if joined:  # of all that is on the line, only a post has to be read
            parts = [missing[part] for part in joined]
            region.same[loose[place][0]] = next((one for one in parts if one.role is Role.POST), parts[0])
    done = {id(missing[number]) for number in gone}
    region.missing = [one for one in region.missing if id(one) not in done]


def _solid(line: Line) -> str:
    return line.key.replace(" ", "").replace("-[]", "[]")


def _run(whole: str, parts: Sequence[str]) -> range:
    """The two or more neighbours among the parts that make up the whole, or none."""
    start, length = 0, 0
    for number, part in enumerate(parts):
        if not whole.startswith(part, length):
            start, length = number, 0
        if not whole.startswith(part, length):
            start = number + 1
            continue
        length += len(part)
        if length == len(whole):
            return range(start, number + 1) if number > start else range(0)
    return range(0)


def _pair_changed(region: Region) -> None:
    """Finds the changed lines by their form, then by their likeness."""
    stand_by_date = _next_to_date(region)
    for place, line in region.loose:
        found = next((one for one in region.missing if _same_form(one, line, place in stand_by_date)), None)
        found = found or next((one for one in region.missing if alike(one.line.key, line.key)), None)
        if found:
            region.changed[place] = found
            region.missing.remove(found)


def _next_to_date(region: Region) -> set[int]:
    """The places of lines right above the Issue Date."""
    full = [(place, line) for place, line in region.lines if line.key]
    return {place for (place, _), (_, below) in pairwise(full) if below.role is Role.ISSUE_DATE}


def _same_form(one: Drawn, line: Line, above_date: bool) -> bool:
    if one.role is Role.HEADLINE:
        return one.line.mark == line.mark or one.line.key.rpartition(" ")[2] in line.key
    if one.role in {Role.OTHER, Role.CLOSE} or line.role is not one.role:
        return False
    if one.role is Role.RELATED:
        return squeeze(line.label).split(" ")[:2] == squeeze(one.line.label).split(" ")[:2]
    # a comment may well start with `#1832`
    return one.role is not Role.TAGS or above_date

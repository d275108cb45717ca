"""Assigns each line of the edited file to an entry.

Lines are recognised by their text and not by their position, so that entries may be moved (rules.md 6). A line
that occurs once in the digest identifies its entry; marks and forms decide about the lines between two of these.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.lines import Line, LineRole, squeeze
from notebot.features.digests.rules.read_back.original import OUTSIDE, OriginalDigest, OriginalLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINKED = regex(r"https://arxiv\.org/abs/[^\s<>]+")
_FULL_HEAD = (LineRole.READ_LATER, LineRole.TAGS, LineRole.ISSUE_DATE, LineRole.TITLE)
_SIMILARITY = 0.75
"""The similarity from which a line counts as changed and not as new (rules.md 6.3)."""
_EDGE = 6
"""Two lines are compared only if this many characters are equal at one end."""


class Region(Struct):
    """The lines of one entry in the edited file, and which of them notebot wrote."""

    lines: list[tuple[int, Line]] = field(default_factory=list)
    """All lines, blank ones too, with their places in the file."""
    same: dict[int, OriginalLine] = field(default_factory=dict)
    """Place -> the original line that is unchanged there, apart from blanks and the tick."""
    changed: dict[int, OriginalLine] = field(default_factory=dict)
    """Place -> the original line that was changed there."""
    missing: list[OriginalLine] = field(default_factory=list)
    """Original lines that are missing, in their order."""

    @property
    def loose(self) -> list[tuple[int, Line]]:
        """Lines with text that notebot did not write, or not in this entry."""
        return [
            (place, line)
            for place, line in self.lines
            if line.key and place not in self.same and place not in self.changed
        ]


def align(drawn: OriginalDigest, lines: Sequence[Line]) -> dict[int, Region]:
    """The region of each entry, by its place in the digest, and of ``OUTSIDE``."""
    regions = {owner: Region() for owner in range(OUTSIDE, len(drawn.entries))}
    for place, (owner, line) in enumerate(zip(_owners(drawn, lines), lines, strict=True)):
        regions[owner].lines.append((place, line))
    for owner, region in regions.items():
        _match_unchanged(region, drawn.outside if owner == OUTSIDE else drawn.entries[owner].lines)
        _match_rewrapped(region)
        if owner != OUTSIDE:
            _pair_changed(region)
    return regions


def leftovers(regions: Iterable[Region]) -> Counter[str]:
    """Counts the keys of original lines that are missing in their region."""
    return Counter(missing.line.key for region in regions for missing in region.missing if missing.line.key)


def is_similar(drawn: str, edited: str) -> bool:
    """True if one line may be a changed form of the other; runs in linear time."""
    if not drawn or not edited:
        return False
    if edited.startswith(drawn) or edited.endswith(drawn):
        return True
    shares_edge = any(edge == other for edge, other in zip(edges(drawn), edges(edited), strict=True))
    # `ratio` would be exact but takes quadratic time on hostile text; `quick_ratio` ignores the order of characters.
    return shares_edge and SequenceMatcher(None, drawn, edited, autojunk=False).quick_ratio() >= _SIMILARITY


def edges(text: str) -> tuple[str, str]:
    """The first and the last characters of a line, as index keys for changed lines."""
    return f"^{text[:_EDGE]}", f"{text[-_EDGE:]}$"


def _owners(drawn: OriginalDigest, lines: Sequence[Line]) -> list[int]:
    owners = [OUTSIDE] * len(lines)
    before, at = OUTSIDE, -1
    for place, owner in [*enumerate(_anchors(drawn, lines)), (len(lines), OUTSIDE)]:
        if owner is None:
            continue
        end, start = _split_gap(drawn, lines, range(at + 1, place), before, owner)
        owners[at + 1 : end] = [before] * (end - at - 1)
        owners[start : place + 1] = [owner] * (min(place + 1, len(lines)) - start)
        before, at = owner, place
    return owners


def _anchors(drawn: OriginalDigest, lines: Sequence[Line]) -> list[int | None]:
    """Owners of the lines that identify their entry unambiguously; ``None`` for all other lines."""
    counts = Counter(line.key for line in lines)
    anchors = [_owner_by_key(drawn, line.key, counts) for line in lines]
    found = set(anchors)
    for place, line in enumerate(lines):
        owner = drawn.unique.get(line.key)
        if owner is not None and owner not in found and counts[line.key] > 1:
            anchors[place], counts[line.key] = owner, 0  # if an entry was duplicated, its first copy counts
    found = set(anchors)
    by_link = {entry.url: owner for owner, entry in enumerate(drawn.entries) if entry.one_line and owner not in found}
    for place, line in enumerate(lines):
        if anchors[place] is None and line.key not in drawn.keys:
            owner = _owner_of_headline(drawn, line, by_link)
            if owner is not None and owner not in found:
                anchors[place] = owner
                found.add(owner)
    return anchors


def _owner_by_key(drawn: OriginalDigest, key: str, counts: Counter[str]) -> int | None:
    if key in drawn.outside_keys:
        return OUTSIDE
    return drawn.unique.get(key) if counts[key] == 1 else None


def _owner_of_headline(drawn: OriginalDigest, line: Line, by_link: dict[str, int]) -> int | None:
    """The owner of a changed headline: found by its mark, else by its link."""
    if line.mark:
        return drawn.ending[line.mark]
    links = _LINKED.findall(line.key) if line.box else []
    return next((by_link[link] for link in links if link in by_link), None)


def _split_gap(drawn: OriginalDigest, lines: Sequence[Line], gap: range, before: int, after: int) -> tuple[int, int]:
    """Where in a gap the previous owner's lines end and the next owner's lines start."""
    if before == after:
        return gap.stop, gap.stop
    end = _previous_end(drawn, lines, gap, before)
    start = _next_start(drawn, lines, range(gap.start if end is None else end, gap.stop), after)
    return (start if end is None else end), start


def _previous_end(drawn: OriginalDigest, lines: Sequence[Line], gap: range, before: int) -> int | None:
    """The end of the previous owner's lines; ``None`` if they reach to the start of the next owner's."""
    if before == OUTSIDE:
        return gap.start
    if not drawn.entries[before].one_line:
        return next((place + 1 for place in gap if lines[place].role is LineRole.CLOSE), None)
    # Text typed directly below a list item belongs to it, as in Markdown.
    ends = (place for place in gap if not lines[place].key or lines[place].box or lines[place].key in drawn.keys)
    return next(ends, gap.stop)


def _next_start(drawn: OriginalDigest, lines: Sequence[Line], gap: range, after: int) -> int:
    """The start of the next owner's lines; an entry without marks starts with its first box."""
    if after == OUTSIDE or drawn.entries[after].one_line or lines[gap.stop].key in drawn.alone:
        return gap.stop
    roles = {place: lines[place].role for place in gap}
    keeps = [place for place in gap if roles[place] is LineRole.KEEP]
    return keeps[-1] if keeps else next((place for place in gap if roles[place] in _FULL_HEAD), gap.stop)


def _match_unchanged(region: Region, wanted: Sequence[OriginalLine]) -> None:
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for number, one in enumerate(wanted):
        waiting[one.line.key].append(number)
    left = dict(enumerate(wanted))
    for place, line in region.lines:
        if line.key and waiting.get(line.key):
            region.same[place] = left.pop(waiting[line.key].popleft())
    region.missing = list(left.values())


def _match_rewrapped(region: Region) -> None:
    """Recognises lines that an editor wrapped or joined without changing a character."""
    loose = region.loose
    missing = [one for one in region.missing if one.line.key]
    if not loose or not missing:
        return
    drawn, edited = [_without_blanks(one.line) for one in missing], [_without_blanks(line) for _, line in loose]
    gone: set[int] = set()
    for whole, text in enumerate(drawn):
        for part in _find_run(text, edited):
            region.same[loose[part][0]] = missing[whole]
            gone.add(whole)
    for place, text in enumerate(edited):
        joined = _find_run(text, drawn)
        gone.update(joined)
        if joined:  # of several joined lines only a post has to be read
            parts = [missing[part] for part in joined]
            region.same[loose[place][0]] = next((one for one in parts if one.role is LineRole.POST), parts[0])
    done = {id(missing[number]) for number in gone}
    region.missing = [one for one in region.missing if id(one) not in done]


def _without_blanks(line: Line) -> str:
    return line.key.replace(" ", "").replace("-[]", "[]")


def _find_run(whole: str, parts: Sequence[str]) -> range:
    """The range of two or more consecutive parts whose concatenation is ``whole``; empty if there is none."""
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
    """Pairs changed lines with missing original lines: by their role, then by similarity."""
    above_date = _above_issue_date(region)
    for place, line in region.loose:
        found = next((one for one in region.missing if _has_same_form(one, line, place in above_date)), None)
        found = found or next((one for one in region.missing if is_similar(one.line.key, line.key)), None)
        if found:
            region.changed[place] = found
            region.missing.remove(found)


def _above_issue_date(region: Region) -> set[int]:
    """The places of the lines directly above an Issue Date, where the tags are."""
    full = [(place, line) for place, line in region.lines if line.key]
    return {place for (place, _), (_, below) in pairwise(full) if below.role is LineRole.ISSUE_DATE}


def _has_same_form(one: OriginalLine, line: Line, above_date: bool) -> bool:
    if one.role is LineRole.HEADLINE:
        return one.line.mark == line.mark or one.line.key.rpartition(" ")[2] in line.key
    if one.role in {LineRole.OTHER, LineRole.CLOSE} or line.role is not one.role:
        return False
    if one.role is LineRole.RELATED:
        return squeeze(line.label).split(" ")[:2] == squeeze(one.line.label).split(" ")[:2]
    # A comment may start with `#1832`, so a line of tags must be at its usual place.
    return one.role is not LineRole.TAGS or above_date

"""Assigns each line of the edited file to an entry, and to the line of notebot's that it was.

Lines are recognised by what they say and not by their position, so that entries may be moved (rules.md 6). A line
that occurs once in the digest is an anchor; lines that every entry has (``残す``) are matched in order around these.
What is left is explained word by word: wrapped and joined lines, changed lines, copies. The rest was typed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.explain import NOBODY, Explainer
from notebot.features.digests.rules.read_back.lines import ISSUE_DATE, RELATED, Line, LineRole
from notebot.features.digests.rules.read_back.normal_form import joined, words_of
from notebot.features.digests.rules.read_back.original import OUTSIDE, OriginalDigest, OriginalLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

_SIMILARITY = 0.75
"""The share of words from which a line counts as notebot's own, changed (rules.md 6.3)."""

_QUOTATION = 8
"""From this many words on, a copied part of a line counts as moved by a program, not as quoted by the curator."""


_CONTINUED = 0.5
"""The same for a line directly below another part of the line."""


class Change(Struct, frozen=True):
    """A line of notebot's that says something else now."""

    drawn: OriginalLine
    lines: tuple[Line, ...]
    """Its lines in the file, several where an editor wrapped it."""
    text: str
    """The text after the box as it is in the file; lines of it that were wrapped are joined."""

    @property
    def line(self) -> Line:
        """The first line."""
        return self.lines[0]


class Region(Struct):
    """The lines of one entry in the edited file, and which of them notebot wrote."""

    lines: list[tuple[int, Line]] = field(default_factory=list)
    """All lines, blank ones too, with their places in the file."""
    same: dict[int, OriginalLine] = field(default_factory=dict)
    """Place -> the original line that says the same there, apart from the tick."""
    changed: dict[int, Change] = field(default_factory=dict)
    """Place -> what was changed there."""
    own: set[int] = field(default_factory=set)
    """Places with nothing but words of notebot's: the rest of a wrapped line, parts of joined ones, copies."""
    damaged: set[int] = field(default_factory=set)
    """Places of lines that are similar to notebot's but replace none that is missing here."""
    missing: list[OriginalLine] = field(default_factory=list)
    """Original lines that are missing, in their order."""

    @property
    def typed(self) -> list[tuple[int, Line]]:
        """The lines with text that notebot did not write."""
        return [
            (place, line)
            for place, line in self.lines
            if line.words and not any(place in known for known in (self.same, self.changed, self.own, self.damaged))
        ]


def align(drawn: OriginalDigest, lines: Sequence[Line]) -> dict[int, Region]:
    """The region of each entry, by its place in the digest, and of ``OUTSIDE``."""
    same = _match_lines(drawn, lines)
    words = _explain(drawn, lines, same)
    regions = {owner: Region() for owner in range(OUTSIDE, len(drawn.entries))}
    for place, (owner, line) in enumerate(zip(_owners(drawn, lines, same, words), lines, strict=True)):
        regions[owner].lines.append((place, line))
        if place in same:
            regions[owner].same[place] = same[place]
    found = {one.index for one in same.values()}
    for owner, region in regions.items():
        wanted = drawn.outside if owner == OUTSIDE else drawn.entries[owner].lines
        region.missing = [one for one in wanted if one.index not in found]
        _pair(drawn, region, words)
    return regions


_SYNTAX = frozenset("#>-+<")
_LIST_SYNTAX = regex(r"^(?:[#>+-]|[0-9]{1,9}[.)])+")


class _Words(Struct, frozen=True):
    """The words of one line of the file that is not notebot's unchanged."""

    words: Sequence[str]
    positions: Sequence[int]
    """The position of each word in the digest, or ``NOBODY``."""
    lines: Counter[int]
    """How many words each original line explains."""
    explainer: Explainer

    @property
    def explained(self) -> float:
        """The share of words that notebot wrote."""
        # What began a line is in the middle of one that was joined, so mere syntax does not count.
        counted = [place for place, word in enumerate(self.words) if word not in _SYNTAX]
        return sum(self.positions[place] != NOBODY for place in counted) / max(len(counted), 1)

    @property
    def main(self) -> tuple[int, float]:
        """The original line that explains most words, and their share."""
        ((line, count),) = self.lines.most_common(1) or [(NOBODY, 0)]
        return line, count / max(len(self.positions), 1)


def _match_lines(drawn: OriginalDigest, lines: Sequence[Line]) -> dict[int, OriginalLine]:
    """Place -> the original line that says exactly the same."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.key:
            places[line.key].append(place)
    unique = [one for one in drawn.lines if drawn.keys[one.line.key] == 1]
    same = {places[one.line.key][0]: one for one in unique if len(places.get(one.line.key, ())) == 1}
    _match_around(drawn, lines, same)
    found = {one.index for one in same.values()}
    for one in unique:  # of an entry that was duplicated, the first copy counts
        copies = [place for place in places.get(one.line.key, ()) if place not in same]
        if one.index not in found and copies:
            same[copies[0]] = one
    _match_around(drawn, lines, same)
    return same


def _match_around(drawn: OriginalDigest, lines: Sequence[Line], same: dict[int, OriginalLine]) -> None:
    """Matches lines that occur in many entries, in their order after and before lines that are known."""
    found = {one.index for one in same.values()}
    for left, right in pairwise([-1, *sorted(same), len(lines)]):
        loose = [place for place in range(left + 1, right) if lines[place].key]
        if not loose:
            continue
        last = same[left].index if left >= 0 else -1
        following = _after(drawn, last, to_next_entry=right == len(lines))
        preceding = _before(drawn, same[right].index) if right < len(lines) else iter(())
        for wanted, order in ((following, loose), (preceding, loose[::-1])):
            free: dict[str, list[int]] = defaultdict(list)
            for one in wanted:
                if one.index not in found:
                    free[one.line.key].append(one.index)
            at: int | None = None
            for place in order:
                if place in same:
                    continue
                candidates = free.get(lines[place].key, [])
                step = 1 if order is loose else -1
                while candidates and at is not None and (candidates[0] - at) * step <= 0:
                    candidates.pop(0)
                if candidates:
                    at = candidates.pop(0)
                    same[place] = drawn.lines[at]
                    found.add(at)


def _after(drawn: OriginalDigest, index: int, *, to_next_entry: bool) -> Iterator[OriginalLine]:
    """The lines after one that have the same owner; at the end of a file, those of the next entry too."""
    owners = {drawn.lines[max(index, 0)].owner} if drawn.lines else set()
    entries = 2 if to_next_entry else 1
    for place in range(index + 1, len(drawn.lines)):
        owners.add(drawn.lines[place].owner)
        if len(owners) > 1 and (not to_next_entry or len(owners - {OUTSIDE}) > entries):
            return
        yield drawn.lines[place]


def _before(drawn: OriginalDigest, index: int) -> Iterator[OriginalLine]:
    """The lines before one that have the same owner, the nearest first."""
    for place in range(index - 1, -1, -1):
        if drawn.lines[place].owner != drawn.lines[index].owner:
            return
        yield drawn.lines[place]


def _explain(drawn: OriginalDigest, lines: Sequence[Line], same: dict[int, OriginalLine]) -> dict[int, _Words]:
    """The explained words of each line that is not matched."""
    if all(place in same or not line.words for place, line in enumerate(lines)):
        return {}
    explainer = Explainer(drawn, {one.index for one in same.values()})
    explained: dict[int, _Words] = {}
    near = 0
    for left, right in pairwise([-1, *sorted(same), len(lines)]):
        near = (
            explainer.start_of[same[left].index + 1] if left >= 0 and same[left].index + 1 < len(drawn.lines) else near
        )
        places = [place for place in range(left + 1, right) if lines[place].words]
        parts = [words_of(lines[place].words) for place in places]
        positions = explainer.explain([word for part in parts for word in part], near)
        start = 0
        for place, part in zip(places, parts, strict=True):
            of_line = positions[start : start + len(part)]
            start += len(part)
            counts = Counter(explainer.line_of[position] for position in of_line if position != NOBODY)
            counts.pop(NOBODY, None)
            explained[place] = _Words(part, of_line, counts, explainer)
    return explained


def _owners(
    drawn: OriginalDigest, lines: Sequence[Line], same: dict[int, OriginalLine], words: dict[int, _Words]
) -> list[int]:
    matched = frozenset(one.index for one in same.values())
    unread = [(owner, entry) for owner, entry in enumerate(drawn.entries) if entry.lines[0].index not in matched]
    headlines = {entry.url: owner for owner, entry in unread if entry.one_line}
    owners: list[int] = []
    owner, below_headline, gap = OUTSIDE, False, False
    for place, line in enumerate(lines):
        one = same.get(place)
        anchor = one.owner if one is not None else _anchor(drawn, line, words.get(place), headlines, matched)
        if anchor is not None:
            owners.append(anchor)
            below_headline, gap = anchor != OUTSIDE and drawn.entries[anchor].one_line, False
            owner = OUTSIDE if line.role is LineRole.CLOSE else anchor
            continue
        # Text typed directly below a list item belongs to it, as in Markdown.
        if below_headline and gap and line.key and not line.text.startswith(("  ", "\t")):
            owner, below_headline = OUTSIDE, False
        gap = gap or line.is_blank
        owners.append(owner)
    return owners


def _anchor(
    drawn: OriginalDigest, line: Line, words: _Words | None, headlines: dict[str, int], found: frozenset[int]
) -> int | None:
    """The owner of a changed line that tells it by itself; ``None`` for all other lines."""
    if line.mark and line.mark not in {"/nb", "nb digest", "/nb digest"}:
        return drawn.owners.get(line.mark)
    if words is None:
        return None
    if line.box and "https://" in line.text:
        linked = next((headlines[url] for url in _urls(line) if url in headlines), None)
        if linked is not None:
            return linked
    main, share = words.main
    if share < _SIMILARITY or main in found:
        return None
    # A few words are a headline's if they are its start behind a box, where an editor wrapped it.
    starts = line.box and drawn.lines[main].line.box and words.positions[0] == words.explainer.start_of[main]
    return drawn.lines[main].owner if starts or len(words.words) >= _QUOTATION else None


def _urls(line: Line) -> Iterator[str]:
    return (word.strip("<>()") for word in line.text.split() if "https://" in word)


def _pair(drawn: OriginalDigest, region: Region, words: dict[int, _Words]) -> None:
    """Finds the missing lines of a region among those that are not matched."""
    missing = {one.index: one for one in region.missing if one.index >= 0}
    above_date = _above_issue_date(region)
    pieces: dict[int, list[int]] = defaultdict(list)
    for place, line in region.lines:
        found = words.get(place)
        if found is None:
            continue
        role = line.role
        if not found.lines and role is LineRole.OTHER and not (line.box or line.mark or line.key in drawn.keys):
            continue  # it was typed
        of_missing = [number for number in found.lines if number in missing]
        whole = found.explained == 1 or line.key in drawn.keys
        main, share = found.main
        formed = next(
            (
                one
                for one in region.missing
                if one.index not in pieces and _has_same_form(one, line, role, place in above_date)
            ),
            None,
        )
        pasted = not line.box and any(url not in drawn.urls for url in _urls(line))
        continued = pieces.get(main, [])[-1:] == [place - 1] and share >= _CONTINUED
        similar = main in missing and (share >= _SIMILARITY or _is_similar(missing[main].line, line))
        changed = similar and main not in pieces
        if whole and of_missing:
            for number in of_missing:
                pieces[number].append(place)
        elif formed is not None and formed.index >= 0:
            pieces[formed.index].append(place)
        elif formed is not None:  # a field that notebot left out
            region.missing.remove(formed)
            region.changed[place] = Change(formed, (line,), line.label)
        elif (continued or changed) and not pasted:
            pieces[main].append(place)
        elif line.ticked or pasted or _links_elsewhere(line, region):
            pass  # a box without its entry, a link that the curator pasted
        elif whole and (line.key in drawn.keys or len(found.words) >= _QUOTATION):
            region.own.add(place)
        elif not whole and found.explained >= _SIMILARITY and _is_similar(drawn.lines[main].line, line):
            region.damaged.add(place)
    by_place = dict(region.lines)
    for number, places in pieces.items():
        _settle(
            region, missing[number], [(place, by_place[place]) for place in places], words, missing.keys() - {number}
        )


def _links_elsewhere(line: Line, region: Region) -> bool:
    """True for the link of another entry of the digest, which the curator pasted."""
    return (
        line.role is LineRole.URL
        and all(one.role is not LineRole.URL for one in region.missing)
        and all(one.line.key != line.key for one in region.same.values())
    )


def _settle(
    region: Region,
    one: OriginalLine,
    pieces: Sequence[tuple[int, Line]],
    words: dict[int, _Words],
    others_missing: Set[int],
) -> None:
    """Decides whether a line that was wrapped, joined or changed still says the same."""
    region.missing.remove(one)
    inside = [(place, line) for place, line in pieces if place not in region.same]
    if not inside:  # on one line with another that was found there
        return
    found = [words[place] for place, _ in pieces]
    line_of = found[0].explainer.line_of
    covered = {
        position for each in found for position in each.positions if position >= 0 and line_of[position] == one.index
    }
    shared = len(inside) < len(pieces) or any(each.lines.keys() & others_missing for each in found)
    whole = all(each.explained == 1 for each in found)
    first = inside[0]
    if _spell([line for _, line in inside], one.line) or (
        shared and whole and len(covered) == found[0].explainer.length(one.index)
    ):
        region.same.setdefault(first[0], one)
    elif shared:
        # Parts of several lines of notebot's are on one line; what was changed there cannot be told apart.
        region.damaged |= {place for place, _ in inside if words[place].explained < 1 and place not in region.changed}
    elif first[0] not in region.changed:
        region.changed[first[0]] = Change(
            one, tuple(line for _, line in inside), joined([line.label for _, line in inside])
        )
    region.own |= {place for place, _ in inside} - set(region.same) - set(region.changed) - region.damaged


def _spell(pieces: Sequence[Line], one: Line) -> bool:
    """True if lines say together what one line says."""
    rest = one.key
    for line in pieces:
        # A dash or a number at the start of a wrapped line is the syntax of a list there.
        if not rest.startswith(line.key):
            rest = _LIST_SYNTAX.sub("", rest)
        if not rest.startswith(line.key):
            return False
        rest = rest[len(line.key) :]
    return not rest


def _above_issue_date(region: Region) -> set[int]:
    """The places of the lines directly above an Issue Date, where the tags are."""
    full = [(place, line) for place, line in region.lines if line.key]
    return {
        place
        for (place, _), (_, below) in pairwise(full)
        if ISSUE_DATE.match(below.words) and below.role is LineRole.ISSUE_DATE
    }


def _has_same_form(one: OriginalLine, line: Line, role: LineRole, above_date: bool) -> bool:
    if one.role is LineRole.HEADLINE:
        return (line.mark != "" and one.line.mark == line.mark) or (
            line.box and any(url in line.text for url in _urls(one.line))
        )
    if one.role is LineRole.UPDATE:
        return line.mark != "" and one.line.mark == line.mark
    if one.role in {LineRole.OTHER, LineRole.CLOSE} or role is not one.role:
        return False
    if one.role is LineRole.RELATED:
        here, there = RELATED.match(line.words), RELATED.match(one.line.words)
        return bool(here and there and here["number"] == there["number"])
    # A comment may start with `#1832`, so a line of tags must be at its usual place.
    return one.role is not LineRole.TAGS or above_date


def _is_similar(drawn: Line, edited: Line) -> bool:
    """True if one line may be a changed form of the other."""
    if drawn.key and (edited.key.startswith(drawn.key) or edited.key.endswith(drawn.key)):
        return True
    ours, theirs = Counter(words_of(drawn.words)), Counter(words_of(edited.words))
    return 2 * sum((ours & theirs).values()) >= _SIMILARITY * (ours.total() + theirs.total())

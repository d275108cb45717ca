"""The one order in which all notes list their tags, learned from the notes themselves."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_Pair = tuple[int, int]


class TagOrder:
    """Every known tag, in the order of the archive."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self._rank = {tag: rank for rank, tag in enumerate(tags)}

    def sort(self, tags: Iterable[str]) -> tuple[str, ...]:
        """These tags in the archive's order; those it has never seen come last, as they stood."""
        unseen = len(self._rank)
        return tuple(sorted(tags, key=lambda tag: self._rank.get(tag, unseen)))


def learn_order(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """One order of all tags in the lists, which come oldest note first.

    Where lists disagree, directly or around a longer cycle, the newer note wins. Tags that no list
    puts in an order stand by first appearance, oldest note first and from the left.
    """
    known = [tuple(dict.fromkeys(tags)) for tags in lists]
    tags = tuple(dict.fromkeys(tag for tags in known for tag in tags))
    number = {tag: at for at, tag in enumerate(tags)}
    newest: dict[_Pair, None] = {}
    for row in reversed(known):
        for first, second in _pairs([number[tag] for tag in row]):
            if (second, first) not in newest:
                newest.setdefault((first, second))
    return tuple(tags[at] for at in _sorted(list(newest), len(tags)))


def _pairs(row: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbours first: what they imply is then known already."""
    for distance in range(1, len(row)):
        yield from zip(row, row[distance:], strict=False)


def _sorted(pairs: list[_Pair], size: int) -> list[int]:
    order = _topological(pairs, size)
    if len(order) == size:
        return order
    stuck = set(range(size)).difference(order)
    return _topological(_without_cycles(pairs, stuck), size)


def _topological(pairs: Iterable[_Pair], size: int) -> list[int]:
    """The lowest number that waits for none comes first; what a cycle holds up is left out."""
    followers: list[list[int]] = [[] for _ in range(size)]
    waits_for = [0] * size
    for first, second in pairs:
        followers[first].append(second)
        waits_for[second] += 1
    free = [at for at, count in enumerate(waits_for) if not count]
    order = []
    while free:
        order.append(heapq.heappop(free))
        for at in followers[order[-1]]:
            waits_for[at] -= 1
            if not waits_for[at]:
                heapq.heappush(free, at)
    return order


def _without_cycles(pairs: Iterable[_Pair], stuck: set[int]) -> Iterator[_Pair]:
    """The pairs, newest evidence first, less those that contradict what the ones before them imply."""
    # Sets of numbers as bits of an integer: the transitive closure is asked for every pair.
    before = {at: 1 << at for at in stuck}
    after = dict(before)
    for first, second in pairs:
        if not (first in stuck and second in stuck):
            yield first, second
        elif not after[second] >> first & 1:
            yield first, second
            _join(before, after, first, second)


def _join(before: dict[int, int], after: dict[int, int], first: int, second: int) -> None:
    if after[first] >> second & 1:
        return
    earlier, later = before[first], after[second]
    for at in _members(earlier):
        after[at] |= later
    for at in _members(later):
        before[at] |= earlier


def _members(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low

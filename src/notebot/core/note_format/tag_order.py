"""Learns the order in which the archive's notes list their tags."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_Pair = tuple[int, int]


class TagOrder:
    """Sorts tags in the order of the archive."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self._rank = {tag: rank for rank, tag in enumerate(tags)}

    def sort(self, tags: Iterable[str]) -> tuple[str, ...]:
        """The tags in the archive's order; unknown tags come last, in their given order."""
        unseen = len(self._rank)
        return tuple(sorted(tags, key=lambda tag: self._rank.get(tag, unseen)))


def learn_order(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """One order of all tags in the lists, which must come oldest note first.

    If lists disagree, directly or around a longer cycle, the newer note wins. Tags whose order no list
    determines are sorted by first appearance, oldest note first and from the left.
    """
    unique_lists = [tuple(dict.fromkeys(tags)) for tags in lists]
    tags = tuple(dict.fromkeys(tag for tags in unique_lists for tag in tags))
    number = {tag: at for at, tag in enumerate(tags)}
    # The pairs (earlier tag, later tag), newest note first; a dict, because it keeps the order of insertion.
    pairs: dict[_Pair, None] = {}
    # By tag, as bits, the tags that it is in a pair with. An archive has a million pairs, nearly all of them repeated.
    bits = [1 << at for at in range(len(tags))]
    paired = list(bits)
    for row in reversed(unique_lists):
        numbers = [number[tag] for tag in row]
        bits_of_row = sum(bits[at] for at in numbers)
        if not any(bits_of_row & ~paired[at] for at in numbers):
            continue
        # Neighbours first, so that the pairs that they imply are already known.
        for distance in range(1, len(numbers)):
            for first, second in zip(numbers, numbers[distance:], strict=False):
                if not paired[first] & bits[second]:
                    pairs[first, second] = None
                    paired[first] |= bits[second]
                    paired[second] |= bits[first]
    order = _sort_topologically(pairs, len(tags))
    if len(order) < len(tags):
        in_cycles = set(range(len(tags))).difference(order)
        order = _sort_topologically(_without_cycles(pairs, in_cycles), len(tags))
    return tuple(tags[at] for at in order)


def _sort_topologically(pairs: Iterable[_Pair], size: int) -> list[int]:
    """Numbers in an order that respects the pairs, lowest first; those in or after a cycle are left out."""
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


def _without_cycles(pairs: Iterable[_Pair], in_cycles: set[int]) -> Iterator[_Pair]:
    """The pairs, newest first, without those that contradict what the pairs before them imply."""
    # The transitive closure, as bits of one integer per tag: it is queried for every pair.
    before = {at: 1 << at for at in in_cycles}
    after = dict(before)
    for first, second in pairs:
        if not (first in in_cycles and second in in_cycles):
            yield first, second
            continue
        if after[second] >> first & 1:
            continue
        yield first, second
        if not after[first] >> second & 1:
            earlier, later = before[first], after[second]
            for at in _members(earlier):
                after[at] |= later
            for at in _members(later):
                before[at] |= earlier


def _members(bits: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low

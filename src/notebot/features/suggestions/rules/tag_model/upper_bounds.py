"""Upper bounds of the cosines between a query and all texts of a large archive, at a tenth of the cost of the cosines.

The bounds of all texts are one ``int`` with 16 bits per text (a *row*). Python adds two such integers in C: a frequent
term costs 30 µs for 60,000 texts, where a loop over its postings takes 1,000 µs. Only texts whose bound reaches the
``n``-th best cosine have to be compared exactly, so the result is the same as that of a full scan.
"""

from __future__ import annotations

import math
import sys
from array import array
from heapq import nlargest
from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from notebot.features.suggestions.rules.tag_model.query_vector import Vector

_LARGEST_COSINE = 52_000
"""Bound of the cosine 1 at most; the rounding of up to 100 terms still fits into 16 bits."""
_LARGEST = 2**16 - 1
_STEPS = 8
"""How often a term occurs is rounded up to eighths of what one occurrence counts."""
_FREQUENT = 32
"""Terms in more than one text of 32 get a row; for most others the loop over the postings is not slower."""
_MOST_BYTES = 64_000_000
"""Memory for rows: 533 terms of 60,000 texts. An archive of 6,500 notes has fewer frequent terms than fit."""
_ROOM = 1.5
"""Queries may be so many times as long as the longest before, until all rows are made again with a coarser scale."""


class UpperBounds:
    """Upper bounds for queries with one power (see ``neighbour_index``)."""

    def __init__(
        self,
        size: int,
        raised: Sequence[float],
        postings: Callable[[int], tuple[array[int], array[float]]],
        frequency: Callable[[int], int],
    ) -> None:
        """Takes the number of texts, and of each term its raised rarity, its places and weights, and their count."""
        self._size = size
        self._raised = raised
        self._postings = postings
        self._frequency = frequency
        self._most_rows = _MOST_BYTES // (2 * max(size, 1))
        self._scale = 0.0
        self._rows: dict[int, int] = {}
        self._used: set[int] = set()

    def find(
        self, vector: Vector, count: int, boosted: Iterable[int], but: Iterable[int], exact: Callable[[int], float]
    ) -> dict[int, float]:
        """The cosines of at least the ``count`` nearest texts, by place; ties are complete.

        Args:
            boosted: places whose cosine counts double.
            but: places to leave out.
            exact: the cosine of a place, boosted where it is to be.
        """
        if _STEPS * self._scale * vector.length > _LARGEST_COSINE or not self._scale:
            self._scale = _LARGEST_COSINE / (_STEPS * vector.length * _ROOM)
            self._rows.clear()
        unit = _STEPS * self._scale * vector.length  # the bound that means a cosine of 1
        bounds = self._bounds(vector, unit)
        for place in boosted:
            bounds[place] = min(2 * bounds[place], _LARGEST)
        for place in but:
            bounds[place] = 0
        high_bytes = bounds.tobytes()[1 if sys.byteorder == "little" else 0 :: 2]
        # a lower limit for the count-th best cosine, from the texts with the highest bounds
        low, level = 0, 255
        while low < level:  # the highest level that is reached by `count` texts, by bisection
            middle = (low + level + 1) // 2
            if len(high_bytes.translate(None, bytes(range(middle)))) >= count:
                low = middle
            else:
                level = middle - 1
        promising = nlargest(count, filter(bounds.__getitem__, _at_least(high_bytes, level)), key=bounds.__getitem__)
        cosines = {place: exact(place) for place in promising}
        least = int(min(cosines.values(), default=0.0) * unit) - 1 if len(cosines) == count else 1
        least = min(max(least, 1), _LARGEST)
        # a bound of the largest number was cut off, so it is compared however high the limit is
        for place in _at_least(high_bytes, least >> 8):
            if bounds[place] >= least and place not in cosines:
                cosines[place] = exact(place)
        return cosines

    def _bounds(self, vector: Vector, unit: float) -> array[int]:
        """At least ``unit`` times the cosine of each text; everything is rounded up."""
        sums: dict[int, int] = {}
        others = []
        for number, weight in vector.weights:
            row = self._row(number)
            if row is None:
                others.append((number, weight))
            else:
                # what an occurrence counts is in the row, so terms that occur equally often are added before they
                # are multiplied: there are 5 to 10 multiplications per query instead of 70
                occurrences = math.ceil(_STEPS * weight * vector.length / self._raised[number] - 1e-6)
                sums[occurrences] = sums.get(occurrences, 0) + row
        total = sum(occurrences * row for occurrences, row in sums.items())
        bounds = array("H", total.to_bytes(2 * self._size, "little"))
        if sys.byteorder == "big":
            bounds.byteswap()
        for number, weight in others:
            factor = weight * unit
            for place, other in zip(*self._postings(number), strict=True):
                bounds[place] += int(other * factor) + 1
        return bounds

    def _row(self, number: int) -> int | None:
        """The row of a term; ``None`` if it is rare or used for the first time, when a row would not pay."""
        row = self._rows.get(number)
        if row is None and number in self._used and len(self._rows) < self._most_rows:
            places, weights = self._postings(number)
            factor = self._raised[number] * self._scale
            values = array("H", bytes(2 * self._size))
            for place, weight in zip(places, weights, strict=True):
                values[place] = int(weight * factor) + 1
            if sys.byteorder == "big":
                values.byteswap()
            row = self._rows[number] = int.from_bytes(values.tobytes(), "little")
        elif row is None and len(self._rows) < self._most_rows and self._frequency(number) * _FREQUENT > self._size:
            self._used.add(number)
        return row


def _at_least(high_bytes: bytes, level: int) -> Iterable[int]:
    """The places whose bound has at least this high byte."""
    reached = bytes(level) + b"\1" * (256 - level)
    return compress(range(len(high_bytes)), high_bytes.translate(reached))

"""Upper bounds of the cosines between a query and all texts, to compare only the few texts that may be nearest.

The bounds of all texts are one ``int`` with 16 bits per text (a *row*), because Python adds and multiplies these in C.
A text is compared exactly only if its bound reaches the ``n``-th best cosine, so the result is the same as that of a
full scan: with 60,000 texts about 40 are compared to find the nearest 30, in a fifth of the time.
"""

from __future__ import annotations

import math
import sys
from array import array
from heapq import nlargest
from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from notebot.features.suggestions.rules.tag_model.vectors import Vector

_UNIT = 52_000
"""The bound that means a cosine of 1. All that rounding adds to it, at most 4,800 for 100 terms, fits into 16 bits."""
_LARGEST = 2**16 - 1
_ROW_UNIT = 256
"""What a row contains for a weight of 1."""
_FREQUENT = 48
"""Terms in more than one text of 48 get a row; for most others the loop over the postings is not slower."""
_ROW_FROM_USE = 3
"""A row costs as much as some loops, so a single suggestion makes none."""
_MOST_BYTES = 128_000_000
"""Memory for rows: 1,066 terms of 60,000 texts. An archive of 6,500 notes has fewer frequent terms than fit."""


class UpperBounds:
    """Finds the texts that may be nearest to a query."""

    def __init__(
        self,
        size: int,
        postings: Callable[[int], tuple[array[int], array[float]]],
        frequency: Callable[[int], int],
    ) -> None:
        """Takes the number of texts, the places and weights of a term, and the number of texts that contain it."""
        self._size = size
        self._postings = postings
        self._frequency = frequency
        self._most_rows = _MOST_BYTES // (2 * max(size, 1))
        self._rows: dict[int, int] = {}
        self._uses: dict[int, int] = {}
        """How often terms without a row were in a query."""

    def find(
        self, vector: Vector, count: int, boosted: Iterable[int], but: Iterable[int], exact: Callable[[int], float]
    ) -> dict[int, float]:
        """The cosines of at least the ``count`` nearest texts, by place; ties are complete.

        Args:
            boosted: places whose cosine counts double.
            but: places to leave out.
            exact: the cosine of a place, boosted where it is to be.
        """
        bounds = self._bounds(vector)
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
        least = int(min(cosines.values(), default=0.0) * _UNIT) - 1 if len(cosines) == count else 1
        least = min(max(least, 1), _LARGEST)
        # a bound of the largest number was cut off, so it is compared however high the limit is
        for place in _at_least(high_bytes, least >> 8):
            if bounds[place] >= least and place not in cosines:
                cosines[place] = exact(place)
        return cosines

    def _bounds(self, vector: Vector) -> array[int]:
        """At least ``_UNIT`` times the cosine of each text; everything is rounded up."""
        sums: dict[int, int] = {}
        without_row = []
        for number, weight in vector:
            row = self._row(number)
            if row is None:
                without_row.append((number, weight))
            else:
                # rows with the same factor are added before they are multiplied: an addition takes a third of the time
                factor = math.ceil(weight * _UNIT / _ROW_UNIT)
                sums[factor] = sums.get(factor, 0) + row
        total = sum(factor * row for factor, row in sums.items())
        bounds = array("H", total.to_bytes(2 * self._size, "little"))
        if sys.byteorder == "big":
            bounds.byteswap()
        for number, weight in without_row:
            scaled = weight * _UNIT
            for place, other in zip(*self._postings(number), strict=True):
                bounds[place] += int(other * scaled) + 1
        return bounds

    def _row(self, number: int) -> int | None:
        """The row of a term; ``None`` if the term is rare, or was not used often enough yet for a row to pay."""
        row = self._rows.get(number)
        if row is not None or self._frequency(number) * _FREQUENT <= self._size or len(self._rows) >= self._most_rows:
            return row
        self._uses[number] = self._uses.get(number, 0) + 1
        if self._uses[number] < _ROW_FROM_USE:
            return None
        values = array("H", bytes(2 * self._size))
        for place, weight in zip(*self._postings(number), strict=True):
            values[place] = int(weight * _ROW_UNIT) + 1
        if sys.byteorder == "big":
            values.byteswap()
        row = self._rows[number] = int.from_bytes(values.tobytes(), "little")
        return row


def _at_least(high_bytes: bytes, level: int) -> Iterable[int]:
    """The places whose bound has at least this high byte."""
    reached = bytes(level) + b"\1" * (256 - level)
    return compress(range(len(high_bytes)), high_bytes.translate(reached))

"""Decides whether a source supports a number: a percentage may be restated as a share, a factor as its reciprocal."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from notebot.features.summaries.rules.faithfulness.number_words import implied_numbers
from notebot.features.summaries.rules.faithfulness.numbers import Kind, Number, is_falling, may_be_score, source_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXACT = 1e-12
"""Relative error up to which floating-point numbers count as equal."""
_MOST_OFF = 0.05
"""Relative error allowed for an approximate number: 約1200 may stand for 1,234."""
_SHARE_OFF = 0.01

_Key = Kind | str
"""A kind of number, the dimension of a unit, or :data:`_NO_UNIT`."""
_NO_UNIT = "no unit"


class KnownNumbers:
    """The numbers of a source and those derived from them; each lookup takes logarithmic time."""

    def __init__(self, source: str) -> None:
        found: dict[tuple[_Key, bool, bool], set[float]] = {}
        for number in source_numbers(source):
            falls = is_falling(source, number)
            readings = list(_readings(number, falls))
            if number.kind is Kind.PLAIN:
                readings += _readings_of_bare_number(number.value, is_score=may_be_score(source, number))
            # a decrease by 2.1 may be restated as -2.1
            for is_negative in {number.sign < 0, falls} if number.sign == 0 else {number.sign < 0}:
                for key, value, is_derived in readings:
                    found.setdefault((key, is_negative, is_derived), set()).add(value)
        for key in (Kind.PLAIN, _NO_UNIT):
            found.setdefault((key, False, False), set()).update(map(float, implied_numbers(source)))
        self._values = {key: sorted(values) for key, values in found.items()}

    def supports(self, number: Number) -> bool:
        """True if the source has this number, possibly in another unit or form, or a number that rounds to it."""
        if number.kind is Kind.VAGUE:
            size = number.value
            return self._has(Kind.VAGUE, False, size, size) or self._has(Kind.PLAIN, False, size, 9.999 * size)
        value, kind, unit, is_negative = number.value, number.kind, number.unit, number.sign < 0
        if kind is Kind.SHARE:
            near = (value - _SHARE_OFF, value + _SHARE_OFF)
            return self._has(kind, is_negative, *near) or self._has(kind, is_negative, *near, is_derived=True)
        is_exact = not (number.is_about or number.is_over)
        if kind is Kind.PLAIN and unit is None and is_exact:
            return self._has(kind, is_negative, value, value)
        rounded = _rounded_from(number)
        least, most = (value, value) if is_exact else rounded
        if kind is not Kind.PLAIN:
            return self._has(kind, is_negative, least, most) or self._has(kind, is_negative, *rounded, is_derived=True)
        if unit is None:
            return self._has(kind, is_negative, least, most)
        in_unit = (least * unit.size, most * unit.size)
        return self._has(_NO_UNIT, is_negative, least, most) or self._has(unit.dimension, is_negative, *in_unit)

    def _has(self, key: _Key, is_negative: bool, least: float, most: float, *, is_derived: bool = False) -> bool:
        values = self._values.get((key, is_negative, is_derived), ())
        place = bisect_left(values, least - abs(least) * _EXACT)
        return place < len(values) and values[place] <= most + abs(most) * _EXACT


def _readings(number: Number, falls: bool) -> Iterator[tuple[_Key, float, bool]]:
    """Yields the ways to restate a number: kind or dimension, value, and whether the value was calculated."""
    value = number.value
    if number.kind is Kind.VAGUE:
        yield Kind.VAGUE, value, False
        return
    yield Kind.PLAIN, value, False
    if number.unit is None:
        yield _NO_UNIT, value, False
    else:
        yield number.unit.dimension, value * number.unit.size, False
    if number.kind is Kind.PERCENT:
        yield Kind.PERCENT, value, False
        yield Kind.PLAIN, value / 100, False
        yield Kind.SHARE, value / 100, True
        yield Kind.FOLD, 1 + value / 100, True
        yield Kind.FOLD, value / 100, True
        if falls and value < 100:
            yield from _readings_of_rest(1 - value / 100)
    elif number.kind is Kind.FOLD:
        yield Kind.FOLD, value, False
        yield Kind.PERCENT, 100 * value, True
        yield Kind.PERCENT, 100 * (value - 1), True
        if falls and value > 1:
            yield Kind.SHARE, 1 / value, True
            yield Kind.PERCENT, 100 / value, True
            yield from _readings_of_rest(1 - 1 / value)
    elif number.kind is Kind.SHARE:
        yield Kind.SHARE, value, False
        yield Kind.PERCENT, 100 * value, True
        if falls and 0 < value < 1:
            yield Kind.FOLD, 1 / value, True
            yield from _readings_of_rest(1 - value)


def _readings_of_bare_number(value: float, *, is_score: bool) -> Iterator[tuple[_Key, float, bool]]:
    if is_score:
        yield Kind.PERCENT, value, False
        yield Kind.FOLD, value, False
    if 0 < value < 1:
        yield Kind.PERCENT, 100 * value, False
        yield Kind.SHARE, value, True


def _readings_of_rest(share: float) -> Iterator[tuple[_Key, float, bool]]:
    """Yields what remains of a whole: reduced *by* three quarters is reduced *to* one quarter, and four times less."""
    yield Kind.SHARE, share, True
    yield Kind.PERCENT, 100 * share, True
    yield Kind.FOLD, 1 / share, True


def _rounded_from(number: Number) -> tuple[float, float]:
    """The lowest and the highest value that an inexact number may be rounded from.

    They differ from the number by at most half its last place and 5 %; a lower bound may be up to 25 % too low.
    """
    value = number.value
    least = max(value - number.place / 2, value / (1 + _MOST_OFF))
    most = min(value + number.place / 2, value / (1 - _MOST_OFF))
    return least, 1.25 * value if number.is_over else most

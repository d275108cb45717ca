"""Numbers in digits: what they are worth, and whether a source has them (services.md 5.6)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.summaries.rules.faithfulness.number_words import MULTIPLES, worded_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_JA = {"百": 100, "千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12}
_LETTERS = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_DIGITS = r"\d{1,15}(?:\.\d{1,15})?"
_SCALE = rf"[kKMBT](?![A-Za-z0-9])|[\s~-]{{0,3}}(?:{'|'.join(MULTIPLES)})s?\b"
_NUMBER = regex(
    rf"""
    (?<![A-Za-z0-9]) (?<!\d\.)
    (?P<digits>{_DIGITS})
    (?: (?P<ja>[百千]?[万億兆]|[百千]) | (?P<scale>{_SCALE}) )?
    (?P<percent>[ ]?(?:\\?%|パーセント|percent\b)|割(?![合当引り]))?
    """,
    re.VERBOSE,
)
_FRACTION = regex(r"(?<!\d)(\d{1,6})分の(\d{1,6})(?!\d)")
_RATIO = regex(r"(?<![\d/.])(\d{1,6})\s?/\s?(\d{1,6})(?![\d/])|\\frac\s?\{?(\d{1,6})\}?\s?\{?(\d{1,6})\}?")
_RANGE = regex(rf"({_DIGITS})\s?(?:-{{1,3}}|[–—~]|to)\s?{_DIGITS}(?P<scale>{_SCALE})")
_POWER = regex(rf"(?:({_DIGITS})\s{{0,2}}\$?\s?(?:\\times|\\cdot|[×x*·])\s?)?(?<!\d)10\s?\^\s?\{{?\s?(\d{{1,2}})(?!\d)")
_ABOUT = regex(r"(?:約|およそ|ほぼ|about|around|roughly|nearly|almost|approximately|[~∼≈])[\s$\\]{0,3}$", re.IGNORECASE)
_MORE_OR_LESS = regex("程度|前後|余り|弱|強")
_MARKER = regex(r"\(\d\)$")
_ONE = regex("つ|個|人|回|種")

_WHOLE = Fraction(1)
_NEAR = Fraction(1, 100)
_MOST_OFF = Fraction(1, 20)
"""A number that stands for a longer one may be a twentieth off, as 約1200 is for 1,234."""


class Number(Struct, frozen=True):
    """A number as a text has it."""

    shown: str
    start: int
    end: int
    value: Fraction
    place: Fraction
    """What one step of its last written digit is worth."""
    is_percent: bool
    is_round: bool
    """It says that it is not exact, or is written with a scale."""


def numbers(text: str) -> list[Number]:
    """The numbers of a plain text that stand in digits; ``1億2000万`` is one. Digits glued to a word are none."""
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        number = _read(text, match)
        before = found[-1] if found else None
        if before is not None and before.end == number.start and before.shown[-1] in _JA:
            found[-1] = replace(
                number, shown=before.shown + number.shown, start=before.start, value=before.value + number.value
            )
        else:
            found.append(number)
    return found


def is_marker(text: str, number: Number) -> bool:
    """Whether it only numbers an item, ``(1)``, or says a thing of itself, ``1つ``."""
    if _MARKER.search(text[max(number.start - 1, 0) : number.end + 1]):
        return True
    return number.value == 1 and _ONE.match(text, number.end) is not None


class KnownValues:
    """What the numbers of a source may be taken for; looked up in logarithmic time, because a text may have many."""

    def __init__(self, values: Iterable[Fraction]) -> None:
        self._values = frozenset(values)
        self._ordered = sorted(value for value in self._values if value > 0)

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def has_between(self, least: Fraction, most: Fraction, *, ends: bool = True) -> bool:
        """Whether a positive value is between the two; ``ends``: or is one of them."""
        place = (bisect_left if ends else bisect_right)(self._ordered, least)
        if place == len(self._ordered):
            return False
        return self._ordered[place] <= most if ends else self._ordered[place] < most


def values(text: str) -> KnownValues:
    """Everything that a number of a plain text may be taken for."""
    found = worded_values(text)
    found |= {number.value for number in numbers(text)}
    found |= {_fraction(digits) * _scale(scale) for digits, scale in _RANGE.findall(text)}
    found |= {_fraction(digits or "1") * 10 ** int(power) for digits, power in _POWER.findall(text)}
    found |= {Fraction(int(a or c), int(b or d)) for a, b, c, d in _RATIO.findall(text) if int(b or d)}
    return KnownValues(found)


def has_number(known: KnownValues, number: Number) -> bool:
    """Whether a source with these values has the number: itself, as a share, or as what it is rounded from."""
    value = number.value
    if value in known:
        return True
    if number.is_percent and value < 100 and value / 100 in known:
        return True
    if not number.is_percent and 0 < value < 1 and value * 100 in known:
        return True
    if not number.is_round:
        return False
    # an exact value that is at most half a place and a twentieth of itself away
    least = max(value - number.place / 2, value / (1 + _MOST_OFF))
    most = min(value + number.place / 2, value / (1 - _MOST_OFF))
    return known.has_between(least, most)


def has_share(known: KnownValues, share: Fraction) -> bool:
    """Whether a source with these values has the share: itself, or in per cent or as a decimal, rounded."""
    return (
        share in known
        or known.has_between(100 * share - 1, 100 * share + 1, ends=False)
        or known.has_between(share - _NEAR, share + _NEAR, ends=False)
    )


def fractions(text: str) -> Iterator[tuple[re.Match[str], Fraction]]:
    """Each Japanese fraction, ``3分の2``, with its value."""
    return ((found, Fraction(int(found[2]), int(found[1]))) for found in _FRACTION.finditer(text) if int(found[1]))


def _read(text: str, match: re.Match[str]) -> Number:
    digits = match["digits"]
    tenths = 10 if match["percent"] == "割" else 1
    scale = _scale(match["ja"] or match["scale"] or "") * tenths
    is_about = bool(_ABOUT.search(text[max(match.start() - 20, 0) : match.start()])) or bool(
        _MORE_OR_LESS.match(text, match.end())
    )
    return Number(
        shown=match[0],
        start=match.start(),
        end=match.end(),
        value=_fraction(digits) if scale == 1 else _fraction(digits) * scale,
        place=_place(digits, whole=is_about) if scale == 1 else _place(digits, whole=is_about) * scale,
        is_percent=match["percent"] is not None,
        is_round=is_about or scale > 1,
    )


def _fraction(digits: str) -> Fraction:
    """As ``Fraction(digits)``, which takes five times as long for a whole number."""
    return Fraction(digits) if "." in digits else Fraction(int(digits))


def _scale(written: str) -> int:
    word = written.strip(" \t\n~-").removesuffix("s")
    if word in MULTIPLES or word in _LETTERS:
        return MULTIPLES.get(word) or _LETTERS[word]
    worth = 1
    for character in word:
        worth *= _JA[character]
    return worth


def _place(digits: str, *, whole: bool) -> Fraction:
    """``whole``: zeros at the end of a number from 100 on that is not exact say nothing."""
    _, _, decimals = digits.partition(".")
    if not decimals and not whole:
        return _WHOLE
    if decimals or not whole or len(digits) < 3:
        return Fraction(1, 10 ** len(decimals))
    return Fraction(10 ** (len(digits) - len(digits.rstrip("0"))))

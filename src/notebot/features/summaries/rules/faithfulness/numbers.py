"""Numbers in digits: what they are worth, and whether a source has them (services.md 5.6)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.summaries.rules.faithfulness.number_words import MULTIPLES, worded_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

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


def values(text: str) -> frozenset[Fraction]:
    """Everything that a number of a plain text may be taken for."""
    found = worded_values(text)
    for number in numbers(text):
        found |= {number.value}
    found |= {Fraction(digits) * _scale(scale) for digits, scale in _RANGE.findall(text)}
    found |= {Fraction(digits or 1) * 10 ** int(power) for digits, power in _POWER.findall(text)}
    found |= {Fraction(int(a or c), int(b or d)) for a, b, c, d in _RATIO.findall(text) if int(b or d)}
    return frozenset(found)


def has_number(known: Set[Fraction], number: Number) -> bool:
    """Whether a source with these values has the number: itself, as a share, or as what it is rounded from."""
    value = number.value
    if value in known:
        return True
    if number.is_percent and value < 100 and value / 100 in known:
        return True
    if not number.is_percent and 0 < value < 1 and value * 100 in known:
        return True
    return number.is_round and any(
        abs(value - exact) <= min(number.place / 2, exact * _MOST_OFF) for exact in known if exact > 0
    )


def has_share(known: Set[Fraction], share: Fraction) -> bool:
    """Whether a source with these values has the share: itself, or in per cent or as a decimal, rounded."""
    return share in known or any(abs(part - 100 * share) < 1 or abs(part - share) < _NEAR for part in known if part)


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
        value=Fraction(digits) * scale,
        place=_place(digits, whole=is_about) * scale,
        is_percent=match["percent"] is not None,
        is_round=is_about or scale > 1,
    )


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
    if decimals or not whole or len(digits) < 3:
        return Fraction(1, 10 ** len(decimals))
    return Fraction(10 ** (len(digits) - len(digits.rstrip("0"))))

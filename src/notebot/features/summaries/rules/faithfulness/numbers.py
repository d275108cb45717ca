"""Parses the numbers of a text: value, kind and unit (services.md 5.6)."""

from __future__ import annotations

import re
from bisect import bisect_left
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.summaries.rules.faithfulness.number_words import (
    MULTIPLES,
    counted,
    folds,
    magnitudes,
    runs,
    shares,
    tenths,
    vague_numbers,
)
from notebot.features.summaries.rules.faithfulness.units import Unit, unit_after, worded_units

if TYPE_CHECKING:
    from collections.abc import Iterator

_JA = {"百": 100, "千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12}
_LETTERS = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_DIGITS = r"\d{1,15}(?:\.\d{1,15})?"
_SCALE = rf"[kKMBT](?![A-Za-z0-9$])|[\s~-]{{0,3}}(?:{'|'.join(MULTIPLES)})s?\b"
_NUMBER = regex(
    rf"""
    (?<![A-Za-z0-9_]) (?<!\d\.)
    (?: (?P<below>[1-9]\d{{0,5}})分の(?P<above>\d{{1,6}})(?!\d)
    | (?P<digits>{_DIGITS})
    (?: [eE](?P<exponent>[+-]?\d{{1,2}})(?![A-Za-z0-9])
      | \s{{0,2}}[×x*·]\s?10\s?\^\s?\{{?\s?(?P<power>-?\d{{1,2}})(?!\d)\}}?
      | \s?\^\s?\{{?\s?(?P<own_power>-?\d{{1,2}})(?!\d)\}}?
      | (?P<ja>[百千]?[万億兆]|[百千])
      | (?P<scale>{_SCALE})
    )?
    (?P<percent>[ ]?(?:\\?%|パーセント(?!ポイント)|per\s?cent\b)|割(?![合当引り]))?
    )
    """,
    re.VERBOSE,
)
_RATIO = regex(r"(?<![\d/.])(\d{1,6})\s?[/⁄]\s?(\d{1,6})(?![\d/])|\\frac\s?\{?(\d{1,6})\}?\s?\{?(\d{1,6})\}?")

_ABOUT = (
    "約",
    "およそ",
    "ほぼ",
    "about",
    "around",
    "roughly",
    "nearly",
    "almost",
    "approximately",
    "circa",
    "~",
    "∼",
    "≈",
)
_ABOUT_AFTER = regex("程度|前後|余り|弱|強|ほど|近く")
_OVER = ("over", "above", "exceeding", "more than", "greater than", "larger than", "at least", ">", "≥")
_OVER_AFTER = regex(r"\D{0,6}?(?:超|以上|を超え|を上回)")
_FOLD_AFTER = regex(r"[\s~-]?(?:[x×X](?![A-Za-z0-9]|\s?\d)|times\b|fold\b)|倍(?!率|精度|音)")
_FACTOR = regex(r"factors? of(?: (?:about|over|nearly|roughly|up to|more than|at least))? ?~?$", re.IGNORECASE)
_NO_NOUN = regex(
    r"\s?(?:$|[.,;:)\]、。(]|[\u3040-\u9fff]|(?:on|and|or|to|in|by|vs|over|at|with|from|for|than|while|when|across|as|against|"
    r"is|was|are|were|respectively|compared|percentage|points?)\b)|-(?:point|percent)"
)
"""What follows a number that may be a score or a factor: ``accuracy of 85 on``, but not ``16-layer``."""
_FALLING_WORDS = (
    "reduc", "decreas", "lower", "fewer", "smaller", "faster", "speed", "accelerat", "compress", "cheap", "drop",
    "shrink", "shrunk", "declin", "fall", "fell", "shorte", "halv", "efficien", "quicker", "degrad", "worse", "negativ",
    "below", "minus", "loses", "deficit", "saving", "saves", "saved",
)  # fmt: skip
_FALLING_WHOLE_WORDS = frozenset(("less", "cut", "cuts", "save", "cutting"))
_FALLING_KANJI = "減低下短速少小縮安落負悪劣削節"
_WORD = regex(rf"[A-Za-z]{{3,}}|[{_FALLING_KANJI}]|マイナス")
_LIST = regex(r"\s?(?:[,、;/・~〜–—]|-{1,3}|to|and|or|と|から|や|vs\.?)\s?(?:and\s|or\s)?")
_OF = regex(r"\s(?:out\s)?of\s(?:the\s)?")
_MINUS_WORDS = ("マイナス", "minus ", "negative ")
_BEFORE_MINUS = " ([=:,;~、。"
_WINDOW = 45
"""Characters before and after a number that are searched for words of decrease."""


class Kind(Enum):
    """What a number measures."""

    PLAIN = "plain"
    PERCENT = "percent"
    SHARE = "share"
    """A part of a whole: ``3分の1``, ``half``."""
    FOLD = "fold"
    """A factor: ``3倍``, ``threefold``."""
    VAGUE = "vague"
    """A vague number, of which only the magnitude is known: ``数十``, ``millions``."""


class Number(Struct, frozen=True):
    """A number as written in a text."""

    shown: str
    start: int
    end: int
    value: float
    """Absolute value; a percentage is not divided by 100: 53.0 for ``53%``."""
    place: float = 0.0
    """The place value of its last written digit: 0.1 for ``2.5``."""
    kind: Kind = Kind.PLAIN
    unit: Unit | None = None
    sign: int = 0
    """-1, +1, or 0 if none is written."""
    is_about: bool = False
    """True if it is marked as approximate, or written with a scale such as *million*."""
    is_over: bool = False
    """True for a lower bound: ``over 1,000``."""


def numbers(text: str) -> list[Number]:
    """The numbers in digits of a normalised text, in order; ``1億2000万`` and ``3分の2`` are one number each.

    Digits glued to a word are none. In a list (``10, 20 and 30%``) each number is of the last one's kind and unit.
    """
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        number = _read(text, match)
        before = found[-1] if found else None
        # 1億 2000万: the parts of one number become smaller
        if before and before.end == number.start and number.value < _JA.get(before.shown[-1], 0):
            value = before.value + number.value
            says_about = text[max(before.start - 8, 0) : before.start].rstrip().endswith(_ABOUT)
            found[-1] = replace(
                number,
                shown=before.shown + number.shown,
                start=before.start,
                value=value,
                place=_trailing_place(value) if says_about else number.place,
                sign=before.sign,
                is_about=True,
                is_over=number.is_over or before.is_over,
            )
        else:
            found.append(number)
    for place in range(len(found) - 2, -1, -1):
        number, after = found[place], found[place + 1]
        if number.kind is Kind.PLAIN and number.unit is None and (after.kind is not Kind.PLAIN or after.unit):
            gap = text[number.end : after.start]
            if len(gap) <= 8 and _LIST.fullmatch(gap):
                found[place] = replace(number, kind=after.kind, unit=after.unit)
    return found


def number_words(text: str) -> Iterator[Number]:
    """Yields the numbers in words of a normalised text; a run such as ``two three-layer nets`` gives two."""
    vague = list(vague_numbers(text))
    in_vague = {place for found, _ in vague for place in range(*found.span())}
    for found, value, is_whole in runs(text):
        if found.start() not in in_vague:
            yield _worded(text, found, value, _kind_at(text, found) if is_whole else Kind.PLAIN)
    for found, value in counted(text):
        is_percent = text.startswith(("%", "パーセント"), found.end())
        yield _worded(text, found, value, Kind.PERCENT if is_percent else _kind_at(text, found))
    of_kind = ((Kind.PERCENT, tenths(text)), (Kind.FOLD, folds(text)), (Kind.VAGUE, vague), (Kind.SHARE, shares(text)))
    for kind, matches in of_kind:
        for found, worth in matches:
            yield _worded(text, found, worth, kind)


def ratios(text: str) -> Iterator[Number]:
    """Yields each ratio: ``3/4`` and TeX's ``\\frac{3}{4}``."""
    for found in _RATIO.finditer(text):
        above, below = int(found[1] or found[3]), int(found[2] or found[4])
        if below:
            yield _worded(text, found, above / below, Kind.SHARE)


def is_falling(text: str, number: Number) -> bool:
    """True if words near the number say that something becomes less, smaller or faster."""
    places = _falling_places(text)
    next_place = bisect_left(places, number.start - _WINDOW)
    return next_place < len(places) and places[next_place] < number.end + _WINDOW


def may_be_score(text: str, number: Number) -> bool:
    """True if a number without unit may be a score in per cent or a factor: no noun follows it."""
    return "." in number.shown or _NO_NOUN.match(text, number.end) is not None


def source_numbers(text: str) -> Iterator[Number]:
    """Yields all numbers of a source, in digits and words, and those that follow from two of them."""
    in_digits = numbers(text)
    in_words = list(number_words(text))
    yield from in_digits
    yield from in_words
    yield from ratios(text)
    for found, times in magnitudes(text):
        yield _worded(text, found, times, Kind.FOLD)
    for found, amount, unit in worded_units(text):
        yield replace(_worded(text, found, amount, Kind.PLAIN), unit=unit)
    ordered = sorted((*in_digits, *in_words), key=lambda number: number.start)
    for before, after in pairwise(ordered):
        gap = text[before.end : after.start]
        if len(gap) > 14:
            continue
        if _LIST.fullmatch(gap) and (shared_scale := _scale_of(after)) > 1 and _scale_of(before) == 1:  # "1-2 million"
            yield replace(before, value=before.value * shared_scale)
        if before.value < after.value and _OF.fullmatch(gap):  # "three out of four"
            yield replace(before, value=before.value / after.value, kind=Kind.SHARE)


def _read(text: str, match: re.Match[str]) -> Number:
    below, above, digits, exponent, power, own_power, ja, written_scale, percent = match.groups()
    if below:
        return _worded(text, match, int(above) / int(below), Kind.SHARE)
    start, end = match.span()
    before = text[max(start - 36, 0) : start].lower()
    last_word = before.rstrip(" $\\")
    is_followed_by_japanese = not text[end : end + 8].isascii()
    says_about = last_word.endswith(_ABOUT) or (is_followed_by_japanese and _ABOUT_AFTER.match(text, end) is not None)
    says_over = (
        last_word.endswith(_OVER)
        or text.startswith("+", end)
        or (is_followed_by_japanese and _OVER_AFTER.match(text, end) is not None)
    )
    decimals = digits.partition(".")[2]
    value, scale = float(digits), float(_scale(ja or written_scale or ""))
    if exponent or power:
        scale = 10.0 ** int(exponent or power)
    place = 10.0 ** -len(decimals)
    if says_about and not decimals and (scale == 1 or len(digits) > 2):
        place = _trailing_place(value)
    is_about = says_about or scale > 1
    if percent == "割":
        scale *= 10
    if own_power and 0 < value <= 1_000:
        value = value ** int(own_power)
    is_fold = percent is None and _is_fold(before, text, end)
    unit = None if percent or is_fold else unit_after(text, end)
    return Number(
        shown=match[0],
        start=start,
        end=end,
        value=value * scale + (unit[1] if unit else 0.0),
        place=place * scale,
        kind=Kind.PERCENT if percent else Kind.FOLD if is_fold else Kind.PLAIN,
        unit=unit[0] if unit else None,
        sign=-1 if _is_negative(before) else 1 if before.endswith("+") else 0,
        is_about=is_about,
        is_over=says_over,
    )


def _worded(text: str, found: re.Match[str], value: float, kind: Kind) -> Number:
    unit = unit_after(text, found.end()) if kind is Kind.PLAIN else None
    return Number(
        shown=found[0],
        start=found.start(),
        end=found.end(),
        value=float(value),
        place=1.0 if value >= 1 else 0.02,
        kind=kind,
        unit=unit[0] if unit else None,
    )


def _kind_at(text: str, found: re.Match[str]) -> Kind:
    if _is_fold(text[max(found.start() - 36, 0) : found.start()].lower(), text, found.end()):
        return Kind.FOLD
    return Kind.PERCENT if text.startswith((" percent", " per cent"), found.end()) else Kind.PLAIN


def _is_fold(before: str, text: str, end: int) -> bool:
    """True for a factor: ``3x``, ``3倍``, ``×3``, ``by a factor of 3``; False for the sides of ``3×3``."""
    if _FOLD_AFTER.match(text, end):
        return True
    if "×" in before and before.rstrip().endswith("×"):
        return not before.rstrip(" ×")[-1:].isdigit()
    return "factor" in before and _FACTOR.search(before) is not None


def _is_negative(before: str) -> bool:
    """True if the text before a number ends in a minus sign rather than the hyphen of a name or range."""
    if not before.endswith(("-", "–")):
        return before.endswith(_MINUS_WORDS)
    last = before[-2:-1]
    return last in _BEFORE_MINUS or "ぁ" <= last <= "ん" or "一" <= last <= "龯"


@lru_cache(maxsize=2)
def _falling_places(text: str) -> list[int]:
    """The positions of words that say that something becomes less, smaller or faster, in order."""
    return [
        found.start()
        for found in _WORD.finditer(text)
        if (word := found[0].lower()).startswith(_FALLING_WORDS) or word in _FALLING_WHOLE_WORDS or not word.isascii()
    ]


def _scale(written: str) -> int:
    word = written.strip(" \t\n~-").removesuffix("s")
    if word in MULTIPLES or word in _LETTERS:
        return MULTIPLES.get(word) or _LETTERS[word]
    worth = 1
    for character in word:
        worth *= _JA[character]
    return worth


def _scale_of(number: Number) -> int:
    """The scale that a number in digits is written with, 1 if none."""
    return (
        _scale(number.shown.lstrip("0123456789."))
        if number.shown[-1] in "kKMBTdns" and number.shown[0].isdigit()
        else 1
    )


def _trailing_place(value: float) -> float:
    """The place value of the last non-zero digit: 1,200 may be a rounded number. Always 1 below 100."""
    if value < 100 or value != int(value):
        return 1.0
    digits = str(int(value))
    return float(10 ** (len(digits) - len(digits.rstrip("0"))))

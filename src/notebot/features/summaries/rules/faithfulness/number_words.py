"""Parses numbers written in words: English number words, and kanji before a counter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
CARDINALS = {
    **{word: place for place, word in enumerate(_SMALL)},
    **{word: 10 * place for place, word in enumerate(_TENS, 2)},
}
MULTIPLES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
"""Words that multiply the number before them."""

_ORDINALS = (
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
)  # fmt: skip
_FOLDS = {
    1: "once",
    2: "twice double doubles doubled doubling",
    3: "thrice triple triples tripled tripling",
    4: "quadruple quadruples quadrupled quadrupling",
    5: "quintuple quintuples quintupled quintupling",
}
_IMPLIED = {
    **dict(enumerate(_ORDINALS)),
    1: "first single sole monolingual unimodal",
    2: "second dual both pair pairs paired pairwise couple twin binary bilingual bimodal bidirectional biannual either",
    3: "third triplet triplets triad triads trio ternary trilingual trimodal triangular",
    4: "fourth quadruplet quadruplets quartet quaternary",
    5: "fifth quintuplet quintuplets quintet",
}
"""Number → English words that imply it: ``triplets`` may be translated as 三つ組."""
_IMPLIED_BY_WORD = {
    word: number for table in (_IMPLIED, _FOLDS) for number, words in table.items() for word in words.split()
}
_FOLD_BY_WORD = {word: number for number, words in _FOLDS.items() if number > 1 for word in words.split()}

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DATED = regex(rf"\b({'|'.join(_MONTHS)})\s+\d|\d\s+({'|'.join(_MONTHS)})\b", re.IGNORECASE)
_DOZEN = regex(r"\b(an?|one|two|three|four|half\s+an?)\s+dozen\b", re.IGNORECASE)
_DOZENS = {"a": 12, "an": 12, "one": 12, "two": 24, "three": 36, "four": 48}

_RUN_WORD = "|".join((*CARDINALS, *MULTIPLES))
_RUN = regex(
    rf"(?<![\d.])(?<!\d[\s~-])\b(?:{_RUN_WORD})(?:(?:[\s-]+and[\s-]+|[\s-]+)(?:{_RUN_WORD})){{0,8}}(?![a-z])",
    re.IGNORECASE,
)
_WORD = regex("[a-z]+")
_FOLDED = regex(rf"\b(?:([a-z]{{3,9}})fold|({'|'.join(_FOLD_BY_WORD)}))\b(?!-)", re.IGNORECASE)
_MAGNITUDE = regex(r"\b(?:(\w+)\s+)?orders?\s+of\s+magnitude", re.IGNORECASE)
_DOUBLED = regex(r"(?<![数何幾一二三四五六七八九十百千万億\d.])(?<![\d.] )倍(?:増|加|に|以上|の)")

_DIVISORS = {
    "half": 2,
    "halve": 2,
    "quarter": 4,
    **{word: place for place, word in enumerate(_ORDINALS[:11]) if place > 2},
}
_PART = "|".join(word for word in _DIVISORS if word != "halve")
# "a third" alone may be an ordinal: "a third model"
_SHARE = regex(
    rf"\b(?:(one|two|three|four|five|six|seven|eight|nine)[\s-]({_PART})(?:s|lves)?\b"
    r"|an?\s(third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?=\s(?:of|the|as|fewer|less|more|lower)\b|\s?[.,;:)]|\s?$)"
    r"|(?:a\s)?(quarter|half|halve)(?:s|d|ving)?\b|(halving))",
    re.IGNORECASE,
)

_KANJI = "〇一二三四五六七八九"
_KANJI_UNITS = {"十": 10, "百": 100, "千": 10**3}
_KANJI_SCALES = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI_NUMBER = rf"[{_KANJI}十百千万億兆]{{1,12}}"
_COUNTED = regex(
    rf"(?<![{_KANJI}十百千万億兆数何第\d])({_KANJI_NUMBER})(?=つ|種|段階|倍|個|件|層|次元|[かカヶケ]?所|[かカヶケ]国|[かカヶヵケ]月|言語|タスク|課題|問|"
    r"データセット|モデル|ベンチマーク|人|名|回|本|例|文(?!字|章|献|脈|法|書|化)|点|ポイント|時間|年間|週間|日間|分野|領域|カテゴリ|クラス|"
    r"ステップ|手法|実験|エージェント|トークン|パラメータ|%|パーセント)"
)
_TENTHS = regex(rf"(?<![{_KANJI}十百千万数何])([{_KANJI}])割(?![合当引愛り])")
_KANJI_PART = regex(rf"(?<![{_KANJI}十百千万数])([{_KANJI}十])分の([{_KANJI}十])(?![{_KANJI}十百千])")
_HALVES = regex("半数|半分|半減|折半")

_VAGUE_WORDS = {"ten": 10, "dozen": 10, **MULTIPLES}
_MANY = rf"(?:{'|'.join(_VAGUE_WORDS)})"
_VAGUE = regex(
    rf"\b(?:{_MANY}s(?:\s+of\s+{_MANY}s)?|(?:several|many|a\s+few|multiple|some)\s+{_MANY}s?(?:\s+{_MANY}s?)?)\b"
    r"|[数何][十百千]?[万億兆]|[数何][十百千]",
    re.IGNORECASE,
)


def runs(text: str) -> Iterator[tuple[re.Match[str], int, bool]]:
    """Yields each run of number words, its value, and whether it is a single number (``one hundred and five``: 105).

    Words that make no number together (``two three-layer nets``) are worth nothing as a run, and each its own.
    """
    for found in _RUN.finditer(text):
        numbers = list(_split([word for word in _WORD.findall(found[0].lower()) if word != "and"]))
        for number in numbers:
            yield found, _worth(number), len(numbers) == 1
    for found in _DOZEN.finditer(text):
        yield found, _DOZENS.get(found[1].lower(), 6), True


def counted(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yields each kanji number before a counter (``三つ``, ``十三言語``) with its value."""
    return ((found, _kanji_worth(found[1])) for found in _COUNTED.finditer(text))


def tenths(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yields each kanji number of tenths (``八割``) with its value in per cent."""
    return ((found, 10 * _KANJI.index(found[1])) for found in _TENTHS.finditer(text))


def shares(text: str) -> Iterator[tuple[re.Match[str], float]]:
    """Yields each fraction in words (``half``, ``two thirds``, ``四分の三``, ``半数``) with its value."""
    for found in _SHARE.finditer(text):
        divisor = (found[2] or found[3] or found[4] or "half").lower()
        yield found, CARDINALS.get((found[1] or "one").lower(), 1) / _DIVISORS[divisor]
    for found in _KANJI_PART.finditer(text):
        yield found, _kanji_worth(found[2]) / (_kanji_worth(found[1]) or 1)
    yield from ((found, 0.5) for found in _HALVES.finditer(text))


def folds(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yields each factor in words (``fourfold``, ``doubles``, ``倍増``) with its value."""
    for found in _FOLDED.finditer(text):
        worth = CARDINALS.get(found[1].lower()) if found[1] else _FOLD_BY_WORD[found[2].lower()]
        if worth is not None:
            yield found, worth
    yield from ((found, 2) for found in _DOUBLED.finditer(text))


def magnitudes(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yields orders of magnitude as factors: two orders are 100."""
    for found in _MAGNITUDE.finditer(text):
        written = (found[1] or "").lower()
        power = int(written) if written.isdecimal() and len(written) == 1 else CARDINALS.get(written, 1)
        yield found, 10**power


def vague_numbers(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yields each vague number with its power of ten: ``tens of thousands`` and ``数万`` are 10,000."""
    for found in _VAGUE.finditer(text):
        size = 1
        for character in found[0]:
            size *= _KANJI_UNITS.get(character) or _KANJI_SCALES.get(character) or 1
        for word in _WORD.findall(found[0].lower()):
            size *= _VAGUE_WORDS.get(word.removesuffix("s"), 1)
        yield found, size


def implied_numbers(text: str) -> set[int]:
    """Numbers that other English words imply: 2 for ``both``, 3 for ``triplets`` or ``third``, 5 for ``May 12``."""
    values = {_IMPLIED_BY_WORD[word] for word in _IMPLIED_BY_WORD.keys() & set(_WORD.findall(text.lower()))}
    return values | {_MONTHS.index((before or after).lower()) + 1 for before, after in _DATED.findall(text)}


def _split(words: list[str]) -> Iterator[list[str]]:
    """Splits a run of number words into numbers: ``two | three``, ``forty two | five hundred``."""
    number: list[str] = []
    for word in words:
        worth, last = CARDINALS.get(word), CARDINALS.get(number[-1]) if number else None
        if worth is not None and last is not None and not (last >= 20 and 0 < worth < 10):
            yield number
            number = []
        number.append(word)
    if number:
        yield number


def _kanji_worth(written: str) -> int:
    """The value of a kanji number: ``五十五`` and ``五五`` are 55, ``四千`` is 4,000, ``三万五千`` is 35,000."""
    total = current = digits = 0
    for character in written:
        if character in _KANJI:
            digits = 10 * digits + _KANJI.index(character)
        elif character in _KANJI_UNITS:
            current, digits = current + (digits or 1) * _KANJI_UNITS[character], 0
        else:
            total, current, digits = total + ((current + digits) or 1) * _KANJI_SCALES[character], 0, 0
    return total + current + digits


def _worth(words: list[str]) -> int:
    total = current = 0
    for word in words:
        if word in CARDINALS:
            current += CARDINALS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        else:
            total, current = total + max(current, 1) * MULTIPLES[word], 0
    return total + current

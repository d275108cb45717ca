"""Numbers that are written as words: English ones, and the kanji before a counter."""

from __future__ import annotations

import re
from fractions import Fraction
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
"""Words that multiply what stands before them."""

_ORDINALS = (
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
)  # fmt: skip
_OTHERS = {
    **{word: Fraction(place) for place, word in enumerate(_ORDINALS)},
    **dict.fromkeys(("twice", "double", "doubles", "doubled", "doubling", "dual", "both", "pair"), Fraction(2)),
    **dict.fromkeys(("pairs", "pairwise", "binary", "bilingual"), Fraction(2)),
    **dict.fromkeys(("thrice", "triple", "triples", "tripled", "tripling"), Fraction(3)),
    **dict.fromkeys(("single", "once", "sole"), Fraction(1)),
    **dict.fromkeys(("half", "halves", "halved", "halving"), Fraction(1, 2)),
    **dict.fromkeys(("dozen", "dozens"), Fraction(12)),
    **dict.fromkeys(("quadruple", "quadruples", "quadrupled", "quadrupling"), Fraction(4)),
    "quarter": Fraction(1, 4),
    "thirds": Fraction(1, 3),
    "quarters": Fraction(1, 4),
}
_PLURALS = {word + "s": worth for word, worth in MULTIPLES.items()}
"""``hundreds of``, ``millions of``."""
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DATED = regex(rf"\b({'|'.join(_MONTHS)})\s+\d|\d\s+({'|'.join(_MONTHS)})\b", re.IGNORECASE)
_PARTS = regex(r"\b(one|two|three|a)[\s-](half|third|quarter|fourth|fifth)s?\b", re.IGNORECASE)
_DIVISORS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5}

_RUN_WORD = "|".join((*CARDINALS, *MULTIPLES))
_RUN = regex(
    rf"(?<![\d.])(?<!\d[\s~-])\b(?:{_RUN_WORD})(?:(?:[\s-]+and[\s-]+|[\s-]+)(?:{_RUN_WORD})){{0,8}}(?![a-z])",
    re.IGNORECASE,
)
_WORD = regex("[a-z]+")

_FOLD = {word: value for word, value in _OTHERS.items() if value in (2, 3, 4) and word[:2] in ("do", "tr", "qu")}
_FOLDED = regex(rf"\b(?:(\w+)-?fold|({'|'.join(_FOLD)}))\b(?!-)", re.IGNORECASE)
_SHARE = regex(r"\b(half|(?:(?:a|one|three)[\s-])quarters?|(?:a|one|two)[\s-]thirds?)\s+of\b", re.IGNORECASE)
_MAGNITUDE = regex(r"\b(?:(\w+)\s+)?orders?\s+of\s+magnitude", re.IGNORECASE)

_KANJI = "〇一二三四五六七八九"
_KANJI_UNITS = {"十": 10, "百": 100, "千": 10**3}
_KANJI_SCALES = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI_NUMBER = rf"[{_KANJI}十百千万億兆]{{1,12}}"
_COUNTED = regex(
    rf"(?<![{_KANJI}十百千万億兆数何第\d])({_KANJI_NUMBER})(?=つ|種|段階|倍|個|件|層|次元|[かカヶケ]?所|[かカヶケ]国|言語|タスク|課題|問|"
    r"データセット|モデル|ベンチマーク|人|名|回|本|例|文(?!字|章|献|脈|法|書|化)|点|ポイント|ヶ月|カ月|時間|分野|領域|カテゴリ|クラス|"
    r"ステップ|手法|実験|エージェント|トークン|パラメータ|%|パーセント)"
)
_TENTHS = regex(rf"(?<![{_KANJI}十百千万数何])([{_KANJI}])割(?![合当引愛り])")
_KANJI_PART = regex(rf"(?<![{_KANJI}十百千万数])([{_KANJI}十])分の([{_KANJI}十])(?![{_KANJI}十百千])")


def runs(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each run of number words with its value: ``one hundred and five`` is 105.

    Words that make no number together (``two three-layer nets``) are worth nothing as a run, and each its own.
    """
    for found in _RUN.finditer(text):
        words = [word for word in _WORD.findall(found[0].lower()) if word != "and"]
        for number in _split(words):
            yield found, _worth(number)


def counted(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each number in kanji that counts something (``三つ``, ``十三言語``, ``八割``) with its value."""
    yield from ((found, _kanji_worth(found[1])) for found in _COUNTED.finditer(text))
    yield from ((found, 10 * _KANJI.index(found[1])) for found in _TENTHS.finditer(text))


def shares(text: str) -> Iterator[tuple[re.Match[str], Fraction]]:
    """Each part of a whole in words: ``half of``, ``四分の三``, ``半数``."""
    for found in _SHARE.finditer(text):
        words = _WORD.findall(found[1].lower())
        yield found, Fraction(CARDINALS.get(words[0], 1), _DIVISORS[words[-1].removesuffix("s")])
    for found in _KANJI_PART.finditer(text):
        yield found, Fraction(_kanji_worth(found[2]), _kanji_worth(found[1]) or 1)
    yield from ((found, Fraction(1, 2)) for found in re.finditer("半数|半分|半減", text))


def folds(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """How many times as much, in words: ``fourfold``, ``doubles``."""
    for found in _FOLDED.finditer(text):
        worth = CARDINALS.get(found[1].lower()) if found[1] else int(_FOLD[found[2].lower()])
        if worth is not None:
            yield found, worth


def worded_values(text: str) -> set[Fraction]:
    """Every number that an English text has in words, taken alone and together; months where a day or year is near."""
    values = {Fraction(worth) for _, worth in runs(text)}
    values.update(Fraction(worth) for _, worth in counted(text))
    for word in _WORD.findall(text.lower()):
        bare = word.removesuffix("fold")
        known = CARDINALS.get(bare) if bare != word else _OTHERS.get(word) or _PLURALS.get(word)
        values.update([Fraction(known)] if known is not None else [])
    for found in _MAGNITUDE.finditer(text):
        told = (found[1] or "").lower()
        values.add(Fraction(10 ** (int(told) if told.isdigit() and len(told) == 1 else CARDINALS.get(told, 1))))
    values.update(share for _, share in shares(text))
    for number, part in _PARTS.findall(text):
        values.add(Fraction(CARDINALS.get(number.lower(), 1), _DIVISORS[part.lower()]))
    for before, behind in _DATED.findall(text):
        values.add(Fraction(_MONTHS.index((before or behind).lower()) + 1))
    return values


def _split(words: list[str]) -> Iterator[list[str]]:
    """Number words, cut where one number ends and the next begins: ``two | three``, ``forty two | five hundred``."""
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
    """``五十五`` and ``五五`` are 55, ``四千`` is 4,000, ``三万五千`` is 35,000."""
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

"""Numbers that are written as words: English ones, and the kanji before a counter."""

import re
from collections.abc import Iterator
from fractions import Fraction

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
    "quarter": Fraction(1, 4),
    "thirds": Fraction(1, 3),
    "quarters": Fraction(1, 4),
}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DATED = re.compile(rf"\b({'|'.join(_MONTHS)})\s+\d|\d\s+({'|'.join(_MONTHS)})\b", re.IGNORECASE)
_PARTS = re.compile(r"\b(one|two|three|a)[\s-](half|third|quarter|fourth|fifth)s?\b", re.IGNORECASE)
_DIVISORS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5}

_RUN_WORD = "|".join((*CARDINALS, *MULTIPLES))
_RUN = re.compile(rf"\b(?:{_RUN_WORD})(?:(?:[\s-]+and[\s-]+|[\s-]+)(?:{_RUN_WORD})){{0,8}}(?![a-z])", re.IGNORECASE)
_WORD = re.compile("[a-z]+")

_KANJI = "〇一二三四五六七八九十"
_COUNTED = re.compile(rf"(?<![{_KANJI}百千万])([二三四五六七八九十])(?=つ|種|段階|倍|個|件|層|次元|か所|ヶ所|カ所)")


def runs(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each run of number words with its value: ``one hundred and five`` is 105."""
    return ((found, _worth(_WORD.findall(found[0].lower()))) for found in _RUN.finditer(text))


def counted(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each kanji that counts something (``三つ``, ``五段階``) with its value."""
    return ((found, _KANJI.index(found[1])) for found in _COUNTED.finditer(text))


def worded_values(text: str) -> set[Fraction]:
    """Every number that an English text has in words, taken alone and together; months where a day or year is near."""
    values = {Fraction(worth) for _, worth in runs(text)}
    values.update(Fraction(worth) for _, worth in counted(text))
    for word in _WORD.findall(text.lower()):
        bare = word.removesuffix("fold")
        known = CARDINALS.get(bare) or MULTIPLES.get(word.removesuffix("s")) or _OTHERS.get(word)
        values.update([Fraction(known)] if known is not None else [])
    for number, part in _PARTS.findall(text):
        values.add(Fraction(CARDINALS.get(number.lower(), 1), _DIVISORS[part.lower()]))
    for before, behind in _DATED.findall(text):
        values.add(Fraction(_MONTHS.index((before or behind).lower()) + 1))
    return values


def _worth(words: list[str]) -> int:
    total = current = 0
    for word in words:
        if word in CARDINALS:
            current += CARDINALS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word != "and":
            total, current = total + max(current, 1) * MULTIPLES[word], 0
    return total + current

"""Finds numbers and names of a text that its source does not contain.

It flags, and never cuts: a reader decides. What it cannot see: a negation, a number given to the wrong
thing, a caveat that was dropped; therefore the abstract is shown beside every summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.features.summaries.rules.extract import EXTRACTIVE
from notebot.features.summaries.rules.faithfulness.known_numbers import KnownNumbers
from notebot.features.summaries.rules.faithfulness.names import known_words, names, parts
from notebot.features.summaries.rules.faithfulness.normalise_numbers import joined, plain
from notebot.features.summaries.rules.faithfulness.numbers import (
    Kind,
    Number,
    is_falling,
    number_words,
    numbers,
    ratios,
)
from notebot.features.summaries.rules.faithfulness.units import is_unit

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub

_MARKER = regex(r"\(\d\)$")
_CLAIMED_ONE = regex(r"[A-Za-z.\s]|$|[倍割%点桁位年月日時秒分億万千百件]|ポイント|パーセント|か月|ヶ月|カ月")
"""What follows a 1 that is a claim; in ``1つ``, ``1枚のGPU`` or ``1トークンごと`` it only says *a*."""


def find_doubts(text: str, source: str) -> tuple[str, ...]:
    """The numbers and names in ``text`` that a reader should check, as written, in order, without duplicates.

    Args:
        text: what a model wrote, in Japanese or English.
        source: title and abstract.
    """
    text, source = joined(plain(text)), joined(plain(source))
    source_words, source_numbers = known_words(source), KnownNumbers(source)

    def is_in_source(part: str) -> bool:
        read = numbers(part)
        if read and read[0].end == len(part):
            return source_numbers.supports(read[0])
        return part.islower() or source_words.has(part)

    def is_supported(number: Number) -> bool:
        if source_numbers.supports(number):
            return True
        # "2.1 lower" may restate -2.1
        return number.sign == 0 and is_falling(text, number) and source_numbers.supports(replace(number, sign=-1))

    doubts: list[tuple[int, int, str]] = []
    found_names = list(names(text))
    for found in found_names:
        split = parts(found[0])
        is_known = source_words.has(found[0]) or is_unit(found[0]) or (split and all(map(is_in_source, split)))
        if not is_known:
            doubts.append((found.start(), found.end(), found[0]))
    # number words above one, and fractions; `one` is more often a pronoun
    for number in number_words(text):
        if (number.value > 1 or number.kind is Kind.SHARE) and not is_supported(number):
            doubts.append((number.start, number.end, number.shown))
    # numbers outside names and ratios; both lists are in order, so each span is visited once
    taken = [found.span() for found in found_names]
    taken += [(ratio.start, ratio.end) for ratio in ratios(text) if source_numbers.supports(ratio)]
    taken.sort()
    place, last = 0, 0
    for number in numbers(text):
        while place < len(taken) and taken[place][0] <= number.start:
            last = max(last, taken[place][1])
            place += 1
        if number.start >= last and not is_supported(number) and not _is_marker(text, number):
            doubts.append((number.start, number.end, number.shown.strip()))
    return tuple(dict.fromkeys(shown for _, _, shown in sorted(doubts)))


def stub_doubts(stub: Stub) -> tuple[str, ...]:
    """Unsupported claims in a stub's summary and translation; an extract has none, because it quotes the abstract."""
    written = [one.text for one in (stub.summary, stub.translation) if one is not None and one.by != EXTRACTIVE]
    source = f"{stub.title}\n{stub.abstract}"
    return tuple(dict.fromkeys(doubt for text in written for doubt in find_doubts(text, source)))


def _is_marker(text: str, number: Number) -> bool:
    """True if a number only labels an item, ``(1)``, or means *a*, as in ``1枚``."""
    if number.shown == "1" and number.sign == 0 and not _CLAIMED_ONE.match(text, number.end):
        return True
    return bool(_MARKER.search(text[max(number.start - 1, 0) : number.end + 1]))

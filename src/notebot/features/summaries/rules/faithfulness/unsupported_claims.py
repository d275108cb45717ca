"""Numbers and names of a text that its source lacks.

It flags, and never cuts: a reader decides. What it cannot see: a negation, a number given to the wrong
thing, a caveat that was dropped; therefore the abstract stands beside every summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.summaries.rules.extract import EXTRACTIVE
from notebot.features.summaries.rules.faithfulness.names import KnownWords, known_words, names, parts
from notebot.features.summaries.rules.faithfulness.normalise_numbers import joined, plain
from notebot.features.summaries.rules.faithfulness.number_words import counted, folds, runs, shares
from notebot.features.summaries.rules.faithfulness.numbers import (
    Number,
    fractions,
    has_number,
    has_share,
    is_marker,
    numbers,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.model.stub import Stub

_Spot = tuple[int, int, str]
"""Start, end and text of something to look up."""


def find_doubts(text: str, source: str) -> tuple[str, ...]:
    """What of ``text`` a reader should look up, as it is written there, in order, each once.

    Args:
        text: what a model wrote, in Japanese or English.
        source: title and abstract.
    """
    return _Check(joined(plain(text)), joined(plain(source))).doubts()


def stub_doubts(stub: Stub) -> tuple[str, ...]:
    """What of a stub's summary and translation its title and abstract lack; an extract is the abstract itself."""
    written = [one.text for one in (stub.summary, stub.translation) if one is not None and one.by != EXTRACTIVE]
    source = f"{stub.title}\n{stub.abstract}"
    return tuple(dict.fromkeys(doubt for text in written for doubt in find_doubts(text, source)))


class _Check:
    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._words: KnownWords = known_words(source)
        self._values = values(source)

    def doubts(self) -> tuple[str, ...]:
        spots = sorted((*self._names(), *self._fractions(), *self._worded(), *self._numbers()))
        return tuple(dict.fromkeys(shown for _, _, shown in spots))

    def _names(self) -> Iterator[_Spot]:
        for found in names(self._text):
            whole = self._words.has(found[0])
            split = parts(found[0])
            if not whole and not (split and all(self._has_part(part) for part in split)):
                yield found.start(), found.end(), found[0]

    def _has_part(self, part: str) -> bool:
        read = numbers(part)
        if read and read[0].end == len(part):
            return has_number(self._values, read[0])
        return part.islower() or self._words.has(part)

    def _fractions(self) -> Iterator[_Spot]:
        for found, value in (*fractions(self._text), *shares(self._text)):
            if not has_share(self._values, value):
                yield found.start(), found.end(), found[0]

    def _worded(self) -> Iterator[_Spot]:
        """Words that count more than one; ``one`` is more often a pronoun."""
        for found, value in (*runs(self._text), *counted(self._text), *folds(self._text)):
            if value > 1 and value not in self._values:
                yield found.start(), found.end(), found[0]

    def _numbers(self) -> Iterator[_Spot]:
        taken = [found.span() for found in names(self._text)]
        taken += [found.span() for found, _ in fractions(self._text)]
        taken.sort()
        place, last = 0, 0
        for number in numbers(self._text):
            # both are in order, so no span is looked at twice
            while place < len(taken) and taken[place][0] <= number.start:
                last = max(last, taken[place][1])
                place += 1
            if number.start >= last and self._is_doubtful(number):
                yield number.start, number.end, number.shown.strip()

    def _is_doubtful(self, number: Number) -> bool:
        return not is_marker(self._text, number) and not has_number(self._values, number)

"""Numbers and names of a text that its source lacks.

It flags, and never cuts: a reader decides. What it cannot see: a negation, a number given to the wrong
thing, a caveat that was dropped; therefore the abstract stands beside every summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.summaries.rules.extract import EXTRACTIVE
from notebot.features.summaries.rules.faithfulness.names import known_words, names, parts
from notebot.features.summaries.rules.faithfulness.normalise_numbers import joined, plain
from notebot.features.summaries.rules.faithfulness.number_words import counted, folds, runs, shares
from notebot.features.summaries.rules.faithfulness.numbers import (
    fractions,
    has_number,
    has_share,
    is_marker,
    numbers,
    values,
)

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub


def find_doubts(text: str, source: str) -> tuple[str, ...]:
    """What of ``text`` a reader should look up, as it is written there, in order, each once.

    Args:
        text: what a model wrote, in Japanese or English.
        source: title and abstract.
    """
    text, source = joined(plain(text)), joined(plain(source))
    source_words, source_values = known_words(source), values(source)

    def is_in_source(part: str) -> bool:
        read = numbers(part)
        if read and read[0].end == len(part):
            return has_number(source_values, read[0])
        return part.islower() or source_words.has(part)

    doubts: list[tuple[int, int, str]] = []
    for found in names(text):
        split = parts(found[0])
        if not source_words.has(found[0]) and not (split and all(map(is_in_source, split))):
            doubts.append((found.start(), found.end(), found[0]))
    for found, share in (*fractions(text), *shares(text)):
        if not has_share(source_values, share):
            doubts.append((found.start(), found.end(), found[0]))
    # words that count more than one; `one` is more often a pronoun
    for found, count in (*runs(text), *counted(text), *folds(text)):
        if count > 1 and count not in source_values:
            doubts.append((found.start(), found.end(), found[0]))
    # numbers outside names and fractions; both lists are in order, so no span is looked at twice
    taken = sorted(found.span() for found in (*names(text), *(found for found, _ in fractions(text))))
    place, last = 0, 0
    for number in numbers(text):
        while place < len(taken) and taken[place][0] <= number.start:
            last = max(last, taken[place][1])
            place += 1
        if number.start >= last and not is_marker(text, number) and not has_number(source_values, number):
            doubts.append((number.start, number.end, number.shown.strip()))
    return tuple(dict.fromkeys(shown for _, _, shown in sorted(doubts)))


def stub_doubts(stub: Stub) -> tuple[str, ...]:
    """What of a stub's summary and translation its title and abstract lack; an extract is the abstract itself."""
    written = [one.text for one in (stub.summary, stub.translation) if one is not None and one.by != EXTRACTIVE]
    source = f"{stub.title}\n{stub.abstract}"
    return tuple(dict.fromkeys(doubt for text in written for doubt in find_doubts(text, source)))

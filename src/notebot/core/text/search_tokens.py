"""The archive's text made ready for a full-text index, Japanese as pairs of characters.

    数学的推論  ->  数学 学的 的推 推論 論

A Japanese word is then a phrase of pairs, and a single character the beginning of one.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from notebot.core.text.words import is_ideographic, split_runs

if TYPE_CHECKING:
    from collections.abc import Iterator


def tokenise_for_index(text: str) -> str:
    """The tokens of a text with blanks between them, in order."""
    return " ".join(chain.from_iterable(_tokens(run) for run in split_runs(text)))


def build_fts_query(words: str) -> str:
    """An FTS5 query for notes that hold all the words; a trailing ``*`` stands for any ending.

    Nothing of the index's own query language can be in it. Empty where there is nothing to search for.
    """
    return " AND ".join(chain.from_iterable(_phrases(word) for word in words.split()))


def contains_all_words(words: str, text: str) -> bool:
    """Whether a text that is not in the index holds all the words, as the index would find them."""
    tokens = f" {tokenise_for_index(text)} "
    return all(f" {wanted}" in tokens for wanted in chain.from_iterable(_wanted(word) for word in words.split()))


def _tokens(run: str) -> Iterator[str]:
    if not is_ideographic(run):
        yield run
        return
    for place in range(len(run)):
        yield run[place : place + 2]


def _phrases(word: str) -> Iterator[str]:
    """One phrase for each run of a word: the runs of ``GPT-4`` may stand apart."""
    for wanted in _wanted(word):
        tokens = wanted.removesuffix(" ")
        yield f'"{tokens}"' if wanted.endswith(" ") else f'"{tokens}" *'


def _wanted(word: str) -> Iterator[str]:
    """The tokens of each run, a blank behind them where the last one is whole."""
    runs = split_runs(word)
    for run in runs:
        open_end = word.endswith("*") and run == runs[-1]
        if is_ideographic(run):
            pairs = [run[place : place + 2] for place in range(max(len(run) - 1, 1))]
            yield " ".join(pairs) + ("" if len(run) == 1 or open_end else " ")
        else:
            yield run if open_end else f"{run} "

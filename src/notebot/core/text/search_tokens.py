"""Tokenises text for the full-text index. Japanese becomes overlapping pairs of characters.

    数学的推論  ->  数学 学的 的推 推論 論

A search for a Japanese word is then a phrase of pairs, and for a single character a prefix.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from notebot.core.text.words import is_ideographic, split_runs

if TYPE_CHECKING:
    from collections.abc import Iterator


def tokenise_for_index(text: str) -> str:
    """The tokens of a text in order, separated by spaces."""
    return " ".join(chain.from_iterable(_tokens(run) for run in split_runs(text)))


def build_fts_query(words: str) -> str:
    """An FTS5 query for notes that contain all the words; a trailing ``*`` matches any ending.

    Every token is quoted, so ``words`` cannot contain FTS5 operators. Empty if there is no token.
    """
    return " AND ".join(chain.from_iterable(_phrases(word) for word in words.split()))


def contains_all_words(words: str, text: str) -> bool:
    """True if a text that is not in the index contains all the words, by the rules of the index."""
    tokens = f" {tokenise_for_index(text)} "
    return all(f" {wanted}" in tokens for wanted in chain.from_iterable(_wanted(word) for word in words.split()))


def _tokens(run: str) -> Iterator[str]:
    if not is_ideographic(run):
        yield run
        return
    for index in range(len(run)):
        yield run[index : index + 2]


def _phrases(word: str) -> Iterator[str]:
    for wanted in _wanted(word):  # one phrase per run: `GPT-4` also finds notes in which the two are apart
        tokens = wanted.removesuffix(" ")
        yield f'"{tokens}"' if wanted.endswith(" ") else f'"{tokens}" *'


def _wanted(word: str) -> Iterator[str]:
    """The tokens of each run, with a trailing space if the last token must match completely."""
    runs = split_runs(word)
    for run in runs:
        is_prefix = word.endswith("*") and run == runs[-1]
        if is_ideographic(run):
            pairs = [run[index : index + 2] for index in range(max(len(run) - 1, 1))]
            yield " ".join(pairs) + ("" if len(run) == 1 or is_prefix else " ")
        else:
            yield run if is_prefix else f"{run} "

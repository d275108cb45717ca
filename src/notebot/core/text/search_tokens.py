"""Tokenises text for the full-text index. Japanese becomes overlapping pairs of characters.

    数学的推論  ->  数学 学的 的推 推論 論

A search for a Japanese word is then a phrase of pairs, and for a single character a prefix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.words import is_ideographic, split_runs

if TYPE_CHECKING:
    from collections.abc import Iterator


def tokenise_for_index(text: str) -> str:
    """The tokens of a text in order, separated by spaces."""
    tokens: list[str] = []
    for run in split_runs(text):
        if is_ideographic(run):
            # The last character alone is a token too, so a search for it finds words that end with it.
            tokens += (run[index : index + 2] for index in range(len(run)))
        else:
            tokens.append(run)
    return " ".join(tokens)


def build_fts_query(words: str) -> str:
    """An FTS5 query for notes that contain all the words; a trailing ``*`` matches any ending.

    Every token is quoted, so ``words`` cannot contain FTS5 operators. Empty if there is no token.
    """
    # One phrase per run: `GPT-4` also finds notes in which `GPT` and `4` are apart.
    return " AND ".join(
        f'"{phrase.removesuffix(" ")}"' if phrase.endswith(" ") else f'"{phrase}" *' for phrase in _phrases(words)
    )


def contains_all_words(words: str, text: str) -> bool:
    """True if a text that is not in the index contains all the words, by the rules of the index."""
    tokens = f" {tokenise_for_index(text)} "
    return all(f" {phrase}" in tokens for phrase in _phrases(words))


def _phrases(words: str) -> Iterator[str]:
    """The tokens of each run, with a trailing space if the last token must match completely."""
    for word in words.split():
        runs = split_runs(word)
        for run in runs:
            is_prefix = word.endswith("*") and run == runs[-1]
            if is_ideographic(run):
                pairs = [run[index : index + 2] for index in range(max(len(run) - 1, 1))]
                yield " ".join(pairs) + ("" if len(run) == 1 or is_prefix else " ")
            else:
                yield run if is_prefix else f"{run} "

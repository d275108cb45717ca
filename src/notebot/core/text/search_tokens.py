"""Tokenises text for the full-text index. Japanese becomes overlapping pairs of characters.

    数学的推論  ->  数学 学的 的推 推論 論
    GPT4o      ->  gpt 4o

A search for a Japanese word is then a phrase of pairs, and for a single character a prefix. After a change of the
tokens the index has to be built again: see ``TOKENS_CHANGED_IN`` of the database's schema.
"""

from __future__ import annotations

from notebot.core.text.patterns import regex
from notebot.core.text.words import is_ideographic, split_runs

_TOKEN = regex(r"\d+[^\W\d_]*|[^\W\d_]+")
_GLUED_NUMBER = regex("[0-9](?<=[A-Za-z][0-9])")  # digits first: letters are many
"""A number begins a new token, so that `GPT4o` and `GPT-4o` have the same ones."""

_LONG_VOWEL = regex("(?<=[ァ-ヺー]{2}[ァ-ヺ])ー++(?![ァ-ヺー])")
"""The mark that may end a katakana word of four or more characters: サーバー is サーバ, but コピー is not コピ.

Lucene's JapaneseKatakanaStemFilter has the same rule and length.
"""

_LONGEST_NAME = 8
"""Characters of a Japanese run that is also searched with a space in it, as names of people are written."""


def tokenise_for_index(text: str) -> str:
    """The tokens of a text in order, separated by spaces."""
    tokens: list[str] = []
    # Line by line, because a line in ASCII takes a tenth of the time; formulas may span lines.
    for line in [text] if "\\" in text else text.split("\n"):
        if line.isascii() and "\\" not in line and not _GLUED_NUMBER.search(line):
            tokens += split_runs(line)
        else:
            tokens += map(_tokens, _runs(line))
    return " ".join(tokens)


def build_fts_query(words: str) -> str:
    """An FTS5 query for notes that contain all the words; a trailing ``*`` matches any ending.

    Every token is quoted, so ``words`` cannot contain FTS5 operators. Empty if there is no token.
    """
    # One condition per run: `GPT-4` also finds notes in which `GPT` and `4` are apart.
    return " AND ".join(
        "(" + " OR ".join(f'"{phrase[:-1]}"' if phrase.endswith(" ") else f'"{phrase}" *' for phrase in phrases) + ")"
        for phrases in search_phrases(words)
    )


def search_phrases(words: str) -> list[list[str]]:
    """For each run of the words, the phrases of which a text must contain one.

    A phrase has a trailing space if its last token must match completely.
    """
    groups: list[list[str]] = []
    for word in words.split():
        runs = _runs(word)
        for run in runs:
            is_prefix = word.endswith("*") and run == runs[-1]
            if not is_ideographic(run):
                groups.append([_tokens(run) + ("" if is_prefix else " ")])
                continue
            phrases = [_open_end(run) + ("" if len(run) == 1 or is_prefix else " ")]
            if 3 <= len(run) <= _LONGEST_NAME:
                # 渡辺太郎 also finds 渡辺 太郎, whose tokens are 渡辺 辺 太郎 郎.
                phrases += (f"{_tokens(run[:at])} {_open_end(run[at:])} " for at in range(1, len(run)))
            groups.append(phrases)
    return groups


def contains_all_words(words: str, text: str) -> bool:
    """True if a text that is not in the index contains all the words, by the rules of the index."""
    tokens = f" {tokenise_for_index(text)} "
    return all(any(f" {phrase}" in tokens for phrase in phrases) for phrases in search_phrases(words))


def _runs(text: str) -> list[str]:
    runs = split_runs(text)
    return [_LONG_VOWEL.sub("", run) if "ー" in run else run for run in runs] if "ー" in text else runs


def _tokens(run: str) -> str:
    if run.isascii():  # most runs; an import meets a hundred per note
        return run if run.isalpha() else " ".join(_TOKEN.findall(run))
    if not is_ideographic(run):
        return " ".join(_TOKEN.findall(run))
    # The last character alone is a token too, so a search for it finds words that end with it. This is the inner loop
    # of an import: two slices of a list take half the time of pairs one by one.
    spaced = [" "] * (3 * len(run))
    spaced[::3] = run
    spaced[1::3] = f"{run[1:]} "
    return "".join(spaced).rstrip()


def _open_end(run: str) -> str:
    """The tokens of a Japanese run that may go on: those of ``_tokens`` without the last character alone."""
    return _tokens(run)[:-2] or run

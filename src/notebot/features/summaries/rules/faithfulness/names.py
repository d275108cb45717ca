"""Finds names in a text (words in Latin letters with a capital or a digit) and looks them up in a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words
from notebot.features.summaries.rules.faithfulness.normalise_numbers import is_japanese

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_PIECES = 10
"""Longest name in parts; ``Qwen2.5-VL-72B-Instruct`` has seven."""
_PIECE = regex(r"\d+|[^\W\d]+")
_LATIN = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_TOKEN = regex(rf"[{_LATIN}]+(?:[-.'_/@+][{_LATIN}]+)*")
_MEASURED = regex(r"\d[\d.]*(?:[kKMBT]|[a-z]+|[eE]\d+)?")
_SENTENCE_START = regex(r"(?:^|[.!?:;(\"“]\s*)$")
_PLAIN_WORD = regex(r"[A-Z][a-z]*(?:-[a-z]+)*")
_EXPANDED = regex(r"[A-Z]{3,}s?")
_SMALL_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "via", "with")
)
_GENERIC = frozenset((
    "2d", "3d", "ai", "api", "asr", "cnn", "cot", "cpu", "cv", "dl", "dnn", "f1", "flop", "flops", "gan", "gpu", "id",
    "io", "it", "llm", "lstm", "ml", "mllm", "moe", "mt", "nlp", "nn", "ok", "ood", "pc", "qa", "rag", "rl", "rlhf",
    "rnn", "sft", "sota", "sql", "transformer", "tts", "ui", "url", "vlm", "vqa", "vs", "web",
))  # fmt: skip
"""Usual abbreviations that a summary may use although the paper spells the term out."""


class KnownWords(Struct, frozen=True):
    """The words of a source, to look names up ignoring case, hyphens and plurals."""

    runs: frozenset[str]
    """Adjacent words joined: ``gpt4o`` for ``GPT-4o``."""
    initials: tuple[str, str]
    """The initials of all words as one string, with and without words such as *of*."""

    def has(self, name: str) -> bool:
        """True if the source contains the name or the words that it abbreviates."""
        bare = "".join(split_words(name))
        forms = {bare, bare + "s", bare.removesuffix("s"), bare.removesuffix("es")}
        if not (self.runs.isdisjoint(forms) and _GENERIC.isdisjoint(forms)):
            return True
        return bool(_EXPANDED.fullmatch(name)) and any(name.rstrip("s").lower() in row for row in self.initials)


def known_words(source: str) -> KnownWords:
    """The words of a source; TeX's ``\\ell`` counts as the letter l."""
    words = split_words(source.replace(r"\ell", " l"))
    pieces = [piece for word in words for piece in _PIECE.findall(word)]
    runs = {
        "".join(pieces[start : start + count])
        for start in range(len(pieces))
        for count in range(1, min(_MOST_PIECES, len(pieces) - start) + 1)
    }
    small = "".join(word[0] for word in words if word not in _SMALL_WORDS)
    return KnownWords(frozenset(runs), ("".join(word[0] for word in words), small))


def names(text: str) -> Iterator[re.Match[str]]:
    """Yields each name in a normalised text; an English word at the start of a sentence needs more than its capital."""
    starts = not is_japanese(text)
    for found in _TOKEN.finditer(text):
        if _is_name(found[0]):
            at_start = starts and _SENTENCE_START.search(text[max(found.start() - 4, 0) : found.start()])
            if not (at_start and _PLAIN_WORD.fullmatch(found[0])):
                yield found


def parts(name: str) -> list[str]:
    """The parts of a compound name that may be looked up separately; empty if only the whole name counts.

    A bare number is part of the whole: ``GPT-5`` is not known from ``GPT-4`` and ``5 tasks``.
    """
    found = re.split(r"[-/_@+]", name)
    return [] if len(found) == 1 or any(part.isdigit() for part in found) else found


def _is_name(token: str) -> bool:
    if len(token) < 2 or token == "We" or (token.islower() and token.isalpha()):
        return False
    pieces = re.split(r"[-/_@+]", token)
    if all(_MEASURED.fullmatch(piece) or (piece.islower() and piece.isalpha()) for piece in pieces):
        return False
    return any(character.isupper() or character.isdigit() for character in token)

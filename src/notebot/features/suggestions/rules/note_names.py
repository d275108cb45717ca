"""The names of datasets, models and systems that a note of the archive introduces."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.core.model.note import Note

_MOST_MENTIONS = 0.005
"""Share of the notes that may mention a name. What more of them mention is common property: GPU, HMMT, RLHF."""
# in a small archive the share alone would allow no mention at all
_MENTIONS_IN_ANY_ARCHIVE = 5

_WORD = regex(r"[A-Za-z0-9]+(?:[-.+][A-Za-z0-9]+)*")
_CAPITALS_OR_DIGITS = regex(r"[A-Z]{2}|[a-z][A-Z]|[A-Za-z][0-9]")
_COINED = regex(r"[a-z][A-Z]|[A-Za-z][0-9]")
"""``DiLoCo``, ``GSM8K``; ``GPU`` and ``LLM`` are written as any abbreviation is."""
_PLURAL = regex(r".*[A-Z]s")
# longer names are titles, which no other paper repeats word by word
_MOST_WORDS = 3
_LENGTHS = range(3, 41)
_TAG_PARTS = regex(r"[()（）/ ]+")
"""A tag may contain several names: ``MoE(Mixture-of-Experts)``."""


class IntroducedName(Struct, frozen=True):
    """A name, and the note that introduces it."""

    place: int
    """The place of the newest note if several are about the same paper."""
    mentions: int
    """The number of notes with this name in title or abstract, the introducing note included."""


class NameFinder:
    """Finds names in a text as whole words with the same capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._by_first_word: dict[str, list[str]] = {}
        for name in self._names:
            words = _WORD.findall(name)
            if len(words) > 1:
                self._by_first_word.setdefault(words[0], []).append(name)

    def find(self, text: str) -> set[str]:
        """The names that the text contains."""
        words = frozenset(_WORD.findall(text))
        phrases = [name for word in words & self._by_first_word.keys() for name in self._by_first_word[word]]
        whole = (name for name in phrases if re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text))
        return {*(words & self._names), *whole}


def learn_names(notes: Sequence[Note], texts: Sequence[tuple[str, str]]) -> dict[str, IntroducedName]:
    """The names that exactly one paper of the archive introduces and few other notes mention.

    A note introduces the name before the colon of its title, or a coined word at its beginning. What an abstract
    claims to introduce does not count: of 107 such names 35 were the word URL (issue 14).

    Args:
        texts: title and abstract of each note.
    """
    places: dict[str, list[int]] = {}
    for place, (title, _) in enumerate(texts):
        for name in _names_in_title(title):
            places.setdefault(name, []).append(place)
    finder = NameFinder(places)
    mentions = Counter(name for title, abstract in texts for name in finder.find(f"{title}\n{abstract}"))
    most = max(_MOST_MENTIONS * len(notes), _MENTIONS_IN_ANY_ARCHIVE)
    tag_parts = {part for note in notes for tag in note.tags for part in _TAG_PARTS.split(tag)}
    return {
        name: IntroducedName(introducing[-1], mentions[name])
        for name, introducing in places.items()
        # two notes may be about the same paper; a name that two papers claim is a common word
        if len({notes[place].arxiv_id or place for place in introducing}) == 1
        and mentions[name] <= most
        and name not in tag_parts
    }


def _names_in_title(title: str) -> set[str]:
    names = set()
    # an abbreviation at the beginning is usually a common one: GPU, LLM, CUDA
    first_word = _WORD.match(title)
    if first_word and _is_name(first_word[0]) and _COINED.search(first_word[0]):
        names.add(first_word[0])
    head, colon, _ = title.partition(":")
    words = head.split()
    if (
        colon
        and 0 < len(words) <= _MOST_WORDS
        and all(_WORD.fullmatch(word) and (word[0].isupper() or _is_name(word)) for word in words)
    ):
        names.add(head.strip())
    return names


def _is_name(word: str) -> bool:
    """Capitals inside, or letters with digits (``GSM8K``, ``MATH``), but not a plural such as ``LLMs``."""
    possible = len(word) in _LENGTHS and not word[0].isdigit() and not _PLURAL.fullmatch(word)
    return possible and bool(_CAPITALS_OR_DIGITS.search(word))

"""Finds the tags that a text names: ``ReinforcementLearning`` as *reinforcement learning*."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.features.suggestions.rules.tag_model.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INSIDE = regex(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = regex(r"[()（）/]")

Name = tuple[str, ...]
"""Consecutive terms."""


class Naming(Struct, frozen=True):
    """How a paper names one tag."""

    in_title: bool = False
    in_abstract: int = 0
    """The number of times."""
    in_words: bool = False
    """All terms of the name occur somewhere in title or abstract."""


NOT_NAMED = Naming()


class TagNames:
    """The names of all tags, indexed by their first term."""

    def __init__(self, tags: Sequence[str]) -> None:
        self.names = [names_of(tag) for tag in tags]
        self._starting: dict[str, list[tuple[int, Name]]] = {}
        for number, names in enumerate(self.names):
            for name in names:
                self._starting.setdefault(name[0], []).append((number, name))

    def find(self, title: list[str], abstract: list[str]) -> dict[int, Naming]:
        """The tags whose terms a paper contains consecutively, by number."""
        in_title, in_abstract = Counter(self._named(title)), Counter(self._named(abstract))
        return {
            number: Naming(in_title[number] > 0, in_abstract[number], in_words=True)
            for number in in_title.keys() | in_abstract.keys()
        }

    def scattered(self, number: int, words: set[str]) -> bool:
        """True if these words contain all terms of one of the tag's names."""
        return any(words.issuperset(name) for name in self.names[number])

    def _named(self, terms: list[str]) -> Iterator[int]:
        for at, term in enumerate(terms):
            for number, name in self._starting.get(term, ()):
                # most names are one term, which has been compared already
                if len(name) == 1 or tuple(terms[at : at + len(name)]) == name:
                    yield number


def names_of(tag: str) -> tuple[Name, ...]:
    """The names of a tag: ``PEFT(Adaptor/LoRA)`` has three."""
    parts = (tuple(terms_of(_INSIDE.sub(" ", part))) for part in _BETWEEN.split(tag))
    return tuple(dict.fromkeys(part for part in parts if part))

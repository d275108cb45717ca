"""Which of many query terms are in a paper, found from the paper's own words."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.topics.rules.query_terms import Field, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from notebot.features.topics.rules.searchable_text import Prepared

_SEARCHED = {
    Field.TITLE: ("title",),
    Field.AUTHORS: ("authors",),
    Field.ABSTRACT: ("abstract",),
    Field.COMMENT: ("comment",),
    Field.CATEGORIES: ("categories",),
    Field.JOURNAL_REF: ("journal_ref",),
    Field.ALL: ("title", "abstract", "authors", "comment", "journal_ref"),
}
"""The fields of a paper in which the words of a term may be."""

_HEAD = 3
"""Letters by which beginnings are filed too: most words of a paper share them with none."""
_REMEMBERED_WORDS = 50_000
"""The words of some days; about 4 MB."""


class MatchedTerm(Struct, frozen=True):
    """A term that was found: its text as in the query, without prefix and quotation marks."""

    text: str
    field: str
    """Where: ``title abstract authors categories comment`` or ``journal_ref``."""


class Leaf:
    """One distinct term, and the topics that ask for it."""

    __slots__ = ("_found", "_needle", "_searched", "number", "term", "topics")

    def __init__(self, term: Term, number: int) -> None:
        self.term = term
        self.number = number
        self.topics = 0
        """A bit for each topic."""
        fields = _SEARCHED[term.field]
        self._needle = f" {' '.join(term.words)}" + ("" if term.prefix else " ")
        self._searched = attrgetter(fields[0] if len(fields) == 1 else "anywhere")
        self._found = [MatchedTerm(term.source, field) for field in fields]

    def is_in(self, prepared: Prepared) -> bool:
        """Whether any of the fields asked for holds the words."""
        return self._needle in self._searched(prepared)

    def evidence(self, prepared: Prepared) -> Iterable[MatchedTerm]:
        """Where the term is, given that it is in the paper."""
        if len(self._found) == 1:
            return self._found
        return [found for found in self._found if self._needle in getattr(prepared, found.field)]


class TermIndex:
    """Each distinct term once, filed under one of its words."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        """Each at its own number."""
        self._numbers: dict[tuple[Field, str], int] = {}
        self._by_word: dict[str, list[Leaf]] = {}
        self._by_beginning: dict[str, list[Leaf]] = {}
        self._lengths: dict[str, set[int]] = {}
        """Of the beginnings, under their first letters."""
        self._barren: set[str] = set()
        """Words met before that lead to no leaf; most words of a paper are."""
        self._short: dict[str, list[Leaf]] = {}
        """Beginnings too short to be filed so, such as ``rl*``."""

    def add(self, term: Term, topic: int) -> int:
        """The number of the term's leaf, which from now on leads to the topic, too (a bit)."""
        number = self._numbers.setdefault((term.field, term.source), len(self.leaves))
        if number == len(self.leaves):
            self.leaves.append(Leaf(term, number))
            self._file(self.leaves[number])
        self.leaves[number].topics |= topic
        return number

    def candidates(self, words: Iterable[str]) -> Iterator[Leaf]:
        """Every leaf that can be in a paper of these words, and a few that cannot; none twice."""
        barren = self._barren
        rest = {word for word in words if word not in barren}
        for word in self._by_word.keys() & rest:
            yield from self._by_word[word]
        lengths = self._lengths
        begun = {word[:length] for word in rest for length in lengths.get(word[:_HEAD], ())}
        for beginning in self._by_beginning.keys() & begun:
            yield from self._by_beginning[beginning]
        for beginning, leaves in self._short.items():
            if any(word.startswith(beginning) for word in words):
                yield from leaves
        self._remember(rest - self._by_word.keys())

    def _remember(self, leading_nowhere: Set[str]) -> None:
        if len(self._barren) > _REMEMBERED_WORDS:
            self._barren.clear()
        lengths = self._lengths
        self._barren.update(word for word in leading_nowhere if word[:_HEAD] not in lengths)

    def _file(self, leaf: Leaf) -> None:
        """Under the longest whole word, the rarest as a rule; a lone ``math*`` under its beginning."""
        self._barren.clear()
        term = leaf.term
        whole = term.words[:-1] if term.prefix else term.words
        begun = term.words[0]
        if whole:
            self._by_word.setdefault(max(whole, key=len), []).append(leaf)
        elif len(begun) < _HEAD:
            self._short.setdefault(begun, []).append(leaf)
        else:
            self._by_beginning.setdefault(begun, []).append(leaf)
            self._lengths.setdefault(begun[:_HEAD], set()).add(len(begun))

"""Finds which of many query terms a paper contains, starting from the paper's words."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.topics.rules.query_terms import Field, Term

if TYPE_CHECKING:
    from collections.abc import Iterable

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
"""The attributes of a paper that each query field searches."""

_HEAD = 3
"""Letters of a truncated term (``math*``) that are compared first; most words of a paper share them with no term."""
_REMEMBERED_WORDS = 50_000
"""The vocabulary of a few announcement days; about 4 MB."""


class MatchedTerm(Struct, frozen=True):
    """A term that a paper contains."""

    text: str
    """As written in the query, without prefix and quotation marks."""
    field: str
    """``title``, ``abstract``, ``authors``, ``categories``, ``comment`` or ``journal_ref``."""


class Leaf:
    """One distinct term, and the topics whose queries contain it."""

    __slots__ = ("_found", "_needle", "_searched", "number", "term", "topics")

    def __init__(self, term: Term, number: int) -> None:
        self.term = term
        self.number = number
        self.topics = 0
        """One bit per topic."""
        fields = _SEARCHED[term.field]
        # every word in a prepared field has a blank on both sides, so a substring test finds whole words only
        self._needle = f" {' '.join(term.words)}" + ("" if term.prefix else " ")
        self._searched = attrgetter(fields[0] if len(fields) == 1 else "anywhere")
        self._found = [MatchedTerm(term.source, field) for field in fields]

    def is_in(self, prepared: Prepared) -> bool:
        """True if one of the term's fields contains its words."""
        return self._needle in self._searched(prepared)

    def evidence(self, prepared: Prepared) -> Iterable[MatchedTerm]:
        """The fields that contain the term; call only if :meth:`is_in` is true."""
        if len(self._found) == 1:
            return self._found
        return [found for found in self._found if self._needle in getattr(prepared, found.field)]


class _LeavesByWord(dict[str, tuple[Leaf, ...]]):
    """The leaves to which a word leads; those of a new word are found on its first use, and most have none."""

    def __init__(self) -> None:
        super().__init__()
        self.by_word: dict[str, list[Leaf]] = {}
        self.by_beginning: dict[str, list[Leaf]] = {}
        """Truncated terms by their letters."""
        self.lengths: dict[str, set[int]] = {}
        """Lengths of the truncated terms, by their first letters."""
        self.short: dict[str, list[Leaf]] = {}
        """Truncated terms with fewer letters than are compared first, such as ``rl*``."""

    def __missing__(self, word: str) -> tuple[Leaf, ...]:
        leaves = tuple(self.by_word.get(word, ()))
        for length in self.lengths.get(word[:_HEAD], ()):
            leaves += tuple(self.by_beginning.get(word[:length], ()))
        for beginning, others in self.short.items():
            if word.startswith(beginning):
                leaves += tuple(others)
        self[word] = leaves
        return leaves


class TermIndex:
    """Distinct terms, each indexed by one of its words."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        """The position of a leaf is its number."""
        self._numbers: dict[tuple[Field, str], int] = {}
        self._leaves_by_word = _LeavesByWord()

    def add(self, term: Term, topics: int) -> int:
        """Adds topics (one bit per topic) to a term, which is indexed if it is new, and returns its number."""
        number = self._numbers.setdefault((term.field, term.source), len(self.leaves))
        if number == len(self.leaves):
            leaf = Leaf(term, number)
            self.leaves.append(leaf)
            index = self._leaves_by_word
            index.clear()
            whole_words = term.words[:-1] if term.prefix else term.words
            beginning = term.words[0]
            if whole_words:
                # the longest word is usually the rarest, so the fewest papers have to be searched for the whole term
                index.by_word.setdefault(max(whole_words, key=len), []).append(leaf)
            elif len(beginning) < _HEAD:
                index.short.setdefault(beginning, []).append(leaf)
            else:
                index.by_beginning.setdefault(beginning, []).append(leaf)
                index.lengths.setdefault(beginning[:_HEAD], set()).add(len(beginning))
        self.leaves[number].topics |= topics
        return number

    def candidates(self, words: Iterable[str]) -> Iterable[Leaf]:
        """Every leaf that a paper with these words may contain, each once; a few of them it does not contain."""
        leaves_by_word = self._leaves_by_word
        # bounded, because a daemon that runs for months keeps meeting new words
        if len(leaves_by_word) > _REMEMBERED_WORDS:
            leaves_by_word.clear()
        # no loop in Python: nearly all words lead to no leaf
        return dict.fromkeys(chain.from_iterable(filter(None, map(leaves_by_word.__getitem__, words))))

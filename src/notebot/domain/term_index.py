"""Which of many query terms are in a paper, found from the paper's own words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import attrgetter

from notebot.domain.prepared import Prepared
from notebot.domain.query_terms import Field, Term

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

_REMEMBERED_WORDS = 20_000
"""Most words of an entry were in an entry before; some 5 MB."""


@dataclass(frozen=True, slots=True)
class MatchedTerm:
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
        self._by_beginning: dict[int, dict[str, list[Leaf]]] = {}
        self._under = lru_cache(_REMEMBERED_WORDS)(self._look_up)

    def add(self, term: Term, topic: int) -> int:
        """The number of the term's leaf, which from now on leads to the topic, too (a bit)."""
        number = self._numbers.setdefault((term.field, term.source), len(self.leaves))
        if number == len(self.leaves):
            self.leaves.append(Leaf(term, number))
            self._file(self.leaves[number])
        self.leaves[number].topics |= topic
        return number

    def candidates(self, words: Iterable[str]) -> Iterator[Leaf]:
        """Every leaf that can be in a paper of these words, and a few that cannot; none twice for a word."""
        return chain.from_iterable(map(self._under, words))

    def _file(self, leaf: Leaf) -> None:
        """Under the longest whole word, the rarest as a rule; a lone ``math*`` under its beginning."""
        self._under.cache_clear()
        term = leaf.term
        whole = term.words[:-1] if term.prefix else term.words
        if whole:
            self._by_word.setdefault(max(whole, key=len), []).append(leaf)
        else:
            begun = term.words[0]
            self._by_beginning.setdefault(len(begun), {}).setdefault(begun, []).append(leaf)

    def _look_up(self, word: str) -> tuple[Leaf, ...]:
        begun = (table.get(word[:length], ()) for length, table in self._by_beginning.items())
        return (*self._by_word.get(word, ()), *chain.from_iterable(begun))

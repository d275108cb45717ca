"""Which of many query terms can be in a paper, found from the paper's own words."""

from collections.abc import Iterator, Set

from notebot.domain.prepared import Prepared
from notebot.domain.query_terms import Field, Term

SEARCHED = {
    Field.TITLE: ("title",),
    Field.AUTHORS: ("authors",),
    Field.ABSTRACT: ("abstract",),
    Field.COMMENT: ("comment",),
    Field.CATEGORIES: ("categories",),
    Field.JOURNAL_REF: ("journal_ref",),
    Field.ALL: ("title", "abstract", "authors", "comment", "journal_ref"),
}
"""The fields of ``Prepared`` in which the words of a term may be."""


class Leaf:
    """One distinct term, and the topics that ask for it."""

    __slots__ = ("_fields", "_needle", "number", "term", "topics")

    def __init__(self, term: Term, number: int) -> None:
        self.term = term
        self.number = number
        self.topics = 0
        """A bit for each topic."""
        self._fields = SEARCHED[term.field]
        self._needle = f" {' '.join(term.words)}" + ("" if term.prefix else " ")

    def is_in(self, prepared: Prepared) -> bool:
        """Whether any of the fields asked for holds the words."""
        return any(self._needle in getattr(prepared, name) for name in self._fields)

    def fields_in(self, prepared: Prepared) -> list[str]:
        """The names of the fields that hold the words."""
        return [name for name in self._fields if self._needle in getattr(prepared, name)]


class TermIndex:
    """Each distinct term once, filed under one of its words."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        """Each at its own number."""
        self._numbers: dict[tuple[Field, str], int] = {}
        self._by_word: dict[str, list[Leaf]] = {}
        self._by_beginning: dict[int, dict[str, list[Leaf]]] = {}

    def add(self, term: Term, topic: int) -> int:
        """The number of the term's leaf, which from now on leads to the topic, too (a bit)."""
        number = self._numbers.setdefault((term.field, term.source), len(self.leaves))
        if number == len(self.leaves):
            self.leaves.append(Leaf(term, number))
            self._file(self.leaves[number])
        self.leaves[number].topics |= topic
        return number

    def candidates(self, words: Set[str]) -> Iterator[Leaf]:
        """Every leaf that can be in a paper of these words, and a few that cannot."""
        for word in self._by_word.keys() & words:
            yield from self._by_word[word]
        if self._by_beginning:
            yield from self._begun(words)

    def _begun(self, words: Set[str]) -> Iterator[Leaf]:
        shortest = min(self._by_beginning)
        heads = {begun[:shortest] for table in self._by_beginning.values() for begun in table}
        words = {word for word in words if word[:shortest] in heads}
        for length, table in self._by_beginning.items():
            for begun in table.keys() & {word[:length] for word in words}:
                yield from table[begun]

    def _file(self, leaf: Leaf) -> None:
        """Under the longest whole word, the rarest as a rule; a lone ``math*`` under its beginning."""
        term = leaf.term
        whole = term.words[:-1] if term.prefix else term.words
        if whole:
            self._by_word.setdefault(max(whole, key=len), []).append(leaf)
        else:
            begun = term.words[0]
            self._by_beginning.setdefault(len(begun), {}).setdefault(begun, []).append(leaf)

"""A paper's text made ready for queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from notebot.domain.entry import Entry
from notebot.domain.paper import Paper
from notebot.domain.words import split_words

_BARRIER = "|"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The words of one paper: each field one string, with a blank on both sides of every word.

    A phrase is in a field if it is in that string with its own blanks. One takes some 15 kB of memory:
    prepare a paper when its turn comes.
    """

    title: str
    abstract: str
    authors: str
    """A word that no query can hold stands between two authors."""
    comment: str
    journal_ref: str
    anywhere: str
    """All of the above, that word between them: what ``all:`` means."""
    categories: str
    words: frozenset[str]
    """Of all fields."""
    complete: bool
    """What is not here is not so. On a feed's entry, comment and journal reference can still turn up."""


def prepare_entry(entry: Entry) -> Prepared:
    """An entry of an announcement feed, which bears no author comment."""
    return _prepare(entry, None, complete=False)


def prepare_paper(paper: Paper) -> Prepared:
    """A paper as the API or OAI gives it, with all there is to know."""
    return _prepare(paper, paper.comment, complete=True)


def _prepare(source: Entry | Paper, comment: str | None, *, complete: bool) -> Prepared:
    fields = (
        _spaced(split_words(source.title)),
        _spaced(split_words(source.abstract)),
        _spaced(chain.from_iterable((*split_words(author), _BARRIER) for author in source.authors)),
        _spaced(split_words(comment)) if comment else "",
        _spaced(split_words(source.journal_ref)) if source.journal_ref else "",
    )
    anywhere = _BARRIER.join(fields)
    categories = [category.lower() for category in source.categories]
    words = frozenset((*anywhere.split(), *categories))
    return Prepared(*fields, anywhere, _spaced(categories), words, complete)


def _spaced(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "

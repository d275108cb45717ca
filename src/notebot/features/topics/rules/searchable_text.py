"""A paper's text made ready for queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.text.words import split_words

if TYPE_CHECKING:
    from notebot.core.model.entry import Entry
    from notebot.core.model.oai_record import OaiRecord
    from notebot.core.model.paper import Paper

_BARRIER = "|"


class Described(Protocol):
    """Anything that tells what a paper is about."""

    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def authors(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def journal_ref(self) -> str | None: ...


class Prepared(Struct, frozen=True):
    """The words of one paper: each field one string, with a blank on both sides of every word.

    A phrase is in a field if it is in that string with its own blanks. One takes some 20 kB of memory:
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
    words: tuple[str, ...]
    """Of all fields, in order; to make a set of them for every paper would cost more than it saves."""
    complete: bool
    """What is not here is not so. On a feed's entry, comment and journal reference can still turn up."""


def prepare_entry(entry: Entry) -> Prepared:
    """An entry of an announcement feed, which bears no author comment."""
    return prepare(entry, None, complete=False)


def prepare_paper(paper: Paper) -> Prepared:
    """A paper as the API gives it, with all there is to know."""
    return prepare(paper, paper.comment, complete=True)


def prepare_record(record: OaiRecord) -> Prepared:
    """A paper as OAI-PMH gives it, with all there is to know."""
    return prepare(record, record.comment, complete=True)


def prepare(source: Described, comment: str | None, *, complete: bool) -> Prepared:
    """Whatever tells of a paper; ``complete``: a comment or journal reference that is not here does not exist."""
    title = split_words(source.title)
    abstract = split_words(source.abstract)
    authors = [word for author in source.authors for word in (*split_words(author), _BARRIER)]
    remark = split_words(comment or "")
    journal_ref = split_words(source.journal_ref or "")
    categories = [category.lower() for category in source.categories]
    fields = (_spaced(title), _spaced(abstract), _spaced(authors), _spaced(remark), _spaced(journal_ref))
    anywhere = _BARRIER.join(fields)
    words = (*title, *abstract, *authors, *remark, *journal_ref, *categories)
    return Prepared(*fields, anywhere, _spaced(categories), words, complete)


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words)} "

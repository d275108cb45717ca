"""Prepares the text of a paper for queries."""

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
    """A record with the searchable fields of a paper."""

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
    """Authors are separated by a word that no query can contain."""
    comment: str
    journal_ref: str
    anywhere: str
    """All of the above, separated by the same word; searched by ``all:``."""
    categories: str
    words: tuple[str, ...]
    """Words of all fields, in order; building a set per paper would cost more than it saves."""
    complete: bool
    """Whether a missing field is known to be absent; in feed entries it may still appear later."""


def prepare_entry(entry: Entry) -> Prepared:
    """Prepares an entry of an announcement feed, which has no author comment."""
    return prepare(entry, None, complete=False)


def prepare_paper(paper: Paper) -> Prepared:
    """Prepares a paper from the API, whose metadata is complete."""
    return prepare(paper, paper.comment, complete=True)


def prepare_record(record: OaiRecord) -> Prepared:
    """Prepares a record from OAI-PMH, whose metadata is complete."""
    return prepare(record, record.comment, complete=True)


def prepare(source: Described, comment: str | None, *, complete: bool) -> Prepared:
    """Prepares any record; ``complete`` means that missing fields are known to be absent."""
    title = split_words(source.title)
    abstract = split_words(source.abstract)
    authors = [word for author in source.authors for word in (*split_words(author), _BARRIER)]
    remark = split_words(comment) if comment else []
    journal_ref = split_words(source.journal_ref) if source.journal_ref else []
    categories = [category.lower() for category in source.categories]
    fields = (_spaced(title), _spaced(abstract), _spaced(authors), _spaced(remark), _spaced(journal_ref))
    # a phrase must not match across the end of a field or an author's name
    anywhere = _BARRIER.join(fields)
    words = (*title, *abstract, *authors, *remark, *journal_ref, *categories)
    return Prepared(*fields, anywhere, _spaced(categories), words, complete)


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words)} "

"""The plain evaluation of topic queries: lists of words, one term after the other, no index.

What :class:`notebot.features.topics.rules.matching.TopicIndex` answers is compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from notebot.core.text.words import split_words
from notebot.features.topics.rules.query import And, AndNot, Node, Or
from notebot.features.topics.rules.query_terms import Field, Term

NO, UNKNOWN, YES = 0, 1, 2


class Described(Protocol):
    """The fields of a paper that queries search."""

    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def authors(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def comment(self) -> str | None: ...
    @property
    def journal_ref(self) -> str | None: ...


class PlainPaper:
    """A paper with its words, split once."""

    def __init__(self, paper: Described, *, with_comment: bool = True) -> None:
        """Splits the fields.

        Args:
            with_comment: False for what a feed shows.
        """
        self.categories = [name.lower() for name in paper.categories]
        by_field = {
            Field.TITLE: [paper.title],
            Field.ABSTRACT: [paper.abstract],
            Field.AUTHORS: list(paper.authors),
            Field.COMMENT: [(paper.comment or "") * with_comment],
            Field.JOURNAL_REF: [paper.journal_ref or ""],
        }
        self.words = {field: [split_words(text) for text in texts] for field, texts in by_field.items()}
        self.words[Field.ALL] = [words for texts in list(self.words.values()) for words in texts]
        self.beginnings = {
            field: {word[:length] for words in texts for word in words for length in range(1, len(word) + 1)}
            for field, texts in self.words.items()
        }
        """What a field must have of a term's last word; most terms are in few papers, and a bench has millions."""


def truth_of(node: Node, paper: PlainPaper, *, is_feed: bool) -> int:
    """Whether a query matches; :data:`UNKNOWN` only if the paper is from a feed, which has no comment."""
    match node:
        case Term():
            return _truth_of_term(node, paper, is_feed)
        case And(parts):
            return min(truth_of(part, paper, is_feed=is_feed) for part in parts)
        case Or(parts):
            return max(truth_of(part, paper, is_feed=is_feed) for part in parts)
        case AndNot(wanted, unwanted):
            excluded = max(truth_of(part, paper, is_feed=is_feed) for part in unwanted)
            return min(truth_of(wanted, paper, is_feed=is_feed), 2 - excluded)


def _truth_of_term(term: Term, paper: PlainPaper, is_feed: bool) -> int:
    if term.field is Field.CATEGORIES:
        return YES * any(_contains([name], term) for name in paper.categories)
    may_be_in = term.words[-1] in paper.beginnings[term.field]
    if may_be_in and any(_contains(words, term) for words in paper.words[term.field]):
        return YES
    return UNKNOWN if is_feed and term.field in (Field.COMMENT, Field.JOURNAL_REF, Field.ALL) else NO


def _contains(words: list[str], term: Term) -> bool:
    *first, last = term.words
    return any(
        window[:-1] == first and (window[-1].startswith(last) if term.prefix else window[-1] == last)
        for window in _windows(words, len(term.words))
    )


def _windows(words: list[str], size: int) -> Iterator[list[str]]:
    for start in range(len(words) - size + 1):
        yield words[start : start + size]

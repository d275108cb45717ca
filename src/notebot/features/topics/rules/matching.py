"""Decides which topics a paper belongs to: yes, no, or unknown.

    paper | words | terms that are in it | topics with such a term | evaluate those

All other topics have the same answer as for an empty paper, which is computed in advance and never yes.
The cost therefore depends on the words of the paper and hardly on the number of topics. A set of topics is an
``int`` with one bit per topic.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, compress, count
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.topics.rules.query_terms import Field
from notebot.features.topics.rules.searchable_text import (
    Prepared,
    prepare,
    prepare_entry,
    prepare_paper,
    prepare_record,
)
from notebot.features.topics.rules.term_index import MatchedTerm, TermIndex
from notebot.features.topics.rules.three_valued import Plan, Truth, make_plan
from notebot.features.topics.rules.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

__all__ = [
    "MatchedTerm",
    "Matches",
    "Prepared",
    "TopicIndex",
    "TopicMatch",
    "Truth",
    "prepare",
    "prepare_entry",
    "prepare_paper",
    "prepare_record",
]

_FEED_FIELDS = (Field.TITLE, Field.AUTHORS, Field.ABSTRACT, Field.CATEGORIES)
"""Fields that an announcement feed always contains; the others may still be unknown."""
_BITS = bytes.maketrans(b"01", b"\0\1")


class TopicMatch(Struct, frozen=True):
    """A topic that a paper belongs to."""

    topic: Topic
    terms: tuple[MatchedTerm, ...]
    """The matched terms, once per field; empty for a topic without a query."""


class Matches(Struct, frozen=True):
    """Topics that match or may match one paper, in the order of the topics."""

    matched: tuple[TopicMatch, ...]
    pending: tuple[Topic, ...]
    """Topics that depend on a comment or journal reference that is not known yet."""


class _EmptyPaper(Struct, frozen=True):
    """The answers for a paper that contains no term of any topic."""

    truths: bytes
    """The truth of each term."""
    undecided: int
    """The topics that may match all the same, because a field is unknown."""


class TopicIndex:
    """An index of all topics for matching many papers."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = tuple(topics)
        self._terms = TermIndex()
        self._plans: list[Plan | None] = []
        self._watchers: dict[str, int] = {}
        """The topics of each category."""
        for number, topic in enumerate(topics):
            number_of = partial(self._terms.add, topics=1 << number)
            self._plans.append(make_plan(topic.query.root, number_of) if topic.query else None)
            for category in topic.categories:
                self._watchers[category] = self._watchers.get(category, 0) | 1 << number
        self._without_query = _bits(number for number, plan in enumerate(self._plans) if plan is None)
        self._empty = {complete: self._empty_paper(complete) for complete in (False, True)}

    def match(self, prepared: Prepared, categories: Collection[str] | None) -> Matches:
        """Returns the topics that match the paper and those that are undecided.

        Args:
            categories: only topics that watch one of them are evaluated; ``None`` means all topics.
        """
        # a set of topics is one integer, so that a thousand topics are combined in one operation
        asked = (1 << len(self._topics)) - 1
        if categories is not None:
            asked = 0
            for category in categories:
                asked |= self._watchers.get(category, 0)
        empty = self._empty[prepared.complete]
        truths = bytearray(empty.truths)
        with_term = 0
        for leaf in self._terms.candidates(prepared.words):
            # the cheap test first: a set of topics is one integer, the paper a string of 2,000 characters
            if leaf.topics & asked and leaf.is_in(prepared):
                truths[leaf.number] = Truth.YES
                with_term |= leaf.topics
        with_term &= asked
        matched = self._without_query & asked
        # topics without any of their terms in the paper need no evaluation: they answer as for an empty paper
        pending = empty.undecided & asked & ~with_term
        for number in _numbers(with_term):
            plan = self._plans[number]
            assert plan is not None  # a topic without a query has no terms
            truth = plan.truth(truths)
            if truth == Truth.YES:
                matched |= 1 << number
            elif truth == Truth.UNKNOWN:
                pending |= 1 << number
        return Matches(
            tuple(
                TopicMatch(self._topics[number], self._evidence(number, prepared, truths))
                for number in _numbers(matched)
            ),
            tuple(self._topics[number] for number in _numbers(pending)),
        )

    def _empty_paper(self, complete: bool) -> _EmptyPaper:
        absent = bytes(
            Truth.NO if complete or leaf.term.field in _FEED_FIELDS else Truth.UNKNOWN for leaf in self._terms.leaves
        )
        truths = bytearray(absent)
        plans = enumerate(self._plans)
        return _EmptyPaper(
            absent, _bits(number for number, plan in plans if plan and plan.truth(truths) == Truth.UNKNOWN)
        )

    def _evidence(self, number: int, prepared: Prepared, truths: bytearray) -> tuple[MatchedTerm, ...]:
        """The terms by which a topic matches, each once per field."""
        plan = self._plans[number]
        leaves = dict.fromkeys(plan.evidence(truths)) if plan else ()
        return tuple(chain.from_iterable(self._terms.leaves[leaf].evidence(prepared) for leaf in leaves))


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _numbers(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, in order; without a loop, because a thousand topics can be pending."""
    return compress(count(), f"{bits:b}"[::-1].encode().translate(_BITS))

"""Decides which topics a paper belongs to: yes, no, or unknown.

    paper | words | terms that are in it | topics with such a term | evaluate those

All other topics have the same answer as for an empty paper, which is computed in advance and never yes.
The cost therefore depends on the words of the paper and hardly on the number of topics. A set of topics is an
``int`` with one bit per topic.
"""

from __future__ import annotations

from itertools import chain, compress, count
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.topics.rules.query_terms import Field, Term
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
    from collections.abc import Collection, Iterator, Sequence

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


class TopicIndex:
    """An index of all topics for matching many papers."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = tuple(topics)
        self._terms = TermIndex()
        self._plans = [self._plan(number, topic) for number, topic in enumerate(topics)]
        self._taking_all = _bits(number for number, plan in enumerate(self._plans) if plan is None)
        self._watchers = _watchers(topics)
        self._absent = {complete: self._if_absent(complete) for complete in (False, True)}
        self._undecided = {complete: self._hanging(absent) for complete, absent in self._absent.items()}

    def match(self, prepared: Prepared, categories: Collection[str] | None) -> Matches:
        """Returns the topics that match the paper and those that are undecided.

        Args:
            categories: only topics that watch one of them are evaluated; ``None`` means all topics.
        """
        asked = self._asked(categories)
        truths, touched = self._find(prepared, asked)
        matched = self._taking_all & asked
        pending = self._undecided[prepared.complete] & asked & ~touched
        for number, plan in self._planned(touched):
            truth = plan.truth(truths)
            if truth == Truth.YES:
                matched |= 1 << number
            elif truth == Truth.UNKNOWN:
                pending |= 1 << number
        return Matches(
            tuple(self._match(number, prepared, truths) for number in _numbers(matched)),
            tuple(self._topics[number] for number in _numbers(pending)),
        )

    def _plan(self, number: int, topic: Topic) -> Plan | None:
        def number_of(term: Term) -> int:
            return self._terms.add(term, 1 << number)

        return make_plan(topic.query.root, number_of) if topic.query else None

    def _if_absent(self, complete: bool) -> bytes:
        """Returns the truth of each term if the paper does not contain it."""
        return bytes(
            Truth.NO if complete or leaf.term.field in _FEED_FIELDS else Truth.UNKNOWN for leaf in self._terms.leaves
        )

    def _hanging(self, absent: bytes) -> int:
        """Returns the topics that are undecided for a paper without any term."""
        truths = bytearray(absent)
        plans = enumerate(self._plans)
        return _bits(number for number, plan in plans if plan and plan.truth(truths) == Truth.UNKNOWN)

    def _asked(self, categories: Collection[str] | None) -> int:
        if categories is None:
            return (1 << len(self._topics)) - 1
        asked = 0
        for category in categories:
            asked |= self._watchers.get(category, 0)
        return asked

    def _find(self, prepared: Prepared, asked: int) -> tuple[bytearray, int]:
        """The truth of each term, and the topics among those asked that have a term in the paper."""
        truths = bytearray(self._absent[prepared.complete])
        touched = 0
        for leaf in self._terms.candidates(prepared.words):
            if leaf.topics & asked and leaf.is_in(prepared):
                truths[leaf.number] = Truth.YES
                touched |= leaf.topics
        return truths, touched & asked

    def _planned(self, touched: int) -> Iterator[tuple[int, Plan]]:
        for number in _numbers(touched):
            plan = self._plans[number]
            if plan is not None:
                yield number, plan

    def _match(self, number: int, prepared: Prepared, truths: bytearray) -> TopicMatch:
        plan = self._plans[number]
        found = dict.fromkeys(plan.evidence(truths)) if plan else ()
        terms = chain.from_iterable(self._terms.leaves[leaf].evidence(prepared) for leaf in found)
        return TopicMatch(self._topics[number], tuple(terms))


def _watchers(topics: Sequence[Topic]) -> dict[str, int]:
    """The topics of each category."""
    watchers: dict[str, int] = {}
    for number, topic in enumerate(topics):
        for category in topic.categories:
            watchers[category] = watchers.get(category, 0) | 1 << number
    return watchers


def _bits(numbers: Iterator[int]) -> int:
    return sum(1 << number for number in numbers)


def _numbers(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, in order; a thousand topics can be pending, hence no loop."""
    return compress(count(), f"{bits:b}"[::-1].encode().translate(_BITS))

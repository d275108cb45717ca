"""Evaluates queries in three-valued logic (yes, no, unknown) over numbered terms."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.features.topics.rules.query import And, AndNot, Node, Or
from notebot.features.topics.rules.query_terms import Term

if TYPE_CHECKING:
    from collections.abc import Callable


class Truth(IntEnum):
    """Kleene's logic: AND is the minimum of its parts, OR the maximum, ``a ANDNOT b`` is ``min(a, 2 - b)``."""

    NO = 0
    UNKNOWN = 1
    YES = 2


_NO, _YES = int(Truth.NO), int(Truth.YES)


class Plan(Protocol):
    """A query with its terms replaced by numbers; ``truths[number]`` is the ``Truth`` of a term."""

    def truth(self, truths: bytearray) -> int:
        """The value of a ``Truth``. It is a plain int because this runs for each entry and topic."""
        ...

    def evidence(self, truths: bytearray) -> list[int]:
        """The numbers of the terms that make a true query true, without terms after ANDNOT."""
        ...


def make_plan(node: Node, number_of: Callable[[Term], int]) -> Plan:
    """Returns the plan of a query; ``number_of`` assigns the number of a term."""
    match node:
        case Term():
            return _Found(number_of(node))
        case And(parts):
            return _All(tuple(make_plan(part, number_of) for part in parts))
        case Or(parts):
            return _Any(tuple(make_plan(part, number_of) for part in parts))
        case AndNot(wanted, unwanted):
            excluded = _Any(tuple(make_plan(part, number_of) for part in unwanted))
            return _Without(make_plan(wanted, number_of), excluded)


class _Found(Struct, frozen=True):
    number: int

    def truth(self, truths: bytearray) -> int:
        return truths[self.number]

    def evidence(self, truths: bytearray) -> list[int]:
        return [self.number]


class _All(Struct, frozen=True):
    parts: tuple[Plan, ...]

    def truth(self, truths: bytearray) -> int:
        # loops instead of min() and max(): most queries are decided by their first part
        least = _YES
        for part in self.parts:
            truth = part.truth(truths)
            if truth == _NO:
                return _NO
            least = min(least, truth)
        return least

    def evidence(self, truths: bytearray) -> list[int]:
        return [number for part in self.parts for number in part.evidence(truths)]


class _Any(Struct, frozen=True):
    parts: tuple[Plan, ...]

    def truth(self, truths: bytearray) -> int:
        greatest = _NO
        for part in self.parts:
            truth = part.truth(truths)
            if truth == _YES:
                return _YES
            greatest = max(greatest, truth)
        return greatest

    def evidence(self, truths: bytearray) -> list[int]:
        true = [part for part in self.parts if part.truth(truths) == _YES]
        return [number for part in true for number in part.evidence(truths)]


class _Without(Struct, frozen=True):
    wanted: Plan
    excluded: Plan

    def truth(self, truths: bytearray) -> int:
        return min(self.wanted.truth(truths), 2 - self.excluded.truth(truths))

    def evidence(self, truths: bytearray) -> list[int]:
        return self.wanted.evidence(truths)

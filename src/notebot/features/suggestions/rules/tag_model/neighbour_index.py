"""Which notes are near a text: the cosine of TF-IDF weights, by an inverted index."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

STRONGEST = 100
"""Terms that are kept of each text: the weaker ones hardly move a cosine, and cost much time."""

IN_NOTES = 0.5
"""How much a note's rare words count over its common ones: the power that their rarity is raised to."""
TO_TELL_APART = 1.5
"""The same in a text that looks for the notes most like it: what all notes have tells none apart."""
TO_BELONG = 0.0
"""The same in a text of which is asked whether it belongs to the archive at all, which common words tell best."""

Vector = list[tuple[int, float]]
"""Numbers of terms with their weights, the strongest first; at most of length 1."""
Neighbours = list[tuple[int, float]]
"""Places of texts with their similarity, the nearest first, ties in the order of the places."""


class IndexRecord(Struct, frozen=True):
    """The index as it is stored; the bytes are arrays in the machine's own order."""

    size: int
    """How many texts there are."""
    terms: tuple[str, ...]
    rarities: bytes
    """float32 per term."""
    starts: bytes
    """uint32 per term and one more: where its postings begin."""
    places: bytes
    """uint32 per posting: which text."""
    weights: bytes
    """float32 per posting."""


class TextIndex:
    """An index in use."""

    def __init__(self, record: IndexRecord) -> None:
        self.record = record
        self._numbers = {term: number for number, term in enumerate(record.terms)}
        self._rarities = memoryview(record.rarities).cast("f").tolist()
        self._by_power: dict[float, list[float]] = {}
        self._starts = memoryview(record.starts).cast("I")
        self._places = memoryview(record.places).cast("I")
        self._weights = memoryview(record.weights).cast("f")

    def vector(self, counts: Mapping[str, int], power: float) -> Vector:
        """A text's known terms; those that no two notes have count for its length alone.

        Args:
            power: how much rare terms count; one of the constants above.
        """
        return _vector(counts, self._numbers, self._raised(power), rarity(self.record.size, 0) ** power)

    def _raised(self, power: float) -> list[float]:
        if power not in self._by_power:
            self._by_power[power] = [value**power for value in self._rarities]
        return self._by_power[power]

    def rarity(self, term: str) -> float:
        """What a term tells of a text; those that no two notes have are as rare as can be."""
        number = self._numbers.get(term)
        return rarity(self.record.size, 0) if number is None else self._rarities[number]

    def nearest(
        self, vector: Vector, count: int, but: Collection[int] = (), boosts: Sequence[float] | None = None
    ) -> Neighbours:
        """The ``count`` texts with the highest cosine, 0 to 1; none that have no term in common.

        Args:
            but: places to leave out.
            boosts: a factor for each place, by which its cosine is multiplied.
        """
        similarities = self._similarities(vector)
        if boosts is not None:
            similarities = [similarity * boost for similarity, boost in zip(similarities, boosts, strict=True)]
        for place in but:
            similarities[place] = 0.0
        return nearest(similarities, count)

    def similarity(self, vector: Vector, place: int) -> float:
        """The cosine to one text, 0 to 1."""
        return min(sum(weight * self._weight(number, place) for number, weight in vector), 1.0)

    def common_terms(self, vector: Vector, place: int) -> list[str]:
        """The terms in common with one text; those that contribute most to the cosine first."""
        parts = [(weight * self._weight(number, place), number) for number, weight in vector]
        parts.sort(key=itemgetter(0), reverse=True)
        return [self.record.terms[number] for part, number in parts if part]

    def _weight(self, number: int, place: int) -> float:
        """The weight of a term in a text; 0 if it does not contain the term."""
        start, end = self._starts[number], self._starts[number + 1]
        at = bisect_left(self._places, place, start, end)
        return self._weights[at] if at < end and self._places[at] == place else 0.0

    def _similarities(self, vector: Vector) -> list[float]:
        found = [0.0] * self.record.size
        for number, weight in vector:
            start, end = self._starts[number], self._starts[number + 1]
            places, weights = self._places[start:end].tolist(), self._weights[start:end].tolist()
            for place, other in zip(places, weights, strict=True):
                found[place] += weight * other
        return found


def build_index(texts: Sequence[Counter[str]]) -> IndexRecord:
    """The index of texts, each given as counts of its terms."""
    spread = Counter(term for text in texts for term in text)
    terms = tuple(term for term, count in spread.items() if count > 1)
    numbers = {term: number for number, term in enumerate(terms)}
    rarities = [rarity(len(texts), spread[term]) for term in terms]
    raised, single = [value**IN_NOTES for value in rarities], rarity(len(texts), 1) ** IN_NOTES
    postings = [(array("I"), array("f")) for _ in terms]
    for place, text in enumerate(texts):
        for number, weight in _vector(text, numbers, raised, single):
            postings[number][0].append(place)
            postings[number][1].append(weight)
    starts, places, weights = array("I", [0]), array("I"), array("f")
    for of_term, with_weights in postings:
        places.extend(of_term)
        weights.extend(with_weights)
        starts.append(len(places))
    return IndexRecord(
        len(texts), terms, array("f", rarities).tobytes(), starts.tobytes(), places.tobytes(), weights.tobytes()
    )


def rarity(size: int, count: int) -> float:
    """What a term that ``count`` of ``size`` texts have tells of a text."""
    return math.log((size + 1) / (count + 1)) + 1.0


def damped(count: int) -> float:
    """What a term counts for that a text has ``count`` times."""
    return 1.0 + math.log(count)


def nearest(similarities: Sequence[float], count: int) -> list[tuple[int, float]]:
    """The places that have anything in common with the text, the nearest first, with their similarity."""
    # Plain floats are compared first: an archive of 60,000 notes is scanned several times per suggestion, and a key
    # function called for every note costs more than the second pass.
    best = nlargest(count, similarities)
    if not best:
        return []
    lowest = best[-1]
    candidates = [(place, value) for place, value in enumerate(similarities) if value >= lowest and value > 0]
    return [(place, min(value, 1.0)) for place, value in nlargest(count, candidates, key=itemgetter(1))]


def _vector(counts: Mapping[str, int], numbers: Mapping[str, int], rarities: Sequence[float], unknown: float) -> Vector:
    """The strongest known terms of a text; the unknown ones count for its length."""
    known, square = [], 0.0
    for term, count in counts.items():
        number = numbers.get(term)
        weight = damped(count) * (unknown if number is None else rarities[number])
        square += weight * weight
        if number is not None:
            known.append((number, weight))
    length = math.sqrt(square)
    return [(number, weight / length) for number, weight in nlargest(STRONGEST, known, key=itemgetter(1))]

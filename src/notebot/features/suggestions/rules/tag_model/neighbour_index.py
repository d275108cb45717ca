"""Finds the notes nearest to a text by the cosine of TF-IDF weights, with an inverted index."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.suggestions.rules.tag_model.upper_bounds import UpperBounds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from notebot.features.suggestions.rules.tag_model.vectors import Vector

STRONGEST = 100
"""Terms per text that are indexed; the weaker ones hardly change a cosine and take much time."""

SCAN_UP_TO = 4_000
"""Texts that are all compared; with more it pays to find those worth comparing first."""

IN_NOTES = 0.5
"""The power to which the rarity of a note's terms is raised: how much rare words count more than common ones."""
TO_TELL_APART = 1.5
"""The power for a query that looks for the most similar notes: words that all notes contain distinguish none."""
TO_BELONG = 0.0
"""The power for a query about whether a text belongs to the archive at all, which common words show best."""

Neighbours = list[tuple[int, float]]
"""Places of texts with their similarity, the nearest first, ties in the order of the places."""


class IndexRecord(Struct, frozen=True):
    """The index as it is stored; the bytes are arrays in the machine's byte order."""

    size: int
    """The number of texts."""
    terms: tuple[str, ...]
    rarities: bytes
    """float32 per term."""
    starts: bytes
    """uint32 per term, plus one at the end: where its postings begin."""
    places: bytes
    """uint32 per posting: the place of the text."""
    weights: bytes
    """float32 per posting."""


class TextIndex:
    """An index for queries."""

    def __init__(self, record: IndexRecord, scan_up_to: int = SCAN_UP_TO) -> None:
        self.record = record
        self._scan_up_to = scan_up_to
        self._bounds = UpperBounds(record.size, self._postings, self._frequency)
        self._numbers = {term: number for number, term in enumerate(record.terms)}
        self._rarities = memoryview(record.rarities).cast("f").tolist()
        self._by_power: dict[float, list[float]] = {}
        self._starts = array("I", record.starts)
        self._places = array("I", record.places)
        self._weights = array("f", record.weights)

    def vector(self, counts: Mapping[str, int], power: float) -> Vector:
        """The query for a text; terms that fewer than two notes contain count for its length only.

        Args:
            power: one of the constants above.
        """
        return _weigh(counts, self._numbers, self._raised(power), rarity(self.record.size, 0) ** power)

    def _raised(self, power: float) -> list[float]:
        if power not in self._by_power:
            self._by_power[power] = [value**power for value in self._rarities]
        return self._by_power[power]

    def rarity(self, term: str) -> float:
        """The rarity of a term; one that fewer than two notes contain is as rare as possible."""
        number = self._numbers.get(term)
        return rarity(self.record.size, 0) if number is None else self._rarities[number]

    def nearest(
        self, vector: Vector, count: int, but: Collection[int] = (), boosted: Collection[int] = frozenset()
    ) -> Neighbours:
        """The ``count`` texts with the highest cosine, 0 to 1; none that have no term in common.

        Args:
            but: places to leave out.
            boosted: places whose cosine counts double.
        """
        if self.record.size > self._scan_up_to and vector:

            def exact(place: int) -> float:
                return self._cosine(vector, place) * (2.0 if place in boosted else 1.0)

            return _best(sorted(self._bounds.find(vector, count, boosted, but, exact).items()), count)
        cosines = [0.0] * self.record.size
        for number, weight in vector:
            for place, other in zip(*self._postings(number), strict=True):
                cosines[place] += weight * other
        for place in boosted:
            cosines[place] *= 2.0
        for place in but:
            cosines[place] = 0.0
        return nearest(cosines, count)

    def similarity(self, vector: Vector, place: int) -> float:
        """The cosine to one text, 0 to 1."""
        return min(self._cosine(vector, place), 1.0)

    def _cosine(self, vector: Vector, place: int) -> float:
        starts, places, weights = self._starts, self._places, self._weights
        cosine = 0.0
        # a loop, because sum() rounds differently from the scan in newer versions of Python
        for number, weight in vector:
            end = starts[number + 1]
            at = bisect_left(places, place, starts[number], end)
            if at < end and places[at] == place:
                cosine += weight * weights[at]
        return cosine

    def common_terms(self, vector: Vector, place: int) -> list[str]:
        """The terms in common with one text; those that contribute most to the cosine first."""
        parts = [(self._cosine([pair], place), pair[0]) for pair in vector]
        parts.sort(key=itemgetter(0), reverse=True)
        return [self.record.terms[number] for part, number in parts if part]

    def _frequency(self, number: int) -> int:
        return self._starts[number + 1] - self._starts[number]

    def _postings(self, number: int) -> tuple[array[int], array[float]]:
        start, end = self._starts[number], self._starts[number + 1]
        return self._places[start:end], self._weights[start:end]


def build_index(texts: Sequence[Counter[str]]) -> IndexRecord:
    """Indexes texts, each given as counts of its terms."""
    spread = Counter(term for text in texts for term in text)
    terms = tuple(term for term, count in spread.items() if count > 1)
    numbers = {term: number for number, term in enumerate(terms)}
    rarities = [rarity(len(texts), spread[term]) for term in terms]
    raised, single = [value**IN_NOTES for value in rarities], rarity(len(texts), 1) ** IN_NOTES
    postings = [(array("I"), array("f")) for _ in terms]
    for place, text in enumerate(texts):
        for number, weight in _weigh(text, numbers, raised, single):
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
    """The inverse document frequency of a term that ``count`` of ``size`` texts contain, smoothed; at least 1."""
    return math.log((size + 1) / (count + 1)) + 1.0


def damped(count: int) -> float:
    """The weight of a term that occurs ``count`` times in a text."""
    return 1.0 + math.log(count)


def nearest(similarities: Sequence[float], count: int) -> list[tuple[int, float]]:
    """The places with the highest similarities above 0, the nearest first."""
    # Plain floats are compared first: an archive of 60,000 notes is scanned several times per suggestion, and a key
    # function called for every note costs more than the second pass.
    best = nlargest(count, similarities)
    if not best:
        return []
    lowest = best[-1]
    candidates = [(place, value) for place, value in enumerate(similarities) if value >= lowest and value > 0]
    return _best(candidates, count)


def _best(cosines: Iterable[tuple[int, float]], count: int) -> Neighbours:
    best = nlargest(count, cosines, key=itemgetter(1))
    return [(place, min(cosine, 1.0)) for place, cosine in best if cosine > 0]


def _weigh(counts: Mapping[str, int], numbers: Mapping[str, int], rarities: Sequence[float], unknown: float) -> Vector:
    """The strongest known terms of a text, normalised by its length, to which unknown terms contribute."""
    known, square = [], 0.0
    for term, count in counts.items():
        number = numbers.get(term)
        weight = damped(count) * (unknown if number is None else rarities[number])
        square += weight * weight
        if number is not None:
            known.append((number, weight))
    length = math.sqrt(square)
    return [(number, weight / length) for number, weight in nlargest(STRONGEST, known, key=itemgetter(1))]

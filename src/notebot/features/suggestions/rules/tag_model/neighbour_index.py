"""Finds the notes nearest to a text by the cosine of TF-IDF weights.

A small archive is compared as a whole. In a large one the strongest products of a term's weight in the query and in a
text choose the texts that are compared, always about as many, so a query takes as long with 60,000 notes as with 6,000:

    query terms -> STRONGEST_PRODUCTS of the inverted index -> sums -> COMPARED texts -> cosines -> the nearest

On 20,605 abstracts of arXiv this finds all of the nearest five texts of a full scan and 98 of 100 of the nearest 30;
the mean of the ten nearest for :data:`TO_BELONG` is 0.4 % lower (``bench/suggestions.py``).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from heapq import nlargest
from itertools import repeat
from operator import itemgetter, mul
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from notebot.features.suggestions.rules.tag_model.vectors import Vector

STRONGEST = 100
"""Terms per text that are indexed; the weaker ones hardly change a cosine and take much time."""

SCAN_UP_TO = 4_000
"""Texts that are all compared; with more it pays to find those worth comparing first."""
STRONGEST_PRODUCTS = 10_000
"""About how many postings of a large archive are read per query."""
COMPARED = 200
"""Texts of a large archive that are compared per query."""
MOST_POSTINGS = 1_000
"""Postings per term in a large archive, those with the highest weights; hardly any query reads more of one term."""

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
    posting_starts: bytes
    """uint32 per term, plus one at the end: where its postings begin."""
    posting_places: bytes
    """uint32 per posting: the place of the text; of each term the lowest weight first."""
    posting_weights: bytes
    """float32 per posting."""
    text_starts: bytes
    """uint32 per text, plus one at the end: where its terms begin."""
    text_terms: bytes
    """uint32 per term of a text: its position in ``terms``."""
    text_weights: bytes
    """float32 per term of a text."""


class TextIndex:
    """An index for queries."""

    def __init__(self, record: IndexRecord, scan_up_to: int = SCAN_UP_TO) -> None:
        self.record = record
        self._scan_up_to = scan_up_to
        self._numbers = {term: number for number, term in enumerate(record.terms)}
        self._rarities = memoryview(record.rarities).cast("f").tolist()
        self._by_power: dict[float, list[float]] = {}
        self._posting_starts = array("I", record.posting_starts)
        self._text_starts = array("I", record.text_starts)

    def vector(self, counts: Mapping[str, int], power: float) -> Vector:
        """The query vector of a text. Terms in fewer than two notes match nothing, but count for its length.

        Args:
            power: the power of a term's rarity, :data:`TO_TELL_APART` or :data:`TO_BELONG`.
        """
        if power not in self._by_power:
            self._by_power[power] = [value**power for value in self._rarities]
        return _weigh(counts, self._numbers, self._by_power[power], rarity(self.record.size, 0) ** power)

    def rarity(self, term: str) -> float:
        """The rarity of a term; one that fewer than two notes contain is as rare as possible."""
        number = self._numbers.get(term)
        return rarity(self.record.size, 0) if number is None else self._rarities[number]

    def nearest(
        self, vector: Vector, count: int, but: Collection[int] = (), boosted: Collection[int] = frozenset()
    ) -> Neighbours:
        """The ``count`` texts with the highest cosine, 0 to 1; none that have no term in common.

        In a large archive one that is not among the very nearest may be missed; the cosines are always exact.

        Args:
            but: places to leave out.
            boosted: places whose cosine counts double.
        """
        if self.record.size > self._scan_up_to:
            sums = self._sum_strongest_products(vector)
            for place in but:
                sums.pop(place, None)
            for place in sums.keys() & boosted:
                sums[place] *= 2.0
            promising = nlargest(max(COMPARED, count), sums, key=sums.__getitem__)
            query = dict(vector)
            compared = (
                (place, self._cosine(query, place) * (2.0 if place in boosted else 1.0)) for place in sorted(promising)
            )
            return _best(compared, count)
        cosines = [0.0] * self.record.size
        for number, weight in vector:
            for place, other in zip(*self._postings(number), strict=True):
                cosines[place] += weight * other
        for place in boosted:
            cosines[place] *= 2.0
        for place in but:
            cosines[place] = 0.0
        return nearest(cosines, count)

    def _sum_strongest_products(self, vector: Vector) -> dict[int, float]:
        """By place, a part of the cosine: the sum of the products that are among the strongest of the query."""
        postings = [(weight, *self._postings(number)) for number, weight in vector]
        # the lowest product that is used, by bisection; 0 if the query has no more postings than that
        least, above = 0.0, max((weight * weights[-1] for weight, _, weights in postings if weights), default=0.0)
        if sum(len(places) for _, places, _ in postings) > STRONGEST_PRODUCTS:
            for _ in range(10):
                middle = (least + above) / 2
                count = sum(len(weights) - bisect_left(weights, middle / weight) for weight, _, weights in postings)
                least, above = (middle, above) if count > STRONGEST_PRODUCTS else (least, middle)
        sums: dict[int, float] = {}
        for weight, places, weights in postings:
            start = bisect_left(weights, least / weight)
            for place, other in zip(places[start:], weights[start:], strict=True):
                sums[place] = sums.get(place, 0.0) + weight * other
        return sums

    def similarity(self, vector: Vector, place: int) -> float:
        """The cosine to one text, 0 to 1."""
        return min(self._cosine(dict(vector), place), 1.0)

    def common_terms(self, vector: Vector, place: int) -> list[str]:
        """The terms in common with one text; those that contribute most to the cosine first."""
        weights = dict(zip(*self._terms_of(place), strict=True))
        parts = [(weight * weights[number], number) for number, weight in vector if number in weights]
        parts.sort(key=itemgetter(0), reverse=True)
        return [self.record.terms[number] for _, number in parts]

    def _cosine(self, query: Mapping[int, float], place: int) -> float:
        terms, weights = self._terms_of(place)
        cosine: float = sum(map(mul, map(query.get, terms, repeat(0.0)), weights))
        return cosine

    # Slices of the record are copied when they are needed: arrays of the whole would double the memory.

    def _postings(self, number: int) -> tuple[array[int], array[float]]:
        part = slice(4 * self._posting_starts[number], 4 * self._posting_starts[number + 1])
        return array("I", self.record.posting_places[part]), array("f", self.record.posting_weights[part])

    def _terms_of(self, place: int) -> tuple[array[int], array[float]]:
        part = slice(4 * self._text_starts[place], 4 * self._text_starts[place + 1])
        return array("I", self.record.text_terms[part]), array("f", self.record.text_weights[part])


def build_index(texts: Sequence[Counter[str]]) -> IndexRecord:
    """Indexes texts, each given as counts of its terms."""
    spread = Counter(term for text in texts for term in text)
    terms = tuple(term for term, count in spread.items() if count > 1)
    numbers = {term: number for number, term in enumerate(terms)}
    rarities = [rarity(len(texts), spread[term]) for term in terms]
    raised, single = [value**IN_NOTES for value in rarities], rarity(len(texts), 1) ** IN_NOTES
    text_starts, text_terms, text_weights = array("I", [0]), array("I"), array("f")
    postings = [(array("I"), array("f")) for _ in terms]
    for place, text in enumerate(texts):
        for number, weight in _weigh(text, numbers, raised, single):
            text_terms.append(number)
            text_weights.append(weight)
            postings[number][0].append(place)
            postings[number][1].append(weight)
        text_starts.append(len(text_terms))
    most = MOST_POSTINGS if len(texts) > SCAN_UP_TO else len(texts)
    starts, places, weights = array("I", [0]), array("I"), array("f")
    for of_term, with_weights in postings:
        strongest = sorted(range(len(of_term)), key=with_weights.__getitem__)[-most:]
        places.extend(of_term[at] for at in strongest)
        weights.extend(with_weights[at] for at in strongest)
        starts.append(len(places))
    return IndexRecord(
        size=len(texts),
        terms=terms,
        rarities=array("f", rarities).tobytes(),
        posting_starts=starts.tobytes(),
        posting_places=places.tobytes(),
        posting_weights=weights.tobytes(),
        text_starts=text_starts.tobytes(),
        text_terms=text_terms.tobytes(),
        text_weights=text_weights.tobytes(),
    )


def rarity(size: int, count: int) -> float:
    """The inverse document frequency of a term that ``count`` of ``size`` texts contain, smoothed; at least 1."""
    return math.log((size + 1) / (count + 1)) + 1.0


def damped(count: int) -> float:
    """The weight of a term that occurs ``count`` times in a text."""
    return 1.0 + math.log(count)


def nearest(similarities: Sequence[float], count: int) -> list[tuple[int, float]]:
    """The places with the highest similarities above 0, the nearest first."""
    # Plain floats are compared first: a key function called for every note costs more than the second pass.
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

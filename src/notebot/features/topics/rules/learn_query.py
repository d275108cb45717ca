"""Learns a topic query from papers that the curator noted, and from announced papers that were not.

A learned query is readable: up to three groups of alternatives, ``(a OR b) AND (c OR d)``, of words and phrases in
title or abstract. Such a shape has few parts to choose, so that it also finds papers that it was not learned from: on
the archive of ``bench/topics_quality.py``, longer lists of pairs of words found half as many of the newer notes.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain, combinations
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.topics.rules.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from notebot.features.topics.rules.searchable_text import Prepared

MOST_TERMS = 30
"""Terms that are combined; the number of combinations grows with its third power."""
MOST_GROUPS = 3
MOST_ALTERNATIVES = 5
_STARTS = 6
"""Combinations per number of groups from which a query is grown."""
_FEWEST_NOTES = 3
"""A term in fewer papers says nothing."""
_LEAST_SHARE = 0.03
"""Of the noted papers, the share that contains a term."""
_LONGEST_TEXT = 4_000
"""Characters of an abstract that are read; arXiv's abstracts have 2,000 at most."""


class LearningTerm(Struct, frozen=True, order=True):
    """A word or a phrase of two words in one field."""

    field: str
    """``ti`` or ``abs``."""
    words: str
    open_end: bool = False
    """True for a trailing ``*``."""

    def __str__(self) -> str:
        text = self.words + "*" * self.open_end
        return f'{self.field}:"{text}"' if " " in text else f"{self.field}:{text}"

    def find_in(self, papers: Sequence[Prepared]) -> int:
        """The papers that contain it: one bit per paper, as the matching of topics would decide."""
        needle = f" {self.words}" if self.open_end else f" {self.words} "
        texts = [paper.title for paper in papers] if self.field == "ti" else [paper.abstract for paper in papers]
        return int("0" + "".join("01"[needle in text] for text in reversed(texts)), 2)


class _Leaf(Struct, frozen=True):
    """A term, and which papers contain it: one bit per paper."""

    term: LearningTerm
    wanted: int
    others: int


class _State(Struct, frozen=True):
    """A query while it is built, and the papers that it matches so far."""

    groups: tuple[tuple[int, ...], ...]
    """Positions of leaves: a paper has to match at least one leaf of every group."""
    wanted: int
    others: int
    """How many papers match."""


class QueryLearner:
    """Learns queries against the same announced papers.

    Args:
        others: announced papers that were not noted.
    """

    def __init__(self, others: Sequence[Prepared]) -> None:
        self._others = others
        # tags share most of their terms, and each is looked for in thousands of papers
        self._in_others: dict[LearningTerm, int] = {}

    def learn(self, wanted: Sequence[Prepared], most: int) -> str | None:
        """Returns a query in arXiv's grammar that finds many of ``wanted``, or ``None`` if no term is typical of them.

        Args:
            most: how many of the announced papers it may match.
        """
        leaves = self._typical_terms(wanted)
        best: _State | None = None
        for count in range(1, MOST_GROUPS + 1):
            for start in _starts(leaves, count, most):
                grown = _grow(start, leaves, most)
                # the shorter query comes first, and wins if a longer one finds no more
                if best is None or grown.wanted > best.wanted:
                    best = grown
        return _write(best, leaves) if best else None

    def _typical_terms(self, wanted: Sequence[Prepared]) -> list[_Leaf]:
        fewest = max(_FEWEST_NOTES, _LEAST_SHARE * len(wanted))
        scored = []
        for term in _candidates(wanted):
            bits = term.find_in(wanted)
            if bits.bit_count() < fewest:
                continue
            if term not in self._in_others:
                self._in_others[term] = term.find_in(self._others)
            leaf = _Leaf(term, bits, self._in_others[term])
            score = _score(bits.bit_count(), len(wanted), leaf.others.bit_count(), len(self._others))
            if score > 0:
                scored.append((-score, term, leaf))
        return _without_twins([leaf for _, _, leaf in sorted(scored)])[:MOST_TERMS]


def _candidates(papers: Sequence[Prepared]) -> Iterator[LearningTerm]:
    """Terms that may be in enough of the papers: each as it is, or with ``*`` where singular and plural occur."""
    counts = Counter(chain.from_iterable({*_words_and_pairs(paper)} for paper in papers))
    endings: dict[tuple[str, str], int] = Counter()
    for (field, words), count in counts.items():
        endings[field, _stem(words)] += count
    fewest = max(_FEWEST_NOTES, _LEAST_SHARE * len(papers))
    opened: set[tuple[str, str]] = set()
    for (field, words), count in counts.items():
        stem = field, _stem(words)
        if endings[stem] < fewest:
            continue
        if endings[stem] == count:
            yield LearningTerm(field, words)
        elif stem not in opened:
            opened.add(stem)
            yield LearningTerm(*stem, open_end=True)


def _words_and_pairs(paper: Prepared) -> Iterator[tuple[str, str]]:
    """Yields the field with each word, and with each pair of adjacent words; skips stop words, numbers, letters."""
    for field, text in (("ti", paper.title), ("abs", paper.abstract[:_LONGEST_TEXT])):
        words = text.split()
        counts = [len(word) > 1 and not word.isdigit() and word not in STOP_WORDS for word in words]
        for place, word in enumerate(words):
            if counts[place]:
                yield field, word
                if place + 1 < len(words) and counts[place + 1]:
                    yield field, f"{word} {words[place + 1]}"


def _stem(words: str) -> str:
    """What singular and plural of the last word have in common; short words stay whole."""
    last = words.rpartition(" ")[2]
    if len(last) > 6 and last.endswith("ies"):
        return words[:-3]
    if len(last) > 4 and last.endswith("y"):
        return words[:-1]
    if len(last) > 3 and last.endswith("s") and not last.endswith("ss"):
        return words[:-1]
    return words


def _union(bits: Iterable[int]) -> int:
    union = 0
    for each in bits:
        union |= each
    return union


def _score(found: int, wanted: int, matched: int, others: int) -> float:
    """How typical a term is of the noted papers.

    It is the share of them with the term, times the logarithm of how much more frequent it is there than elsewhere.
    The share of the noted papers is the lower bound of Wilson's interval (one standard deviation), so that three
    papers that agree by chance do not win against thirty.
    """
    share = found / wanted
    spread = math.sqrt(share * (1 - share) / wanted + 1 / (4 * wanted * wanted))
    least = (share + 1 / (2 * wanted) - spread) / (1 + 1 / wanted)
    usual = (matched + 2) / (others + 4)
    return least * math.log(max(least, 1e-9) / usual)


def _without_twins(leaves: Sequence[_Leaf]) -> list[_Leaf]:
    """Leaves that differ in their papers; a phrase and its word are often in the same ones."""
    seen = Counter[tuple[int, int]]()
    kept = []
    for leaf in leaves:
        seen[leaf.wanted, leaf.others] += 1
        if seen[leaf.wanted, leaf.others] == 1:
            kept.append(leaf)
    return kept


def _starts(leaves: Sequence[_Leaf], count: int, most: int) -> list[_State]:
    """The most promising combinations of ``count`` single terms."""
    starts = []
    for places in combinations(range(len(leaves)), count):
        wanted, others = leaves[places[0]].wanted, leaves[places[0]].others
        for place in places[1:]:
            wanted &= leaves[place].wanted
            others &= leaves[place].others
        found, cost = wanted.bit_count(), others.bit_count()
        if found >= _FEWEST_NOTES and cost <= most:
            starts.append(((found - 1) / (cost + 3) * math.sqrt(found), places, found, cost))
    best = sorted(starts, key=lambda start: (-start[0], start[1]))[:_STARTS]
    return [_State(tuple((place,) for place in places), found, cost) for _, places, found, cost in best]


def _grow(state: _State, leaves: Sequence[_Leaf], most: int) -> _State:
    """Adds the alternative that finds most for what it costs, again and again, while ``most`` allows it."""
    while True:
        best: tuple[float, _State] | None = None
        used = {place for group in state.groups for place in group}
        for number, group in enumerate(state.groups):
            if len(group) == MOST_ALTERNATIVES:
                continue
            rest = [each for place, each in enumerate(state.groups) if place != number]
            wanted_rest, others_rest = _matches(rest, leaves)
            wanted = _union(leaves[place].wanted for place in group)
            others = _union(leaves[place].others for place in group)
            for place, leaf in enumerate(leaves):
                found = ((wanted | leaf.wanted) & wanted_rest).bit_count()
                # an alternative that adds a single paper was chosen by chance
                if place in used or found - state.wanted < 2:
                    continue
                cost = ((others | leaf.others) & others_rest).bit_count()
                if cost > most:
                    continue
                gain = (found - state.wanted - 0.5) / (cost - state.others + 1)
                if best is None or gain > best[0]:
                    groups = (*state.groups[:number], (*group, place), *state.groups[number + 1 :])
                    best = gain, _State(groups, found, cost)
        if best is None:
            return state
        state = best[1]


def _matches(groups: Iterable[Sequence[int]], leaves: Sequence[_Leaf]) -> tuple[int, int]:
    """The papers in which every group has an alternative; without groups, all of them."""
    wanted = others = -1
    for group in groups:
        wanted &= _union(leaves[place].wanted for place in group)
        others &= _union(leaves[place].others for place in group)
    return wanted, others


def _write(state: _State, leaves: Sequence[_Leaf]) -> str:
    groups = [" OR ".join(str(leaves[place].term) for place in group) for group in state.groups]
    if len(groups) == 1:
        return groups[0]
    return " AND ".join(
        f"({text})" if len(group) > 1 else text for text, group in zip(groups, state.groups, strict=True)
    )

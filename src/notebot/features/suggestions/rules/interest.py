"""Learns from notes and decisions which papers the curator keeps: logistic regression on words and pairs of words."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from itertools import chain, pairwise
from operator import mul
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.model.stub import Interest, InterestKind, InterestReason
from notebot.features.suggestions.rules.tag_model.corpus import PaperText
from notebot.features.suggestions.rules.tag_model.neighbour_index import damped, rarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from notebot.core.model.stub import Stub

FEWEST_LIKED = 20
"""Notes and kept papers that are needed to learn anything."""
FEWEST_OTHERS = 200
"""Announced and skipped papers that are needed to learn anything."""
MOST_NOTES = 2_000
"""The newest notes are learned from, because interests change; more would also take more memory than a poll may."""
MOST_DECIDED = 2_000
"""Most kept papers, and most skipped papers, to learn from; the newest are taken."""
KEPT_WEIGHT = 2.0
"""Weight of a kept paper in learning; a note of the archive counts 1."""
SKIPPED_WEIGHT = 2.0
"""Weight of a skipped paper in learning; a paper that was only announced counts 1."""

_FEWEST_USES = 2
"""A word or pair that only one paper contains teaches nothing about others."""
_LOOSENESS = 16.0
"""How little the weights are held back; of 1, 4 and 16 the last ranked notes that were held out best."""
_ROUNDS = 30
_DONE = 0.002
"""Learning ends with a round in which no example changed by more than this share of its cost."""
# the precision ends the loop; the limit is for values that are not finite
_STEPS = 30
_EXACT = 1e-4

FEWEST_DECIDED = 5
"""Decisions on papers of a category before it counts as a habit."""
_PRIOR_DECISIONS = 10.0
"""Prior strength: a category's share of kept papers is smoothed with this many decisions at the overall share."""
_MOST = 0.7
"""The share of a category's papers that the curator skipped, or kept, before it is given as a reason."""


class Example(Struct, frozen=True):
    """A paper to learn from."""

    text: PaperText
    liked: bool
    """True for notes and kept papers, false for skipped papers and those that were only announced."""
    weight: float = 1.0


class InterestRecord(Struct, frozen=True):
    """What was learned, as it is stored; the bytes are float32 arrays in the machine's byte order."""

    fingerprint: str = ""
    """Changes whenever there is something new to learn from."""
    terms: tuple[str, ...] = ()
    """Words, and pairs of words that follow each other; empty if there was too little to learn from."""
    rarities: bytes = b""
    """Per term."""
    weights: bytes = b""
    """Per term: how much it speaks for a paper, or against it."""
    constant: float = 0.0
    titles_only: bool = False
    """True if too few abstracts of the archive are known, so that papers are judged by their titles, too."""
    kept: dict[str, int] = field(default_factory=dict)
    """Kept papers by arXiv category."""
    skipped: dict[str, int] = field(default_factory=dict)
    """Skipped papers by arXiv category."""
    decided: tuple[int, int] = (0, 0)
    """All kept and all skipped papers."""


class InterestModel:
    """Judges papers by what was learned."""

    def __init__(self, record: InterestRecord) -> None:
        self._record = record
        self._numbers = {term: number for number, term in enumerate(record.terms)}
        self._rarities = array("f", record.rarities)
        self._weights = array("f", record.weights)

    def judge(self, stub: Stub, text: PaperText) -> Interest | None:
        """How much the curator's notes and decisions speak for a paper; ``None`` if nothing was learned.

        Args:
            text: the paper's title and abstract.
        """
        habits = [self._habit(category) for category in stub.categories]
        if not self._record.terms and not any(habits):
            return None
        score = max(habits, key=abs, default=0.0)
        if self._record.terms:
            read = PaperText(text.title, []) if self._record.titles_only else text
            vector = _weigh(count_pairs(read), self._numbers, self._rarities)
            score += self._record.constant + sum(
                self._weights[number] * value for number, value in zip(*vector, strict=True)
            )
        reasons = [reason for reason in map(self._reason, stub.categories) if reason is not None]
        return Interest(round(score, 3), tuple(reasons[:1]))

    def _habit(self, category: str) -> float:
        """The logarithm of the odds that a paper of this category is kept, compared with all papers."""
        kept, skipped = self._record.kept.get(category, 0), self._record.skipped.get(category, 0)
        if kept + skipped < FEWEST_DECIDED:
            return 0.0
        all_kept, all_skipped = self._record.decided
        usual = (all_kept + 1) / (all_kept + all_skipped + 2)
        share = (kept + usual * _PRIOR_DECISIONS) / (kept + skipped + _PRIOR_DECISIONS)
        return math.log(share / (1 - share)) - math.log(usual / (1 - usual))

    def _reason(self, category: str) -> InterestReason | None:
        kept, skipped = self._record.kept.get(category, 0), self._record.skipped.get(category, 0)
        # a curator who skips most papers of all categories has no habit about this one
        habit = self._habit(category)
        if skipped >= _MOST * (kept + skipped) and habit < 0:
            return InterestReason(InterestKind.SKIPS_CATEGORY, category, skipped, kept + skipped)
        if kept >= _MOST * (kept + skipped) and habit > 0:
            return InterestReason(InterestKind.KEEPS_CATEGORY, category, kept, kept + skipped)
        return None


def count_pairs(text: PaperText) -> Counter[str]:
    """How often each word, and each pair of words that follow each other, occurs in a paper."""
    pairs = (f"{first} {second}" for part in (text.title, text.abstract) for first, second in pairwise(part))
    return Counter(chain(text.title, text.abstract, pairs))


def learn_interest(
    examples: Sequence[Example], kept: Iterable[Stub] = (), skipped: Iterable[Stub] = (), *, titles_only: bool = False
) -> InterestRecord:
    """Learns from examples, and counts the decisions by category.

    Args:
        kept: all papers that the curator kept.
        skipped: all papers that the curator skipped.
        titles_only: the examples have no abstracts.
    """
    kept, skipped = list(kept), list(skipped)
    liked = sum(example.liked for example in examples)
    enough = liked >= FEWEST_LIKED and len(examples) - liked >= FEWEST_OTHERS
    terms, rarities, weights, constant = _fit(examples) if enough else ((), array("f"), array("f"), 0.0)
    return InterestRecord(
        terms=terms,
        rarities=rarities.tobytes(),
        weights=weights.tobytes(),
        constant=constant,
        titles_only=titles_only,
        kept=_by_category(kept),
        skipped=_by_category(skipped),
        decided=(len(kept), len(skipped)),
    )


def _by_category(stubs: Iterable[Stub]) -> dict[str, int]:
    return dict(Counter(category for stub in stubs for category in dict.fromkeys(stub.categories)))


def _fit(examples: Sequence[Example]) -> tuple[tuple[str, ...], array[float], array[float], float]:
    """Terms, their rarities and weights, and the constant, by logistic regression with an L2 penalty.

    Dual coordinate descent (Yu, Huang and Lin, *Dual coordinate descent methods for logistic regression and maximum
    entropy models*, 2011): it needs no learning rate, and about eight rounds. The weights are at every moment the sum
    of all examples, each times its dual variable, which lies between 0 and the example's cost.
    """
    spread: Counter[str] = Counter()
    for example in examples:
        spread.update(count_pairs(example.text).keys())
    terms = tuple(term for term, count in spread.items() if count >= _FEWEST_USES)
    rarities = array("f", (rarity(len(examples), spread[term]) for term in terms))
    del spread  # most of the memory: pairs that occur once
    numbers = {term: number for number, term in enumerate(terms)}
    rows = [_weigh(count_pairs(example.text), numbers, rarities) for example in examples]
    signs = [1.0 if example.liked else -1.0 for example in examples]
    costs = [_LOOSENESS * example.weight for example in examples]
    # any small value may be the start, but not 0, where the logarithm of the objective is infinite
    duals = [1e-8] * len(rows)
    weights, constant = [0.0] * len(terms), 0.0
    order, random = list(range(len(rows))), Random(0)
    for _ in range(_ROUNDS):
        random.shuffle(order)
        largest = 0.0
        for place in order:
            used, values = rows[place]
            margin = constant + sum(map(mul, map(weights.__getitem__, used), values))
            better = _best_dual(duals[place], costs[place], signs[place] * margin)
            change = signs[place] * (better - duals[place])
            largest = max(largest, abs(change) / costs[place])
            duals[place] = better
            constant += change
            for number, value in zip(used, values, strict=True):
                weights[number] += change * value
        if largest < _DONE:
            break
    return terms, rarities, array("f", weights), constant


def _best_dual(dual: float, cost: float, margin: float) -> float:
    """The dual variable of one example that is best while all others stay, by Newton's method inside its bounds.

    Args:
        margin: how clearly the weights are right about the example.
    """
    square = 2.0  # a row has length 1, and so does the constant
    best = dual
    for _ in range(_STEPS):
        slope = math.log(best / (cost - best)) + square * (best - dual) + margin
        if abs(slope) < _EXACT:
            break
        following = best - slope / (cost / (best * (cost - best)) + square)
        # a step over a bound goes nine tenths of the way towards it instead
        if following <= 0:
            following = best / 10
        elif following >= cost:
            following = cost - (cost - best) / 10
        if following in (0.0, cost):
            break
        best = following
    return best


def _weigh(
    counts: Mapping[str, int], numbers: Mapping[str, int], rarities: Sequence[float]
) -> tuple[array[int], array[float]]:
    """The known terms of a paper and their TF-IDF weights, as a vector of length 1."""
    used = array("I", (numbers[term] for term in counts if term in numbers))
    values = array("f", (damped(count) * rarities[numbers[term]] for term, count in counts.items() if term in numbers))
    length = math.sqrt(math.fsum(value * value for value in values))
    return used, array("f", (value / length for value in values)) if length else values

"""Logistic regression, and a curve that calibrates its scores as precision."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[float, ...]

# Newton's method converges within a few rounds; the limit is for data on which it does not
_ROUNDS = 12
_DONE = 1e-4
_RIDGE = 1.0
"""L2 penalty: as strong as one row of evidence."""
_BLOCK = 25
"""The smallest number of scores in one point of the curve."""


class Curve(Struct, frozen=True):
    """The precision at each score: never falling, linear between points."""

    scores: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def at(self, score: float) -> float:
        """The share of suggestions with this score that were right; 0 to 1."""
        if not self.scores:
            return score
        at = bisect_left(self.scores, score)
        if at == 0 or at == len(self.scores):
            return self.shares[min(at, len(self.shares) - 1)]
        low, high = self.scores[at - 1], self.scores[at]
        return self.shares[at - 1] + (self.shares[at] - self.shares[at - 1]) * (score - low) / (high - low)


def fit_curve(scores: Sequence[float], right: Sequence[bool]) -> Curve:
    """Isotonic regression on blocks of scores: neighbouring blocks are merged until no share falls."""
    seen = sorted(zip(scores, right, strict=True))
    # blocks, because a single suggestion is either right or wrong
    blocks: list[tuple[float, int, int]] = []
    for start in range(0, len(seen), _BLOCK):
        part = seen[start : start + _BLOCK]
        blocks.append((sum(score for score, _ in part), sum(good for _, good in part), len(part)))
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            last = blocks.pop()
            blocks[-1] = (blocks[-1][0] + last[0], blocks[-1][1] + last[1], blocks[-1][2] + last[2])
    return Curve(tuple(total / count for total, _, count in blocks), tuple(good / count for _, good, count in blocks))


def fit_logistic(rows: Sequence[Row], right: Sequence[bool]) -> Row:
    """Weights of a logistic regression by Newton's method, the constant first; empty without rows."""
    if not rows:
        return ()
    weights = [0.0] * (len(rows[0]) + 1)
    for _ in range(_ROUNDS):
        step = _solve(*_curvature(rows, right, weights))
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < _DONE:
            break
    return tuple(weights)


def probability(weights: Row, row: Row) -> float:
    """The probability of a row; 0 to 1."""
    # beyond 30 the exponential changes nothing, and beyond 700 it overflows
    total = weights[0] + sum(map(float.__mul__, weights[1:], row))
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


def _curvature(
    rows: Sequence[Row], right: Sequence[bool], weights: list[float]
) -> tuple[list[list[float]], list[float]]:
    """The second and the first derivative of the penalised likelihood; the constant is not penalised."""
    size, fixed = len(weights), tuple(weights)
    slope = [-_RIDGE * weight for weight in weights]
    slope[0] = 0.0
    bend = [[_RIDGE if at == other and at else 0.0 for other in range(size)] for at in range(size)]
    for row, good in zip(rows, right, strict=True):
        chance = probability(fixed, row)
        full, off, spread = (1.0, *row), good - chance, chance * (1 - chance)
        for at, value in enumerate(full):
            if value:
                slope[at] += off * value
                part, line = spread * value, bend[at]
                for other in range(at, size):
                    line[other] += part * full[other]
    for at in range(size):
        # two features that always agree would make the matrix singular
        bend[at][at] += 1e-9
        for other in range(at):
            bend[at][other] = bend[other][at]
    return bend, slope


def _solve(matrix: list[list[float]], wanted: list[float]) -> list[float]:
    """Gaussian elimination; the matrix is symmetric and positive definite, so no pivoting is needed."""
    size = len(wanted)
    lines = [[*line, value] for line, value in zip(matrix, wanted, strict=True)]
    for at in range(size):
        for below in range(at + 1, size):
            share = lines[below][at] / lines[at][at]
            if share:
                lines[below] = [value - share * upper for value, upper in zip(lines[below], lines[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(lines[at][other] * found[other] for other in range(at + 1, size))
        found[at] = (lines[at][size] - rest) / lines[at][at]
    return found

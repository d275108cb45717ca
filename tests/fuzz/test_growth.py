"""Reading ten times as much hostile text takes at most fifteen times as long.

CPU time is compared, not wall time, and a ratio that is too large is measured again, so that a busy machine does not
matter. Text of which 3 KB are read within ``_HARMLESS_S`` is not measured further: even in quadratic time 100 KB of it
take about a second.
"""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from fuzz.targets import HOSTILE, TEXT_TARGETS, Target

_SMALL, _LARGE = 3_000, 30_000
_MOST = 15
_HARMLESS_S = 0.001
_SHARE = 3
"""Each target gets its own pieces, and one in three of the others; together the targets get them all."""


def reads(target: Target) -> Callable[[str], object]:
    """The reader without the errors that it may raise."""

    def read(text: str) -> object:
        with suppress(*target.errors):
            return target.read(text)
        return None

    return read


def cpu_seconds(read: Callable[[str], object], text: str, runs: int) -> float:
    """The least CPU time of some runs, in seconds."""
    times = []
    for _ in range(runs):
        started = time.process_time()
        read(text)
        times.append(time.process_time() - started)
    return min(times)


def repeated(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def growth_of(read: Callable[[str], object], before: str, piece: str, after: str) -> float:
    """How many times as long the large text takes; 0 if that is harmless."""
    small = before + repeated(piece, _SMALL) + after
    least = cpu_seconds(read, small, 1)
    if least < _HARMLESS_S:
        return 0
    large = before + repeated(piece, _LARGE) + after
    ratio = cpu_seconds(read, large, 1) / least
    for _ in range(3):
        if ratio <= _MOST:
            break
        ratio = cpu_seconds(read, large, 3) / max(cpu_seconds(read, small, 5), 1e-4)
    return ratio


NAMES = sorted(name for name, target in TEXT_TARGETS.items() if target.grows)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_time_grows_with_the_text_and_not_faster(name: str) -> None:
    target, turn = TEXT_TARGETS[name], NAMES.index(name)
    for place, (before, after) in enumerate(target.frames):
        for piece in (*HOSTILE[(turn + place) % _SHARE :: _SHARE], *target.pieces):
            ratio = growth_of(reads(target), before, piece, after)
            assert ratio <= _MOST, f"{name}: {before!r} + {piece!r} … + {after!r}: {ratio:.0f} times as long"

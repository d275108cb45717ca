"""Reading ten times as much hostile text takes at most fifteen times as long.

CPU time is compared, not wall time, and each time is the least of several measurements, so that a busy machine does
not matter. Text of which 30 KB are read within ``_HARMLESS_S`` is not measured again, because 100 KB of it then take
less than a second.
"""

import time
from collections.abc import Callable

import pytest

from fuzz.targets import HOSTILE, TEXT_TARGETS

_SMALL, _FIRST, _LARGE = 10_000, 30_000, 100_000
_MOST = 15
_HARMLESS_S = 0.08


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
    if cpu_seconds(read, before + repeated(piece, _FIRST) + after, 1) < _HARMLESS_S:
        return 0
    large = before + repeated(piece, _LARGE) + after
    small = before + repeated(piece, _SMALL) + after
    # a second look at both, because another process may have been in the way of the first
    for _ in range(3):
        ratio = cpu_seconds(read, large, 3) / max(cpu_seconds(read, small, 5), 1e-4)
        if ratio <= _MOST:
            break
    return ratio


@pytest.mark.parametrize("name", sorted(TEXT_TARGETS))
def test_time_grows_with_the_text_and_not_faster(name: str) -> None:
    target = TEXT_TARGETS[name]
    for before, after in target.frames:
        for piece in (*(HOSTILE if not before else HOSTILE[:20]), *target.pieces):
            ratio = growth_of(target.read, before, piece, after)
            assert ratio <= _MOST, f"{name}: {before!r} + {piece!r} … + {after!r}: {ratio:.0f} times as long"

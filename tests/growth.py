"""Whether work grows in proportion to its input, by the CPU time of this thread: a busy machine does not matter."""

import gc
import time
from collections.abc import Callable

MOST = 15
"""How many times as much CPU ten times the input may take; work that grows with the square takes 100 times."""
_HARMLESS_S = 0.001
"""Even in quadratic time ten times the input of such work takes only 0.1 s."""
_HARMLESS_LARGE_S = 0.02
"""So short a time differs by half with what is in the processor's cache."""
_DOUBLED = 2.4
"""How many times as long twice the input takes where a square makes ten times the input take fifteen times as long."""


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """How many times as long work on the large input takes; 0 if the small one takes next to nothing.

    A ratio above :data:`MOST` is measured again, as the best of several runs, because other processes may have been in
    the way or the first run imported something. It counts only if the second half of the large input is dearer too.
    """
    least = cpu_seconds(work, small)
    if least < _HARMLESS_S:
        return 0
    most = cpu_seconds(work, large)
    for _ in range(3):
        if most / least <= MOST or most < _HARMLESS_LARGE_S:
            break
        most = min(cpu_seconds(work, large) for _ in range(3))
        least = min(cpu_seconds(work, small) for _ in range(5))
        if most / min(cpu_seconds(work, large // 2) for _ in range(3)) < _DOUBLED:
            return min(most / least, MOST)
    return 0 if most < _HARMLESS_LARGE_S else most / least


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether work on an input of ``size`` takes at most :data:`MOST` times as long as on a tenth of it."""
    return growth(work, size // 10, size) <= MOST


def cpu_seconds(work: Callable[[int], object], size: int) -> float:
    """The CPU time of one run, in seconds; without garbage collection, whose time depends on other objects."""
    gc.disable()
    try:
        started = time.thread_time()
        work(size)
        return max(time.thread_time() - started, 1e-6)
    finally:
        gc.enable()


def repeated(piece: str, length: int) -> str:
    """A text of one piece again and again."""
    return (piece * (length // len(piece) + 1))[:length]

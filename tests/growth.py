"""Whether work grows in proportion to its input, by the CPU time of this thread: a busy machine does not matter."""

import time
from collections.abc import Callable

_TIMES = 8
_MOST = 20
"""How many times as much CPU eight times the input may take; work that grows with the square takes 64 times."""
_HARMLESS_S = 0.05


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether work on an input of ``size`` takes next to nothing, or in proportion to an eighth of that size."""
    for _ in range(3):  # again, because the first run may have imported and compiled something
        large = cpu_seconds(work, size)
        if large < _HARMLESS_S or large <= _MOST * cpu_seconds(work, size // _TIMES):
            return True
    return False


def cpu_seconds(work: Callable[[int], object], size: int) -> float:
    """The CPU time of one run, in seconds."""
    started = time.thread_time()
    work(size)
    return time.thread_time() - started


def repeated(piece: str, length: int) -> str:
    """A text of one piece again and again."""
    return (piece * (length // len(piece) + 1))[:length]

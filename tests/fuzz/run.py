"""Feeds random hostile text to every reader for some seconds each: ``python tests/fuzz/run.py SECONDS [NAME ...]``.

Prints, per target: inputs, uncaught exceptions, the slowest reading in CPU seconds per 100 KB, and how many times as
long ten times as much hostile text took at worst. Exits with 1 if anything was uncaught, took more than a second per
100 KB, or grew more than fifteen times. The seed of each run is printed; ``SEED=…`` repeats it.
"""

import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.growth_of_readers import growths
from fuzz.inputs import make_input
from fuzz.targets import TEXT_TARGETS, Target
from growth import MOST

_LEAST_MEASURED = 20_000
"""Characters from which the time says something; shorter texts cost mostly their fixed part."""


def fuzz(target: Target, seconds: float, random: Random) -> tuple[int, list[tuple[str, str]], float, str]:
    """Inputs, the uncaught exceptions with their texts, the slowest reading per 100 KB, and its text."""
    count, slowest, slow_text = 0, 0.0, ""
    uncaught: list[tuple[str, str]] = []
    for text in target.seeds[:1]:
        with suppress(*target.errors):
            target.read(text)  # imports and compiles what it needs, which is not the text's cost
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = make_input(target, random)
        if count % 20 == 19:  # a long one, for the time
            text = (text * (_LEAST_MEASURED // max(len(text), 1) + 1))[: 2 * _LEAST_MEASURED]
        started = time.process_time()
        try:
            target.read(text)
        except target.errors:
            pass
        except Exception as error:
            if len(uncaught) < 20:
                uncaught.append((f"{type(error).__name__}: {error}"[:200], text[:2_000]))
        taken = time.process_time() - started
        if len(text) >= _LEAST_MEASURED and taken / len(text) * 100_000 > slowest:
            slowest, slow_text = taken / len(text) * 100_000, text
        count += 1
    return count, uncaught, slowest, slow_text


def main() -> None:
    """Fuzzes the named targets, or all."""
    logging.disable(logging.CRITICAL)
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    names = sys.argv[2:] or sorted(TEXT_TARGETS)
    print(f"seed {seed}, {len(names)} targets, {seconds:g} s each", flush=True)
    total, broken = 0, 0
    for name in names:
        count, uncaught, slowest, slow_text = fuzz(TEXT_TARGETS[name], seconds, Random(seed))
        growth, grown = max(growths(TEXT_TARGETS[name]), default=(0.0, "")) if TEXT_TARGETS[name].grows else (0.0, "")
        total += count
        is_slow = slowest > 1
        broken += bool(uncaught) or is_slow or growth > MOST
        print(
            f"{name:32} {count:9,} inputs {len(uncaught):3} uncaught {slowest:7.3f} s per 100 KB,"
            f" grows {growth:4.1f} times",
            flush=True,
        )
        if growth > MOST:
            print(f"    grows: {grown}", flush=True)
        for message, text in uncaught[:3]:
            print(f"    {message}\n    {text[:300]!r}", flush=True)
        if is_slow:
            print(f"    slow: {slow_text[:200]!r}", flush=True)
    print(f"{total:,} inputs in all, {broken} targets broken or slow")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()

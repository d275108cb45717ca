"""A thousand processes killed with ``kill -9`` at random moments, and what that cost; run by ``make bench-crash``.

Every run goes through three days, a missed week and a backfill while its commands are killed, and is then
compared with a run that nothing disturbed.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from acceptance.command import Desk
from acceptance.kills import PHASES, Killer, Toll, go_through, made_ready, papers, toll
from notebot.demo.sample_arxiv import SampleArxiv

KILLS_A_PHASE = 5
AT_ONCE = 2


def struck(seed: int, plain: Desk, folder: Path) -> tuple[Counter[str], Toll]:
    """One run: how many commands of each kind were killed, and what that cost."""
    killer = Killer(random.Random(seed))
    with SampleArxiv(papers()) as arxiv:
        desk = made_ready(arxiv, folder / str(seed))
        go_through(arxiv, desk, killer, KILLS_A_PHASE)
        return killer.killed, toll(desk, plain)


def main() -> None:
    parser = argparse.ArgumentParser(description="Kills notebot at random moments and counts what is lost or doubled.")
    parser.add_argument("--kills", type=int, default=1000, help="how many processes to kill (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run (default: 1)")
    options = parser.parse_args()
    runs = -(-options.kills // (KILLS_A_PHASE * len(PHASES)))
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as name,
        SampleArxiv(papers()) as arxiv,
        ProcessPoolExecutor(AT_ONCE, get_context("forkserver")) as pool,
    ):
        plain = made_ready(arxiv, Path(name) / "plain")
        go_through(arxiv, plain)
        seeds = range(options.seed, options.seed + runs)
        results = list(pool.map(struck, seeds, repeat(plain), repeat(Path(name))))
    killed = sum((counts for counts, _ in results), Counter[str]())
    told = ", ".join(f"{command} {count}" for command, count in sorted(killed.items()))
    print(f"{killed.total()} kills in {runs} runs ({told}), {time.monotonic() - began:.0f} s")
    for name in ("lost", "doubled", "wrong"):
        print(f"{name:<8} {sum(len(getattr(cost, name)) for _, cost in results)}")
    for seed, (_, cost) in zip(seeds, results, strict=True):
        if cost != Toll():
            print(f"seed {seed}: {cost}")
    sys.exit(any(cost != Toll() for _, cost in results))


if __name__ == "__main__":
    main()

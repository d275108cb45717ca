"""Kills digests and deliveries at random moments, and counts what each target received; run by ``make bench-crash``.

A message that comes once more has the same id (mail, webhook); a push message has none.
"""

import argparse
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from acceptance.command import TUESDAY, desk_with
from acceptance.delivery_kills import Killer, ends, finish, received, undone, written
from notebot.demo.sample_arxiv import default_papers


def main() -> None:
    parser = argparse.ArgumentParser(description="Kills notebot while it delivers, and counts what is lost or doubled.")
    parser.add_argument("--kills", type=int, default=200, help="how many processes to kill (default: 200)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, began = random.Random(options.seed), time.monotonic()
    with (
        tempfile.TemporaryDirectory() as name,
        ExitStack() as stack,
        desk_with(default_papers(), Path(name)) as (arxiv, desk),
    ):
        arxiv.day = TUESDAY
        desk.ok("poll")
        servers = ends(chance, stack)
        killer = Killer(chance, servers)
        servers.prepare(desk)
        for _ in range(options.kills):
            killer.kill_one(desk)
        finish(desk, killer)
        names, unfinished, came = written(desk), undone(desk), received(servers)
    kills = ", ".join(f"{command} {count}" for command, count in sorted(killer.killed.items()))
    print(f"{killer.killed.total()} kills ({kills}), {len(names)} digests, {time.monotonic() - began:.0f} s")
    lost = 0
    for target, result in came.items():
        missing = names - result.digests.keys()
        lost += len(missing)
        print(f"{target:<5} lost {len(missing)}, once {len(result.digests)}, once more {result.repeated}")
    print(f"not done: {len(unfinished)}")
    sys.exit(bool(lost or unfinished))


if __name__ == "__main__":
    main()

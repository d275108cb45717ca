"""``kill -9`` at random moments: whatever was cut off, every target gets every digest in the end, under one id."""

import random
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from acceptance.command import desk_with
from acceptance.delivery_kills import Killer, ends, finish, received, undone, written

KILLS = 15
SEEDS = range(2)
"""``bench/delivery.py`` makes more: 200 by default."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_every_target_gets_every_digest(seed: int, polled_states: dict[str, Path], tmp_path: Path) -> None:
    chance = random.Random(seed)
    with ExitStack() as stack, desk_with(None, tmp_path) as (_, desk):
        shutil.copytree(polled_states["tuesday"], desk.database.parent)
        servers = ends(chance, stack)
        killer = Killer(chance, servers)
        servers.prepare(desk)
        for _ in range(KILLS):
            killer.kill_one(desk)
        finish(desk, killer)
        names = written(desk)
        assert {path.name for path in desk.digests()} == names
        assert undone(desk) == []
        for target, came in received(servers).items():
            assert came.digests.keys() == names, target
            # a kill can hit the moment between an answer and its note of at most one message per target
            assert came.repeated <= killer.killed["deliver"], target
    assert killer.killed.total() == KILLS

"""``kill -9`` at random moments: whatever was cut off, the next plain round brings everything, once."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.command import Desk, urls_of
from acceptance.kills import PHASES, TOPICS, Killer, Toll, go_through, links, made_ready, papers, toll
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

KILLS_A_PHASE = 5
SEEDS = range(4)
"""Over all of them, a hundred kills."""


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """What nothing disturbed."""
    with FaultyArxiv(papers()) as arxiv:
        desk = made_ready(arxiv, tmp_path_factory.mktemp("kills") / "plain")
        go_through(arxiv, desk)
        yield desk


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_kills_lose_nothing_and_double_nothing(seed: int, plain: Desk, tmp_path: Path) -> None:
    killer = Killer(random.Random(seed))
    with FaultyArxiv(papers()) as arxiv:
        struck = made_ready(arxiv, tmp_path / "struck")
        go_through(arxiv, struck, killer, KILLS_A_PHASE)
        assert toll(struck, plain) == Toll()
    assert links(struck) == dict.fromkeys(plain.statuses(), 1)
    assert killer.killed.total() == KILLS_A_PHASE * len(PHASES)


def test_a_hundred_kills_are_made() -> None:
    assert KILLS_A_PHASE * len(PHASES) * len(SEEDS) >= 100


@pytest.mark.slow
def test_a_kill_while_a_feed_hangs_leaves_no_lock_behind(tmp_path: Path) -> None:
    with FaultyArxiv() as arxiv:
        desk = Desk(tmp_path, urls_of(arxiv), TOPICS, now="2026-05-11T14:00+09:00")
        arxiv.set_faults(Fault("feed", FaultKind.HANG, category="cs.LG", times=None))
        with desk.start("poll") as running:
            assert arxiv.wait_for_requests(3)
            running.process.kill()
        arxiv.set_faults()
        desk.ok("poll")
        assert {row["state"] for row in desk.rows("SELECT state FROM ledger")} == {"fresh"}

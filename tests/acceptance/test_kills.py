"""``kill -9`` at random moments: whatever was cut off, the next plain round brings everything, once."""

import random
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.command import MONDAY, TUESDAY, WEDNESDAY, Desk, Section, urls_of
from notebot.adapters.sample_arxiv import Fault, FaultKind, SampleArxiv

DAYS = (MONDAY, TUESDAY, WEDNESDAY)
KILLS_A_DAY = 5
TOPICS: list[Section] = [
    {"name": "Language", "categories": ["cs.CL", "cs.AI"], "announce": ["new", "cross", "replace"]},
    {"name": "Learning", "categories": ["cs.LG"], "query": "abs:learning OR abs:training OR ti:proof*"},
    {"name": "Vision", "categories": ["cs.CV"]},
]
ROUND = (("poll",), ("digest",))


def links(desk: Desk) -> Counter[str]:
    """How often each paper is linked, over all digests."""
    texts = [path.read_text(encoding="utf-8") for path in desk.digests()]
    assert all(text.endswith("<!-- /nb digest -->\n") for text in texts)
    return Counter(link for text in texts for link in re.findall(r"https://arxiv\.org/abs/([^\s<]+)", text))


@dataclass
class Killer:
    """Kills commands at random moments of their life, which it learns from those that got away."""

    chance: random.Random
    life_s: dict[str, float] = field(default_factory=lambda: {"poll": 0.5, "digest": 0.5})

    def kill_one(self, desk: Desk, now: str) -> None:
        """Starts polls and digests until one was killed before its end."""
        while True:
            (command,) = self.chance.choice(ROUND)
            began = time.monotonic()
            with desk.start(command, now=now) as running:
                try:
                    running.process.wait(self.chance.uniform(0.4, 1.0) * self.life_s[command])
                except subprocess.TimeoutExpired:
                    return
            self.life_s[command] = time.monotonic() - began


def undisturbed(arxiv: SampleArxiv, desk: Desk) -> None:
    """A plain poll and digest a day."""
    for day in DAYS:
        arxiv.day = day
        for command in ROUND:
            desk.ok(*command, now=f"{day}T14:00+09:00")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_lose_nothing_and_double_nothing(seed: int, tmp_path: Path) -> None:
    killer = Killer(random.Random(seed))
    with SampleArxiv() as arxiv:
        plain, struck = (Desk(tmp_path / name, urls_of(arxiv), TOPICS) for name in ("plain", "struck"))
        for desk in (plain, struck):
            desk.folder.mkdir()
        undisturbed(arxiv, plain)
        for day in DAYS:
            arxiv.day = day
            now = f"{day}T14:00+09:00"
            for _ in range(KILLS_A_DAY):
                killer.kill_one(struck, now)
            for command in ROUND:
                struck.ok(*command, now=now)
        assert_same(struck, plain)


def assert_same(struck: Desk, plain: Desk) -> None:
    """The same stubs with the same words, the same sums, and each paper linked once over all digests.

    Topics and tags may differ: a category that is met after a digest adds none to a stub that stands in it.
    """
    expected, found = plain.stubs(), struck.stubs()
    assert set(found) == set(expected)
    for name, stub in found.items():
        for key in ("title_line", "status", "announced_on", "complete", "comment", "summary"):
            assert stub[key] == expected[name][key], (name, key)
    assert links(struck) == links(plain) == Counter(list(expected))
    sums = "SELECT announced_on, category, state, fetched, unmatched, drafted, known, tombstoned, unwanted FROM ledger"
    assert sorted(map(str, struck.rows(sums))) == sorted(map(str, plain.rows(sums)))
    assert struck.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


@pytest.mark.slow
def test_a_kill_while_a_feed_hangs_leaves_no_lock_behind(tmp_path: Path) -> None:
    with SampleArxiv() as arxiv:
        desk = Desk(tmp_path, urls_of(arxiv), TOPICS, now="2026-05-11T14:00+09:00")
        arxiv.set_faults(Fault("feed", FaultKind.HANG, category="cs.LG", times=None))
        with desk.start("poll") as running:
            assert arxiv.wait_for_requests(3)
            running.process.kill()
        arxiv.set_faults()
        desk.ok("poll")
        assert {row["state"] for row in desk.rows("SELECT state FROM ledger")} == {"fresh"}

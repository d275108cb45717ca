"""The pace between threads, between processes, and with a fake clock."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from notebot.core.model.errors import StateError
from notebot.core.net.pace import Pace, Stopped

NEVER = threading.Event()

WORKER = """
import sys, threading, time
from pathlib import Path
from notebot.core.net.pace import Pace
lock, pace_s, urgent, turns, hold_s = sys.argv[1:]
say = lambda said: print("said", said, flush=True)
pace = Pace(Path(lock), float(pace_s), urgent == "urgent", threading.Event(), say)
print("ready", flush=True)
for _ in range(int(turns)):
    with pace.turn():
        began = float(Path(lock).read_text())  # the start that counts; this process may be scheduled late
        time.sleep(float(hold_s))
        print("turn", began, time.monotonic(), flush=True)
"""


class FakeTime:
    """A clock that moves only when someone waits."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.waited = 0.0

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds


def pace(
    directory: Path,
    fake: FakeTime,
    *,
    pace_s: float = 3.0,
    urgent: bool = False,
    announce: Callable[[str], None] | None = None,
) -> Pace:
    lock = directory / "arxiv.lock"
    return Pace(lock, pace_s, urgent, NEVER, announce, wait=fake.wait, clock=fake.clock)


def worker(lock: Path, pace_s: float, urgent: str, turns: int, hold_s: float) -> subprocess.Popen[str]:
    arguments = [str(lock), str(pace_s), urgent, str(turns), str(hold_s)]
    return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE, text=True)


def turns_of(output: str) -> list[tuple[float, float]]:
    lines = [line.split() for line in output.splitlines() if line.startswith("turn")]
    return [(float(began), float(ended)) for _, began, ended in lines]


def test_the_first_turn_comes_at_once_and_the_next_after_the_pace(tmp_path: Path) -> None:
    fake = FakeTime()
    one, other = pace(tmp_path, fake), pace(tmp_path, fake)
    with one.turn():
        assert fake.waited == 0
        fake.now += 1
    with other.turn():
        assert fake.waited == pytest.approx(2)
    fake.now += 10
    with one.turn():
        assert fake.waited == pytest.approx(2)


def test_the_gap_counts_from_the_moment_the_request_went_out(tmp_path: Path) -> None:
    fake = FakeTime()
    with pace(tmp_path, fake).turn() as started:
        fake.now += 2
        started()
    with pace(tmp_path, fake).turn():
        assert fake.waited == pytest.approx(3)


@pytest.mark.parametrize("content", [b"999999.000000\n", b"12", b"nan\n", b"\xff" * 200, b"-1.000000\n"])
def test_a_start_in_the_future_or_unreadable_costs_at_most_one_pace(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "arxiv.lock").write_bytes(content)
    fake = FakeTime()
    with pace(tmp_path, fake).turn():
        assert 0 < fake.waited <= 3.1


def test_a_clock_that_jumps_back_while_it_waits_costs_one_more_pace(tmp_path: Path) -> None:
    fake = FakeTime()
    with pace(tmp_path, fake).turn():
        pass

    def jump(seconds: float) -> None:
        fake.wait(seconds)
        if fake.now > 1002:
            fake.now = 5.0

    with Pace(tmp_path / "arxiv.lock", 3.0, False, NEVER, wait=jump, clock=fake.clock).turn():
        assert fake.waited <= 6.1


def test_the_lock_is_not_held_while_the_gap_passes(tmp_path: Path) -> None:
    fake = FakeTime()
    with pace(tmp_path, fake).turn():
        pass

    def probe(seconds: float) -> None:
        with (tmp_path / "arxiv.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fake.wait(seconds)

    with Pace(tmp_path / "arxiv.lock", 3.0, False, NEVER, wait=probe, clock=fake.clock).turn():
        assert fake.waited == pytest.approx(3)


def test_whoever_is_not_urgent_lets_the_urgent_go_first(tmp_path: Path) -> None:
    fake = FakeTime()
    with (tmp_path / "arxiv.urgent.lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_SH)

        def until_it_left(seconds: float) -> None:
            fake.wait(seconds)
            if fake.waited > 60:
                fcntl.flock(waiting, fcntl.LOCK_UN)

        with Pace(tmp_path / "arxiv.lock", 3.0, False, NEVER, wait=until_it_left, clock=fake.clock).turn():
            assert fake.waited > 60
        fcntl.flock(waiting, fcntl.LOCK_SH)
        with pace(tmp_path, fake, urgent=True).turn():
            assert fake.waited < 65


def test_an_urgent_turn_is_taken_while_someone_looks_whether_one_waits(tmp_path: Path) -> None:
    fake = FakeTime()
    with (tmp_path / "arxiv.urgent.lock").open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_EX)

        def until_it_looked(seconds: float) -> None:
            fake.wait(seconds)
            fcntl.flock(looking, fcntl.LOCK_UN)

        with Pace(tmp_path / "arxiv.lock", 3.0, True, NEVER, wait=until_it_looked, clock=fake.clock).turn():
            assert 0 < fake.waited < 1


def test_only_an_urgent_wait_is_announced_and_only_once(tmp_path: Path) -> None:
    fake = FakeTime()
    said: list[str] = []
    for _ in range(2):
        with pace(tmp_path, fake, announce=said.append).turn():
            pass
    assert said == []
    for _ in range(2):
        with pace(tmp_path, fake, urgent=True, announce=said.append).turn():
            pass
    assert len(said) == 2
    assert "3 s apart" in said[0]
    with pace(tmp_path, fake, urgent=True).turn():
        pass


def test_a_short_wait_is_not_announced(tmp_path: Path) -> None:
    fake = FakeTime()
    said: list[str] = []
    for _ in range(3):
        with pace(tmp_path, fake, pace_s=0.4, urgent=True, announce=said.append).turn():
            pass
    assert said == []


def test_stop_ends_the_wait_for_the_gap_and_for_the_lock(tmp_path: Path) -> None:
    stop = threading.Event()
    patient = Pace(tmp_path / "arxiv.lock", 60.0, False, stop)
    with patient.turn():
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(Stopped), patient.turn():
            pass
    with pytest.raises(Stopped), patient.turn():
        pass


def test_a_missing_directory_is_created(tmp_path: Path) -> None:
    with pace(tmp_path / "new" / "state", FakeTime()).turn():
        pass
    assert (tmp_path / "new" / "state" / "arxiv.lock").exists()


def test_a_lock_that_cannot_be_used_is_a_state_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StateError, match="state_dir"), pace(tmp_path / "file", FakeTime()).turn():
        pass


def test_processes_share_the_pace_and_never_overlap(tmp_path: Path) -> None:
    lock = tmp_path / "arxiv.lock"
    workers = [worker(lock, 0.15, "background", 3, 0.05) for _ in range(3)]
    turns = sorted(turn for each in workers for turn in turns_of(each.communicate(timeout=60)[0]))
    assert len(turns) == 9
    for (began, ended), (next_began, _) in pairwise(turns):
        assert next_began >= ended
        assert next_began - began >= 0.15 - 1e-5


def test_a_killed_process_blocks_no_other_process(tmp_path: Path) -> None:
    lock = tmp_path / "arxiv.lock"
    held = worker(lock, 0.1, "urgent", 1, 600)
    assert held.stdout is not None
    held.stdout.readline()
    while not lock.exists() or not lock.read_bytes():
        time.sleep(0.01)
    os.kill(held.pid, signal.SIGKILL)
    held.communicate(timeout=60)
    with Pace(lock, 0.1, False, NEVER).turn():
        pass


@pytest.mark.slow
def test_an_urgent_process_goes_before_one_that_waited_longer(tmp_path: Path) -> None:
    lock = tmp_path / "arxiv.lock"
    with Pace(lock, 0.2, False, NEVER).turn():
        background = worker(lock, 0.2, "background", 2, 0.0)
        urgent = worker(lock, 0.2, "urgent", 1, 0.0)
        for process in (background, urgent):
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        assert urgent.stdout is not None
        assert urgent.stdout.readline().startswith("said waiting for arXiv")
    [(urgent_began, _)] = turns_of(urgent.communicate(timeout=60)[0])
    (first, _), _ = turns_of(background.communicate(timeout=60)[0])
    assert urgent_began < first

"""One pace for all processes of a state directory, as the server sees it."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import MONDAY, TUESDAY, Desk, Section, wait_for
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

PACE_S = 0.2
FOUR: list[Section] = [{"name": "All", "categories": ["cs.CL", "cs.LG", "cs.AI", "cs.CV"], "tags": []}]


class PacedArxiv(FaultyArxiv):
    """Reads at each request what its sender has just written into the lock file: the time of sending.

    The time of arrival would not do: on a loaded machine a request arrives late, and the next one in time.
    """

    def __init__(self, lock: Path) -> None:
        super().__init__()
        self.lock = lock
        self.sent_at: list[float] = []

    def serve(self, request: Any, handler: Any) -> None:
        self.sent_at.append(float(self.lock.read_text()))
        super().serve(request, handler)

    def check(self, seen: int = 0) -> None:
        """Every request was sent a pace after the one before, on one connection; the first ``seen`` are left out."""
        times = self.sent_at[seen:]
        assert all(sent_at <= one.started_at for sent_at, one in zip(times, self.log[seen:], strict=True))
        assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= PACE_S - 2e-6  # as written
        assert self.max_open == 1


@pytest.fixture
def arxiv(tmp_path: Path) -> Iterator[PacedArxiv]:
    with PacedArxiv(tmp_path / "state/arxiv.lock") as server:
        server.day = TUESDAY
        yield server


@pytest.mark.slow
def test_daemon_fetch_and_poll_at_once_keep_one_pace_on_one_connection(desk: Desk, arxiv: PacedArxiv) -> None:
    desk.topics = FOUR
    desk.sections = {"arxiv": {"pace_s": PACE_S}, "schedule": {"poll": "every 1s"}}
    with (
        desk.start("run") as daemon,
        desk.start("fetch", "2605.90101") as fetch,
        desk.start("poll") as poll,
        desk.start("fetch", "2605.90102", "--save") as saving,
    ):
        assert [each.process.wait(60) for each in (fetch, poll, saving)] == [0, 0, 0]
        wait_for(lambda: len(desk.rows("SELECT 1 FROM runs WHERE kind = 'poll'")) >= 2, "two polls")
        assert daemon.end() == 0
    asked = [request.path for request in arxiv.log]
    assert sum(path.startswith("/atom/") for path in asked) >= 8
    assert sum(path.startswith("/api/") for path in asked) >= 3
    arxiv.check()


@pytest.mark.slow
def test_feeds_api_and_oai_share_the_pace(desk: Desk, arxiv: PacedArxiv) -> None:
    desk.topics, arxiv.day = FOUR, MONDAY
    desk.ok("poll", now="2026-05-11T14:00+09:00")
    arxiv.day, arxiv.oai_page_size = TUESDAY, 4
    seen = len(arxiv.log)
    desk.sections = {"arxiv": {"pace_s": PACE_S}}
    with desk.start("poll", now="2026-05-13T14:00+09:00") as poll, desk.start("doctor") as doctor:
        assert [each.process.wait(60) for each in (poll, doctor)] == [0, 0]
    assert {request.path.split("/")[1] for request in arxiv.log[seen:]} == {"atom", "api", "oai"}
    arxiv.check(seen)


@pytest.mark.slow
@pytest.mark.parametrize("service", ["feed", "api"])
def test_a_process_killed_while_it_holds_the_pace_blocks_nobody(service: str, desk: Desk, arxiv: PacedArxiv) -> None:
    desk.sections = {"arxiv": {"pace_s": PACE_S, "timeout_s": 60.0}}
    arxiv.set_faults(Fault(service, FaultKind.HANG))  # type: ignore[arg-type]
    command = ("poll",) if service == "feed" else ("fetch", "2605.90101")
    with desk.start(*command) as holder:
        assert arxiv.wait_for_requests(1)
        with desk.start("fetch", "2605.90102") as fetch, desk.start("poll") as poll:
            wait_for(lambda: "waiting for arXiv's turn" in fetch.said, "a word of the one that waits")
            assert len(arxiv.log) == 1
            holder.process.kill()
            assert [each.process.wait(30) for each in (fetch, poll)] == [0, 0]
    asked = [request.path for request in arxiv.log[1:]]
    assert asked[0] == "/api/query"  # a person goes first
    assert len(asked) == 4
    arxiv.check()


@pytest.mark.slow
def test_a_stamp_from_the_future_or_of_no_sense_stops_nobody(desk: Desk, arxiv: PacedArxiv) -> None:
    """The clock began anew with a reboot, or the writer of the stamp was killed half-way."""
    desk.sections = {"arxiv": {"pace_s": PACE_S}}
    lock = desk.database.parent / "arxiv.lock"
    lock.parent.mkdir()
    for stamp in (f"{time.monotonic() + 1e6:.6f}\n", "12.3", "\0\0\0"):
        lock.write_text(stamp)
        desk.ok("poll")
    arxiv.check()

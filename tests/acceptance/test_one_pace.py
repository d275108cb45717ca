"""One pace for all processes of a state directory, by the server's own log."""

import itertools
import time
from pathlib import Path

import pytest

from acceptance.command import TUESDAY, Desk, Section, desk_with, wait_for
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

PACE_S = 0.3
LATE_S = 0.03
"""A request is logged a little after it was sent, and its own log may be the later one of a pair."""
FOUR: list[Section] = [{"name": "All", "categories": ["cs.CL", "cs.LG", "cs.AI", "cs.CV"], "tags": []}]


def gaps(arxiv: FaultyArxiv, seen: int = 0) -> list[float]:
    """Seconds between the starts of requests, in order; the first ``seen`` are left out."""
    starts = sorted(request.started_at for request in arxiv.log[seen:])
    return [later - earlier for earlier, later in itertools.pairwise(starts)]


@pytest.mark.slow
def test_daemon_fetch_and_poll_at_once_keep_one_pace_on_one_connection(desk: Desk, arxiv: FaultyArxiv) -> None:
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
    assert min(gaps(arxiv)) >= PACE_S - LATE_S
    assert arxiv.max_open == 1


@pytest.mark.slow
def test_feeds_api_and_oai_share_the_pace(tmp_path: Path) -> None:
    with desk_with(None, tmp_path, topics=FOUR) as (arxiv, desk):
        desk.ok("poll", now="2026-05-11T14:00+09:00")
        arxiv.day, arxiv.oai_page_size = TUESDAY, 4
        seen = len(arxiv.log)
        desk.sections = {"arxiv": {"pace_s": PACE_S}}
        with desk.start("poll", now="2026-05-13T14:00+09:00") as poll, desk.start("doctor") as doctor:
            assert [each.process.wait(60) for each in (poll, doctor)] == [0, 0]
        asked = {request.path.split("/")[1] for request in arxiv.log[seen:]}
        assert asked == {"atom", "api", "oai"}
        assert min(gaps(arxiv, seen)) >= PACE_S - LATE_S
        assert arxiv.max_open == 1


@pytest.mark.slow
@pytest.mark.parametrize("service", ["feed", "api"])
def test_a_process_killed_while_it_holds_the_pace_blocks_nobody(service: str, desk: Desk, arxiv: FaultyArxiv) -> None:
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
    assert min(gaps(arxiv)) >= PACE_S - LATE_S
    assert arxiv.max_open == 1


@pytest.mark.slow
def test_a_stamp_from_the_future_or_of_no_sense_stops_nobody(desk: Desk, arxiv: FaultyArxiv) -> None:
    """The clock began anew with a reboot, or the writer of the stamp was killed half-way."""
    desk.sections = {"arxiv": {"pace_s": PACE_S}}
    lock = desk.database.parent / "arxiv.lock"
    lock.parent.mkdir()
    for stamp in (f"{time.monotonic() + 1e6:.6f}\n", "12.3", "\0\0\0"):
        lock.write_text(stamp)
        desk.ok("poll")
    assert min(gaps(arxiv)) >= PACE_S - LATE_S

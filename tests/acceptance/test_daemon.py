"""``notebot run``: polls and writes digests by its schedules, outlives the service, and ends when it is told to."""

import json
import re
import signal
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acceptance.command import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    Section,
    sample_paper,
    urls_of,
    wait_for,
)
from notebot.daemon import ONE_SIGNAL_S
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

OFTEN: dict[str, Section] = {"schedule": {"poll": "every 1s", "digest": "every 2s"}}
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def often(desk: Desk) -> Desk:
    """A desk whose daemon works every few seconds."""
    desk.sections = OFTEN
    return desk


@pytest.mark.slow
def test_the_daemon_outlives_a_service_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    first = FaultyArxiv()
    port = urlsplit(first.base_url).port
    desk = Desk(tmp_path, urls_of(first), sections=OFTEN)
    with first:
        first.day = MONDAY
        daemon = desk.start("run", now="2026-05-11T14:00+09:00")
        with daemon:
            wait_for(lambda: len(desk.digests()) == 1, "the digest of Monday")
            first.close()
            wait_for(lambda: "cannot be reached" in daemon.said, "a word about the missing service")
            with FaultyArxiv(port=port or 0) as second:
                second.day = TUESDAY
                wait_for(lambda: len(desk.digests()) == 2, "the digest of Tuesday")
                wait_for(lambda: "cs.CL is back again after " in daemon.said, "a word about the end of the outage")
                assert daemon.process.poll() is None
                assert daemon.end() == 0
    assert desk.statuses() == {"2605.90001": "digested", "2605.90101": "digested"}
    # one line per round, each with its time in the curator's zone
    lines = daemon.said.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00 (INFO|WARNING) +\S", line) for line in lines), lines
    rounds = [line for line in lines if " poll " in line]
    assert len(rounds) - len(desk.rows("SELECT * FROM runs WHERE kind = 'poll'")) in (
        -1,
        0,
    )  # the signal may cut one off
    assert any("INFO    poll ok: " in line for line in rounds)
    assert all("cs.CL: " in line and "cs.LG: " in line for line in rounds if "WARNING" in line)
    assert daemon.said.count("cs.CL is back again") == daemon.said.count("cs.LG is back again") == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_an_idle_daemon(number: signal.Signals, often: Desk) -> None:
    with often.start("run") as daemon:
        wait_for(lambda: len(often.digests()) == 1, "the first digest")
        assert daemon.end(number) == 0
        assert daemon.said.count("notebot has stopped.") == 1
    assert often.statuses() == {"2605.90101": "digested"}


@pytest.mark.slow
def test_signals_at_once_are_one(often: Desk) -> None:
    """As `timeout` sends them: to the process, and then to its group."""
    with often.start("run") as daemon:
        wait_for(lambda: "notebot watches" in daemon.said, "the daemon is up")
        until = time.monotonic() + ONE_SIGNAL_S / 5
        while time.monotonic() < until:
            daemon.process.send_signal(signal.SIGTERM)
            time.sleep(0.001)
        assert daemon.end() == 0
        assert daemon.said.count("notebot has stopped.") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("service", "kind", "number"),
    [
        *((service, kind, signal.SIGTERM) for service in ("feed", "api") for kind in (FaultKind.HANG, FaultKind.DRIP)),
        ("api", FaultKind.HANG, signal.SIGINT),  # one handler serves both signals
    ],
)
def test_a_signal_ends_a_daemon_whose_request_hangs(
    service: str, kind: FaultKind, number: signal.Signals, often: Desk, arxiv: FaultyArxiv
) -> None:
    often.sections = {**OFTEN, "arxiv": {"timeout_s": 60.0, "retry_s": 60.0}}
    arxiv.set_faults(Fault(service, kind, times=None))  # type: ignore[arg-type]
    with often.start("run") as daemon:
        assert arxiv.wait_for_requests(1 if service == "feed" else 3)
        assert daemon.end(number) == 0
    arxiv.set_faults()
    often.ok("poll")
    assert {name: stub["complete"] for name, stub in often.stubs().items()} == {"2605.90101": True}


@pytest.mark.slow
def test_a_signal_ends_a_daemon_that_waits_to_try_again(often: Desk, arxiv: FaultyArxiv) -> None:
    often.sections = {**OFTEN, "arxiv": {"retry_s": 600.0}}
    arxiv.set_faults(Fault("feed", FaultKind.TOO_MANY_REQUESTS, times=None, retry_after="300"))
    with often.start("run") as daemon:
        assert arxiv.wait_for_requests(1)
        assert daemon.end() == 0


@pytest.mark.slow
def test_a_second_daemon_on_the_same_state_is_refused(often: Desk) -> None:
    with often.start("run") as daemon:
        wait_for(lambda: "notebot watches" in daemon.said, "the daemon is up")
        second = often.run("run")
        assert second.code == 1
        assert len(second.err.splitlines()) == 1
        assert "already" in second.err
        assert str(often.folder / "state") in second.err
        assert daemon.process.poll() is None
        assert daemon.end() == 0


@pytest.mark.slow
def test_a_person_can_work_while_the_daemon_does(often: Desk) -> None:
    with often.start("run") as daemon:
        wait_for(lambda: often.rows("SELECT * FROM runs WHERE kind = 'poll'"), "the first poll")
        often.ok("poll")
        often.ok("queue", "keep", "2605.90101")
        often.ok("fetch", "2605.90102")
        assert daemon.end() == 0
    assert often.statuses() == {"2605.90101": "kept"}


# By the default schedules, with the clock started at chosen times

LANGUAGE: Section = {"name": "Language", "categories": ["cs.CL"]}
LEARNING: Section = {"name": "Learning", "categories": ["cs.LG"]}


@pytest.fixture
def week(tmp_path: Path) -> Iterator[tuple[FaultyArxiv, Desk]]:
    """Each day of a week one paper in cs.CL and one in cs.LG: numbers end in 1 and 2."""
    papers = [
        sample_paper(f"2605.9{day.day}0{number}", day, f"{topic} on {day}", categories=(category,))
        for day in (date(2026, 5, number) for number in range(11, 16))
        for number, topic, category in ((1, "Language", "cs.CL"), (2, "Learning", "cs.LG"))
    ]
    with FaultyArxiv(papers) as arxiv:
        yield arxiv, Desk(tmp_path, urls_of(arxiv), [LANGUAGE, LEARNING])


def polls(desk: Desk) -> int:
    return len(desk.rows("SELECT * FROM runs WHERE kind = 'poll'"))


def digest_times(desk: Desk) -> list[datetime]:
    rows = desk.rows("SELECT started_at FROM runs WHERE kind = 'digest' ORDER BY id")
    return [datetime.fromisoformat(row["started_at"]) for row in rows]


def entries(path: Path) -> list[str]:
    """The papers of a digest, from its hidden comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [line.split("<!-- nb ")[1].split(" -->")[0] for line in lines if "<!-- nb 2" in line]
    return sorted(found)


def test_a_complete_friday_is_digested_on_friday(week: tuple[FaultyArxiv, Desk]) -> None:
    arxiv, desk = week
    arxiv.day = FRIDAY
    with desk.start("run", now="2026-05-15T13:40+09:00") as daemon:
        wait_for(desk.digests, "the digest")
        assert daemon.end() == 0
    (path,) = desk.digests()
    assert path.name == "2026-05-15.md"
    assert entries(path) == ["2605.91501", "2605.91502"]
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[1] == "# 2026-05-15 (Fri) paper digest"
    assert "**" not in text.split("## Coverage")[1]  # bold is for what is not well
    assert "| 05-15 | cs.LG | fresh | 1 |" in text


@pytest.mark.slow
def test_a_late_category_is_waited_for_until_the_deadline_and_comes_next_day(
    week: tuple[FaultyArxiv, Desk],
) -> None:
    arxiv, desk = week
    arxiv.day = MONDAY
    desk.ok("poll", now="2026-05-11T13:40+09:00")
    desk.ok("digest", now="2026-05-11T13:41+09:00")

    arxiv.day, arxiv.day_of = TUESDAY, {"cs.LG": MONDAY}
    with desk.start("run", now="2026-05-12T13:40+09:00") as daemon:
        wait_for(lambda: polls(desk) == 2, "the poll at 13:40")
        assert daemon.end() == 0
    assert len(desk.digests()) == 1

    with desk.start("run", now="2026-05-12T17:59:58+09:00") as daemon:
        wait_for(lambda: len(desk.digests()) == 2, "the digest at the deadline")
        assert daemon.end() == 0
    assert digest_times(desk)[-1] >= datetime.fromisoformat("2026-05-12T18:00+09:00")
    late = desk.folder / "digests/2026-05-12.md"
    assert entries(late) == ["2605.91201"]
    coverage = late.read_text(encoding="utf-8").split("## Coverage")[1]
    assert "**Not arrived yet: cs.LG**" in coverage
    assert "**some announcements are missing" in late.read_text(encoding="utf-8")

    arxiv.day_of = {}
    with desk.start("run", now="2026-05-12T23:00+09:00") as daemon:
        wait_for(lambda: "2605.91202" in desk.statuses(), "the late category")
        assert daemon.end() == 0
    assert len(desk.digests()) == 2
    assert desk.statuses()["2605.91202"] == "queued"

    arxiv.day = WEDNESDAY
    with desk.start("run", now="2026-05-13T13:40+09:00") as daemon:
        wait_for(lambda: len(desk.digests()) == 3, "the digest of the next day")
        assert daemon.end() == 0
    following = desk.folder / "digests/2026-05-13.md"
    assert entries(following) == ["2605.91202", "2605.91301", "2605.91302"]
    assert "| 05-12 | cs.LG | fresh | 1 |" in following.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_restart_repeats_nothing(week: tuple[FaultyArxiv, Desk]) -> None:
    arxiv, desk = week
    arxiv.day = FRIDAY
    with desk.start("run", now="2026-05-15T13:40+09:00") as daemon:
        wait_for(desk.digests, "the digest")
        assert daemon.end() == 0
    asked = len(arxiv.log)
    for now in ("2026-05-15T14:00+09:00", "2026-05-15T16:00+09:00"):
        with desk.start("run", now=now) as daemon:
            wait_for(lambda: "notebot watches" in daemon.said, "the daemon is up")
            assert daemon.end() == 0
    assert len(arxiv.log) == asked
    assert len(desk.digests()) == 1


@pytest.mark.slow
def test_a_weekend_asks_nothing_and_does_not_complain(week: tuple[FaultyArxiv, Desk]) -> None:
    arxiv, desk = week
    arxiv.day = FRIDAY
    desk.ok("poll", now="2026-05-15T22:30+09:00")
    desk.ok("digest", now="2026-05-15T22:31+09:00")
    asked = len(arxiv.log)
    with desk.start("run", now="2026-05-16T18:30+09:00") as daemon:
        wait_for(lambda: len(digest_times(desk)) == 2, "the round of Saturday")
        assert daemon.end() == 0
    assert len(arxiv.log) == asked
    assert len(desk.digests()) == 1
    assert desk.run("status", now="2026-05-17T12:00+09:00").code == 0


def test_a_crash_in_a_round_is_said_and_the_daemon_goes_on(often: Desk) -> None:
    often.sections = {
        **OFTEN,
        "notebot": {"contact": "curator@example.org", "templates_dir": "templates"},
        "log": {"format": "json"},
    }
    broken = often.folder / "templates/digest.md.j2"
    broken.parent.mkdir()
    broken.write_text("{{ nonsense }}")
    with often.start("-q", "run") as daemon:
        wait_for(lambda: "nonsense" in daemon.said, "a word about the template")
        assert daemon.process.poll() is None
        assert daemon.end() == 0
    assert often.statuses() == {"2605.90101": "queued"}
    records = [json.loads(line) for line in daemon.said.splitlines()]
    assert {record["level"] for record in records} == {"warning"}  # with -q nothing is logged but failures
    assert {record["logger"] for record in records} == {"notebot.daemon"}

"""``notebot backfill`` as a person runs it, on a loopback arXiv."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import PATIENCE_S, TUESDAY, Desk, desk_with, sample_paper
from notebot.demo.sample_arxiv import SamplePaper
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

pytestmark = pytest.mark.slow

MATHS = {"name": "Maths", "categories": ["cs.CL", "cs.LG"], "query": "ti:math*", "tags": ["Mathematics"]}
SINCE = ("backfill", "--topic", "Maths", "--since", "2026-03-01")
APRIL = (*SINCE, "--until", "2026-04-30")
COUNTS = ("found", "matched", "drafted", "known", "tombstoned", "unmatched")


def submitted(number: int, day: date, title: str = "On mathematics", **changes: Any) -> SamplePaper:
    """Announced the day after it was submitted."""
    return sample_paper(f"{day:%y%m}.{number:05}", day + timedelta(1), title, **changes)


def two_months(count: int = 8) -> list[SamplePaper]:
    first = date(2026, 3, 1)
    return [submitted(number, first + timedelta(number * 60 // count)) for number in range(count)]


@contextmanager
def maths(folder: Path, *papers: SamplePaper) -> Iterator[tuple[FaultyArxiv, Desk]]:
    with desk_with(papers, folder, topics=(MATHS,)) as (arxiv, desk):
        arxiv.day = TUESDAY
        yield arxiv, desk


def counts(document: dict[str, Any]) -> tuple[int, ...]:
    return tuple(document[name] for name in COUNTS)


def test_old_papers_of_a_topic_are_queued_once(tmp_path: Path) -> None:
    papers = [
        submitted(1, date(2026, 2, 28)),
        submitted(2, date(2026, 3, 1)),
        submitted(3, date(2026, 4, 30), categories=("cs.CV", "cs.LG")),
        submitted(4, date(2026, 5, 1)),
        submitted(5, date(2026, 4, 1), "On cooking"),
        submitted(6, date(2026, 4, 1), categories=("math.CO",)),
    ]
    with maths(tmp_path, *papers) as (_, desk):
        document = desk.ok(*APRIL, "--json").json
        assert counts(document) == (2, 2, 2, 0, 0, 0)
        assert [document[key] for key in ("topic", "since", "until")] == ["Maths", "2026-03-01", "2026-04-30"]
        assert [document[key] for key in ("requests", "complete", "resumed_from", "problems")] == [1, True, None, []]
        stubs = desk.stubs()
        assert set(stubs) == {"2603.00002", "2604.00003"}
        assert {stub["status"] for stub in stubs.values()} == {"queued"}
        assert all(stub["complete"] and stub["summary"] and stub["topics"] == ["Maths"] for stub in stubs.values())
        desk.ok("queue", "skip", "2603.00002")
        document = desk.ok(*SINCE, "--json").json
        assert (document["until"], counts(document)) == ("2026-05-12", (3, 3, 1, 1, 1, 0))
        assert desk.statuses() == {"2605.00004": "queued", "2604.00003": "queued", "2603.00002": "skipped"}


def test_a_person_reads_one_line_and_what_went_before(tmp_path: Path) -> None:
    with maths(tmp_path, *two_months()) as (arxiv, desk):
        done = desk.ok(*APRIL)
        assert done.out == (
            "Maths, submitted 2026-03-01 to 2026-04-30: 8 found, 8 matched (8 drafted, 0 known, 0 skipped before), "
            "0 not matched; 1 request\n"
        )
        assert done.err == ""
        again = desk.ok(*APRIL)
        assert "complete already" in again.err
        assert len(arxiv.log) == 1
        assert [row["kind"] for row in desk.rows("SELECT kind FROM runs")] == ["backfill", "backfill"]


def test_the_papers_of_a_backfill_come_into_the_next_digest(tmp_path: Path) -> None:
    with maths(tmp_path, *two_months(2)) as (_, desk):
        desk.ok(*APRIL)
        desk.ok("digest")
        (digest,) = desk.digests()
        assert digest.read_text(encoding="utf-8").count("https://arxiv.org/abs/26") == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--topic", "Math", "--since", "2026-03-01"), "the nearest is 'Maths'"),
        (("--topic", "Maths", "--since", "1 March"), "--since takes a date"),
        (("--topic", "Maths", "--since", "2026-05-13"), "in the future"),
        (("--topic", "Maths", "--since", "2026-03-02", "--until", "2026-03-01"), "before --since"),
        (("--topic", "Maths"), "--since"),
        (("--since", "2026-03-01"), "--topic"),
    ],
)
def test_wrong_use_ends_with_two_and_asks_nobody(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    with maths(tmp_path, *two_months(1)) as (arxiv, desk):
        done = desk.run("backfill", *words)
        assert (done.code, done.out, arxiv.log) == (2, "", [])
        assert sentence in done.err


@pytest.mark.parametrize(
    ("kind", "nth", "sentence"),
    [
        (FaultKind.UNAVAILABLE, 1, "503"),
        (FaultKind.LOST_ENTRY, 3, "suspiciously incomplete"),
        pytest.param(FaultKind.FORBIDDEN, 2, "403", marks=pytest.mark.slow),
        pytest.param(FaultKind.EMPTY_PAGE, 1, "suspiciously empty", marks=pytest.mark.slow),
        pytest.param(FaultKind.EMPTY_PAGE, 3, "suspiciously empty", marks=pytest.mark.slow),
        pytest.param(FaultKind.TRUNCATED, 2, "truncated", marks=pytest.mark.slow),
        pytest.param(FaultKind.BOT_WALL, 3, "text/html", marks=pytest.mark.slow),
        pytest.param(FaultKind.DROPPED_MID_BODY, 2, "closed the connection in the middle", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_fails_says_how_to_go_on_and_the_same_command_does(
    kind: FaultKind, nth: int, sentence: str, tmp_path: Path
) -> None:
    with maths(tmp_path, *two_months(402)) as (arxiv, desk):
        arxiv.set_faults(Fault("api", kind, nth))
        failed = desk.run(*APRIL, "--json")
        assert (failed.code, failed.json["complete"]) == (1, False)
        assert sentence in failed.json["problems"][0]
        assert "run the same command again" in failed.err
        assert failed.json["drafted"] == 200 * (nth - 1)
        mended = desk.ok(*APRIL, "--json", now="2026-05-13T14:00+09:00").json  # after a refusal it takes hours
        assert counts(mended) == (402, 402, 402 - 200 * (nth - 1), 200 * (nth - 1), 0, 0)
        assert len(desk.statuses()) == 402


def test_nothing_for_a_topic_with_history_is_suspicious(tmp_path: Path) -> None:
    with maths(tmp_path, *two_months(2)) as (arxiv, desk):
        desk.ok(*SINCE, "--until", "2026-03-20")
        arxiv.set_faults(Fault("api", FaultKind.NOTHING_FOUND, times=3))
        failed = desk.run(*APRIL)
        assert failed.code == 1
        assert "suspicious empty" in failed.err
        assert "run the same command again" in failed.err
        assert counts(desk.ok(*APRIL, "--json").json) == (2, 2, 1, 1, 0, 0)


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Killed while it halves, at the last page of the older half, and amid the newer one."""
    papers = two_months(2100)
    with maths(tmp_path, *papers) as (arxiv, desk):
        for nth in (2, 8, 11):
            seen = len(arxiv.log)
            with desk.start(*APRIL) as running:
                assert arxiv.wait_for_requests(seen + nth, PATIENCE_S)
                running.process.kill()
        document = desk.ok(*APRIL, "--json").json
        assert document["complete"]
        assert document["resumed_from"] == "2026-03-31"
        assert document["drafted"] + document["known"] == document["found"] < 2100
        rows = desk.rows("SELECT arxiv_id FROM stubs")
        assert len(rows) == 2100
        assert {row["arxiv_id"] for row in rows} == {paper.arxiv_id for paper in papers}

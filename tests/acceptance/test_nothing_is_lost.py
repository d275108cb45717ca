"""A failure never looks like a quiet day: what the digest says, and how the next round makes up for it."""

import re
from pathlib import Path

import pytest

from acceptance.command import (
    EVERYTHING,
    MATHEMATICS,
    TUESDAY,
    WEDNESDAY,
    Desk,
    desk_with,
    sample_paper,
    wait_for,
)
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

PAPER = "2605.90101"


def newest_digest(desk: Desk) -> str:
    newest = max(desk.digests(), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_stub_without_metadata_waits_once_then_is_shown_and_completed_later(desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("api", FaultKind.SERVER_ERROR, times=None))
    assert desk.run("poll").code == 1
    assert PAPER not in desk.ok("digest", "--json").json["entries"]
    assert desk.statuses() == {PAPER: "queued"}

    assert desk.ok("digest", "--json").json["entries"] == [PAPER]
    text = newest_digest(desk)
    assert "**metadata missing**" in text
    assert re.search(r"^### \[Paper Note\] Proof Sketches First: .*, Ingrid Halloran\+$", text, re.MULTILINE)

    arxiv.set_faults()
    desk.ok("poll")
    document = desk.ok("digest", "--json").json
    assert [(update["key"], update["field"]) for update in document["updates"]] == [(f"arxiv:{PAPER}", "metadata")]
    assert document["entries"] == []
    updates = newest_digest(desk).split("## Updates")[1]
    assert "ICML'26 Spotlight, 2026.05" in updates
    assert "https://arxiv.org/abs/" not in newest_digest(desk)


@pytest.mark.slow
def test_metadata_that_arrives_while_a_digest_is_planned_is_in_the_next(desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("api", FaultKind.SERVER_ERROR, times=None))
    assert desk.run("poll").code == 1
    assert desk.ok("digest", "--json").json["path"] is None
    blocked = desk.folder / "blocked"
    blocked.write_text("in the way")
    desk.sections = {"notebot": {"digest_dir": "blocked/digests", "contact": "curator@example.org"}}
    assert desk.run("digest").code == 1  # the plan is stored, with the metadata missing

    arxiv.set_faults()
    desk.ok("poll")
    blocked.unlink()
    desk.ok("digest")
    desk.ok("digest")
    files = sorted((blocked / "digests").glob("[!.]*.md"))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert desk.statuses() == {PAPER: "digested"}
    assert "ICML'26 Spotlight, 2026.05" in text


@pytest.mark.slow
def test_a_feed_that_fails_is_reported_in_bold_even_without_an_entry(desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.SERVER_ERROR, category="cs.LG", times=None))
    desk.topics = [{**MATHEMATICS, "query": "ti:xyzzy"}]
    polled = desk.run("poll", "--json")
    assert (polled.code, polled.json["status"]) == (1, "partial")
    desk.now = "2026-05-12T14:05+09:00"
    written = desk.ok("digest", "--json").json
    assert (written["entries"], Path(written["path"]).name) == ([], "2026-05-12.md")
    text = newest_digest(desk)
    assert re.search(r"\*\*05-12 cs\.LG: failed\*\*", text.split("## Coverage")[1])
    assert "**some announcements are missing" in text
    assert desk.ok("digest", "--json").json["path"] is None

    arxiv.set_faults()
    desk.ok("poll")
    states = {row["category"]: row["state"] for row in desk.rows("SELECT category, state FROM ledger")}
    assert states == {"cs.CL": "fresh", "cs.LG": "fresh"}


def test_a_stale_feed_is_an_answer_with_a_warning(desk: Desk, arxiv: FaultyArxiv) -> None:
    desk.topics = [EVERYTHING]
    desk.ok("poll")
    desk.ok("digest")
    arxiv.date_shown_of = {"cs.CL": WEDNESDAY}  # Tuesday's papers under Wednesday's date
    done = desk.ok("poll", "--json", now="2026-05-13T09:00-04:00")
    assert done.json["sources"][0]["state"] == "stale"
    assert "cs.CL: stale" in done.err
    desk.ok("digest", now="2026-05-13T09:01-04:00")
    assert "**05-13 cs.CL: stale**" in newest_digest(desk)


@pytest.mark.slow
def test_a_feed_that_arxiv_cut_is_reported(tmp_path: Path) -> None:
    papers = [sample_paper(f"2605.{number:05}", TUESDAY, "On cooking") for number in range(1, 2102)]
    topic = {"name": "Cooking", "categories": ["cs.CL"], "query": "ti:xyzzy"}
    with desk_with(papers, tmp_path, topics=[topic]) as (_, desk):
        done = desk.ok("poll", "--json")
        assert (done.json["sources"][0]["state"], done.json["sources"][0]["announced"]) == ("truncated", 2000)
        desk.ok("digest")
        assert "**05-12 cs.CL: truncated**" in newest_digest(desk)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [FaultKind.TOO_MANY_REQUESTS, FaultKind.TRUNCATED, FaultKind.DROPPED_MID_BODY])
def test_a_passing_fault_is_tried_again_within_the_poll(kind: FaultKind, desk: Desk, arxiv: FaultyArxiv) -> None:
    desk.sections = {"arxiv": {"retry_s": 60.0}}
    arxiv.set_faults(
        Fault("feed", kind, category="cs.CL", times=1, retry_after="1"), Fault("api", kind, times=1, retry_after="1")
    )
    document = desk.ok("poll", "--json").json
    assert (document["status"], document["requests"]) == ("ok", 5)
    assert desk.stubs()[PAPER]["complete"]


def test_a_file_of_the_curators_own_is_never_written_over(polled: Desk) -> None:
    mine = polled.folder / "digests/2026-05-12.md"
    mine.parent.mkdir()
    mine.write_text("mine")
    assert polled.ok("digest", "--json").json["path"].endswith("2026-05-12-2.md")
    assert mine.read_text() == "mine"
    assert [path.name for path in polled.digests()] == ["2026-05-12-2.md", "2026-05-12.md"]


def test_arxiv_is_told_who_asks(desk: Desk, arxiv: FaultyArxiv) -> None:
    desk.sections = {"notebot": {"contact": ""}}
    desk.topics = []
    assert desk.run("fetch", PAPER, NOTEBOT_CONTACT="visitor@example.org").code == 0
    (request,) = arxiv.log
    assert re.fullmatch(r"notebot/\S+ \(mailto:visitor@example\.org\)", request.user_agent)


def test_the_curators_command_gets_the_path_and_no_shell(polled: Desk) -> None:
    polled.sections = {"digest": {"on_digest": ["cp", "{path}", "copy; touch $HOME.md"]}}
    done = polled.run_process("digest")
    copy = polled.folder / "copy; touch $HOME.md"
    assert copy.read_bytes() == Path(done.out.strip()).read_bytes()


@pytest.mark.parametrize("command", [["false"], ["no-such-program"]], ids=" ".join)
def test_a_command_that_fails_leaves_the_digest_written(command: list[str], polled: Desk) -> None:
    polled.sections = {"digest": {"on_digest": command}}
    done = polled.run_process("digest")
    assert done.code == 0
    assert command[0] in done.err
    assert polled.statuses() == {PAPER: "digested"}


@pytest.mark.slow
def test_a_new_topic_sees_what_comes_from_then_on(polled: Desk, arxiv: FaultyArxiv) -> None:
    polled.topics = [MATHEMATICS, EVERYTHING]
    checked = {topic["topic"]: topic["matched"] for topic in polled.ok("check", "--json").json["topics"]}
    there = [paper for paper in arxiv.papers if paper.announcement_on(TUESDAY) and "cs.CL" in paper.categories]
    assert checked["Everything"] == len(there) > 1
    polled.ok("poll")
    assert set(polled.statuses()) == {PAPER}
    arxiv.day = WEDNESDAY
    polled.ok("poll", now="2026-05-13T14:00+09:00")
    assert {"Everything"} <= {name for stub in polled.stubs().values() for name in stub["topics"]}
    assert {stub["announced_on"] for stub in polled.stubs().values()} == {"2026-05-12", "2026-05-13"}


@pytest.mark.slow
def test_two_digests_at_once_link_every_paper_once(desk: Desk) -> None:
    desk.topics = [EVERYTHING]
    desk.ok("poll")
    with desk.start("digest") as first, desk.start("digest") as second, desk.start("poll") as third:
        assert [each.process.wait(30) for each in (first, second, third)] == [0, 0, 0]
    texts = [path.read_text(encoding="utf-8") for path in desk.digests()]
    linked = [link for text in texts for link in re.findall(r"arxiv\.org/abs/(\S+)", text)]
    assert sorted(linked) == sorted(desk.statuses())
    assert set(desk.statuses().values()) == {"digested"}


@pytest.mark.slow
def test_the_daemon_makes_way_for_a_person(desk: Desk, arxiv: FaultyArxiv) -> None:
    """A poll that waits for its turn lets a fetch go first, and the fetch says that it waits."""
    desk.sections = {"arxiv": {"pace_s": 2.0}}
    with desk.start("poll") as poll:
        wait_for(lambda: arxiv.log, "the first request of the poll")
        assert desk.ok("fetch", PAPER).err
        assert poll.process.wait(30) == 0
    assert [request.path for request in arxiv.log] == ["/atom/cs.CL", "/api/query", "/atom/cs.LG", "/api/query"]

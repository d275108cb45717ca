"""Keep, skip and requeue from every state; what was skipped never comes back by itself."""

import pytest

from acceptance.command import MATHEMATICS, TUESDAY, WEDNESDAY, Desk
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.slow

PAPER = "2605.90001"
"""New on Monday in cs.CL and cs.LG, replaced on Wednesday."""
ROADS: dict[str, list[tuple[str, ...]]] = {
    "queued": [],
    "digested": [("digest",)],
    "kept": [("queue", "keep", PAPER)],
    "skipped": [("queue", "skip", PAPER)],
}
"""How a queued stub gets into each state."""
MOVES = {
    ("queued", "keep"): "kept",
    ("queued", "skip"): "skipped",
    ("digested", "keep"): "kept",
    ("digested", "skip"): "skipped",
    ("digested", "requeue"): "queued",
    ("kept", "requeue"): "queued",
    ("kept", "skip"): None,
    ("skipped", "requeue"): "queued",
    ("skipped", "keep"): None,
}
"""(state, move) → the state it leads to; ``None`` is a refusal."""


@pytest.mark.parametrize(("state", "move"), MOVES, ids=lambda word: word)
def test_a_move_leads_where_it_should_or_is_refused(state: str, move: str, monday: Desk) -> None:
    for command in ROADS[state]:
        monday.ok(*command)
    assert monday.statuses()[PAPER] == state
    done = monday.run("queue", move, PAPER)
    target = MOVES[state, move]
    assert monday.statuses()[PAPER] == (target or state)
    if target:
        assert (done.code, done.out) == (0, f"{PAPER} is {target}\n")
    else:
        assert done.code == 1
        assert f"{PAPER} is {state}" in done.err
        assert "requeue" in done.err


def test_a_stub_that_was_requeued_is_in_the_next_digest(monday: Desk) -> None:
    first = monday.ok("digest", "--json").json["entries"]
    assert first == [PAPER]
    assert monday.ok("digest", "--json").json["path"] is None
    monday.ok("queue", "requeue", PAPER)
    second = monday.ok("digest", "--json").json
    assert second["entries"] == [PAPER]
    assert second["path"].endswith("2026-05-11-2.md")


@pytest.mark.parametrize("ref", [f"https://arxiv.org/abs/{PAPER}v1", f"arXiv:{PAPER}", f"arxiv.org/pdf/{PAPER}"])
def test_a_move_takes_links_of_any_form(ref: str, monday: Desk) -> None:
    assert monday.ok("queue", "keep", ref).out == f"{PAPER} is kept\n"


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        ("9999.99999", '"9999.99999": there is no month 99.'),
        ("soon", '"soon" is neither an arXiv id such as 2504.02807 or hep-th/9711200 nor a link to one.'),
    ],
)
def test_a_wrong_ref_is_named_once(ref: str, sentence: str, monday: Desk) -> None:
    done = monday.run("queue", "keep", ref)
    assert (done.code, done.out, done.err) == (1, "", f"{sentence}\n")


@pytest.mark.parametrize("state", ["kept", "skipped"])
def test_what_is_decided_is_in_no_digest(state: str, monday: Desk) -> None:
    for command in ROADS[state]:
        monday.ok(*command)
    assert PAPER not in monday.ok("digest", "--json").json["entries"]
    assert monday.statuses()[PAPER] == state


def test_a_skipped_paper_stays_skipped_whatever_meets_it(monday: Desk, arxiv: FaultyArxiv) -> None:
    monday.ok("queue", "skip", PAPER)
    saved = monday.ok("fetch", PAPER, "--save", "--json")
    assert saved.json[0]["stub"]["status"] == "skipped"
    assert "skipped" in saved.err
    assert monday.statuses()[PAPER] == "skipped"

    post = monday.ok("fetch", PAPER, "--save", "--post", "https://x.com/someone/status/1")
    assert "skipped" in post.err
    assert monday.stubs()[PAPER]["posts"] == []

    # another topic, another category, and on Wednesday a new version that this topic asks for
    replaced = {**MATHEMATICS, "name": "Again", "announce": ["new", "cross", "replace"]}
    monday.topics = [MATHEMATICS, replaced, {"name": "Robots", "categories": ["cs.RO"]}]
    for day, now in ((TUESDAY, "2026-05-12T14:00+09:00"), (WEDNESDAY, "2026-05-13T14:00+09:00")):
        arxiv.day = day
        polled = monday.ok("poll", "--json", now=now).json
        digested = monday.ok("digest", "--json", now=now).json
        assert PAPER not in digested["entries"]
        assert PAPER not in str(digested["updates"])
        assert monday.statuses()[PAPER] == "skipped"
    again = {topic["topic"]: topic for topic in polled["topics"]}["Again"]
    assert again["tombstoned"] == 1
    tombstoned = monday.rows("SELECT sum(tombstoned) AS n FROM ledger WHERE announced_on = '2026-05-13'")
    assert tombstoned[0]["n"] == 2  # in cs.CL and in cs.LG


def test_a_kept_paper_stays_kept_and_its_new_title_is_reported_once(monday: Desk, arxiv: FaultyArxiv) -> None:
    monday.ok("queue", "keep", PAPER)
    arxiv.day = WEDNESDAY
    now = "2026-05-13T14:00+09:00"
    monday.ok("poll", now=now)
    digested = monday.ok("digest", "--json", now=now).json
    assert [update["key"] for update in digested["updates"]] == [f"arxiv:{PAPER}"]
    assert PAPER not in digested["entries"]
    assert monday.stubs()[PAPER]["status"] == "kept"
    assert monday.ok("digest", "--json", now=now).json == {"path": None, "entries": [], "updates": []}


def test_list_narrows_by_state_and_topic(monday: Desk) -> None:
    monday.topics = [MATHEMATICS, {"name": "Vision", "categories": ["cs.CV"]}]
    monday.ok("poll")
    monday.ok("queue", "keep", PAPER)
    kept = monday.ok("queue", "list", "--status", "kept", "--json").json
    assert [stub["arxiv_id"] for stub in kept] == [PAPER]
    vision = monday.ok("queue", "list", "--topic", "Vision", "--json").json
    assert vision
    assert all("Vision" in stub["topics"] for stub in vision)
    assert {stub["status"] for stub in vision} == {"queued"}


def test_the_latest_stub_is_listed_first(monday: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.day = TUESDAY
    monday.ok("poll", now="2026-05-12T14:00+09:00")
    assert [stub["announced_on"] for stub in monday.ok("queue", "list", "--json").json] == ["2026-05-12", "2026-05-11"]


def test_fetch_save_queues_a_paper_once_with_its_post(monday: Desk) -> None:
    monday.topics = []
    other, post = "2605.90002", "https://x.com/someone/status/1"
    monday.ok("fetch", other, "--save", "--post", post)
    monday.ok("fetch", other, "--save")
    stub = monday.stubs()[other]
    assert (stub["status"], stub["posts"], stub["topics"]) == ("queued", [post], [])
    monday.topics = [MATHEMATICS]
    entries = monday.ok("digest", "--json").json["entries"]
    assert sorted(entries) == [PAPER, other]
    assert f"Source post: {post}\n" in monday.digests()[0].read_text(encoding="utf-8")


def test_fetch_without_save_stores_nothing(desk: Desk) -> None:
    desk.topics = []
    desk.ok("fetch", "2605.90001")
    assert not desk.database.exists()

"""One whole announcement day: polled, queued, digested, fetched; on invented papers and on a real day.

What has to match is computed here once more, with plain word searches that share nothing with notebot.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import SHARED, TUESDAY, Desk, Done, desk_with, urls_of
from notebot.demo.sample_arxiv import Announcement, SamplePaper, default_papers
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.slow

META = SHARED / "arxiv/meta.jsonl.gz"
CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "cs.CV")
FULL = {"invented": 2, "real": 20}
Wanted = Callable[[SamplePaper], bool]


@dataclass(frozen=True)
class Watched:
    """A topic, and the same question asked with plain means."""

    section: dict[str, object]
    wanted: Wanted


def words(text: str) -> str:
    """Lower-case words with one blank around each."""
    return " ".join(["", *re.findall(r"[^\W_]+", text.lower()), ""])


def has(text: str, *starts: str) -> bool:
    """Whether a word, or several in a row, stand in the text; a start may go on when it ends in ``*``."""
    return any((f" {each[:-1]}" if each.endswith("*") else f" {each} ") in words(text) for each in starts)


TOPICS = (
    Watched(
        {
            "name": "Mathematics",
            "categories": ["cs.CL", "cs.LG"],
            "query": 'ti:math* OR abs:"mathematical reasoning" OR ti:theorem*',
            "tags": ["Mathematics"],
        },
        lambda paper: has(paper.title, "math*", "theorem*") or has(paper.abstract, "mathematical reasoning"),
    ),
    Watched(
        {
            "name": "PostTraining",
            "categories": ["cs.CL", "cs.LG", "cs.AI"],
            "query": '(abs:"reinforcement learning" OR ti:reward*) AND abs:model* ANDNOT ti:survey',
            "tags": ["PostTraining"],
        },
        lambda paper: (
            (has(paper.abstract, "reinforcement learning") or has(paper.title, "reward*"))
            and has(paper.abstract, "model*")
            and not has(paper.title, "survey")
        ),
    ),
    Watched(
        {
            "name": "Vision",
            "categories": ["cs.CV"],
            "query": 'all:"vision language" OR ti:video* OR ti:photograph*',
            "tags": ["ComputerVision"],
        },
        lambda paper: (
            has(f"{paper.title} | {paper.abstract}", "vision language") or has(paper.title, "video*", "photograph*")
        ),
    ),
)


def matching(papers: Sequence[SamplePaper]) -> dict[str, set[str]]:
    """arXiv id → names of the topics it belongs to, for all papers new on Tuesday."""
    found: dict[str, set[str]] = {}
    for paper in papers:
        if any(each.day == TUESDAY and each.kind == "new" for each in paper.announced):
            for topic in TOPICS:
                watched = set(topic.section["categories"])  # type: ignore[call-overload]
                if watched & set(paper.categories) and topic.wanted(paper):
                    found.setdefault(paper.arxiv_id, set()).add(str(topic.section["name"]))
    return found


def real_papers() -> tuple[SamplePaper, ...]:
    """The real batch of 2026-05-12, as far as its categories are known."""
    with gzip.open(META, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return tuple(
        SamplePaper(
            arxiv_id=record["id"],
            title=record["title"],
            authors=tuple(record["authors"]),
            abstract=record["abstract"],
            categories=tuple(dict.fromkeys((record["primary"], *record["categories"]))),
            published=datetime(2026, 5, 11, 12, tzinfo=UTC),
            announced=(Announcement(TUESDAY, 1, "new"),),
            comment=record.get("comment"),
        )
        for record in records
        if record.get("announced") == TUESDAY.isoformat() and record.get("categories")
    )


@dataclass(frozen=True)
class Day:
    """A day that was polled twice and digested once."""

    desk: Desk
    papers: dict[str, SamplePaper]
    expected: dict[str, set[str]]
    full: int
    first: Done
    queued: dict[str, dict[str, Any]]
    second: Done
    digest: Done


@pytest.fixture(
    scope="module",
    params=[
        "invented",
        pytest.param("real", marks=pytest.mark.skipif(not META.exists(), reason="needs ../shared")),
    ],
)
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    papers = default_papers() if request.param == "invented" else real_papers()
    sections = [topic.section for topic in TOPICS]
    with FaultyArxiv(papers) as arxiv:
        arxiv.day = TUESDAY
        full = FULL[request.param]
        folder = tmp_path_factory.mktemp("day")
        desk = Desk(folder, urls_of(arxiv), sections, {"digest": {"full": full, "language": "ja"}})
        yield Day(
            desk,
            {paper.arxiv_id: paper for paper in papers},
            matching(papers),
            full,
            first=desk.ok("poll", "--json"),
            queued=desk.stubs(),
            second=desk.ok("poll", "--json"),
            digest=desk.ok("digest", "--json"),
        )


def test_the_expectation_is_worth_something(day: Day) -> None:
    assert day.full < len(day.expected) < len(day.papers) / 2
    assert {name for names in day.expected.values() for name in names} == {"Mathematics", "PostTraining", "Vision"}


def test_every_paper_that_matches_is_queued_once_and_no_other(day: Day) -> None:
    assert {name: set(stub["topics"]) for name, stub in day.queued.items()} == day.expected
    assert {stub["status"] for stub in day.queued.values()} == {"queued"}


def test_every_title_line_is_right(day: Day) -> None:
    for name, stub in day.queued.items():
        paper = day.papers[name]
        lettered = [author for author in paper.authors if re.search(r"[^\W\d_]", author)]
        first = re.sub(r" \(.*", "", lettered[0]) + ("+" if len(lettered) > 1 else "")
        venue = "arXiv'26" if stub["venue"]["source"] == "default" else r".+'\d\d.*?"
        named = re.search(rf", ({venue}), \d{{4}}\.\d\d$", stub["title_line"])
        assert named
        tail = f", {first}, {named[1].rpartition(', ')[2]}, {paper.published:%Y.%m}"
        line = f"[Paper Note] {' '.join(paper.title.split())}{tail}"
        if len(line) > 256:
            line = stub["title_line"]
            assert line.endswith(f"…{tail}")
            assert len(line) <= 256
        if "\\" not in line:  # TeX accents have tests of their own
            assert stub["title_line"] == line


def test_a_second_poll_drafts_nothing(day: Day) -> None:
    document = day.second.json
    assert sum(topic["drafted"] + topic["matched"] for topic in document["topics"]) == 0
    assert [source["known"] for source in document["sources"] if source["source"] != "api"] == [
        source["announced"] for source in day.first.json["sources"] if source["source"] != "api"
    ]
    assert set(day.desk.stubs()) == set(day.expected)


def test_a_poll_asks_one_feed_a_category_and_the_api_once_per_hundred(day: Day) -> None:
    assert day.first.json["requests"] == len(CATEGORIES) + ceil(len(day.expected) / 100)
    assert day.second.json["requests"] == len(CATEGORIES)


def test_the_poll_says_how_many_each_topic_drafted(day: Day) -> None:
    told = {topic["topic"]: (topic["matched"], topic["drafted"]) for topic in day.first.json["topics"]}
    for name, numbers in told.items():
        count = sum(name in names for names in day.expected.values())
        assert numbers == (count, count), name


def test_the_ledger_adds_up(day: Day) -> None:
    rows = {row["category"]: row for row in day.desk.rows("SELECT * FROM ledger")}
    assert set(rows) == set(CATEGORIES)
    for category, row in rows.items():
        announced = row["fetched"] + row["recovered"]
        matched = row["drafted"] + row["known"] + row["tombstoned"] + row["unwanted"]
        there = [paper for paper in day.papers.values() if category in paper.categories]
        assert announced == sum(paper.announcement_on(TUESDAY) is not None for paper in there)
        assert announced == row["unmatched"] + matched
        assert (row["announced_on"], row["state"]) == ("2026-05-12", "fresh")
    assert sum(row["drafted"] for row in rows.values()) == len(day.expected)


def test_the_digest_links_every_paper_once_some_in_full(day: Day) -> None:
    text = day.desk.digests()[0].read_text(encoding="utf-8")
    linked = re.findall(r"https://arxiv\.org/abs/([^\s<]+)", text)
    assert sorted(linked) == sorted(day.expected)
    assert linked == day.digest.json["entries"]
    lines = text.splitlines()
    in_full = [line for line in lines if line.startswith("### [Paper Note] ")]
    ticks = [line for line in lines if line.startswith("- [ ] ") and "https://arxiv.org/abs/" in line]
    assert (len(in_full), len(ticks)) == (day.full, len(day.expected) - day.full)
    assert day.digest.json["path"] == str(day.desk.folder / "digests/2026-05-12.md")


def test_afterwards_the_queue_is_digested_and_there_is_nothing_to_write(day: Day) -> None:
    assert set(day.desk.statuses().values()) == {"digested"}
    again = day.desk.ok("digest", "--json")
    assert again.json == {"path": None, "entries": [], "updates": []}


FORMS = (
    "{}",
    "arXiv:{}",
    "https://arxiv.org/abs/{}",
    "http://arxiv.org/pdf/{}.pdf",
    "https://arxiv.org/pdf/{}v1",
    "https://www.alphaxiv.org/abs/{}",
    "https://huggingface.co/papers/{}",
    "https://doi.org/10.48550/arXiv.{}",
    " [{}] ",
)


@pytest.mark.parametrize(
    "papers",
    [
        pytest.param(default_papers, id="invented"),
        pytest.param(real_papers, id="real", marks=pytest.mark.skipif(not META.exists(), reason="needs ../shared")),
    ],
)
def test_twenty_references_are_one_request(papers: Callable[[], tuple[SamplePaper, ...]], tmp_path: Path) -> None:
    held = papers()
    new_style = (paper.arxiv_id for paper in held if "/" not in paper.arxiv_id and paper.version_on(TUESDAY))
    good = [FORMS[number % len(FORMS)].format(name) for number, name in enumerate(islice(new_style, 18))]
    refs = [*good[:5], "2513.02807", *good[5:], "not a paper"]
    with desk_with(held, tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        done = desk.run("fetch", "--json", *refs)
        assert [request.path for request in arxiv.log] == ["/api/query"]
    assert done.code == 1
    assert [element["ref"] for element in done.json] == refs
    wrong = {element["ref"]: element["error"]["kind"] for element in done.json if "error" in element}
    assert wrong == {"2513.02807": "invalid-ref", "not a paper": "invalid-ref"}
    for element in done.json:
        if "stub" in element:
            assert element["stub"]["arxiv_id"] in element["ref"]
    assert sum("stub" in element for element in done.json) == 18

"""The curator's archive by the installed command: in, searched, out as pages; digests completed and read back."""

import json
import re
from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, PATIENCE_S, SHARED, TUESDAY, Desk, desk_with, sample_paper
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.slow

SEED = SHARED / "seed"
REAL = SHARED / "archive/notes.jsonl"
needs_shared = pytest.mark.skipif(not SEED.is_dir(), reason="the real archive is not part of the project")

NOTES = [
    {
        "number": 12,
        "issue_date": "2025-07-01",
        "title_line": "[Paper Note] Proofs by Counting, Ada Example+, ICLR'25",
        "tags": ["NLP", "Mathematics"],
        "url": "https://arxiv.org/abs/2501.00001",
        "arxiv_id": "2501.00001",
        "summary": "数学的推論のための新しい手法。",
        "comment": "元ポスト:\nhttps://x.com/ada/status/1800000000000000000",
        "posts": ["https://x.com/ada/status/1800000000000000000"],
        "refs": [7],
        "kind": "paper",
    },
    {"number": 7, "issue_date": "2024-01-05", "title_line": "How we count, Example Inc, 2024.01",
     "tags": ["Blog", "NLP"]},
    {"number": 13, "issue_date": "2025-07-20", "title_line": "Proofs by Counting, Ada Example+, arXiv'25",
     "arxiv_id": "2501.00001", "tags": ["Mathematics"]},
]  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Desk:
    """A desk with three notes, and no arXiv to ask."""
    desk = Desk(tmp_path, now=None)
    lines = [json.dumps(note, ensure_ascii=False) for note in NOTES]
    (tmp_path / "notes.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n", encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    return desk


def test_importing_again_changes_nothing_and_what_was_not_understood_is_listed(archive: Desk) -> None:
    done = archive.ok("import", "notes", "notes.jsonl", "--json")
    report = done.json
    assert (report["read"], report["new"], report["changed"], report["unchanged"]) == (3, 0, 0, 3)
    assert [one["where"] for one in report["unread"]] == ["line 4"]
    assert "line 4" in done.err
    assert [row["text"] for row in archive.rows("SELECT text FROM unread")] == ["{broken"]


@pytest.mark.parametrize(("words", "numbers"), [
    (["数学"], [12]), (["推論"], [12]), (["counting"], [13, 12]), (["Proofs", "数学"], [12]),
    (["count*"], [13, 12, 7]), (["zebra"], []), (['"x" OR'], []),
])  # fmt: skip
def test_notes_are_found_by_words(archive: Desk, words: list[str], numbers: list[int]) -> None:
    found = archive.ok("search", *words, "--json").json
    assert sorted(note["number"] for note in found) == sorted(numbers)


def test_a_note_in_json_has_the_keys_of_the_contract(archive: Desk) -> None:
    listed = archive.ok("search", "--json").json
    assert [note["number"] for note in listed] == [13, 12, 7]
    for note in listed:
        keys = "number issue_date title_line tags url arxiv_id summary comment posts refs kind"
        assert set(keys.split()) <= set(note)
    assert [note["number"] for note in archive.ok("search", "--tag", "Blog", "--json").json] == [7]
    assert archive.ok("search", "--tag", "Blogs").err == (
        "No note has the tag 'Blogs'; `notebot stats` lists the most used ones.\n"
    )
    assert archive.ok("search", "nowhere", "--tag", "Blog").err == (
        "No note with the tag 'Blog' contains all of these words.\n"
    )


def test_three_processes_that_import_one_file_at_once_all_succeed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=None)
    notes = [{"number": number, "title_line": f"Note {number}, A+, arXiv'25"} for number in range(1, 2001)]
    (tmp_path / "notes.jsonl").write_text("\n".join(map(json.dumps, notes)), encoding="utf-8")
    with ExitStack() as stack:
        running = [stack.enter_context(desk.start("import", "notes", "notes.jsonl")) for _ in range(3)]
        assert [one.process.wait(PATIENCE_S) for one in running] == [0, 0, 0]
    assert desk.rows("SELECT count(*) AS notes, count(DISTINCT number) AS numbers FROM notes") == [
        {"notes": 2000, "numbers": 2000}
    ]


def test_papers_noted_twice_are_listed(archive: Desk) -> None:
    (group,) = archive.ok("duplicates", "--json").json
    assert [note["number"] for note in group] == [12, 13]


def test_pages_are_written_once_and_again_only_where_something_changed(archive: Desk) -> None:
    assert "9 pages written" in archive.ok("pages").out
    assert archive.ok("pages").out.startswith("0 pages written, 9 unchanged")
    changed = {**NOTES[1], "title_line": "How we count now, Example Inc, 2024.01"}
    (archive.folder / "more.jsonl").write_text(json.dumps(changed), encoding="utf-8")
    archive.ok("import", "notes", "more.jsonl")
    assert archive.ok("pages").out.startswith("6 pages written, 3 unchanged")


def test_a_tag_page_is_printed(archive: Desk) -> None:
    assert archive.ok("pages", "--tag", "Mathematics", "--format", "text").out.splitlines()[:5] == [
        "Mathematics",
        "Issue Date: 2025-07-20",
        "Proofs by Counting, Ada Example+, arXiv'25",
        "#NLP",
        "Issue Date: 2025-07-01",
    ]
    wrong = archive.run("pages", "--tag", "Mathematic")
    assert wrong.code == 2
    assert "Mathematics" in wrong.err


def test_a_paper_that_has_a_note_is_not_drafted_and_fetch_points_to_the_note(arxiv: FaultyArxiv, desk: Desk) -> None:
    note = {"number": 99, "title_line": "Lemma Mining, Edith Brannigan+, arXiv'26", "arxiv_id": "2605.90201"}
    desk.folder.joinpath("notes.jsonl").write_text(json.dumps(note), encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    day = arxiv.day + timedelta(days=1)
    arxiv.day = day
    report = desk.ok("poll", "--json", now=f"{day}T14:00+09:00").json
    assert "2605.90201" not in desk.stubs()
    assert report["topics"][0]["known"] >= 1
    fetched = desk.ok("fetch", "2605.90201", "--save", "--json")
    assert fetched.json[0]["stub"]["note_number"] == 99
    assert "note #99" in fetched.err
    assert "2605.90201" not in desk.stubs()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "notes", "nowhere.jsonl"], "nowhere.jsonl"),
        (["import", "gh", "notes.jsonl"], "notes.jsonl"),
        (["import", "agent-docs", "notes.jsonl"], "notes.jsonl"),
        (["import", "pdf", "notes.jsonl"], "pdf"),
        (["collect", "never.md"], "never.md"),
    ],
)
def test_wrong_sources_get_one_sentence(archive: Desk, arguments: list[str], said: str) -> None:
    done = archive.run(*arguments)
    assert done.code in (1, 2)
    assert said in done.err


# digests completed


def phone(text: str, *, strip: bool = True) -> str:
    """What some phone editors do to a file."""
    bare = re.sub(r"<!--.*?-->\n?", "", text) if strip else text
    return bare.replace("\n", "\r\n").rstrip()


def test_a_digest_edited_on_a_phone_is_read_back_and_left_as_it_is(polled: Desk) -> None:
    path = Path(polled.ok("digest").out.strip())
    text = path.read_text(encoding="utf-8")
    (arxiv_id,) = polled.stubs()
    said = "良い。{{7*7}} #1832 @x"
    text = text.replace("- [ ] read-later", "- ［x］ read-later", 1)
    text = text.replace(
        "Source post: \n", f"Source post: https://twitter.com/Ada/status/1800000000000000000?s=46\n\n{said}\n", 1
    )
    text = text.replace("ICML'26 Spotlight", "ICLR'27", 1)
    path.write_bytes(phone(text).encode())
    before = path.read_bytes()
    done = polled.ok("collect", "--json").json
    assert (done[0]["kept"], done[0]["changed"]) == ([arxiv_id], 1)
    stub = polled.stubs()[arxiv_id]
    assert stub["status"] == "kept"
    assert stub["curator"]["comment"] == said
    assert stub["posts"] == ["https://x.com/ada/status/1800000000000000000"]
    assert "ICLR'27" in stub["title_line"]
    assert "read-later" in stub["tags"]
    assert polled.ok("collect", "--json").json[0]["changed"] == 0
    assert path.read_bytes() == before
    assert [note["number"] for note in polled.ok("search", "良い", "--json").json] == [None]


def test_a_file_that_has_lost_its_end_skips_nothing(polled: Desk) -> None:
    path = Path(polled.ok("digest").out.strip())
    path.write_text("", encoding="utf-8")
    done = polled.run("collect")
    assert done.code == 1
    assert "The end of" in done.err
    assert {stub["status"] for stub in polled.stubs().values()} == {"digested"}


def test_what_the_curator_wrote_is_offered_against_and_never_written_over(arxiv: FaultyArxiv, desk: Desk) -> None:
    arxiv.day = TUESDAY - timedelta(days=1)
    monday = f"{arxiv.day}T14:00+09:00"
    desk.ok("poll", now=monday)
    path = Path(desk.ok("digest", now=monday).out.strip())
    text = path.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if one.startswith("### "))
    path.write_text(text.replace(line, "### [Paper Note] Mine, Me, ICLR'27, 2026.05"), encoding="utf-8")
    desk.ok("collect", now=monday)
    arxiv.day = TUESDAY + timedelta(days=1)
    later = f"{arxiv.day}T14:00+09:00"
    desk.ok("poll", now=later)
    (stub,) = (one for one in desk.stubs().values() if one["status"] == "kept")
    assert stub["title_line"] == "[Paper Note] Mine, Me, ICLR'27, 2026.05"
    (offer,) = stub["offers"]
    assert offer["field"] == "title_line"
    next_path = Path(desk.ok("digest", now=later).out.strip())
    drawn = next_path.read_text(encoding="utf-8")
    tick = next(one for one in drawn.splitlines() if "title_line -->" in one)
    assert tick.startswith("- [ ] ")
    next_path.write_text(drawn.replace(tick, tick.replace("[ ]", "[x]")), encoding="utf-8")
    desk.ok("collect", now=later)
    assert desk.stubs()[stub["arxiv_id"]]["title_line"] == offer["value"]


def complete(path: Path, touched: dict[str, str]) -> None:
    """Ticks, types into, or deletes entries of a digest."""
    text = path.read_text(encoding="utf-8")
    for arxiv_id, deed in touched.items():
        block = re.search(rf"<!-- nb {re.escape(arxiv_id)} -->\n.*?<!-- /nb -->\n", text, re.DOTALL)
        line = re.search(rf"^- \[ \] .*<!-- nb {re.escape(arxiv_id)} -->\n", text, re.MULTILINE)
        whole = (block or line)[0]  # type: ignore[index]
        text = text.replace(whole, "" if deed == "delete" else whole.replace("[ ]", "[x]", 1))
    path.write_text(text, encoding="utf-8")


def test_ten_digests_show_each_paper_once_and_the_sum_over_states_holds(tmp_path: Path) -> None:
    days = [date(2026, 5, 11) + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
    papers = [
        sample_paper(f"2605.{30 * place + n + 1:05d}", day, f"On mathematics {place} {n}")
        for place, day in enumerate(days)
        for n in range(30)
    ]
    shown: Counter[str] = Counter()
    with desk_with(papers, tmp_path, topics=[EVERYTHING]) as (arxiv, desk):
        for place, day in enumerate(days):
            arxiv.day, now = day, f"{day}T14:00+09:00"
            desk.ok("poll", now=now)
            path = Path(desk.ok("digest", now=now).out.strip())
            shown.update(re.findall(r"https://arxiv\.org/abs/(\S+)", path.read_text(encoding="utf-8")))
            today = [f"2605.{30 * place + n + 1:05d}" for n in range(30)]
            complete(path, {today[3]: "keep", today[25]: "delete"})
            desk.ok("collect", now=now)
            states = Counter(desk.statuses().values())
            assert states == {"digested": 28 * (place + 1), "kept": place + 1, "skipped": place + 1}
        assert shown == Counter(paper.arxiv_id for paper in papers)


# the real archive


@needs_shared
def test_the_seed_is_read_numbered_and_drawn_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=None)
    report = desk.ok("import", "seed-text", str(SEED / "mathematics.txt"), "--json").json
    assert (report["new"], report["unread"]) == (14, [])
    desk.ok("import", "notes", str(SEED / "notes.jsonl"))
    notes = desk.ok("search", "--json").json
    assert len(notes) == 14
    assert all(note["number"] for note in notes)
    page = desk.ok("pages", "--tag", "Mathematics", "--format", "text").out
    real = [json.loads(line) for line in (SEED / "notes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert re.findall(r"^Issue Date: (\S+)$", page, re.MULTILINE) == [note["issue_date"] for note in real]


@needs_shared
def test_every_tag_list_of_the_real_archive_comes_out_unchanged(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=None)
    desk.ok("import", "notes", str(REAL))
    for line in REAL.read_text(encoding="utf-8").splitlines():
        real = json.loads(line)
        if len(real["tags"]) > 1:
            page = desk.ok("pages", "--tag", real["tags"][0], "--format", "text").out
            assert real["issue_date"] in page
            break
    pages = desk.ok("pages", "--json").json
    assert pages["written"] > 1000


def test_audit_knows_the_venues_of_the_curators_own_table(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=None)
    note = {"number": 5, "title_line": "[Paper Note] Hot Water, Ada Example+, arXiv'25", "tags": ["NLP", "KETTLE"]}
    (tmp_path / "notes.jsonl").write_text(json.dumps({**note, "arxiv_id": "2501.00005"}), encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    assert desk.ok("audit", "--json").json == []
    (tmp_path / "mine.tsv").write_text("KETTLE\tconference\tKETTLE\tConference on Kettles\n", encoding="utf-8")
    desk.sections["venue"] = {"extra_table": "mine.tsv"}
    assert [(one["number"], one["value"]) for one in desk.ok("audit", "--json").json] == [(5, "KETTLE")]

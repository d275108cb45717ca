"""``notebot stats``: numbers of the archive and of the watch, as text, JSON and plots."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from acceptance.command import MONDAY, TUESDAY, Desk
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.slow

PLOTS = ("notes-per-month", "tags-by-year", "venues", "topics", "ledger", "read-later-age", "days-to-note")
NOTES = [
    {"number": 1, "title_line": "[Paper Note] A, Ann Author+, ICLR'24", "issue_date": "2026-03-01", "tags": ["NLP"]},
    {"number": 2, "title_line": "[Paper Note] B, Ben Author+, ACL'25", "issue_date": "2026-05-01", "tags": ["NLP"]},
    {"number": 3, "title_line": "C", "issue_date": "2026-05-02", "tags": ["Vision", "read-later"]},
]


@pytest.fixture
def noted(monday: Desk) -> Desk:
    """A desk with three notes, and the one paper of Monday kept."""
    lines = "\n".join(map(json.dumps, NOTES))
    (monday.folder / "notes.jsonl").write_text(lines, encoding="utf-8")
    monday.ok("import", "notes", "notes.jsonl")
    monday.ok("digest")
    monday.ok("queue", "keep", *monday.statuses())
    return monday


def test_the_numbers_are_those_of_the_archive_and_the_watch(noted: Desk) -> None:
    document = noted.ok("stats", "--json").json
    assert document["notes_per_month"] == [
        {"month": "2026-03", "notes": 1},
        {"month": "2026-04", "notes": 0},
        # two notes, and the kept paper, which is not published yet
        {"month": "2026-05", "notes": 3},
    ]
    assert {"venue": "ICLR", "notes": 1} in document["venues"]
    assert document["tags_by_year"][0]["tag"] == "NLP"
    assert document["tags_by_year"][0]["2026"] == 3
    assert sum(row["notes"] for row in document["read_later_age"]) == 1
    (topic,) = document["topics"]
    rows = noted.ok("ledger", "--json").json
    assert topic["topic"] == "Mathematics"
    assert (topic["matched"], topic["kept"], topic["keep_rate"]) == (1, 1, 1.0)
    assert 0 < topic["announced"] <= sum(row["announced"] for row in rows)
    shown = {(row["category"], row["date"], row["state"], row["announced"]) for row in document["ledger"]}
    assert shown == {(row["category"], row["date"], row["state"], row["announced"]) for row in rows}
    assert document["prediction"]["kept"] == 1
    assert document["prediction"]["auc"] is None


def test_a_note_that_changes_is_counted_again(noted: Desk) -> None:
    noted.ok("stats")
    changed = [{**NOTES[0], "tags": ["NLP", "Speech"]}, *NOTES[1:]]
    (noted.folder / "notes.jsonl").write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
    noted.ok("import", "notes", "notes.jsonl")
    tags = {row["tag"]: row["2026"] for row in noted.ok("stats", "--json").json["tags_by_year"]}
    assert tags["Speech"] == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_plot_is_a_document_of_its_own(noted: Desk, language: str) -> None:
    noted.sections["digest"] = {"language": language}
    done = noted.ok("stats", "--svg", "plots")
    folder = noted.folder / "plots"
    assert [Path(line).name for line in done.out.splitlines()] == [*(f"{name}.svg" for name in PLOTS), "index.md"]
    for name in PLOTS:
        root = ET.fromstring((folder / f"{name}.svg").read_text(encoding="utf-8"))
        title = root.find("{http://www.w3.org/2000/svg}title")
        assert title is not None and title.text
        assert title.text.isascii() == (language == "en")
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert [f"]({name}.svg)" in index for name in PLOTS] == [True] * 7


def test_the_text_has_every_table_and_how_well_the_order_predicts(noted: Desk) -> None:
    out = noted.ok("stats").out
    for title in ("Notes per month", "Venues", "Announced, matched and kept per topic", "Age of notes to read later"):
        assert f"{title}" in out
    assert "How well the order predicts" in out


def test_tables_without_a_number_say_so(desk: Desk) -> None:
    desk.sections["digest"] = {"language": "en"}
    blocks = desk.ok("stats").out.strip().split("\n\n")
    titles, texts = blocks[::2], blocks[1::2]
    assert len(titles) == len(texts) > 5
    assert "Notes per month" in titles
    assert set(texts[:-1]) == {"There is nothing to count yet."}
    assert texts[-1].startswith("This appears once a digest has both")


def test_the_order_is_compared_with_the_decisions(desk: Desk, arxiv: FaultyArxiv) -> None:
    desk.topics = [{"name": "Everything", "categories": ["cs.CL", "cs.LG"], "tags": []}]
    arxiv.day = MONDAY
    desk.ok("poll", now=f"{MONDAY}T14:00+09:00")
    entries = desk.ok("digest", "--json", now=f"{MONDAY}T14:00+09:00").json["entries"]
    places = {
        row["key"].removeprefix("arxiv:"): row["place"] for row in desk.rows("SELECT key, place FROM digest_entries")
    }
    first, *others = sorted(entries, key=lambda arxiv_id: places[arxiv_id])
    assert others
    desk.ok("queue", "keep", first, now=f"{TUESDAY}T14:00+09:00")
    assert desk.ok("stats", "--json").json["prediction"] == {
        "digests": 1,
        "shown": len(entries),
        "kept": 1,
        "auc": 1.0,
        "kept_in_first_20": 1.0,
        "share_in_first_20": 1.0,
    }
    desk.ok("queue", "undo")
    desk.ok("queue", "keep", others[-1])
    assert desk.ok("stats", "--json").json["prediction"]["auc"] == 0.0


def test_the_pages_have_the_plots_beside_them(noted: Desk) -> None:
    noted.ok("pages")
    folder = noted.folder / "pages/stats"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(f"{name}.svg" for name in PLOTS), "index.md"])


def test_a_folder_that_cannot_be_written_is_one_sentence(noted: Desk) -> None:
    (noted.folder / "plots").write_text("a file", encoding="utf-8")
    done = noted.run("stats", "--svg", "plots")
    assert done.code == 2
    (noted.folder / "taken").write_text("a file", encoding="utf-8")
    done = noted.run("stats", "--svg", "taken/plots")
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1

"""`notebot site`: the archive as a static site, by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acceptance.command import Desk, wait_for
from features.site.invented_notes import contents

NOTES = [
    {
        "number": 12,
        "issue_date": "2025-07-01",
        "title_line": "[Paper Note] Proofs by Counting, Ada Example+, ICLR'25",
        "tags": ["NLP", "Mathematics"],
        "url": "https://arxiv.org/abs/2501.00001",
        "arxiv_id": "2501.00001",
        "summary": "数学的推論のための新しい手法。",
        "refs": [7],
    },
    {"number": 7, "issue_date": "2024-01-05", "title_line": "How we count, Example Inc, 2024.01", "tags": ["Blog"]},
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with two notes, and no arXiv to ask."""
    desk = Desk(tmp_path, now=None, topics=())
    text = "\n".join(json.dumps(note, ensure_ascii=False) for note in NOTES)
    (tmp_path / "notes.jsonl").write_text(text, encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    return desk


def test_a_site_is_written_and_then_only_what_changed(desk: Desk) -> None:
    done = desk.ok("site", "out")
    assert done.out.endswith("Open out/index.html\n")
    assert (desk.folder / "out/notes/12.html").exists()
    first = desk.ok("site", "out", "--json").json
    assert (first["written"], first["removed"], first["left"], first["failures"]) == (0, 0, [], [])
    (desk.folder / "notes.jsonl").write_text(json.dumps({**NOTES[1], "summary": "数える。"}), encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    report = desk.ok("site", "out", "--json").json
    assert 0 < report["written"] < first["unchanged"]
    assert "数える。" in (desk.folder / "out/notes/7.html").read_text(encoding="utf-8")


def test_the_plots_are_those_of_the_archive(desk: Desk) -> None:
    desk.ok("site", "out")
    page = (desk.folder / "out/stats.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "notes_per_month" in page
    assert "ledger" not in page


def test_the_address_comes_from_the_config_or_the_command(desk: Desk) -> None:
    desk.sections["site"] = {"title": "Ann reads", "base_url": "https://ann.example/notes"}
    desk.ok("site", "out")
    assert "https://ann.example/notes/notes/12.html" in (desk.folder / "out/sitemap.xml").read_text()
    assert "<h1>Ann reads</h1>" in (desk.folder / "out/index.html").read_text()
    desk.ok("site", "out", "--base-url", "https://ben.example/")
    assert "https://ben.example/notes/12.html" in (desk.folder / "out/sitemap.xml").read_text()


def test_a_file_that_was_edited_is_left_and_named(desk: Desk) -> None:
    desk.ok("site", "out")
    (desk.folder / "out/404.html").write_text("my own")
    desk.sections["site"] = {"title": "Another title"}
    done = desk.ok("site", "out")
    assert "out/404.html is not as notebot wrote it, so it was left as it is" in done.err
    assert (desk.folder / "out/404.html").read_text() == "my own"


def test_an_empty_archive_never_empties_a_site(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    desk.ok("site", "out")
    before = contents(desk.folder / "out")
    other = Desk(tmp_path_factory.mktemp("other"), now=None, topics=())
    done = other.run("site", str(desk.folder / "out"))
    assert (done.code, done.out) == (2, "")
    assert "The archive is empty, so every note would disappear from the site in" in done.err
    assert contents(desk.folder / "out") == before
    for _ in range(2):
        assert "The archive is empty, and so is the site" in other.ok("site", "first").err


@pytest.mark.slow
def test_killed_runs_are_completed_by_the_next(desk: Desk) -> None:
    notes = [{**NOTES[0], "number": number, "arxiv_id": f"2501.{number:05d}"} for number in range(20, 320)]
    for note in notes:
        note["url"] = f"https://arxiv.org/abs/{note['arxiv_id']}"
        note["title_line"] = f"[Paper Note] Proofs, Part {note['number']}, Ada Example+, ICLR'25"
    (desk.folder / "notes.jsonl").write_text("\n".join(map(json.dumps, notes)), encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    for files in (1, 40, 200):
        kill_after(desk, files)
    assert desk.ok("site", "out", "--json").json["left"] == []
    desk.ok("site", "anew")
    assert contents(desk.folder / "out") == contents(desk.folder / "anew")
    assert not list((desk.folder / "out").rglob(".tmp-*"))


def kill_after(desk: Desk, files: int) -> None:
    """Starts a run and kills it as soon as so many files were written since the last complete run."""
    journal = desk.folder / "out/.notebot-site/journal.jsonl"

    def begun() -> int:
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    with desk.start_forked("site", "out") as running:
        wait_for(lambda: begun() >= files, "files are written")
        running.process.kill()
        running.process.join()
    assert journal.exists()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        (".", "the config"),
        ("..", "the config"),
        ("state", "state_dir"),
        ("digests/site", "digest_dir"),
        ("link", "the notes"),
    ],
)
def test_a_folder_with_files_that_are_not_for_others_is_refused(desk: Desk, folder: str, name: str) -> None:
    desk.sections["archive"] = {"folder": "vault"}
    (desk.folder / "vault").mkdir()
    (desk.folder / "link").symlink_to("vault")
    done = desk.run("site", folder)
    assert (done.code, done.out) == (2, "")
    assert f"{folder} and {name} (" in done.err
    assert "give the site a folder of its own" in done.err
    assert not list(desk.folder.rglob("index.html"))


def test_wrong_input_gets_one_sentence(desk: Desk) -> None:
    for words in (("javascript:alert(1)",), ("https://a.example/?x=1",), ("a.example",)):
        done = desk.run("site", "out", "--base-url", *words)
        assert (done.code, done.out) == (2, "")
        assert "--base-url takes an address such as https://you.github.io/notes/" in done.err
    (desk.folder / "mine").mkdir()
    (desk.folder / "mine/index.html").write_text("mine")
    done = desk.run("site", "mine")
    assert done.code == 2
    assert "mine has an index.html that notebot did not write; give the site a folder of its own." in done.err
    done = desk.run("site", "notes.jsonl")
    assert done.code == 2
    assert "is a file" in done.err
    desk.sections["site"] = {"base_url": "https://a.example/#x", "title": "a\nb"}
    done = desk.run("site", "out")
    assert done.code == 2
    assert "site.title must be one line" in done.err
    assert "site.base_url must be the address of a folder" in done.err
    assert not (desk.folder / "out").exists()

"""The archive as a folder: from the digest to note files and back, while an editor changes them; to GitHub and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import EVERYTHING, TUESDAY, Desk, desk_with, sample_paper, wait_for
from notebot.core.note_format.note_file import parse_note_file
from notebot.demo.sample_arxiv import SamplePaper
from servers.github_server import GitHubServer
from servers.github_state import Repository

TOKEN = "gh" + "p_invented0123456789"
HOSTILE = "We [[count]] %%this%%. {{x}} `= 1` Fixes #3, as @all know.\n---\n# Comment\nIt works."
KEPT, LATER, BARE = (f"2605.0000{n}" for n in range(1, 4))
PAPERS: list[SamplePaper] = [
    sample_paper(KEPT, TUESDAY, 'On mathematics: "a", @all --- no', abstract=HOSTILE),
    sample_paper(LATER, TUESDAY, "数学のもう一つの論文", authors=("Ada Example",)),
    sample_paper(BARE, TUESDAY, "Untouched mathematics"),
]
SAID = "私の感想。 {{x}}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A digest is written; the archive is the folder ``notes``, which does not exist yet."""
    with desk_with(PAPERS, tmp_path, topics=[EVERYTHING]) as (arxiv, made):
        arxiv.day = TUESDAY
        made.sections["archive"] = {"folder": "notes"}
        made.ok("poll")
        yield made


def complete_digest(desk: Desk) -> None:
    """Writes the digest, keeps two papers in it, one with words, and collects it."""
    path = Path(desk.ok("digest").out.strip())
    text = path.read_text(encoding="utf-8")
    for arxiv_id in (KEPT, LATER):
        entry = re.search(rf"<!-- nb {re.escape(arxiv_id)} -->\n.*?<!-- /nb -->\n", text, re.DOTALL)
        assert entry is not None
        kept = entry[0].replace("- [ ] keep", "- [x] keep", 1)
        if arxiv_id == KEPT:
            kept = re.sub(r"Source post: ?\n", f"Source post: https://x.com/ada/status/1\n\n{SAID}\n", kept)
        text = text.replace(entry[0], kept)
    path.write_text(text, encoding="utf-8")
    desk.ok("collect")


def files(desk: Desk) -> dict[str, str]:
    folder = desk.folder / "notes"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.md"))}


def notes(desk: Desk) -> list[dict[str, Any]]:
    """Every note of the database without what only a stub or the clock decides."""
    found: list[dict[str, Any]] = desk.ok("search", "--json").json
    return sorted(found, key=lambda note: note["number"])


def test_the_digest_ends_in_files_that_an_editor_changes_meanwhile(desk: Desk) -> None:
    complete_digest(desk)

    done = desk.ok("publish", "--json")
    assert done.err == f"Writing to {desk.folder / 'notes'}, which has no notes yet.\n"
    published = done.json

    assert [note["number"] for note in published["published"]] == [1, 2]
    names = list(files(desk))
    assert {name[:5] for name in names} == {"0001-", "0002-"}
    kept = next(name for name, text in files(desk).items() if KEPT in text)
    note = parse_note_file(files(desk)[kept], "x")
    assert note.comments == ("元ポスト:\nhttps://x.com/ada/status/1", SAID)
    assert not any(active in note.body for active in ("[[", "%%", "{{", "`", "\n---"))
    # the folder says all that the database says
    before = notes(desk)
    desk.database.unlink()
    assert desk.ok("import", "folder", "--json").json["new"] == 2
    assert notes(desk) == before
    assert desk.ok("import", "folder", "--json").json["unchanged"] == 2


def test_an_editor_moves_and_edits_notes_and_drops_a_link(desk: Desk) -> None:
    complete_digest(desk)
    desk.ok("publish")
    folder = desk.folder / "notes"
    first, second = (folder / name for name in files(desk))
    moved = folder / "読んだ" / "moved.md"
    moved.parent.mkdir()
    edited = first.read_text().replace("\nstate:", "\nrating: 5\nstate:") + "\r\n後で読む\r\n- #2\r\n"
    moved.write_text(edited, newline="")
    first.unlink()
    (folder / "a long thought about proofs.md").write_text(f"https://arxiv.org/abs/{BARE}")

    filled = desk.ok("fill", "--json").json

    assert [note["arxiv_id"] for note in filled["filled"]] == [BARE]
    assert moved.read_bytes().decode() == edited
    thought = parse_note_file((folder / "a long thought about proofs.md").read_text(), "x")
    assert (thought.number, thought.comments) == (3, ("a long thought about proofs",))
    report = desk.ok("import", "folder", "--json").json
    assert (report["read"], report["new"], report["changed"], report["unread"]) == (3, 0, 1, [])
    assert notes(desk)[0]["refs"] == [2]
    assert "#1 " in desk.ok("search", "後で読む").out
    assert second.exists()
    assert desk.ok("publish").out.endswith("0 published, 0 changed\n")


def test_a_killed_publish_is_finished_by_the_next(desk: Desk) -> None:
    complete_digest(desk)
    for _ in range(4):
        with desk.start_forked("publish") as running:
            wait_for(lambda: desk.rows("SELECT 1 FROM folder_notes") or not running.process.is_alive(), "a first row")
            running.process.kill()
    desk.ok("publish")

    texts = files(desk)
    assert sorted(parse_note_file(text, "x").number or 0 for text in texts.values()) == sorted(
        stub["note_number"] for stub in desk.stubs().values() if stub["note_number"]
    )
    assert sum(KEPT in text for text in texts.values()) == 1
    assert sum(LATER in text for text in texts.values()) == 1


@pytest.mark.parametrize(
    ("archive", "problem"),
    [
        ({"folder": "notes", "repo": "a/b"}, "archive.folder: archive.repo is set as well"),
        ({"folder": "config.toml"}, "config.toml is a file; name a folder."),
        ({"folder": "digests"}, "archive.folder: {}/digests and notebot.digest_dir"),
        ({"folder": "."}, "overlap; give the notes a folder of their own."),
        ({"folder": ".git/notes"}, "is inside Git's own data"),
        ({"folder": "a\0b"}, "archive.folder: 'a\\x00b' is not a path"),
        ({"folder": 5}, "archive.folder"),
    ],
)
def test_wrong_folders_are_one_clear_sentence(tmp_path: Path, archive: dict[str, object], problem: str) -> None:
    desk = Desk(tmp_path, sections={"archive": archive})

    done = desk.run("check")

    assert done.code == 2
    assert problem.format(tmp_path) in done.err


def test_a_folder_that_may_not_be_written_is_one_clear_sentence(desk: Desk) -> None:
    complete_digest(desk)
    # root may write everywhere, so something else is in the way
    (desk.folder / "notes").symlink_to("/proc/notes")

    done = desk.run("publish")

    assert done.code == 1
    assert len(done.err.strip().splitlines()) <= 2
    assert "cannot be written" in done.err
    assert desk.run("import", "folder").code == 2
    assert desk.run("import", "folder", "nowhere").err.count("is not a folder") == 1


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer(TOKEN) as server:
        yield server


def issues_of(repository: Repository) -> dict[int, tuple[Any, ...]]:
    """What was copied of each issue; line ends as a file has them."""
    return {
        number: (
            issue["title"],
            (issue["body"] or "").replace("\r\n", "\n").strip("\n"),
            sorted(label["name"] for label in issue["labels"]),
            issue["state"],
            [comment["body"].replace("\r\n", "\n").strip("\n") for comment in repository.comments[number]],
        )
        for number, issue in repository.issues.items()
        if issue["title"] != "(no note)"
    }


def fill_repository(github: GitHubServer, repository: Repository) -> None:
    """Notes, a discussion, a closed issue, and a number that no issue has any more."""
    body = "# URL\r\n- https://arxiv.org/abs/2605.00001\r\n# Summary (by x)\r\n- 数える。\r\n"
    github.open_issue(repository, "[Paper Note]  Old，  A+,  arXiv'25, 2025.07", body, ("NLP", "a, b"))
    gone = github.open_issue(repository, "gone", "x")
    github.open_issue(repository, '"a": --- [[b]] \\', "# Comment\n\\# Comment\n---\nno: yes", ("@x",))
    closed = github.open_issue(repository, "A question", "")
    github.edit(repository, closed, state="closed")
    for text in ("元ポスト:\nhttps://x.com/ada/status/1", "# Comment\n\n  x", "関連:\n- #1\n- #4", "関連:\n- #1\n- #4"):
        github.add_comment(repository, 3, text)
    del repository.issues[gone]


def test_from_github_to_a_folder_and_to_another_github(tmp_path: Path, github: GitHubServer) -> None:
    source, target = github.add_repository(labels={"NLP": None}), github.add_repository("curator/copy")
    fill_repository(github, source)
    before = issues_of(source)
    desk = Desk(tmp_path, {"feed_url": github.url, "api_url": github.url, "oai_url": github.url}, now=None)
    desk.sections["archive"] = {"repo": "curator/notes", "github_url": github.url}

    dry = desk.run("move-archive", "notes", "--dry-run", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert (dry.json["waiting"], dry.json["copied"], files(desk)) == (3, 0, {})
    for copied, existing in ((3, 0), (0, 0)):
        done = desk.run("move-archive", "notes", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)
        assert (done.code, done.json["copied"], done.json["existing"]) == (0, copied, existing), done
    assert issues_of(source) == before
    desk.ok("import", "folder", "notes")
    imported = notes(desk)

    desk.sections["archive"] = {"folder": "notes", "github_url": github.url}
    in_folder = files(desk)
    dry = desk.run("move-archive", "curator/copy", "--dry-run", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert (dry.json["waiting"], dry.json["placeholders"], target.issues) == (3, 1, {})
    for copied in (3, 0):
        done = desk.run("move-archive", "curator/copy", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)
        assert (done.code, done.json["copied"]) == (0, copied), done
    assert issues_of(target) == before
    assert files(desk) == in_folder
    assert [note["number"] for note in imported] == [1, 3, 4]
    # back to where the notes came from: all of them are there, and nothing is written
    done = desk.run("move-archive", "curator/notes", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert (done.code, done.json["copied"], done.json["existing"]) == (0, 0, 3), done
    assert issues_of(source) == before


def test_status_and_doctor_know_the_folder(desk: Desk) -> None:
    complete_digest(desk)
    desk.ok("publish")
    folder = desk.folder / "notes"

    assert desk.ok("status", "--json").json["archive"] == {"kind": "folder", "place": str(folder), "notes": 2}
    assert f"archive: {folder} (2 notes known here)" in desk.ok("status").out
    assert f"{folder} can be written; it has 2 notes." in desk.ok("doctor", "--offline").out
    (folder / "a.sync-conflict-20260512-140000-ABCDEFG.md").write_text("x")
    done = desk.run("doctor", "--offline")
    assert "merge it into its note" in done.out
    assert "Backed up to " in done.out  # the database is whole, whatever is wrong with a note
    folder.rename(desk.folder / "elsewhere")
    done = desk.run("doctor", "--offline")
    assert done.code == 1
    assert "connect the disk" in done.out


def tick_update(desk: Desk) -> str:
    """Writes a digest, ticks the one update in it, collects it, and returns the digest as it was written."""
    path = Path(desk.ok("digest").out.strip())
    text = path.read_text(encoding="utf-8")
    offers = re.findall(r"^- \[ \] .*ACL'27.*$", text, re.MULTILINE)
    assert len(offers) == 1, text
    path.write_text(text.replace(offers[0], offers[0].replace("[ ]", "[x]", 1)), encoding="utf-8")
    desk.ok("collect")
    return text


def test_an_offer_ticked_in_the_digest_changes_the_file_or_comes_again(desk: Desk) -> None:
    complete_digest(desk)
    desk.ok("publish")
    (desk.folder / "list.csv").write_text(
        'title,authors,decision,venue\n数学のもう一つの論文,"Example, Ada",Accept,ACL 2027\n', encoding="utf-8"
    )
    desk.ok("venues", "list.csv", "--as", "ACL'27")
    path = next(path for path in (desk.folder / "notes").glob("*.md") if LATER in path.read_text())
    written = path.read_text()
    mine = written.replace("Ada Example, arXiv'26", "Ada Example,  arXiv'26")
    assert mine != written
    path.write_text(mine)
    tick_update(desk)

    done = desk.run("publish")

    assert done.code == 1
    assert "the title line was edited in the file, so that nothing was written; edit it there" in done.err
    assert path.read_text() == mine
    # it is an offer of the next digest; the curator has taken the edit back
    path.write_text(written)
    tick_update(desk)
    done = desk.ok("publish")
    assert path.read_text() == written.replace("arXiv'26, 2026.05\"", "ACL'27, 2026.05\"").replace(
        'tags: ["NLP"]', 'tags: ["NLP", "ACL"]'
    )
    assert notes(desk)[int(path.name[:4]) - 1]["title_line"].endswith("ACL'27, 2026.05")

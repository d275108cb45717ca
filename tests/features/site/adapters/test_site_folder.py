"""The folder of the site: files of others are never touched, and a kill at any place is survived."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.errors import NotebotError, StateError, UsageError
from notebot.features.site.adapters.site_folder import open_site_folder
from notebot.features.site.build_site import FileOutcome

NAMES = ("index.html", "notes/1.html", "notes/2.html", "tags/数学.html")
WRITTEN, UNCHANGED, LEFT = FileOutcome


def run(folder: Path, wanted: dict[str, bytes]) -> dict[str, FileOutcome]:
    """One run that writes these files, each with its content as fingerprint."""
    with open_site_folder(folder) as files:
        done = {}
        for name, content in wanted.items():
            if not files.is_current(name, content.hex()):
                done[name] = files.write(name, content.hex(), content)
        return {**done, **dict(files.remove_others(wanted))}


def test_a_file_is_written_once_and_again_after_a_change(tmp_path: Path) -> None:
    assert run(tmp_path / "site", {"notes/1.html": b"a", "index.html": b"b"}) == dict.fromkeys(
        ("notes/1.html", "index.html"), WRITTEN
    )
    assert run(tmp_path / "site", {"notes/1.html": b"a", "index.html": b"c"}) == {"index.html": WRITTEN}
    assert (tmp_path / "site/index.html").read_bytes() == b"c"
    assert not list((tmp_path / "site").rglob(".tmp-*"))


def test_equal_content_is_not_written_again(tmp_path: Path) -> None:
    run(tmp_path, {"notes/1.html": b"a"})
    before = (tmp_path / "notes/1.html").stat()
    with open_site_folder(tmp_path) as files:
        assert not files.is_current("notes/1.html", "new facts")
        assert files.write("notes/1.html", "new facts", b"a") is UNCHANGED
        assert files.is_current("notes/1.html", "new facts")
    after = (tmp_path / "notes/1.html").stat()
    # reading it changes st_atime
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_missing_or_empty_comes_back(tmp_path: Path) -> None:
    run(tmp_path, {"a": b"1", "b": b"2"})
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_bytes(b"")  # a power cut
    assert run(tmp_path, {"a": b"1", "b": b"2"}) == {"a": WRITTEN, "b": WRITTEN}


def test_files_of_others_are_neither_replaced_nor_removed(tmp_path: Path) -> None:
    run(tmp_path, {"a": b"1", "b": b"2"})
    (tmp_path / "CNAME").write_text("notes.example")
    (tmp_path / "a").write_text("edited")
    (tmp_path / "b").write_text("edited")
    (tmp_path / "c").write_text("another's")
    (tmp_path / "d").symlink_to(tmp_path / "CNAME")
    (tmp_path / "e").mkdir()
    done = run(tmp_path, {"a": b"3", "c": b"4", "d": b"5", "e": b"6"})
    assert done == dict.fromkeys("acdeb", LEFT)
    assert [(tmp_path / name).read_text() for name in ("CNAME", "a", "b", "c", "d")] == [
        "notes.example",
        *("edited", "edited", "another's", "notes.example"),
    ]
    # what was left once is never removed later
    assert run(tmp_path, {}) == {"a": LEFT}
    assert run(tmp_path, {}) == {}


def test_another_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my own")
    with pytest.raises(UsageError, match="notebot did not write; give the site a folder of its own"):
        run(tmp_path, {"index.html": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html"]


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "files": {"a": [1]}}'])
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    run(tmp_path, {"a": b"1"})
    (tmp_path / ".notebot-site/manifest.json").write_text(text)
    with pytest.raises(StateError, match=r"manifest\.json is damaged"):
        run(tmp_path, {"a": b"1"})


def test_a_record_cannot_make_it_touch_a_file_outside(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    run(tmp_path / "site", {"a": b"1"})
    record = tmp_path / "site/.notebot-site/manifest.json"
    record.write_text(record.read_text().replace('"a"', '"../precious"'))
    with pytest.raises(StateError, match="is not a file below"):
        run(tmp_path / "site", {})
    assert (tmp_path / "precious").read_text() == "x"


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(NotebotError, match="cannot be used"):
            run(folder, {"a": b"1"})


class Killed(BaseException):
    """A kill: nothing after it is run, except that files are closed."""


def kill(now: bool) -> None:
    if now:
        raise Killed


@given(
    st.lists(st.dictionaries(st.sampled_from(NAMES), st.binary(min_size=1, max_size=2)), min_size=1, max_size=4),
    st.integers(0, 8),
    st.booleans(),
)
def test_after_a_kill_the_next_run_completes_the_site(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[str, bytes]], at: int, torn: bool
) -> None:
    folder = tmp_path_factory.mktemp("site")
    *before, last = runs
    for wanted in before:
        run(folder, wanted)
    (folder / "CNAME").write_text("notes.example")
    try:
        with open_site_folder(folder) as files:
            for place, (name, content) in enumerate(last.items()):
                kill(place == at)
                files.write(name, content.hex(), content)
            for place, _ in enumerate(files.remove_others(last), len(last)):
                kill(place >= at)
    except Killed:
        if torn:  # killed between the record and the file
            with (folder / ".notebot-site/journal.jsonl").open("a") as journal:
                journal.write('["index.html", "0123"]\n["notes/1.ht')
            (folder / f".tmp-{os.getpid()}-index.html").write_bytes(b"half")
    assert LEFT not in run(folder, last).values()
    shown = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    record = {name for name in shown if name.startswith(".notebot-site/")}
    assert record == {".notebot-site/manifest.json"}
    assert {name: shown[name] for name in shown.keys() - record} == {**last, "CNAME": b"notes.example"}
    assert run(folder, last) == {}


def test_a_line_of_the_journal_that_was_cut_spoils_no_other(tmp_path: Path) -> None:
    run(tmp_path, {"index.html": b"1"})
    (tmp_path / ".notebot-site/journal.jsonl").write_text('["notes/2.ht')
    with pytest.raises(Killed), open_site_folder(tmp_path) as files:
        files.write("notes/1.html", "1", b"1")
        raise Killed

    assert run(tmp_path, {"index.html": b"1", "notes/1.html": b"2"}) == {"notes/1.html": WRITTEN}

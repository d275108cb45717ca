"""A file is replaced only if nobody has changed it, whatever an editor does at the same time."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from notebot.core.model.errors import StateError
from notebot.core.net.file_swap import KEPT_S, _digest, finish_swap, is_swap_name, replace_unchanged_file

SAVES = 400


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.md"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def test_an_unchanged_file_is_replaced_and_keeps_its_mode(note: Path) -> None:
    assert replace_unchanged_file(note, b"old", b"new")

    assert (note.read_bytes(), note.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(note.parent.iterdir()) == [note]


def test_a_changed_file_is_left(note: Path) -> None:
    assert not replace_unchanged_file(note, b"older", b"new")

    assert note.read_bytes() == b"old"
    assert list(note.parent.iterdir()) == [note]


def test_a_file_that_is_gone_stays_gone(note: Path) -> None:
    note.unlink()

    with pytest.raises(FileNotFoundError):
        replace_unchanged_file(note, b"old", b"new")
    assert list(note.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "note.md").mkdir()

    with pytest.raises(StateError, match="cannot be written"):
        replace_unchanged_file(tmp_path / "note.md", b"old", b"new")


@pytest.mark.parametrize("in_place", [True, False])
def test_no_save_of_an_editor_is_lost(note: Path, in_place: bool) -> None:
    """The editor saves as fast as it can while the file is replaced all the time; its last text must be there."""
    done = threading.Event()

    def edit() -> None:
        for count in range(SAVES):
            text = f"saved {count}"
            if in_place:
                note.write_text(text)
            else:
                draft = note.with_name("draft.tmp")
                draft.write_text(text)
                draft.replace(note)
        done.set()

    editor = threading.Thread(target=edit)
    editor.start()
    replaced = 0
    while not done.is_set():
        text = note.read_bytes()
        # an editor that saves in place empties the file first
        if text:
            replaced += replace_unchanged_file(note, text, text + b" and more")
    editor.join()

    left = [note, *(path for path in note.parent.iterdir() if is_swap_name(path.name))]
    assert any(f"saved {SAVES - 1}".encode() in path.read_bytes() for path in left)
    for aside in left[1:]:
        finish_swap(aside, [note])
    assert any(f"saved {SAVES - 1}".encode() in path.read_bytes() for path in note.parent.iterdir())


def aside_of(note: Path, content: bytes) -> Path:
    """What a killed process leaves that was replacing ``old`` by ``new``."""
    path = note.with_name(f".notebot-swap-{_digest(b'old')}-{_digest(b'new')}")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [b"old", b"new"])
def test_the_rest_of_an_interrupted_exchange_is_removed(note: Path, content: bytes) -> None:
    assert finish_swap(aside_of(note, content), [note]) is None

    assert [path.name for path in note.parent.iterdir()] == ["note.md"]
    assert note.read_bytes() == b"old"


def test_a_text_saved_in_the_instant_of_a_killed_exchange_goes_back(note: Path) -> None:
    note.write_bytes(b"new")

    assert finish_swap(aside_of(note, b"saved by an editor"), [note]) == note
    assert note.read_bytes() == b"saved by an editor"


def test_such_a_text_gets_a_visible_file_if_its_place_is_unknown(note: Path) -> None:
    restored = finish_swap(aside_of(note, b"saved by an editor"), [note])

    assert restored is not None
    assert restored.name.startswith("saved-while-notebot-wrote-")
    assert (restored.read_bytes(), note.read_bytes()) == (b"saved by an editor", b"old")


def kept(note: Path, content: bytes, age_s: float) -> Path:
    """A text that an editor saved, and that went back after the exchange."""
    path = note.with_name(f".notebot-swap-kept-{_digest(content)}")
    path.write_bytes(content)
    saved_at = time.time() - age_s
    os.utime(path, (saved_at, saved_at))
    return path


def test_a_text_that_went_back_is_kept_until_its_editor_had_time_to_save_over_it(note: Path) -> None:
    path = kept(note, b"one line\nanother", KEPT_S / 2)
    assert finish_swap(path, [note]) is None
    assert path.exists()


def test_it_is_discarded_if_its_lines_are_still_in_the_note(note: Path) -> None:
    note.write_bytes(b"one line\ncomment\nanother\n")
    assert finish_swap(kept(note, b"one line\nanother", KEPT_S + 1), [note]) is None
    assert list(note.parent.iterdir()) == [note]


def test_it_gets_a_visible_file_if_the_editor_has_saved_over_it(note: Path) -> None:
    note.write_bytes(b"one line\ncomment\n")
    restored = finish_swap(kept(note, b"one line\nanother", KEPT_S + 1), [note])
    assert restored is not None
    assert restored.name.startswith("saved-while-notebot-wrote-")
    assert restored.read_bytes() == b"one line\nanother"

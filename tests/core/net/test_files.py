"""Atomic file writes and lock files."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from notebot.core.model.errors import StateError
from notebot.core.net.files import check_folder, exclusive_lock, replace_private_file, write_new_file

TEXT = "# 2026-05-12 (火) 論文ダイジェスト\nlast line without an end"
HOLDER = """
import sys, time
from pathlib import Path
from notebot.core.net.files import exclusive_lock
with exclusive_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


class BusyError(Exception):
    """The lock is taken."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_contains_the_text_and_no_temporary_file_remains(tmp_path: Path) -> None:
    write_new_file(tmp_path / "a.md", TEXT)
    assert (tmp_path / "a.md").read_bytes() == TEXT.encode()
    assert names(tmp_path) == ["a.md"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_new_file(tmp_path / "new" / "deep" / "a.md", TEXT)
    assert (tmp_path / "new" / "deep" / "a.md").read_text(encoding="utf-8") == TEXT


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("mine")
    with pytest.raises(FileExistsError):
        write_new_file(tmp_path / "a.md", TEXT)
    assert (tmp_path / "a.md").read_text() == "mine"
    assert names(tmp_path) == ["a.md"]


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(FileExistsError):
        write_new_file(tmp_path / "a.md", TEXT)
    assert names(tmp_path) == ["a.md"]


def test_a_text_that_cannot_be_written_completely_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_new_file(tmp_path / "a.md", "x" * 100_000 + "\ud800")
    assert names(tmp_path) == []


def test_concurrent_writers_of_one_name_leave_one_complete_file(tmp_path: Path) -> None:
    target = tmp_path / "a.md"
    script = (
        "import sys; from pathlib import Path; from notebot.core.net.files import write_new_file\n"
        "sys.stdin.readline()\n"
        "write_new_file(Path(sys.argv[1]), sys.argv[2] * 50000)"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, target, letter], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        for letter in "abc"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.close()
    outcomes = [writer.wait(20) for writer in writers]
    text = target.read_text()
    assert sorted(outcomes) == [0, 1, 1]
    assert text == text[0] * 50000
    assert names(tmp_path) == ["a.md"]


@pytest.mark.parametrize("name", ["x" * 300 + ".md", "file/below/a.md"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be written") as caught:
        write_new_file(tmp_path / name, TEXT)
    assert name in str(caught.value)
    assert names(tmp_path) == ["file"]


# is a folder fit for work


def test_a_folder_that_can_be_used_is_called_so_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("mine")
    assert re.fullmatch(rf"{tmp_path} can be written; \d+\.\d GB are free\.", check_folder(tmp_path))
    assert names(tmp_path) == ["a.md"]
    assert (tmp_path / "a.md").read_text() == "mine"


def test_a_folder_that_is_not_there_yet_is_made_for_the_trial_alone(tmp_path: Path) -> None:
    assert "can be written" in check_folder(tmp_path / "new" / "deep")
    assert names(tmp_path / "new") == []


@pytest.mark.parametrize("place", ["file", "file/below", "x" * 300])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StateError, match="cannot be written") as caught:
        check_folder(tmp_path / place)
    assert place in str(caught.value)
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_ours_to_write_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StateError, match="cannot be written"):
            check_folder(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_trial_that_a_kill_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f".notebot-trial-{os.getpid()}").write_text("trial\n")
    check_folder(tmp_path)
    assert names(tmp_path) == []


def test_many_may_look_at_a_folder_at_the_same_time(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from notebot.core.net.files import check_folder\n"
        "sys.stdin.readline()\n"
        "for _ in range(20): check_folder(Path(sys.argv[1]))"
    )
    lookers = [subprocess.Popen([sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE) for _ in range(3)]
    for looker in lookers:
        assert looker.stdin is not None
        looker.stdin.write(b"go\n")
        looker.stdin.close()
    assert [looker.wait(20) for looker in lookers] == [0, 0, 0]
    assert names(tmp_path) == []


# locks


def test_a_lock_is_busy_while_it_is_held_and_free_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "state" / "digest.lock"
    with exclusive_lock(lock), pytest.raises(BusyError), exclusive_lock(lock, BusyError):
        pass
    with exclusive_lock(lock, BusyError):
        pass


def test_a_lock_is_let_go_when_the_work_under_it_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive_lock(tmp_path / "lock"):
        raise KeyError
    with exclusive_lock(tmp_path / "lock", BusyError):
        pass


def test_without_a_word_for_busy_the_lock_is_waited_for(tmp_path: Path) -> None:
    lock, order = tmp_path / "lock", []

    def second() -> None:
        with exclusive_lock(lock):
            order.append("second")

    with exclusive_lock(lock):
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]


def test_the_kernel_lets_go_of_a_lock_when_its_process_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, lock], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError), exclusive_lock(lock, BusyError):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        with exclusive_lock(lock, BusyError):
            pass


def test_a_child_process_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with exclusive_lock(lock):
        child = subprocess.Popen(
            [sys.executable, "-c", "input(1)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
        )
    assert child.stdout is not None
    assert child.stdout.read(1) == b"1"  # it runs its own program by now
    try:
        with exclusive_lock(lock, BusyError):
            pass
    finally:
        child.communicate(b"\n", 10)


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"digest\.lock"), exclusive_lock(tmp_path / "file" / "digest.lock"):
        pass


def test_a_private_file_is_replaced_whole_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tokens.json"
    for body in (b"first", b"second"):
        replace_private_file(path, body)
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (body, 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert names(path.parent) == ["tokens.json"]

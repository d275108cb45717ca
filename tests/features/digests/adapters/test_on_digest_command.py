"""The curator's command on a new digest: its words as given, no shell; a failure changes nothing."""

import sys
from pathlib import Path

import pytest

from notebot.features.digests.adapters.on_digest_command import run_on_digest_command

WRITE = "import sys, json, pathlib; pathlib.Path(sys.argv[1]).write_text(json.dumps(sys.argv[2:]))"


@pytest.fixture
def said() -> list[str]:
    return []


def test_every_word_gets_the_path_and_no_shell_reads_it(tmp_path: Path, said: list[str]) -> None:
    out = tmp_path / "out"
    words = ["{path}", "new: {path} {path}", "$HOME; `id` *", ""]
    run_on_digest_command([sys.executable, "-c", WRITE, str(out), *words], "/d/a b';.md", said.append)
    assert out.read_text() == '["/d/a b\';.md", "new: /d/a b\';.md /d/a b\';.md", "$HOME; `id` *", ""]'
    assert said == []


def test_a_command_gets_no_terminal_to_wait_at(tmp_path: Path, said: list[str]) -> None:
    out = tmp_path / "out"
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.stdin.read()))"
    run_on_digest_command([sys.executable, "-c", script, str(out)], "x", said.append)
    assert out.read_text() == "''"


def test_a_command_that_fails_is_said_with_its_exit_code(said: list[str]) -> None:
    run_on_digest_command([sys.executable, "-c", "raise SystemExit(3)"], "x", said.append)
    assert said == [f"digest.on_digest: {sys.executable} ended with 3. The digest itself is written."]


@pytest.mark.parametrize("command", ["/nowhere/notify", ""])
def test_a_command_that_is_not_there_is_said(command: str, said: list[str]) -> None:
    run_on_digest_command([command, "{path}"], "x", said.append)
    assert len(said) == 1
    assert said[0].startswith(f"digest.on_digest could not run {command}")
    assert said[0].endswith("The digest itself is written.")


def test_a_file_that_may_not_be_run_is_said(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "notes.txt").write_text("no program")
    run_on_digest_command([str(tmp_path / "notes.txt")], "x", said.append)
    assert "could not run" in said[0]

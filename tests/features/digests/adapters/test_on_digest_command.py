"""The curator's command on a new digest: its words as given, no shell; a failure changes nothing."""

import sys
from pathlib import Path

import pytest

from notebot.features.digests.adapters.on_digest_command import run_on_digest_command

WRITE = "import sys, json, pathlib; pathlib.Path(sys.argv[1]).write_text(json.dumps(sys.argv[2:]))"


@pytest.fixture
def messages() -> list[str]:
    return []


def test_the_path_replaces_the_placeholder_in_every_argument_without_a_shell(
    tmp_path: Path, messages: list[str]
) -> None:
    out = tmp_path / "out"
    words = ["{path}", "new: {path} {path}", "$HOME; `id` *", ""]
    run_on_digest_command([sys.executable, "-c", WRITE, str(out), *words], "/d/a b';.md", messages.append)
    assert out.read_text() == '["/d/a b\';.md", "new: /d/a b\';.md /d/a b\';.md", "$HOME; `id` *", ""]'
    assert messages == []


def test_a_command_has_no_standard_input(tmp_path: Path, messages: list[str]) -> None:
    out = tmp_path / "out"
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.stdin.read()))"
    run_on_digest_command([sys.executable, "-c", script, str(out)], "x", messages.append)
    assert out.read_text() == "''"


def test_a_failed_command_is_reported_with_its_exit_code(messages: list[str]) -> None:
    run_on_digest_command([sys.executable, "-c", "raise SystemExit(3)"], "x", messages.append)
    assert messages == [f"digest.on_digest: {sys.executable} ended with 3. The digest itself is written."]


@pytest.mark.parametrize("command", ["/nowhere/notify", ""])
def test_a_missing_command_is_reported(command: str, messages: list[str]) -> None:
    run_on_digest_command([command, "{path}"], "x", messages.append)
    assert len(messages) == 1
    assert messages[0].startswith(f"digest.on_digest could not run {command}")
    assert messages[0].endswith("The digest itself is written.")


def test_a_file_that_is_not_executable_is_reported(tmp_path: Path, messages: list[str]) -> None:
    (tmp_path / "notes.txt").write_text("no program")
    run_on_digest_command([str(tmp_path / "notes.txt")], "x", messages.append)
    assert "could not run" in messages[0]

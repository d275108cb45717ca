"""What the command line loads before it works, and how it answers wrong use."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from notebot import __version__
from notebot.cli.root import PURPOSES, root

WEB = {"starlette", "uvicorn", "nh3"}
SENDERS = {"smtplib", "apprise"}
SERVERS = {"psycopg", "psycopg_pool", "procrastinate"}
LIBRARIES = {"arxiv", "httpx", "jinja2", "apscheduler", "sqlite3", "feedparser", "requests", "lxml", "rich"}
HEAVY = {*LIBRARIES, *WEB, *SENDERS, *SERVERS}


def python(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOTEBOT_")}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=30, check=False, env=environment
    )


def imported_modules(*words: str) -> set[str]:
    """The modules that a start imports."""
    done = python("-X", "importtime", *words)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in lines}


def imported(*words: str) -> set[str]:
    """The top-level packages that a start imports."""
    return {module.partition(".")[0] for module in imported_modules(*words)}


def test_the_root_command_imports_nothing_heavy() -> None:
    packages = imported("-c", "import notebot.cli.root")
    assert "click" in packages
    assert not packages & HEAVY


def test_the_version_is_printed_before_click_is_imported() -> None:
    packages = imported("-m", "notebot", "--version")
    assert "notebot" in packages
    assert not packages & {*HEAVY, "click", "msgspec", "tomllib", "logging"}
    assert python("-m", "notebot", "--version").stdout == f"notebot {__version__}\n"


def test_the_version_is_printed_with_other_options_too() -> None:
    done = CliRunner().invoke(root, ["-v", "--version"])
    assert (done.exit_code, done.stdout) == (0, f"notebot {__version__}\n")


def test_listing_the_queue_imports_only_what_it_reads(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[notebot]\ncontact = "test@example.org"\n', encoding="utf-8")
    modules = imported_modules("-m", "notebot", "--config", str(config), "queue", "list")
    assert "notebot.store.stubs" in modules
    # the config imports the parser of topic queries; the store imports no feature
    features = {name.split(".")[2] for name in modules if name.startswith("notebot.features.")}
    assert features <= {"topics"}
    facets = ("learned_model", "llm_cache", "outbox", "pages", "backfills", "watched", "inbox", "notes", "digests")
    assert not modules & {f"notebot.store.{facet}" for facet in facets}
    assert not {module.partition(".")[0] for module in modules} & SERVERS


def ways(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    """The words of every command below a group."""
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += ways(command, *before, name)
    return found


@pytest.mark.parametrize("words", [(), *ways(root)], ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(words: tuple[str, ...], option: str) -> None:
    done = CliRunner().invoke(root, [*words, option])
    assert done.exit_code == 0
    assert done.stdout.startswith("Usage: ")
    assert len(done.stdout.splitlines()) > 4


def test_help_lists_every_command_once_by_purpose_and_cuts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listing = CliRunner().invoke(root, ["--help"]).stdout
    for purpose, entries in PURPOSES.items():
        section = listing.partition(f"\n{purpose}:\n")[2].partition("\n\n")[0]
        rows = [line.split(maxsplit=1) for line in section.splitlines()]
        assert rows == [[name, entry.summary] for name, entry in entries.items()]
    assert max(map(len, listing.splitlines())) <= 80


@pytest.mark.parametrize(
    "words", [way for way in ways(root) if way in {above[:-1] for above in ways(root)}], ids=" ".join
)
def test_help_of_a_group_cuts_no_purpose(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listing = CliRunner().invoke(root, [*words, "--help"]).stdout
    commands = listing.partition("\nCommands:\n")[2]
    assert commands
    assert "..." not in commands


@pytest.mark.parametrize(
    "words",
    [
        ("polll",),
        ("--nosuch",),
        ("poll", "--nosuch"),
        ("fetch",),
        ("queue", "keep"),
        ("queue", "list", "--status", "lost"),
        ("--config", "/nowhere/config.toml", "poll"),
        ("fetch", "2504.02807", "--post", "javascript:alert(1)"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2_and_a_sentence_on_stderr(words: tuple[str, ...]) -> None:
    done = python("-m", "notebot", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_progress_bar_is_not_imported_without_a_terminal(tmp_path: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    notes.write_text('{"number": 7, "title_line": "[Paper Note] On Proofs, Ada, arXiv\'26"}\n', encoding="utf-8")
    (tmp_path / "config.toml").write_text('[notebot]\ncontact = "test@example.org"\n', encoding="utf-8")
    packages = imported("-m", "notebot", "--config", str(tmp_path / "config.toml"), "import", "notes", str(notes))
    assert "sqlite3" in packages
    assert "rich" not in packages

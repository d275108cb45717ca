"""Runs the command line as a person does: a config file, a folder, a loopback arXiv; in this process or in its own."""

from __future__ import annotations

import itertools
import json
import logging
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from click.testing import CliRunner
from psycopg.rows import dict_row

from acceptance.preload import run_forked
from notebot.cli.root import run as run_command_line
from notebot.demo.sample_arxiv import Announcement, SamplePaper
from paths import REAL_DATA
from servers.faulty_arxiv import FaultyArxiv

NOTEBOT = str(Path(sys.executable).with_name("notebot"))
SHARED = REAL_DATA
TOKYO = "+09:00"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 5, day) for day in range(11, 16))
_numbers = itertools.count(1)
PATIENCE_S = 120.0
"""How long a condition may take on a loaded machine; nothing waits so long when all is well."""

Section = dict[str, object]
MATHEMATICS: Section = {
    "name": "Mathematics",
    "categories": ["cs.CL", "cs.LG"],
    "query": 'ti:math* OR abs:"mathematical reasoning" OR ti:theorem*',
    "tags": ["NLP", "Mathematics"],
}
EVERYTHING: Section = {"name": "Everything", "categories": ["cs.CL"], "tags": ["NLP"]}


@dataclass(frozen=True)
class Done:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass
class Desk:
    """A curator's folder with a config, and the command run on it."""

    folder: Path
    urls: Mapping[str, str] = field(default_factory=dict)
    """The three addresses of the ``[arxiv]`` section; without them the real ones hold."""
    topics: Sequence[Section] = (MATHEMATICS,)
    sections: dict[str, Section] = field(default_factory=dict)
    """Section → keys, over the defaults below."""
    targets: Sequence[Section] = ()
    """The ``[[deliver]]`` tables."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of every command, such as secrets of targets."""
    now: str | None = f"2026-05-12T14:00{TOKYO}"
    """01:00 in New York: the feed of Tuesday is out."""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "state/notebot.db"

    def write_config(self) -> None:
        """Writes ``config.toml``; every command does so before it runs."""
        fast = {"pace_s": 0.0, "timeout_s": 5.0, "retry_s": 0.0} if self.urls else {}
        defaults: dict[str, Section] = {
            "notebot": {"contact": "curator@example.org"},
            "arxiv": {**self.urls, **fast},
            "digest": {"language": "en"},
        }
        names = dict.fromkeys((*defaults, *self.sections))
        tables = [(f"[{name}]", {**defaults.get(name, {}), **self.sections.get(name, {})}) for name in names]
        tables += [("[[topics]]", topic) for topic in self.topics]
        tables += [("[[deliver]]", target) for target in self.targets]
        self.config.write_text("\n".join(table(head, keys) for head, keys in tables), encoding="utf-8")

    def run(self, *arguments: str, now: str | None = None, **environment: str) -> Done:
        """Runs the command line on a freshly written config, in this process.

        It is the same code without the start of a process, which costs more than most commands;
        ``test_processes.py`` compares the two. :meth:`run_process` is for what a process alone can show.
        """
        self.write_config()
        return run_here(
            "--config", str(self.config), *arguments, cwd=self.folder, env=self._environment(now, environment)
        )

    def run_process(self, *arguments: str, now: str | None = None, **environment: str) -> Done:
        """Runs the installed command on a freshly written config."""
        self.write_config()
        return run("--config", str(self.config), *arguments, cwd=self.folder, env=self._environment(now, environment))

    def ok(self, *arguments: str, now: str | None = None) -> Done:
        """Runs a command that has to succeed."""
        done = self.run(*arguments, now=now)
        assert done.code == 0, (arguments, done)
        return done

    def start(self, *arguments: str, now: str | None = None) -> Running:
        """Starts a command in the background."""
        self.write_config()
        words = [NOTEBOT, "--config", str(self.config), *arguments]
        return Running(words, self.folder, self._environment(now, {}))

    def start_forked(self, *arguments: str, now: str | None = None, **environment: str) -> Forked:
        """Starts a command in the background without the start of an interpreter."""
        self.write_config()
        return Forked(["--config", str(self.config), *arguments], self.folder, self._environment(now, environment))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What the database says, read beside notebot; nothing before there is one."""
        url = self.sections.get("notebot", {}).get("database")
        if url:
            with psycopg.connect(str(url), autocommit=True, row_factory=dict_row) as connection:
                return connection.execute(query.encode()).fetchall()
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in connection.execute(query)]
            except sqlite3.OperationalError:  # the schema is being made
                return []

    def digests(self) -> list[Path]:
        """The digest files that are there, by name; not the hidden halves that a kill leaves behind."""
        return sorted((self.folder / "digests").glob("[!.]*.md"))

    def stubs(self) -> dict[str, dict[str, Any]]:
        """``queue list --json`` by arXiv id."""
        listed = self.ok("queue", "list", "--json").json
        assert len({stub["arxiv_id"] for stub in listed}) == len(listed)
        return {stub["arxiv_id"]: stub for stub in listed}

    def statuses(self) -> dict[str, str]:
        """arXiv id → status, from the database, the latest stub first."""
        rows = self.rows("SELECT arxiv_id, status FROM stubs ORDER BY id DESC")
        return {row["arxiv_id"]: row["status"] for row in rows}

    def _environment(self, now: str | None, more: Mapping[str, str]) -> dict[str, str]:
        at = now or self.now
        own = {**clean_environment(self.folder), **self.environment}
        return {**own, **({"NOTEBOT_NOW": at} if at else {}), **more}


class Running:
    """A command in the background; it is killed at the end, should it still run."""

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        number = next(_numbers)
        self._said, self._out = folder / f"stderr-{number}.txt", folder / f"stdout-{number}.txt"
        with self._said.open("w", encoding="utf-8") as err, self._out.open("w", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                words,
                cwd=folder,
                env=dict(environment),
                stdout=out,
                stderr=err,
                # a shell starts background jobs with SIGINT ignored, and a process inherits that
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def said(self) -> str:
        """Its stderr so far."""
        return self._said.read_text(encoding="utf-8")

    @property
    def out(self) -> str:
        """Its stdout so far."""
        return self._out.read_text(encoding="utf-8")

    def end(self, number: signal.Signals = signal.SIGTERM, within_s: float = PATIENCE_S) -> int:
        """Sends a signal and returns the exit code.

        Raises:
            subprocess.TimeoutExpired: it did not end in time.
        """
        self.process.send_signal(number)
        code = self.process.wait(within_s)
        assert "Traceback" not in self.said, self.said
        assert "failed unexpectedly" not in self.said, self.said
        return code


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["acceptance.preload"])


class Forked:
    """A command in a process of its own that has imported notebot before: a kill can hit nothing but its work."""

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.process = _FORKS.Process(target=run_forked, args=(list(words), folder, dict(environment)))
        self.process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()


def clean_environment(folder: Path) -> dict[str, str]:
    """The environment without anything of notebot's, at home in ``folder``."""
    # without cached bytecode every process would compile the whole program again, as no user's does
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NOTEBOT_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**kept, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "xdg")}


class CommandLine:
    """What click's runner calls; it runs all that the console script runs, so errors become exit codes as there."""

    name = "notebot"

    def main(self, args: list[str], prog_name: str, **extra: Any) -> None:
        run_command_line(args)


def run_here(*arguments: str, cwd: Path, env: Mapping[str, str]) -> Done:
    """Runs the command line in this process, in a folder and an environment of its own."""
    absent = dict.fromkeys(set(os.environ) - set(env))  # the runner unsets what is None
    with chdir(cwd):
        ended = CliRunner().invoke(CommandLine(), arguments, env={**env, **absent})  # type: ignore[arg-type]
    logging.getLogger("notebot").handlers.clear()  # they write to the stderr of this run
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    assert "Traceback" not in ended.stderr, ended.stderr[-1500:]
    assert "failed unexpectedly" not in ended.stderr, ended.stderr[-1500:]
    return Done(ended.exit_code, ended.stdout, ended.stderr)


def run(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Runs the command to its end; no command may ever show a traceback."""
    environment = dict(env or clean_environment(cwd))
    ended = subprocess.run(
        [NOTEBOT, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in ended.stderr, ended.stderr[-1500:]
    assert "failed unexpectedly" not in ended.stderr, ended.stderr[-1500:]
    return Done(ended.returncode, ended.stdout, ended.stderr)


def wait_for(condition: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
    """Waits until the condition holds; fails with ``what`` when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {within_s} s: {what}"
        time.sleep(0.05)


def urls_of(arxiv: FaultyArxiv) -> dict[str, str]:
    """The addresses for the config."""
    return {"feed_url": arxiv.base_url, "api_url": arxiv.api_url, "oai_url": arxiv.oai_url}


@contextmanager
def desk_with(papers: Sequence[SamplePaper] | None, folder: Path, **values: Any) -> Iterator[tuple[FaultyArxiv, Desk]]:
    """A sample arXiv with these papers (or the bundled ones), and a desk that reads it."""
    with FaultyArxiv(papers) as arxiv:
        yield arxiv, Desk(folder, urls_of(arxiv), **values)


def sample_paper(arxiv_id: str, day: date, title: str = "On mathematics", **changes: Any) -> SamplePaper:
    """An invented paper, new on ``day``, submitted at noon UTC of the day before."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "authors": ("Ada Example", "Ben Sample"),
        "abstract": "We show one thing. It holds in every case. It is of use.",
        "categories": ("cs.CL",),
        "published": noon - timedelta(days=1),
        "announced": (Announcement(day, 1, "new"),),
    }
    return SamplePaper(arxiv_id=arxiv_id, title=title, **{**values, **changes})


def table(head: str, keys: Mapping[str, object]) -> str:
    """A TOML table; its strings, numbers, booleans and lists are written as in JSON."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join([head, *lines, ""])

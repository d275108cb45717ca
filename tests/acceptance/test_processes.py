"""Commands as processes of their own say and store what they do in the test's process, where most tests run them."""

import json
import re
import shutil

import pytest

from acceptance.command import Desk, Done
from notebot.cli.root import COMMANDS

pytestmark = pytest.mark.slow

PAPER = "2605.90101"
WORDS = [
    "check",
    "doctor --offline",
    "poll --json",
    "fetch 2605.90102",
    "post https://arxiv.org/abs/2605.90102",
    "backfill --topic Mathematics --since 2026-05-01 --until 2026-05-10",
    "digest --json",
    "collect",
    "queue list --json",
    f"queue keep {PAPER}",
    "deliver",
    "site out",
    "move-archive folder --dry-run",
    "publish --dry-run",
    "zotero --dry-run",
    "topics suggest",
    "sources export",
    "fill",
    "import notes.json",
    "search mathematics",
    "pages",
    "export --as json",
    "venues list.csv --as ACL",
    "audit",
    "duplicates",
    "status --json",
    "ledger",
    "stats --json",
    f"why {PAPER}",
    "completion zsh",
    "--help",
    "nonsense",
    "poll --since tomorrow",
    "why nonsense",
]
ELSEWHERE = {
    "run": "test_daemon.py",
    "init": "test_first_steps.py",
    "demo": "test_first_steps.py",
    "db": "test_postgres.py",
    "desk": "test_lab.py",
    "worker": "test_worker.py",
    "discuss": "test_discussed.py",
    "web": "test_web_browser.py",
}
"""Commands that no test runs in its own process."""


def test_every_command_is_compared() -> None:
    assert {words.split()[0] for words in WORDS} | set(ELSEWHERE) >= set(COMMANDS)


@pytest.mark.parametrize("words", WORDS)
def test_a_process_does_what_this_process_does(words: str, polled: Desk) -> None:
    note = {"number": 1, "title": "[Paper Note] Old, A+, ACL'25, 2025.07", "body": "# URL\n- https://x.test/"}
    (polled.folder / "notes.json").write_text(json.dumps([{**note, "labels": [], "createdAt": "2025-07-01T00:00:00Z"}]))
    (polled.folder / "list.csv").write_text("title\nProof Sketches First\n")
    before = polled.folder.with_name("before")
    shutil.copytree(polled.folder, before)
    here = told(polled, polled.run(*words.split()))
    shutil.rmtree(polled.folder)
    before.rename(polled.folder)
    assert told(polled, polled.run_process(*words.split())) == here


def told(desk: Desk, done: Done) -> tuple[object, ...]:
    """Exit code and output, and what was stored and written; without seconds of the clock and the space on the disk."""
    tables = ("stubs", "ledger", "notes", "announcements", "runs")
    counts = {table: len(desk.rows(f"SELECT * FROM {table}")) for table in tables}
    files = sorted(str(path.relative_to(desk.folder)) for path in desk.folder.rglob("*") if path.is_file())
    changing = r"\d\d:?\d\d:?\d\d(\.\d+)?|[\d.]+ GB are free"
    return done.code, counts, *(re.sub(changing, "", text) for text in (done.out, done.err, "\n".join(files)))

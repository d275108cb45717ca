"""Writes what notebot prints and leaves on a fixed sample into a folder, so that two versions can be compared.

    python bench/golden.py /tmp/before
    ...                                  # change the code
    python bench/golden.py /tmp/after && diff -r /tmp/before /tmp/after

It runs the installed command on the bundled sample arXiv with a fixed clock: every ``--help``, every ``--json``
document, the demo's digests, and the files of ``pages``, ``export`` and ``publish --dry-run``. Ports and temporary
folders differ between runs and are replaced by fixed words.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from notebot.demo.sample_arxiv import SampleArxiv

NOTEBOT = str(Path(sys.executable).with_name("notebot"))
NOTES = [
    {
        "number": 12,
        "issue_date": "2025-07-01",
        "title_line": "[Paper Note] Proofs by Counting, Ada Example+, arXiv'25, 2025.01",
        "tags": ["NLP", "Mathematics", "Pocket"],
        "url": "https://arxiv.org/abs/2501.00001",
        "arxiv_id": "2501.00001",
        "summary": "数学的推論のための新しい手法。",
        "comment": "元ポスト:\nhttps://x.com/ada/status/1800000000000000000\n\n関連:\n- #7",
        "posts": ["https://x.com/ada/status/1800000000000000000"],
        "refs": [7],
        "kind": "paper",
    },
    {
        "number": 7,
        "issue_date": "2024-01-05",
        "title_line": "How we count, Example Inc, 2024.01",
        "tags": ["Article", "NLP", "LanguageModel"],
        "url": "https://example.org/count",
    },
    {
        "number": 13,
        "issue_date": "2025-07-20",
        "title_line": "Proofs by Counting, Ada Example+, ICLR'25",
        "arxiv_id": "2501.00001",
        "tags": ["Mathematics", "ICLR"],
    },
]
CONFIG = """\
[notebot]
contact = "curator@example.org"
[arxiv]
feed_url = "{base}"
api_url = "{base}/api/query"
oai_url = "{base}/oai"
pace_s = 0.0
timeout_s = 5.0
retry_s = 0.0
[digest]
language = "{language}"
full = 3
[archive]
repo = "owner/notes"
[[topics]]
name = "Mathematics"
categories = ["cs.CL", "cs.LG"]
query = 'ti:math* OR abs:"mathematical reasoning" OR ti:theorem* OR ti:proof*'
tags = ["NLP", "LanguageModel", "Mathematics"]
[[topics]]
name = "PostTraining"
categories = ["cs.CL", "cs.LG", "cs.AI"]
query = 'abs:"reinforcement learning" OR ti:"reward model*" OR ti:preference* OR co:workshop'
tags = ["NLP", "ReinforcementLearning", "PostTraining"]
[[topics]]
name = "Vision"
categories = ["cs.CV"]
tags = ["ComputerVision"]
"""
DAYS = (date(2026, 5, 11), date(2026, 5, 12), date(2026, 5, 13))


class Golden:
    """One curator's folder, and the folder that the outputs go to."""

    def __init__(self, folder: Path, out: Path, base_url: str, language: str) -> None:
        self.folder, self.out, self.base_url = folder, out, base_url
        self.now = f"{DAYS[0]}T14:00+09:00"
        folder.mkdir(parents=True)
        out.mkdir(parents=True)
        (folder / "config.toml").write_text(CONFIG.format(base=base_url, language=language), encoding="utf-8")
        lines = [json.dumps(note, ensure_ascii=False) for note in NOTES]
        (folder / "notes.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n", encoding="utf-8")

    def run(self, name: str, *words: str) -> str:
        """Runs a command, and keeps exit code, stdout and stderr under ``name``."""
        unwanted = ("NOTEBOT_", "PYTHONDONTWRITEBYTECODE")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
        places = {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "xdg"), "COLUMNS": "80"}
        environment = {**kept, **places, "NOTEBOT_NOW": self.now, "NOTEBOT_GITHUB_TOKEN": "golden-token"}
        ended = subprocess.run(
            [NOTEBOT, *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        said = f"exit {ended.returncode}\n--- stdout\n{ended.stdout}--- stderr\n{ended.stderr}"
        self.write(f"{name}.txt", said)
        return ended.stdout

    def write(self, name: str, text: str) -> None:
        """Keeps a text without what differs from run to run."""
        fixed = text.replace(self.base_url, "http://ARXIV").replace(str(self.folder), "FOLDER")
        fixed = re.sub(r"-?\d+(?= s ago)|(?<=\"age_s\": )-?\d+|[\d.]+(?= GB are free)", "N", fixed)
        fixed = re.sub(r"(?<=T)\d\d:\d\d:\d\d(?:\.\d+)?(?=Z|\+00:00)", "TIME", fixed)
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fixed, encoding="utf-8")

    def keep_tree(self, name: str) -> None:
        """Keeps every file of one of the curator's folders."""
        for path in sorted((self.folder / name).rglob("*")):
            if path.is_file():
                self.write(str(path.relative_to(self.folder)), path.read_text(encoding="utf-8"))


def commands() -> list[str]:
    """The names of all commands, as ``--help`` lists them."""
    import click

    from notebot.cli.root import root

    return root.list_commands(click.Context(root))


def write_helps(golden: Golden) -> None:
    """Every ``--help``."""
    golden.run("help/notebot", "--help")
    for name in commands():
        golden.run(f"help/{name}", name, "--help")
    for name in ("list", "show", "keep", "skip", "requeue"):
        golden.run(f"help/queue-{name}", "queue", name, "--help")


def write_days(golden: Golden, arxiv: SampleArxiv) -> None:
    """Three days: import, poll, digest, moves and completed digests, and all that can be asked about them."""
    golden.run("import", "import", "notes", "notes.jsonl", "--json")
    for number, day in enumerate(DAYS, 1):
        arxiv.day, golden.now = day, f"{day}T14:00+09:00"
        golden.run(f"poll-{number}", "poll", "--json")
        golden.run(f"poll-{number}-again", "poll")
        golden.run(f"digest-{number}-dry", "digest", "--dry-run")
        golden.run(f"digest-{number}", "digest", "--json")
        complete_first_entry(golden.folder)
        golden.run(f"collect-{number}", "collect", "--json")
    golden.keep_tree("digests")
    asked: dict[str, Sequence[str]] = {
        "queue": ("queue", "list", "--json"),
        "queue-text": ("queue", "list"),
        "show": ("queue", "show", "2605.90201", "--json"),
        "show-text": ("queue", "show", "2605.90201"),
        "ledger": ("ledger", "--json"),
        "ledger-text": ("ledger",),
        "why": ("why", "2605.90201", "--json"),
        "why-text": ("why", "2605.90201"),
        "why-unknown": ("why", "1111.11111"),
        "fetch": ("fetch", "2605.90201", "arXiv:2605.90202v1", "nonsense", "--json"),
        "fetch-issue": ("fetch", "2605.90201"),
        "fetch-entry": ("fetch", "2605.90201", "--format", "entry"),
        "fetch-text": ("fetch", "2605.90201", "--format", "text"),
        "status": ("status", "--json"),
        "status-text": ("status",),
        "search": ("search", "数学", "--json"),
        "search-text": ("search", "count"),
        "duplicates": ("duplicates", "--json"),
        "audit": ("audit", "--json"),
        "check": ("check", "--json"),
        "check-archive": ("check", "--archive"),
        "doctor": ("doctor", "--offline"),
        "backfill": ("backfill", "--topic", "Mathematics", "--since", "2026-05-01", "--json"),
        "publish-dry": ("publish", "--dry-run"),
        "publish-dry-json": ("publish", "--dry-run", "--json"),
        "export-md": ("export", "--form", "md"),
        "export-json": ("export", "--form", "json"),
        "export-bibtex": ("export", "--form", "bibtex"),
        "export-gh": ("export", "--form", "gh"),
        "export-atom": ("export", "--form", "atom"),
        "pages": ("pages", "--json"),
        "page-text": ("pages", "--tag", "Mathematics", "--format", "text"),
        "moves": ("queue", "keep", "2605.90201", "nonsense", "--json"),
        "moves-text": ("queue", "skip", "2605.90202", "2605.90203"),
    }
    for name, words in asked.items():
        golden.run(name, *words)
    golden.keep_tree("pages")
    golden.keep_tree("outbox")


def complete_first_entry(folder: Path) -> None:
    """Ticks the first entry of every digest and types a comment into it, as a curator would."""
    for path in sorted((folder / "digests").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^- \[ \] (残す|keep)$", r"- [x] \1", text, count=1, flags=re.MULTILINE)
        text = re.sub(
            r"^元ポスト:.*$",
            "元ポスト: https://x.com/ada/status/1908000000000000000",
            text,
            count=1,
            flags=re.MULTILINE,
        )
        path.write_text(text, encoding="utf-8")


def write_wrong_input(golden: Golden) -> None:
    """One sentence for each wrong use."""
    wrong: dict[str, Sequence[str]] = {
        "no-command": ("polll",),
        "no-file": ("collect", "nope.md"),
        "no-topic": ("backfill", "--topic", "Nope", "--since", "2026-05-01"),
        "future": ("poll", "--since", "2030-01-01"),
        "no-config": ("--config", "nope.toml", "queue"),
        "no-stub": ("queue", "show", "1111.11111"),
        "no-list": ("venues", "nope.bib", "--as", "ICLR'26"),
        "no-kind": ("import", "nope", "x"),
        "no-tag": ("pages", "--tag", "Nope", "--format", "text"),
    }
    for name, words in wrong.items():
        golden.run(f"wrong/{name}", *words)


def main(target: Path) -> None:
    """Writes everything into ``target``, which must not exist."""
    if target.exists():
        raise SystemExit(f"{target} exists; name a new folder")
    folder = Path(tempfile.mkdtemp(prefix="golden-"))
    try:
        for language in ("ja", "en"):
            with SampleArxiv() as arxiv:
                golden = Golden(folder / language, target / language, arxiv.base_url, language)
                if language == "ja":
                    write_helps(golden)
                    golden.run("init", "init", "fresh")
                    golden.keep_tree("fresh")
                    write_wrong_input(golden)
                write_days(golden, arxiv)
        demo = Golden(folder / "demo", target / "demo", "http://none", "ja")
        demo.run("demo", "demo", "out")
        shutil.copytree(demo.folder / "out/digests", target / "demo/digests")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

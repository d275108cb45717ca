"""Measures a generated archive by the installed command: imported, counted, drawn as pages, changed, searched.

Writes the rows of the large archive to bench/ARCHIVE_RESULTS.md.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import material
from notebot.core.model.note import Note
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.import_notes import search
from notebot.store.sqlite import open_store

NOTEBOT = str(Path(sys.executable).with_name("notebot"))
NOTES, TAGS = 6_500, 600
LARGE = 60_000
"""Notes of the large archive: about ten times what the archive of 2026 contains."""
PEAK_MB = 250

_JAPANESE = "大規模言語モデルの数学的な推論能力を高める学習手法を提案し、検証器と合成データの効果を示した。"


def archive(count: int = NOTES) -> tuple[list[Note], TagOrder]:
    """``count`` notes of eight years with about eight tags each, common ones on thousands of notes, and their order."""
    order = TagOrder(tuple(f"{word.title()}{place}" for place, word in enumerate(material.words()[:TAGS])))
    return list(generate_notes(count, order)), order


def generate_notes(count: int, order: TagOrder) -> Iterator[Note]:
    """The notes of :func:`archive` one at a time."""
    rng, vocabulary = random.Random(5), material.words()
    return (_note(number, count, rng, vocabulary, order) for number in range(1, count + 1))


def _note(number: int, count: int, rng: random.Random, vocabulary: list[str], order: TagOrder) -> Note:
    tags = {order.tags[int(TAGS ** rng.random()) - 1] for _ in range(11)} | {order.tags[number % TAGS]}
    issued = date(2018, 1, 1) + timedelta(days=number * 3_000 // count)
    address = f"https://arxiv.org/abs/{issued:%y%m}.{number:05d}"
    title = material.text(rng, vocabulary, 10).title()
    venue = f", arXiv'{issued:%y}" if number % 6 else ""
    body = f"# URL\n- {address}\n# Abstract\n  - {material.text(rng, vocabulary, 200)}\n# Summary (by m)\n- {_JAPANESE}"
    return Note(
        title_line=f"[Paper Note] {title}, Ann Author+{venue}, {issued:%Y.%m}",
        number=number,
        issue_date=issued,
        tags=order.sort(tags),
        urls=(address,),
        summary=_JAPANESE * 5,
        comments=(
            f"元ポスト:\nhttps://x.com/ann/status/{number + 10**18}?s=20",
            f"関連:\n- #{number // 2}",
            _JAPANESE * 3,
        ),
        refs=(number // 2,),
        body=body,
        state="open",
    )


def as_issue(note: Note) -> dict[str, Any]:
    """The note as `gh issue list --json` writes it."""
    return {
        "number": note.number,
        "title": note.title_line,
        "body": note.body,
        "labels": [{"name": tag} for tag in note.tags],
        "createdAt": f"{note.issue_date}T09:00:00Z",
        "comments": [{"body": comment} for comment in note.comments],
        "url": f"https://github.com/owner/notes/issues/{note.number}",
        "state": "OPEN",
    }


def seconds(folder: Path, *arguments: str) -> float:
    """How long the installed command takes, start of the process included."""
    start = time.perf_counter()
    subprocess.run([NOTEBOT, *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def measure(folder: Path, *arguments: str) -> tuple[float, float]:
    """CPU seconds (user and system) and peak memory in MB of the installed command.

    CPU time, because other work on the machine changes it less than the time on the clock.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [NOTEBOT, *arguments], cwd=folder, env=environment, stdout=output, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"notebot {' '.join(arguments)} failed with exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def loop_ns() -> float:
    """CPU time of one round of an empty-handed loop: what a busy machine makes of the interpreter itself."""
    start, total = time.process_time(), 0
    for number in range(2_000_000):
        total += number
    return (time.process_time() - start) / 2_000_000 * 1e9


def measure_large() -> list[str]:
    """Rows of CPU time per note and peak memory of commands on an archive of ``LARGE`` notes."""
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[notebot]\ncontact = "bench@example.org"\n', encoding="utf-8")
        # one note at a time: Linux counts the memory of this process to the peak of the commands that it starts
        with (folder / "all.json").open("w", encoding="utf-8") as file:
            order = archive(0)[1]
            for number, note in enumerate(generate_notes(LARGE, order)):
                file.write(("," if number else "[") + json.dumps(as_issue(note)))
            file.write("]")
        rows = (
            ("import", ("import", "gh", "all.json"), 0.6),
            # 1 s and 0.5 s for all: the first one counts the archive, the second one uses the stored counts
            ("stats", ("stats", "--json"), 1000 / LARGE),
            ("stats again", ("stats", "--json"), 500 / LARGE),
            ("pages", ("pages",), 0.5),
            ("search --json", ("search", "--json"), 0.5),
        )
        for what, arguments, limit_ms in rows:
            cpu, peak = measure(folder, *arguments)
            each_ms = cpu / LARGE * 1e3
            kept = "yes" if each_ms <= limit_ms and peak <= PEAK_MB else "**no**"
            measured = f"{each_ms:.3f} ms ({cpu:.1f} s), {peak:.0f} MB"
            lines.append(f"| {what} | ≤ {limit_ms:.2g} ms, ≤ {PEAK_MB} MB | {measured} | {kept} | {loop_ns():.0f} ns |")
            print(lines[-1], flush=True)
    return lines


def write_results(lines: list[str]) -> None:
    """Writes bench/ARCHIVE_RESULTS.md."""
    text = (
        "# Results with a large archive\n\n"
        f"Made by `make bench-archive` with {LARGE:,} generated notes: CPU time of the installed command, user and\n"
        "system, per note and in all, and its peak memory. The last column is one round of an empty loop right after\n"
        "the row: other load on the machine makes both more expensive.\n\n"
        f"{os.cpu_count()} cores, load average at the end {os.getloadavg()[1]:.1f}\n\n"
        "| what | to keep | measured | kept | loop |\n|---|---|---|---|---|\n"
    )
    Path(__file__).with_name("ARCHIVE_RESULTS.md").write_text(text + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Prints a line a row."""
    write_results(measure_large())
    notes, _ = archive()
    print(f"{NOTES:,} notes, {TAGS} tags, {sum(len(note.tags) for note in notes) / NOTES:.1f} a note")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[notebot]\ncontact = "bench@example.org"\n', encoding="utf-8")
        (folder / "all.json").write_text(json.dumps([as_issue(note) for note in notes]), encoding="utf-8")
        changed = replace(notes[-1], title_line=notes[-1].title_line.replace("Paper", "Other", 1))
        (folder / "one.json").write_text(json.dumps([as_issue(changed)]), encoding="utf-8")
        rows = (
            ("import of all notes", ("import", "gh", "all.json"), 30.0),
            ("the same again", ("import", "gh", "all.json"), 30.0),
            ("all pages in three forms", ("pages",), 20.0),
            ("import of one change", ("import", "gh", "one.json"), 2.0),
            ("pages after one change", ("pages",), 2.0),
        )
        for what, arguments, limit in rows:
            print(f"{what}: {seconds(folder, *arguments):.2f} s of {limit:.0f} s allowed")
        with closing(open_store(folder / "state/notebot.db")) as store:
            for words in ("数学", "推論", "モデルの数学的", notes[77].title_line.split()[3]):
                start = time.perf_counter()
                found = list(search(store, NoteStyle(), words, None))
                print(f"search {words}: {(time.perf_counter() - start) * 1e3:.1f} ms of 50 ms, {len(found):,} notes")


if __name__ == "__main__":
    main()

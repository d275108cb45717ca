"""Digests that real programs saved (see ``saved_by_editors/save.py``) read as if the curator had saved them alone."""

import re
from pathlib import Path

import pytest

from notebot.features.digests.rules.read_back import read_digest

FOLDER = Path(__file__).parent / "saved_by_editors"
WRITTEN = (FOLDER / "notebot-untouched.md").read_text(encoding="utf-8")
FILES = sorted(path.stem for path in FOLDER.glob("*.md"))


def read(name: str) -> tuple[list[str], list[str], list[str | None]]:
    """Verdicts, ticked entries and comments of a file; nothing but these may differ from the digest as written."""
    reading = read_digest(WRITTEN, (FOLDER / f"{name}.md").read_bytes())
    assert (reading.complete, reading.unreadable, reading.remark, reading.accepted_updates) == (True, (), None, ())
    written = read_digest(WRITTEN, WRITTEN)
    for entry, before in zip(reading.entries, written.entries, strict=True):
        assert (entry.fields, entry.tags, entry.posts, entry.related) == (before.fields, before.tags, (), ())
    ticked = [entry.arxiv_id for entry in reading.entries if entry.ticked]
    return [str(entry.verdict) for entry in reading.entries], ticked, [entry.comment for entry in reading.entries]


def test_at_least_five_programs_saved_them() -> None:
    assert len({name.partition("-")[0] for name in FILES}) > 5


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("untouched")])
def test_without_a_tick_nothing_is_kept(name: str) -> None:
    assert read(name) == (["untouched"] * 3, [], [None] * 3)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("ticked")])
def test_two_ticks_keep_these_two(name: str) -> None:
    assert read(name) == (["kept", "untouched", "kept"], ["2605.00001", "2605.00003"], [None] * 3)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("typed")])
def test_what_was_typed_is_taken_as_the_program_left_it(name: str) -> None:
    typed = re.search(r"証明の.*続きは明日。", (FOLDER / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL)
    assert typed
    assert read(name) == (["untouched", "kept", "untouched"], [], [None, typed[0], None])

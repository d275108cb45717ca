"""What the curator kept and skipped changes the order of the next digest, with a reason, and hides nothing."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import EVERYTHING, MONDAY, TUESDAY, Desk, desk_with, sample_paper
from notebot.demo.sample_arxiv import SamplePaper
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.slow

WORDS = {
    "robots": "robot arm gripper manipulation grasping trajectory controller tactile sensor joint",
    "speech": "speech audio phoneme acoustic speaker voice recording waveform prosody listener",
    "proofs": "theorem lemma proof algebra group ring manifold topology bound inequality",
}
PER_SUBJECT = {MONDAY: 110, TUESDAY: 4}
SHARED_WORDS = "model data method result task train large show paper new"


def subject_of(arxiv_id: str) -> str:
    return sorted(WORDS)[int(arxiv_id[-3:]) % 3]


def papers() -> list[SamplePaper]:
    """Two days of papers on three subjects, their words mixed with words that all papers have."""
    rng = random.Random(5)
    made = []
    for day, first in ((MONDAY, 1), (TUESDAY, 501)):
        for number in range(first, first + 3 * PER_SUBJECT[day]):
            arxiv_id = f"2605.{number:05d}"
            words = WORDS[subject_of(arxiv_id)].split() + SHARED_WORDS.split()
            abstract = " ".join(rng.choices(words, k=40))
            # robotics has a category of its own besides the watched one
            categories = ("cs.CL", "cs.RO") if subject_of(arxiv_id) == "robots" else ("cs.CL",)
            made.append(sample_paper(arxiv_id, day, f"Study {number}", abstract=abstract, categories=categories))
    return made


@pytest.fixture
def decided(tmp_path: Path) -> Iterator[tuple[FaultyArxiv, Desk]]:
    """A desk whose curator kept 30 papers on speech and skipped 30 on robots, of the first of two days."""
    sections: dict[str, dict[str, object]] = {"digest": {"language": "en"}, "summary": {"backend": "none"}}
    with desk_with(papers(), tmp_path, topics=[EVERYTHING], sections=sections) as (arxiv, desk):
        arxiv.day = MONDAY
        desk.ok("poll", now=noon(MONDAY))
        desk.ok("digest", now=noon(MONDAY))
        ids = sorted(desk.statuses())
        kept = [arxiv_id for arxiv_id in ids if subject_of(arxiv_id) == "speech"][:30]
        skipped = [arxiv_id for arxiv_id in ids if subject_of(arxiv_id) == "robots"][:30]
        desk.ok("queue", "keep", *kept, now=noon(MONDAY))
        desk.ok("queue", "skip", *skipped, now=noon(MONDAY))
        arxiv.day = TUESDAY
        yield arxiv, desk


def noon(day: date) -> str:
    return f"{day}T14:00+09:00"


def digest(desk: Desk, day: date) -> tuple[list[str], str]:
    """The entries of a new digest in the order of the file, and its text."""
    document: dict[str, Any] = desk.ok("digest", "--json", now=noon(day)).json
    return document["entries"], Path(document["path"]).read_text(encoding="utf-8")


def mean_place(entries: Sequence[str], subject: str) -> float:
    places = [place for place, arxiv_id in enumerate(entries) if subject_of(arxiv_id) == subject]
    return sum(places) / len(places)


def test_kept_subjects_come_first_and_skipped_ones_last_with_true_reasons(
    decided: tuple[FaultyArxiv, Desk],
) -> None:
    _, desk = decided
    desk.ok("poll", now=noon(TUESDAY))
    entries, text = digest(desk, TUESDAY)
    assert [subject_of(arxiv_id) for arxiv_id in entries[:4]] == ["speech"] * 4
    assert [subject_of(arxiv_id) for arxiv_id in entries[-4:]] == ["robots"] * 4
    assert "you skip most of cs.RO (30 of 30)" in text
    why = {arxiv_id: stub["interest"]["why"] for arxiv_id, stub in desk.stubs().items() if arxiv_id in entries}
    for arxiv_id in entries:
        assert ("you skip most of cs.RO (30 of 30)" in why[arxiv_id]) is (subject_of(arxiv_id) == "robots")


def test_nothing_is_hidden_and_the_switch_turns_it_off(decided: tuple[FaultyArxiv, Desk]) -> None:
    _, desk = decided
    desk.ok("poll", now=noon(TUESDAY))
    learned = desk.ok("digest", "--dry-run", "--json", now=noon(TUESDAY)).json["entries"]
    desk.sections["digest"] = {"language": "en", "learn": False}
    entries, text = digest(desk, TUESDAY)
    assert sorted(entries) == sorted(learned)
    assert entries != learned
    # by id, as if nothing had been decided
    assert entries == sorted(entries)
    assert "you skip" not in text
    assert all(stub["interest"] is None for arxiv_id, stub in desk.stubs().items() if arxiv_id in entries)


def test_taking_the_decisions_back_takes_back_what_was_learned(decided: tuple[FaultyArxiv, Desk]) -> None:
    _, desk = decided
    desk.ok("queue", "undo", now=noon(TUESDAY))
    desk.ok("queue", "undo", now=noon(TUESDAY))
    desk.ok("poll", now=noon(TUESDAY))
    entries, text = digest(desk, TUESDAY)
    assert entries == sorted(entries)
    assert "you skip" not in text


def test_a_similar_paper_that_was_kept_is_named_in_the_language_of_the_digest(
    decided: tuple[FaultyArxiv, Desk],
) -> None:
    """With an archive, kept papers are compared by their texts, too."""
    _, desk = decided
    rng = random.Random(6)
    rows = [
        {"number": number, "title_line": f"[Paper Note] {' '.join(rng.choices(WORDS['proofs'].split(), k=5))}, Ann+"}
        for number in range(1, 31)
    ]
    (desk.folder / "notes.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl", now=noon(TUESDAY))
    desk.sections["digest"] = {"language": "ja"}
    desk.ok("poll", now=noon(TUESDAY))
    entries, text = digest(desk, TUESDAY)
    statuses = desk.statuses()
    reasons = [
        reason
        for arxiv_id, stub in desk.stubs().items()
        if arxiv_id in entries
        for reason in stub["interest"]["why"]
        if reason.startswith("like ")
    ]
    assert reasons
    for reason in reasons:
        name = reason.removeprefix("like ").removesuffix(", which you kept")
        assert statuses[name] == "kept"
        assert f"残した {name} に似ています" in text


def test_what_a_digest_ranked_is_stored_for_the_statistics(decided: tuple[FaultyArxiv, Desk]) -> None:
    _, desk = decided
    desk.ok("poll", now=noon(TUESDAY))
    entries, _ = digest(desk, TUESDAY)
    rows = desk.rows("SELECT key, place FROM digest_entries WHERE digest LIKE '2026-05-12%' ORDER BY place")
    assert [row["place"] for row in rows] == list(range(1, len(entries) + 1))
    assert sorted(row["key"] for row in rows) == sorted(f"arxiv:{arxiv_id}" for arxiv_id in entries)


def test_a_damaged_record_of_what_was_learned_costs_nothing(decided: tuple[FaultyArxiv, Desk]) -> None:
    import sqlite3

    _, desk = decided
    desk.ok("poll", now=noon(TUESDAY))
    with sqlite3.connect(desk.database) as connection:
        connection.execute("UPDATE interest SET state = x'00'")
    connection.close()
    entries, text = digest(desk, TUESDAY)
    assert [subject_of(arxiv_id) for arxiv_id in entries[:4]] == ["speech"] * 4
    assert "you skip most of cs.RO (30 of 30)" in text

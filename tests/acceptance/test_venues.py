"""Venues that come later than the note, by the installed command: a list of accepted papers, and the OAI delta."""

import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import MONDAY, TUESDAY, WEDNESDAY, Desk, desk_with, sample_paper
from notebot.demo.sample_arxiv import Announcement

pytestmark = pytest.mark.slow

GIVEN = "Ada Ben Carla Dmitri Eiko Farid Grete Hana Ivo Jun Kofi Lena Miguel Nora Omar Priya Quentin Rosa Sven Tomoko"
FAMILY = "Abara Brandt Castillo Dubois Eriksen Fujita Garcia Hoang Ivanova Jensen Kim Larsen Moreau Nguyen Okafor"
VERB = "Aligning Auditing Calibrating Compressing Decoding Distilling Editing Evaluating Grounding Merging Pruning"
WHAT = "Agents Alignments Benchmarks Captions Corpora Dialogues Embeddings Graphs Judges Parsers Plans Policies Proofs"
WHERE = "Chemistry Clinics Courts Finance Forests Games Geometry Kitchens Libraries Markets Mathematics Music Newsrooms"
HOW = "Agreement Backtracking Consensus Curricula Feedback Gradients Memory Noise Rewards Rotations Sampling Search"
NOTES, LISTED, TRUE, RENAMED, HOMONYMS = 500, 5_000, 60, 10, 10

Paper = tuple[str, str]
"""Title and first author."""


def invented(count: int, seed: int) -> list[Paper]:
    """So many papers of different titles; first authors come again, as they do."""
    dice, made = random.Random(seed), dict[str, str]()
    while len(made) < count:
        verb, what, where, how = (dice.choice(words.split()) for words in (VERB, WHAT, WHERE, HOW))
        name = f"{verb[:4]}{what[:2].upper()}{dice.randrange(10, 99)}: " if dice.random() < 0.4 else ""
        title = f"{name}{verb} {what} for {where} by {how} in {dice.choice(WHERE.split())} Models"
        made.setdefault(title, f"{dice.choice(GIVEN.split())} {dice.choice(FAMILY.split())}")
    return list(made.items())


def new_name(number: int, title: str) -> str:
    """What becomes of titles between arXiv and the proceedings."""
    head, _, tail = title.rpartition(": ")
    return [
        f"Towards {title}",
        f"{title}: A Study of Many Cases",
        f"{head or 'ProofCount'}: {tail.replace('Models', 'Systems')}",
        title.replace(" for ", " in the Service of "),
        " ".join(reversed(title.split())),
    ][number % 5]


def bibtex(number: int, title: str, author: str, track: str = "") -> str:
    given, family = author.split()
    note = f",\n  note = {{{track}}}" if track else ""
    return (
        f"@inproceedings{{key{number},\n  title = {{{{{title}}}}},\n"
        f"  author = {{{family}, {given} and Nobody, Nora}},\n"
        f"  booktitle = {{The Fourteenth International Conference on Learning Representations}},\n"
        f"  year = {{2026}}{note}\n}}\n"
    )


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Desk, set[int], set[int]]:
    """500 notes at arXiv'25 and a list of 5,000 papers; the numbers of the true hits, and of those renamed."""
    papers = invented(NOTES + LISTED, seed=26)
    notes, others = papers[:NOTES], papers[NOTES:]
    dice = random.Random(3)
    hits = dice.sample(range(NOTES), TRUE + HOMONYMS + 20)
    true, homonyms, sequels = hits[:TRUE], hits[TRUE : TRUE + HOMONYMS], hits[TRUE + HOMONYMS :]
    listed = [
        *((new_name(at, notes[n][0]) if at < RENAMED else notes[n][0], notes[n][1]) for at, n in enumerate(true)),
        *((notes[n][0], other_author(at, notes[n][1])) for at, n in enumerate(homonyms)),
        *((f"{notes[n][0]} {['II', 'Revisited'][at % 2]}", notes[n][1]) for at, n in enumerate(sequels)),
    ]
    listed += others[: LISTED - len(listed)]
    dice.shuffle(listed)
    text = "\n".join(
        bibtex(number, *paper, track="Oral" if number % 9 == 0 else "") for number, paper in enumerate(listed)
    )
    (tmp_path / "iclr2026.bib").write_text(text, encoding="utf-8")
    lines = [note_line(number, title, author) for number, (title, author) in enumerate(notes, 1)]
    (tmp_path / "notes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    desk = Desk(tmp_path, now=None)
    desk.ok("import", "notes", "notes.jsonl")
    return desk, {n + 1 for n in true}, {n + 1 for n in true[:RENAMED]}


def other_author(at: int, author: str) -> str:
    """Somebody else; every other one of the same family name."""
    given, family = author.split()
    return f"Zacharias {family}" if at % 2 else f"{given} Zacharias"


def note_line(number: int, title: str, author: str, arxiv_id: str | None = None) -> str:
    return json.dumps(
        {
            "number": number,
            "issue_date": "2025-06-01",
            "title_line": f"[Paper Note] {title}, {author}+, arXiv'25, 2025.05",
            "tags": ["NLP"],
            "arxiv_id": arxiv_id or f"2505.{number:05}",
        }
    )


def test_a_list_of_5000_finds_its_papers_among_500_notes_and_no_others(
    archive: tuple[Desk, set[int], set[int]],
) -> None:
    desk, true, renamed = archive
    report = desk.ok("venues", "iclr2026.bib", "--as", "ICLR'26", "--json").json
    offered = {int(one["key"].removeprefix("note:")) for one in report["offers"]}
    assert (report["read"], report["sought"]) == (LISTED, NOTES)
    assert offered - true == set()
    assert true - renamed <= offered
    assert len(offered) >= 52
    assert {one["value"] for one in report["offers"]} == {"arXiv'25 → ICLR'26", "arXiv'25 → ICLR'26 Oral"}
    assert desk.ok("venues", "iclr2026.bib", "--as", "ICLR'26", "--json").json == report
    assert len(desk.rows("SELECT 1 FROM updates")) == len(offered)


def test_what_a_list_brought_is_said_in_a_sentence(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=None)
    (tmp_path / "notes.jsonl").write_text(note_line(7, "Counting Proofs", "Ada Example"), encoding="utf-8")
    desk.ok("import", "notes", "notes.jsonl")
    rows = [
        "title,authors,decision,venue",
        'Counting Proofs,"Example, Ada",Accept (spotlight),ICLR 2026',
        "Else,Ben Sample,Reject,ICLR 2026",
        "Far,Ben Sample,Accept,ICML 2026",
        "Nobody's,,Accept,ICLR 2026",
    ]
    (tmp_path / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    done = desk.ok("venues", "list.csv", "--as", "ICLR 2026")
    assert done.out == "#7 Counting Proofs: arXiv'25 → ICLR'26 Spotlight\n"
    assert "1 note or kept stub at arXiv, 1 offered; 1 paper names another venue" in done.err
    assert "1 was not accepted; 1 row has no title or no authors." in done.err


@pytest.mark.parametrize(("arguments", "why"), [
    (["none.bib", "--as", "ICLR'26"], "none.bib cannot be read"),
    (["notes.txt", "--as", "ICLR'26"], "must end in one of"),
    (["none.bib", "--as", "ICLR"], "--as takes a venue with its year"),
    (["none.bib"], "--as"),
])  # fmt: skip
def test_wrong_use_ends_with_2_and_a_sentence(tmp_path: Path, arguments: list[str], why: str) -> None:
    done = Desk(tmp_path, now=None).run("venues", *arguments)
    assert done.code == 2
    assert why in done.err


def older(arxiv_id: str, **changes: Any) -> Any:
    """A paper of last year whose record changes on Tuesday."""
    born = datetime(2025, 5, 1, 12, tzinfo=UTC)
    announced = (Announcement(date(2025, 5, 2), 1, "new"),)
    return sample_paper(
        arxiv_id,
        TUESDAY,
        f"On mathematics {arxiv_id}",
        published=born,
        announced=announced,
        touched=(TUESDAY,),
        **changes,
    )


def test_a_journal_reference_in_the_delta_is_offered_and_a_curators_title_line_stays(tmp_path: Path) -> None:
    papers = [
        older("2505.00001", journal_ref="Proceedings of ACL 2026, pages 1-12"),
        older("2505.00002", comment="Accepted to ICML 2026"),
        *(sample_paper(f"2605.{n}0001", day, "On cooking") for n, day in enumerate((MONDAY, TUESDAY, WEDNESDAY), 1)),
    ]
    lines = [
        note_line(1, "On mathematics", "Ada Example", "2505.00001"),
        note_line(2, "My own words", "Ada Example", "2505.00002").replace("arXiv'25", "NeurIPS'25 Oral"),
    ]
    (tmp_path / "notes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with desk_with(papers, tmp_path) as (arxiv, desk):
        desk.ok("import", "notes", "notes.jsonl")
        for day in (MONDAY, TUESDAY, WEDNESDAY):
            arxiv.day = day
            desk.ok("poll", now=f"{day}T05:00+00:00")
        desk.ok("digest", now=f"{WEDNESDAY}T06:00+00:00")
        (digest,) = desk.digests()
        offers = [line for line in digest.read_text(encoding="utf-8").splitlines() if "<!-- nb up " in line]
        assert len(offers) == 1
        said = "`arXiv'25` → `ACL'26`, label `ACL` — journal “Proceedings of ACL 2026, pages 1-12”"
        assert offers[0] == f"- [ ] #1 On mathematics: {said} <!-- nb up 1 venue -->"
        listed = desk.ok("search", "--json").json
        assert {note["number"]: note["title_line"] for note in listed} == {
            1: "[Paper Note] On mathematics, Ada Example+, arXiv'25, 2025.05",
            2: "[Paper Note] My own words, Ada Example+, NeurIPS'25 Oral, 2025.05",
        }

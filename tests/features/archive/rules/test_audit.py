"""What is untidy in an archive: labels that are learned to be venues, and the findings that follow."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec.structs import replace

from notebot.core.model.changes import VenueChange, field_and_value
from notebot.core.model.note import Note
from notebot.core.model.reasons import LabelsNameVenue
from notebot.core.note_format.phrases import EN
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.update_wording import word_reason
from notebot.core.note_format.venue_labels import AuditKind
from notebot.features.archive.rules.audit import AuditFinding, find_untidy, learn_venue_labels, sure_abbreviations
from notebot.features.venues.rules.detection import VenueKind, VenueRow
from paths import REAL_DATA

HIDDEN = ("translation_required", "action_wanted")
REAL = REAL_DATA / "archive/notes.jsonl"


def note(number: int | None, rest: str, *tags: str, **changes: object) -> Note:
    """A paper of arXiv, noted as ``[Paper Note] A Title, REST``."""
    plain = Note(f"[Paper Note] A Title, {rest}", number, date(2026, 1, 1), tags, arxiv_id=f"2601.{number or 0:05}")
    return replace(plain, **changes)


ARCHIVE = (
    note(1, "Ada Byron+, ACL'25, 2025.02", "NLP", "ACL"),
    note(2, "Ada Byron+, ACL'24 Findings, 2024.02", "NLP", "ACL", "Findings"),
    note(3, "Ada Byron+, AACL-IJCNLP'22", "NLP", "AACL"),
    note(4, "Ada Byron+, IJCAI WS Agents'25", "NLP", "IJCAI", "Workshop"),
    note(5, "Ada Byron+, NLP'25, 2025.03", "NLP"),
    note(6, "Ada Byron+, arXiv'25, 2025.03", "NLP", "Science"),
    note(7, "Ada Byron+, ICLR'26, 2025.03", "ICLR", "Science"),
    note(8, "Ada Byron+, ICLR'25 Oral, 2024.11", "ICLR"),
)
"""What the labels are learned from; nothing in it is untidy."""


def told(*notes: Note, abbreviations: frozenset[str] = frozenset()) -> list[tuple[int | None, str, str]]:
    """The findings of these notes among those of the archive above."""
    found = find_untidy([*ARCHIVE, *notes], HIDDEN, abbreviations)
    return [(one.number, *field_and_value(one.change)) for one in found]


def test_venue_labels_are_learned_from_title_lines_and_fields_of_research_are_none() -> None:
    read = [(one, parse_title_line(one.title_line)) for one in ARCHIVE]
    assert learn_venue_labels(read, ()) == {"ACL", "AACL", "IJCAI", "ICLR"}


def test_an_abbreviation_of_the_table_is_a_label_until_a_title_line_speaks_against_it() -> None:
    notes = [note(9, "Ada Byron+, arXiv'18", "WWW"), note(10, "Ada Byron+, ACL'18", "ACL", "Science")]
    read = [(one, parse_title_line(one.title_line)) for one in notes]
    assert learn_venue_labels(read, {"WWW", "Science", "KDD"}) == {"WWW", "ACL"}


def test_words_of_their_own_are_no_sure_abbreviations() -> None:
    rows = [VenueRow("SIGKDD", VenueKind.CONFERENCE, ("KDD", "~DATE")), VenueRow("Science", VenueKind.JOURNAL)]
    assert sure_abbreviations(rows) == {"KDD"}


def test_a_tidy_archive_has_no_findings() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("rest", "tags", "value"),
    [
        ("Ada Byron+, arXiv'25, 2025.03", ("NLP", "ICLR"), "ICLR"),
        ("Ada Byron+, arXiv'22, 2022.12", ("ACL", "Findings"), "ACL Findings"),
        ("Ada Byron+, arXiv’25", ("AACL", "ACL"), "AACL+ACL"),
        ("Ada Byron+, arXiv23", ("IJCAI", "Workshop"), "IJCAI Workshop"),
        ("Ada Byron+, 2025.03", ("ICLR",), "ICLR"),
        ("Ada Byron", ("ICLR",), "ICLR"),
    ],
)
def test_a_venue_label_without_venue_in_the_title_line_is_reported(
    rest: str, tags: tuple[str, ...], value: str
) -> None:
    assert told(note(20, rest, *tags)) == [(20, "venue", value)]


@pytest.mark.parametrize(
    "article",
    [
        note(20, "", "ICLR", title_line="ICLR in Numbers, Some Company, 2026.01", arxiv_id=None),
        note(20, "", "ICLR", title_line="[Tips] Writing for ICLR", arxiv_id=None),
        note(20, "Ada Byron+, arXiv'25", "Workshop", "Findings"),
        note(20, "Ada Byron+, arXiv'25", "Science"),
        note(20, "Ada Byron+, arXiv'25", "ICLR", state="closed"),
    ],
)
def test_an_article_about_a_venue_is_tidy_and_so_is_what_names_none(article: Note) -> None:
    assert told(article) == []


@pytest.mark.parametrize("line", ["[Paper Note] Old Work, Byron", "Old Work, Byron et al., 2011"])
def test_a_paper_outside_arxiv_is_reported_too(line: str) -> None:
    assert told(note(20, "", "ICLR", title_line=line, arxiv_id=None)) == [(20, "venue", "ICLR")]


@pytest.mark.parametrize(
    ("rest", "tags", "value"),
    [
        ("Ada Byron+, ICLR'26, 2025.06", ("NLP",), "ICLR"),
        ("Ada Byron+, ACL'25 Findings", ("NLP", "Findings"), "ACL"),
        ("Ada Byron+, ACL’11", ("NLP",), "ACL"),
        ("Ada Byron+, AACL-IJCNLP'22", ("NLP",), "AACL"),
        ("Ada Byron+, ACL'25", ("ICLR",), "ACL"),
        ("Ada Byron+, ACL-ICLR'25", ("NLP",), "ACL, ICLR"),
    ],
)
def test_a_venue_without_its_label_is_reported(rest: str, tags: tuple[str, ...], value: str) -> None:
    assert told(note(20, rest, *tags)) == [(20, "label", value)]


@pytest.mark.parametrize(
    ("rest", "tags"),
    [
        ("Ada Byron+, EDM'22", ("NLP",)),
        ("Ada Byron+, ACL'25", ()),
        ("Ada Byron+, ACL-ICLR'25", ("ICLR",)),
        ("Ada Byron+, Eval4NLP'25", ("ACL", "Workshop")),
        ("Ada Byron+, NLP'26", ("Mathematics",)),
    ],
)
def test_a_venue_without_label_in_the_archive_or_with_one_of_its_labels_is_tidy(
    rest: str, tags: tuple[str, ...]
) -> None:
    assert told(note(20, rest, *tags)) == []


def test_the_later_notes_of_a_paper_name_the_first() -> None:
    same = [note(number, "Ada Byron+, arXiv'26", arxiv_id="2601.99999") for number in (31, 30, 32)]
    assert told(*same) == [(31, "twice", "30"), (32, "twice", "30")]
    linked = [note(number, "X, 2026.01", arxiv_id=None, urls=("https://example.org/post",)) for number in (40, 41)]
    assert told(*linked) == [(41, "twice", "40")]


def test_a_note_that_was_closed_or_has_no_number_is_not_a_second_one() -> None:
    first = note(30, "Ada Byron+, arXiv'26", arxiv_id="2601.99999")
    assert told(first, replace(first, number=31, state="closed"), replace(first, number=None)) == []


@pytest.mark.parametrize(
    ("rest", "tags", "changes", "value"),
    [
        ("Ada Byron+, arXiv'26", ("Pocket", "NLP", "action_wanted"), {}, "Pocket, action_wanted"),
        ("", ("translation_required",), {"summary": "要約"}, "translation_required"),
        ("Ada Byron+", ("action_wanted",), {}, None),
        ("", ("action_wanted",), {"title_line": "https://arxiv.org/abs/2601.00020"}, None),
        ("Ada Byron+, arXiv'26", ("read-later",), {}, None),
    ],
)
def test_a_workflow_label_is_left_over_once_the_note_looks_complete(
    rest: str, tags: tuple[str, ...], changes: dict[str, object], value: str | None
) -> None:
    assert told(note(20, rest, *tags, **changes)) == ([(20, "leftover", value)] if value else [])


def test_findings_are_grouped_by_kind_and_each_says_why() -> None:
    untidy = [
        note(50, "Ada Byron+, ICLR'26", "NLP", "Pocket"),
        note(None, "Ada Byron+, arXiv'25", "ICLR"),
        note(51, "Ada Byron+, ACL'26", "ICLR", arxiv_id="2601.00050"),
        note(52, "Ada Byron+, 2026.01", "ACL"),
    ]
    found = find_untidy([*ARCHIVE, *untidy], HIDDEN, ())
    assert [(one.number, word_reason(one.why, EN)) for one in found] == [
        (52, "The labels say ACL, the title line names no venue."),
        (None, "The labels say ICLR, the title line says arXiv'25."),
        (50, "The title line says ICLR'26, no label does."),
        (51, "The title line says ACL'26, the labels say ICLR."),
        (51, "Note #50 has the same link, arXiv:2601.00050."),
        (50, "The note looks complete, and still has Pocket."),
    ]
    assert found[0] == AuditFinding(
        52, "[Paper Note] A Title, Ada Byron+, 2026.01", VenueChange("ACL"), LabelsNameVenue("ACL", "")
    )


def real_notes() -> Iterator[Note]:
    for line in REAL.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        yield Note(
            one["title_line"],
            one["number"],
            date.fromisoformat(one["issue_date"]),
            tuple(one["tags"]),
            urls=(one["url"],) if one["url"] else (),
            arxiv_id=one["arxiv_id"],
        )


@pytest.mark.skipif(not REAL.exists(), reason="needs the real archive")
def test_of_the_real_archive_only_untidy_notes_are_reported() -> None:
    found = find_untidy(real_notes(), HIDDEN, {"WWW", "MLSys"})
    numbers = {kind: [one.number for one in found if one.kind is kind] for kind in AuditKind}
    assert numbers[AuditKind.VENUE] == [363, 937, 1268, 1598, 3851, 4557, 4728, 5073, 5277, 5410, 5418, 5515]
    assert numbers[AuditKind.LABEL] == [545, 797, 821, 862, 941, 974, 2201, 2422, 2505, 2686, 4406]
    assert numbers[AuditKind.TWICE] == [323, 5899]
    assert len(numbers[AuditKind.LEFTOVER]) == 55

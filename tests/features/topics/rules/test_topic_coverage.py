"""What topics would have brought of the papers that were noted."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from fakes import topic
from notebot.core.model.note import Note
from notebot.features.topics.rules.topic_coverage import ArchiveCheck, check_archive

SINCE = date(2026, 1, 1)


def note(number: int, title: str, *tags: str, day: date = date(2026, 3, 1), **changes: object) -> Note:
    """A paper of arXiv in the archive."""
    line = f"[Paper Note] {title}, Ada Byron+, arXiv'26, 2026.02"
    return replace(Note(line, number, day, tags, arxiv_id=f"2602.{number:05}"), **changes)


def check(query: str, *notes: Note) -> ArchiveCheck:
    """The papers of all notes are in the topic's category."""
    categories = {each.arxiv_id or "": ("cs.LG", "cs.CL") for each in notes}
    (told,) = check_archive([topic("Math", query)], notes, SINCE, categories)
    return told


def test_only_papers_of_the_topic_s_categories_count_where_they_are_known() -> None:
    notes = [note(number, "Math", "Math") for number in (1, 2, 3)]
    categories = {"2602.00001": ("cs.LG", "cs.CL"), "2602.00002": ("math.NT",)}
    (told,) = check_archive([topic("Math", "ti:math")], notes, SINCE, categories)
    assert (told.notes, told.brought, told.categories_unknown) == (3, 2, 1)
    assert told.missed == 1  # the curator gave it the topic's tags, and the topic would not have brought it


def test_a_topic_brings_what_matches_and_misses_what_has_its_tags() -> None:
    told = check("ti:math*", note(1, "Mathematics"), note(2, "Lemmas", "Math"), note(3, "Birds"))
    assert told == ArchiveCheck(3, 1, 1, ("[Paper Note] Lemmas, Ada Byron+, arXiv'26, 2026.02",))


def test_articles_older_notes_and_undated_ones_do_not_count() -> None:
    others = [
        note(1, "Math", arxiv_id=None),
        note(2, "Math", day=date(2025, 12, 31)),
        note(3, "Math", issue_date=None),
    ]
    assert check("ti:math", *others, note(4, "Math", day=SINCE)) == ArchiveCheck(1, 1, 0, ())


@pytest.mark.parametrize(
    ("query", "changes", "brought"),
    [
        ("abs:lemma", {"body": "# URL\r\n- x\r\n# Abstract\r\n  - A lemma.\r\n# Summary (by y)\r\n- z"}, 1),
        ("abs:z", {"body": "# URL\n- x\n# Abstract\n  - A lemma.\n# Summary (by y)\n- z"}, 0),
        ("abs:lemma", {"body": "https://example.org/x\nOn a lemma."}, 1),
        ("abs:lemma", {"summary": "lemma の証明"}, 1),
        ("au:byron", {}, 1),
        ('ti:"byron"', {}, 0),
        ("co:pages", {}, 0),
        ("ti:proofs ANDNOT co:withdrawn", {}, 0),
        ("ti:proofs OR co:pages", {}, 1),
    ],
)
def test_title_abstract_and_first_author_are_asked_and_the_unknown_counts_as_no(
    query: str, changes: dict[str, Any], brought: int
) -> None:
    assert check(query, note(1, "On Proofs", **changes)).brought == brought


def test_a_title_line_without_author_is_asked_for_its_title() -> None:
    assert check("ti:proofs", note(1, "", title_line="On Proofs")).brought == 1


def test_a_missed_note_has_every_tag_of_the_topic_and_the_newest_are_first() -> None:
    wanted = topic("Math", "ti:math", tags=("NLP", "Math"))
    notes = [note(number, f"T{number}", "Math", "NLP", day=date(2026, 2, number)) for number in range(1, 8)]
    (told, untagged) = check_archive(
        [wanted, topic("All", "ti:x", tags=())], [*notes, note(9, "X9", "Math")], SINCE, {}
    )
    assert told.missed == 7
    assert [line.split(",")[0] for line in told.missed_titles] == [f"[Paper Note] T{n}" for n in (7, 6, 5, 4, 3)]
    assert (untagged.missed, untagged.missed_titles) == (0, ())

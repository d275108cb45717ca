"""The numbers of the statistics: nothing is counted twice, and nothing is left out."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.features.statistics.rules.tables import (
    MOST_TAGS,
    NoteFacts,
    NumberTable,
    TopicCounts,
    add_counts,
    archive_tables,
    count_notes,
    first_ledger_day,
    watch_tables,
)

TODAY = date(2026, 5, 13)
LATER = "read-later"
DAYS = st.dates(date(2017, 1, 1), TODAY)
NOTES = st.builds(
    NoteFacts,
    title_line=st.sampled_from(["[Paper Note] A, Ann+, ICLR'26", "[Paper Note] B, Ben+, arXiv'26, 2026.05", "Blog"]),
    issue_date=st.none() | DAYS,
    tags=st.lists(st.sampled_from(["NLP", "Vision", LATER]), unique=True).map(tuple),
)


def tables_of(*notes: NoteFacts, hidden: frozenset[str] = frozenset()) -> dict[str, NumberTable]:
    return {table.name: table for table in archive_tables(count_notes(notes, LATER), TODAY, hidden)}


def note(line: str = "[Paper Note] A, Ann Author+, ICLR'26", day: date | None = TODAY, *tags: str) -> NoteFacts:
    return NoteFacts(line, day, tags)


@given(st.lists(NOTES, max_size=30))
def test_every_dated_note_is_in_one_month_and_every_month_is_there(notes: list[NoteFacts]) -> None:
    dated = [one.issue_date for one in notes if one.issue_date is not None]
    rows = tables_of(*notes)["notes_per_month"].rows
    assert sum(count for _, count in rows) == len(dated)  # type: ignore[misc]
    months = [str(month) for month, _ in rows]
    assert months == sorted(set(months))
    if dated:
        first, last = min(dated), max(dated)
        assert len(months) == (last.year - first.year) * 12 + last.month - first.month + 1
        assert (months[0], months[-1]) == (f"{first:%Y-%m}", f"{last:%Y-%m}")


@given(st.lists(NOTES, max_size=30))
def test_every_note_to_read_later_is_in_one_age(notes: list[NoteFacts]) -> None:
    waiting = [one for one in notes if LATER in one.tags and one.issue_date]
    assert sum(count for _, count in tables_of(*notes)["read_later_age"].rows) == len(waiting)  # type: ignore[misc]


@given(st.lists(NOTES, max_size=30), st.integers(0, 30))
def test_two_parts_of_an_archive_count_as_the_whole(notes: list[NoteFacts], cut: int) -> None:
    parts = add_counts(count_notes(notes[:cut], LATER), count_notes(notes[cut:], LATER))
    whole = count_notes(notes, LATER)
    for today in (TODAY, TODAY + timedelta(days=400)):
        assert archive_tables(parts, today, frozenset()) == archive_tables(whole, today, frozenset())


@pytest.mark.parametrize(
    ("days", "label"),
    [(0, "0-7"), (7, "0-7"), (8, "8-30"), (365, "181-365"), (366, "366-"), (5_000, "366-"), (-3, "0-7")],
)
def test_the_age_of_a_note_to_read_later(days: int, label: str) -> None:
    rows = tables_of(note("Blog", TODAY - timedelta(days=days), LATER))["read_later_age"].rows
    assert [row for row in rows if row[1]] == [(label, 1)]


def test_tags_are_counted_by_year_the_most_frequent_first() -> None:
    notes = [note("A", date(2024, 1, 1), "NLP", "action_wanted")] * 2 + [note("B", date(2026, 1, 1), "NLP", "Vision")]
    table = tables_of(*notes, hidden=frozenset({"action_wanted"}))["tags_by_year"]
    assert table.keys == ("tag", "2024", "2025", "2026")
    assert table.rows == (("NLP", 2, 0, 1), ("Vision", 0, 0, 1))


def test_only_the_first_tags_are_shown() -> None:
    notes = [note("A", TODAY, f"Tag{number:02d}") for number in range(MOST_TAGS + 5)]
    rows = tables_of(*notes)["tags_by_year"].rows
    assert [row[0] for row in rows] == [f"Tag{number:02d}" for number in range(MOST_TAGS)]


def test_a_tag_that_a_note_has_twice_counts_once() -> None:
    assert tables_of(note("A", TODAY, "NLP", "NLP"))["tags_by_year"].rows == (("NLP", 1),)


def test_venues_are_counted_without_their_years_and_arxiv_comes_last() -> None:
    lines = ["[Paper Note] A, Ann Author+, arXiv'26"] * 3 + [
        "[Paper Note] A, Ann Author+, ICLR'25",
        "[Paper Note] B, Ben Author+, ICLR'26",
        "[Paper Note] C, Cay Author+, ACL'26",
        "A blog",
    ]
    assert tables_of(*map(note, lines))["venues"].rows == (("ICLR", 2), ("ACL", 1), ("arXiv", 3))


def row(category: str, day: date, state: DayState = DayState.FRESH) -> LedgerRow:
    return LedgerRow(day, category, state, Counts(fetched=5), "")


def test_the_ledger_shows_watched_categories_in_the_order_of_the_config() -> None:
    rows = [row("cs.CL", TODAY), row("a feed", TODAY), row("cs.LG", TODAY, DayState.FAILED)]
    tables = {table.name: table for table in watch_tables([], rows, ["cs.LG", "cs.CL"], [])}
    assert tables["ledger"].rows == (
        ("cs.LG", "2026-05-13", "failed", 5),
        ("cs.CL", "2026-05-13", "fresh", 5),
    )


def test_the_keep_rate_is_a_share_of_what_matched() -> None:
    topics = [TopicCounts("Math", 1_000, 40, 10), TopicCounts("Silent", 1_000, 0, 0)]
    tables = {table.name: table for table in watch_tables(topics, [], [], [])}
    assert tables["topics"].rows == (("Math", 1_000, 40, 10, 0.25), ("Silent", 1_000, 0, 0, None))


def test_the_calendar_begins_on_a_monday_half_a_year_ago() -> None:
    first = first_ledger_day(TODAY)
    assert first.weekday() == 0
    assert TODAY - first < timedelta(weeks=26)
    assert TODAY - first > timedelta(weeks=25)

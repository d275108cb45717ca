"""Tests the dates, windows, searches and count checks of a backfill."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import topic
from notebot.core.model.backfill_scope import BackfillScope, DateWindow
from notebot.core.model.errors import UsageError
from notebot.features.announcements.rules.backfill_window import (
    adds_up,
    explain_empty,
    explain_loss,
    explain_too_many,
    explain_unstable,
    find_topic,
    read_window,
    scope_of,
    search_text,
)

TODAY = date(2026, 5, 12)
MAY = DateWindow(date(2026, 5, 1), date(2026, 5, 12))
A_DAY = DateWindow(TODAY, TODAY)


@pytest.mark.parametrize(
    ("since", "until", "window"),
    [
        ("2026-05-01", None, MAY),
        ("2026-05-01", "2026-05-12", MAY),
        ("2026-05-01", "2026-12-31", MAY),
        ("2026-05-12", None, A_DAY),
        ("1991-08-14", "1991-08-14", DateWindow(date(1991, 8, 14), date(1991, 8, 14))),
    ],
)
def test_a_window_is_parsed_and_ends_today_at_the_latest(since: str, until: str | None, window: DateWindow) -> None:
    assert read_window(since, until, TODAY) == window


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        ("May", None, "--since takes a date such as 2026-01-31, not 'May'."),
        ("20260501", None, "--since takes a date"),
        ("2026-W01-1", None, "--since takes a date"),
        ("2026-02-30", None, "--since takes a date"),
        ("２０２６-05-01", None, "--since takes a date"),
        ("2026-05-01", "2026-5-2", "--until takes a date"),
        ("2026-05-01", "2026-04-30", "--until 2026-04-30 is before --since 2026-05-01"),
        ("2026-05-13", None, "--since 2026-05-13 is in the future"),
        ("2026-05-13", "2026-05-12", "--since 2026-05-13 is in the future"),
    ],
)
def test_other_dates_are_usage_errors(since: str, until: str | None, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_window(since, until, TODAY)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("name", "near"),
    [("Maths", "Math"), ("math", "Math"), ("VISON", "Vision & Speech"), ("Sight", "Vision & Speech")],
)
def test_an_unknown_topic_is_a_usage_error_that_names_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_topic(name, [topic("Math"), topic("Vision & Speech")])
    assert f"{name!r}" in str(caught.value)
    assert f"the nearest is {near!r}" in str(caught.value)


def test_a_topic_is_found_by_its_name() -> None:
    topics = [topic("Math"), topic("Vision")]
    assert find_topic("Vision", topics) is topics[1]


@pytest.mark.parametrize(
    ("categories", "query", "asked"),
    [
        (("cs.CL",), "", "cat:cs.CL"),
        (("cs.CL", "hep-th"), "", "(cat:cs.CL OR cat:hep-th)"),
        (("cs.CL",), "ti:math*", "(cat:cs.CL AND ti:math*)"),
        (
            ("cs.CL", "cs.LG"),
            'ti:"a b" OR abs:c AND d',
            '((cat:cs.CL OR cat:cs.LG) AND (ti:"a b" OR (abs:c AND all:d)))',
        ),
    ],
)
def test_a_search_combines_categories_query_and_a_closed_date_range(
    categories: tuple[str, ...], query: str, asked: str
) -> None:
    found = search_text(topic(query=query, categories=categories), MAY)
    assert found == f"{asked} AND submittedDate:[202605010000 TO 202605130000]"


@pytest.mark.parametrize(
    "window", [DateWindow(date(1, 1, 1), date(1, 12, 31)), DateWindow(date(999, 1, 1), date(999, 12, 31))]
)
def test_a_year_has_four_digits(window: DateWindow) -> None:
    year = window.since.year
    assert f"[{year:04}01010000 TO {year + 1:04}01010000]" in search_text(topic(), window)


@given(st.dates(date(1991, 1, 1), date(2030, 1, 1)), st.integers(1, 15_000))
def test_halves_make_the_whole_and_neither_is_empty(since: date, days: int) -> None:
    whole = DateWindow(since, since + timedelta(days))
    older, newer = whole.halves()
    assert (older.since, newer.until) == (whole.since, whole.until)
    assert older.until + timedelta(1) == newer.since
    assert older.since <= older.until < newer.since <= newer.until
    assert not whole.is_single_day


def test_halving_ends_with_single_days() -> None:
    windows, days = [MAY], []
    while windows:
        window = windows.pop()
        if window.is_single_day:
            days.append(window.since)
        else:
            windows += window.halves()
    assert sorted(days) == [date(2026, 5, day) for day in range(1, 13)]


@pytest.mark.parametrize(
    ("day", "rest"),
    [
        (date(2026, 5, 1), DateWindow(date(2026, 5, 2), date(2026, 5, 12))),
        (date(2026, 5, 11), A_DAY),
        (date(2026, 5, 12), None),
    ],
)
def test_a_window_is_split_after_a_day(day: date, rest: DateWindow | None) -> None:
    assert MAY.split_after(day) == (DateWindow(MAY.since, day), rest)


@pytest.mark.parametrize(
    ("at", "is_within"),
    [
        (datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 5, 1, tzinfo=UTC), True),
        (datetime(2026, 5, 12, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 5, 13, tzinfo=UTC), False),
        (datetime(2026, 5, 13, 8, tzinfo=timezone(timedelta(hours=9))), True),
    ],
)
def test_days_are_utc_days(at: datetime, is_within: bool) -> None:
    assert MAY.holds(at) is is_within


@pytest.mark.parametrize(
    ("whole", "parts", "right"), [(0, (0, 0), True), (5, (2, 3), True), (5, (3, 3), True), (5, (2, 2), False)]
)
def test_parts_add_up_if_they_find_at_least_the_whole(whole: int, parts: tuple[int, int], right: bool) -> None:
    assert adds_up(whole, *parts) is right


def test_a_scope_depends_on_topic_query_categories_and_window() -> None:
    is_within = scope_of(topic("Math", "ti:math*"), MAY)
    assert is_within == BackfillScope("Math", "ti:math*", ("cs.CL", "cs.LG"), MAY)
    assert scope_of(topic(categories=("cs.LG", "cs.CL")), MAY) == is_within
    others = [
        scope_of(topic("Maths"), MAY),
        scope_of(topic(query=""), MAY),
        scope_of(topic(categories=("cs.CL",)), MAY),
        scope_of(topic(), A_DAY),
    ]
    assert is_within not in others


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        (explain_too_many(A_DAY, 10_001, "Math"), ("10,001", "10,000", "2026-05-12", "'Math'")),
        (explain_loss(MAY, 2500, [1000, 1499]), ("2,500", "1,000 and 1,499", "2026-05-01 to 2026-05-12")),
        (explain_unstable(MAY), ("2026-05-01 to 2026-05-12", "changed")),
        (explain_empty(MAY, 3), ("suspicious empty", "3 times", "2026-05-01 to 2026-05-12")),
    ],
)
def test_problems_name_numbers_and_days(sentence: str, words: tuple[str, ...]) -> None:
    assert all(word in sentence for word in words)
    assert sentence.endswith(".")

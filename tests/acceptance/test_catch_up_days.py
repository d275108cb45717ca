"""Days that nobody polled, feeds that were old, cut or empty, services left alone, disks and files gone bad."""

import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import (
    FRIDAY,
    MONDAY,
    NOTEBOT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    Done,
    Section,
    clean_environment,
    desk_with,
    sample_paper,
    wait_for,
)
from notebot.demo.sample_arxiv import Announcement, Revision, SamplePaper
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

pytestmark = pytest.mark.slow

NEXT_MONDAY, NEXT_TUESDAY = date(2026, 5, 18), date(2026, 5, 19)
MISSED = (TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, NEXT_MONDAY)
MATHS: Section = {"name": "Maths", "categories": ["cs.CL", "cs.LG"], "query": "ti:mathematics"}
LANGUAGE: Section = {"name": "Language", "categories": ["cs.CL"], "query": "ti:mathematics"}
LATE, CROSS, WITHDRAWN, TWICE = "2605.20001", "2605.40002", "2605.30015", "2605.20015"
GAP = 5
"""The two that are replaced have neighbours on both sides, as papers of a real batch have."""
OLDER, UNWANTED, UNMATCHED = "2401.00007", "2401.00009", "2605.20010"


def early(day: date) -> str:
    """01:00 in New York: the feed of the day is just out."""
    return f"{day}T05:00+00:00"


def late(day: date) -> str:
    """09:00 in New York: a feed without the day's batch is no longer merely late."""
    return f"{day}T13:00+00:00"


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def revised(arxiv_id: str, day: date, *again: date, **changes: Any) -> SamplePaper:
    """New on ``day``, and replaced on each of the others."""
    announced = [Announcement(day, 1, "new"), *(Announcement(on, n, "replace") for n, on in enumerate(again, 2))]
    revisions = [Revision(n, at(on - timedelta(1)), title="On mathematics, anew") for n, on in enumerate(again, 2)]
    return sample_paper(arxiv_id, day, announced=tuple(announced), revisions=tuple(revisions), **changes)


def plain_week() -> list[SamplePaper]:
    """On each day, in each of two categories, one paper that matches and eight that do not; a number is left out."""
    days = (MONDAY, *MISSED, NEXT_TUESDAY)
    return [
        sample_paper(f"2605.{n}00{10 * k + i:02}", day, f"On {subject} {k}", categories=(category,))
        for n, day in enumerate(days, 1)
        for k, category in enumerate(("cs.CL", "cs.LG"), 1)
        for i, subject in enumerate(["cooking", "gardening", "mathematics", *["cooking"] * 7])
        if i != GAP
    ]


def odd_ones() -> list[SamplePaper]:
    """What a week without polls makes hard."""
    month_ago = at(TUESDAY - timedelta(days=20))
    return [
        sample_paper(LATE, TUESDAY, published=month_ago),
        revised(WITHDRAWN, WEDNESDAY, FRIDAY, withdrawn=True),
        revised(TWICE, TUESDAY, THURSDAY, NEXT_MONDAY),
        sample_paper(CROSS, THURSDAY, categories=("cs.CV", "cs.LG")),
        sample_paper(OLDER, date(2024, 1, 8), touched=(WEDNESDAY,)),
        sample_paper(UNWANTED, date(2024, 1, 9), announced=(Announcement(FRIDAY, 2, "replace"),)),
    ]


MATCHED = {f"2605.{n}00{10 * k + 2}" for n in range(1, 8) for k in (1, 2)} | {LATE, WITHDRAWN, TWICE, CROSS}


@contextmanager
def week(folder: Path) -> Iterator[tuple[FaultyArxiv, Desk]]:
    """Polled on Monday, and on Tuesday of the week after."""
    with desk_with([*plain_week(), *odd_ones()], folder, topics=[MATHS]) as (arxiv, desk):
        arxiv.day = MONDAY
        desk.ok("poll", now=early(MONDAY))
        arxiv.day, desk.now = NEXT_TUESDAY, early(NEXT_TUESDAY)
        arxiv.oai_page_size = 7
        yield arxiv, desk


@contextmanager
def language(papers: list[SamplePaper], folder: Path, first: date = MONDAY) -> Iterator[tuple[FaultyArxiv, Desk]]:
    """One category, polled on its first day; the clock stands at the second."""
    with desk_with(papers, folder, topics=[LANGUAGE]) as (arxiv, desk):
        arxiv.day = first
        desk.ok("poll", now=early(first))
        yield arxiv, desk


def rows_of(desk: Desk) -> dict[tuple[str, str], dict[str, Any]]:
    """``notebot ledger --json`` by day and category, after its sums were checked."""
    rows = desk.ok("ledger", "--json").json
    for row in rows:
        assert row["announced"] == row["fetched"] + row["recovered"] == row["unmatched"] + row["matched"], row
        assert row["matched"] == row["drafted"] + row["known"] + row["tombstoned"] + row["unwanted"], row
        assert row["pending"] <= row["unmatched"], row
        assert row["explanation"].endswith("."), row
    made = {(row["date"], row["category"]): row for row in rows}
    assert len(made) == len(rows)
    return made


def row_of(desk: Desk, day: date) -> dict[str, Any]:
    return rows_of(desk)[str(day), "cs.CL"]


def announced_on(desk: Desk) -> dict[str, str]:
    """Stub → the day it was announced."""
    return {name: stub["announced_on"] for name, stub in desk.stubs().items()}


# ------------------------------------------------------------------ a week without a poll


def test_every_matched_paper_of_five_missed_days_is_queued_once(tmp_path: Path) -> None:
    with week(tmp_path) as (_, desk):
        done = desk.ok("poll", "--json")
        assert (done.json["status"], done.err) == ("ok", "")
        stubs = desk.stubs()
        assert set(stubs) == MATCHED
        assert {stub["status"] for stub in stubs.values()} == {"queued"}
        assert all(stub["complete"] for stub in stubs.values())
        assert {stubs[name]["announced_on"] for name in (LATE, TWICE)} == {str(TUESDAY)}
        assert (stubs[CROSS]["announced_on"], stubs[CROSS]["announce_type"]) == (str(THURSDAY), "cross")
        assert (stubs[WITHDRAWN]["announced_on"], stubs[WITHDRAWN]["withdrawn"]) == (str(WEDNESDAY), True)
        assert (stubs[TWICE]["version"], stubs[TWICE]["title"]) == (3, "On mathematics, anew")
        desk.ok("poll")
        assert set(desk.stubs()) == MATCHED


def test_the_ledger_adds_up_for_every_day_of_the_gap(tmp_path: Path) -> None:
    with week(tmp_path) as (_, desk):
        desk.ok("poll")
        rows = rows_of(desk)
        days = [str(day) for day in (MONDAY, *MISSED, NEXT_TUESDAY)]
        assert set(rows) == {(day, category) for day in days for category in ("cs.CL", "cs.LG")}
        assert {row["state"] for row in rows.values()} == {"fresh"}
        assert sum(row["drafted"] for row in rows.values()) == len(MATCHED)
        for (day, _), row in rows.items():
            told = row["fetched"] if day in (days[0], days[-1]) else row["recovered"]
            assert told == row["announced"] >= 9
        counted = {name: rows[str(day), "cs.CL"]["announced"] for name, day in [("late", TUESDAY), ("plain", THURSDAY)]}
        assert counted == {"late": 11, "plain": 9}
        assert rows[str(FRIDAY), "cs.CL"]["unwanted"] == 1
        assert "OAI-PMH brought" in rows[str(TUESDAY), "cs.CL"]["explanation"]
        table = desk.ok("ledger").out
        assert all(row["explanation"] in table for row in rows.values())


def test_the_digest_names_what_was_recovered_and_the_older_paper(tmp_path: Path) -> None:
    with week(tmp_path) as (_, desk):
        desk.ok("poll")
        assert set(desk.ok("digest", "--json").json["entries"]) == MATCHED
        (digest,) = desk.digests()
        above, coverage = digest.read_text(encoding="utf-8").split("## Coverage")
        links = Counter(re.findall(r"https://arxiv\.org/abs/([0-9.]+)", above))
        assert links == Counter(MATCHED)
        assert "95 of the announced were recovered through OAI-PMH" in coverage
        assert re.search(rf"{re.escape(OLDER)}.*On mathematics", coverage)
        assert UNWANTED not in coverage
        assert OLDER not in above


def test_a_day_that_nobody_can_tell_of_yet_is_a_warning_in_the_digest(tmp_path: Path) -> None:
    with week(tmp_path) as (arxiv, desk):
        arxiv.set_faults(Fault("oai", FaultKind.SERVER_ERROR, times=None))
        assert desk.run("poll").code == 1
        assert {row_of(desk, day)["state"] for day in MISSED} == {"failed"}
        assert desk.ok("ledger", "--warnings", "--json").json
        desk.ok("digest")
        assert "**05-13 cs.CL, cs.LG: failed**" in desk.digests()[0].read_text(encoding="utf-8").split("## Coverage")[1]
        arxiv.set_faults()
        desk.ok("poll")
        assert set(desk.stubs()) == MATCHED
        assert desk.ok("ledger", "--warnings", "--json").json == []


def test_why_answers_for_every_fate(tmp_path: Path) -> None:
    with week(tmp_path) as (_, desk):
        desk.ok("poll")
        desk.ok("queue", "skip", CROSS)

        def why(name: str) -> str:
            told = desk.ok("why", name).out
            document = desk.ok("why", name, "--json").json
            assert document["arxiv_id"] == name
            assert document["became"] in told
            return told

        recovered = why(LATE)
        assert f"announced {TUESDAY} as new in cs.CL, according to OAI-PMH" in recovered
        assert "mathematics in the title" in recovered
        assert "queued" in recovered
        assert "no topic matched" in why(UNMATCHED)
        assert "no topic asks for this announcement type" in why(UNWANTED)
        assert f"No announcement of cs.CL, cs.LG since {MONDAY} held it." in why("2605.99999")
        assert "skipped" in why(CROSS)
        assert "fetch" in why(OLDER) or "No announcement" in why(OLDER)


@pytest.mark.parametrize("ref", ["2513.02807", "nonsense"])
def test_why_of_no_paper_is_a_clear_error(ref: str, tmp_path: Path) -> None:
    with week(tmp_path) as (_, desk):
        done = desk.run("why", ref)
        assert done.code in (1, 2)
        assert ref in done.err


@pytest.mark.parametrize(("since", "found"), [(None, 1), (TUESDAY, 3)])
def test_catch_up_can_be_forced_back_to_before_the_ledger_began(since: date | None, found: int, tmp_path: Path) -> None:
    papers = [sample_paper(f"2605.{day.day}001", day) for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)]
    with desk_with(papers, tmp_path, topics=[LANGUAGE]) as (arxiv, desk):
        arxiv.day = THURSDAY
        forced = ("--since", str(since)) if since else ()
        desk.ok("poll", *forced, now=early(THURSDAY))
        assert len(desk.stubs()) == found
        assert set(announced_on(desk).values()) == {str(day) for day in (TUESDAY, WEDNESDAY, THURSDAY)[-found:]}


@pytest.mark.parametrize("touched", [WEDNESDAY, THURSDAY], ids=["on the day of the poll", "within a longer gap"])
def test_a_paper_of_the_gap_whose_record_changed_later_is_drafted_under_its_own_day(
    touched: date, tmp_path: Path
) -> None:
    """A journal reference or a cross-list moves the datestamp on, though no version was announced."""
    papers = few(MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, count=8)
    papers = [paper for paper in papers if paper.arxiv_id != "2605.12003"]
    papers.append(sample_paper("2605.12003", TUESDAY, "On mathematics, changed", touched=(touched,)))
    polled = WEDNESDAY if touched == WEDNESDAY else FRIDAY
    with language(papers, tmp_path) as (arxiv, desk):
        for day in (polled, polled + timedelta(1)):
            arxiv.day = day
            desk.ok("poll", now=early(day))
        assert announced_on(desk).get("2605.12003") == str(TUESDAY)


def test_a_paper_that_was_skipped_does_not_come_back_by_oai(tmp_path: Path) -> None:
    topic: Section = {**LANGUAGE, "announce": ["new", "replace"]}
    papers = [revised("2605.11001", MONDAY, WEDNESDAY), sample_paper("2605.14001", THURSDAY)]
    with desk_with(papers, tmp_path, topics=[topic]) as (arxiv, desk):
        arxiv.day = MONDAY
        desk.ok("poll", now=early(MONDAY))
        desk.ok("queue", "skip", "2605.11001")
        arxiv.day = THURSDAY
        desk.ok("poll", now=early(THURSDAY))
        assert desk.statuses() == {"2605.11001": "skipped", "2605.14001": "queued"}
        assert (row_of(desk, WEDNESDAY)["recovered"], row_of(desk, WEDNESDAY)["tombstoned"]) == (1, 1)


def test_a_category_that_is_watched_later_has_missed_nothing_before(tmp_path: Path) -> None:
    papers = [
        sample_paper(f"2605.{day.day}00{n}", day, categories=(category,))
        for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
        for n, category in enumerate(("cs.CL", "cs.LG"))
    ]
    with language(papers, tmp_path) as (arxiv, desk):
        desk.topics = [MATHS]
        for day in (WEDNESDAY, THURSDAY):
            arxiv.day = day
            assert desk.ok("poll", now=early(day)).err == ""
        learning = {day: row["drafted"] for (day, category), row in rows_of(desk).items() if category == "cs.LG"}
        assert learning == {str(WEDNESDAY): 1, str(THURSDAY): 1}
        assert len(desk.stubs()) == 6


# ------------------------------------------------------------------ weekends and holidays

SATURDAY, SUNDAY = date(2026, 5, 16), date(2026, 5, 17)


@pytest.mark.parametrize("day", [SATURDAY, SUNDAY])
def test_a_poll_at_the_weekend_recovers_the_friday_that_was_missed(day: date, tmp_path: Path) -> None:
    with language([sample_paper("2605.14001", THURSDAY), sample_paper("2605.15001", FRIDAY)], tmp_path, THURSDAY) as (
        arxiv,
        desk,
    ):
        arxiv.day = day
        assert desk.ok("poll", now=late(day)).err == ""
        assert announced_on(desk) == {"2605.14001": str(THURSDAY), "2605.15001": str(FRIDAY)}
        assert row_of(desk, FRIDAY)["state"] == "fresh"
        arxiv.day = NEXT_MONDAY
        desk.ok("poll", now=early(NEXT_MONDAY))
        assert row_of(desk, FRIDAY)["announced"] == 1


BEFORE, HOLIDAY, AFTER = date(2026, 9, 4), date(2026, 9, 7), date(2026, 9, 8)
"""A Friday, Labor Day, and the Tuesday behind it."""


@pytest.mark.parametrize("polled_on_the_holiday", [False, True])
def test_a_weekend_and_a_holiday_are_quiet(polled_on_the_holiday: bool, tmp_path: Path) -> None:
    papers = [sample_paper("2609.00001", BEFORE), sample_paper("2609.00002", AFTER)]
    with language(papers, tmp_path, BEFORE) as (arxiv, desk):
        for day in (date(2026, 9, 5), HOLIDAY) if polled_on_the_holiday else ():
            arxiv.day = day
            assert desk.ok("poll", now=late(day)).err == ""
        arxiv.day = AFTER
        assert desk.ok("poll", now=early(AFTER)).err == ""
        assert announced_on(desk) == {"2609.00001": str(BEFORE), "2609.00002": str(AFTER)}
        states = {name: row["state"] for (name, _), row in rows_of(desk).items()}
        assert set(states.values()) - {"quiet"} == {"fresh"}
        assert {name for name, state in states.items() if state == "fresh"} == {str(BEFORE), str(AFTER)}


def test_papers_announced_on_a_listed_holiday_are_recovered_all_the_same(tmp_path: Path) -> None:
    papers = [
        sample_paper("2609.00001", BEFORE),
        sample_paper("2609.00002", HOLIDAY),
        sample_paper("2609.00003", AFTER),
    ]
    with language(papers, tmp_path, BEFORE) as (arxiv, desk):
        arxiv.day = AFTER
        desk.ok("poll", now=early(AFTER))
        assert announced_on(desk) == {"2609.00001": str(BEFORE), "2609.00002": str(HOLIDAY), "2609.00003": str(AFTER)}
        assert row_of(desk, HOLIDAY)["state"] == "fresh"


# ------------------------------------------------------------------ feeds that are old, cut, empty or short


def few(*days: date, count: int = 3) -> list[SamplePaper]:
    """Some papers a day; the first of each day matches."""
    return [
        sample_paper(f"2605.{day.day}0{n:02}", day, "On cooking" if n else "On mathematics")
        for day in days
        for n in range(count)
    ]


@pytest.mark.parametrize("tuesday_was_seen", [True, False])
def test_a_feed_that_has_todays_date_on_yesterdays_batch_is_stale(tuesday_was_seen: bool, tmp_path: Path) -> None:
    with language(few(MONDAY, TUESDAY, WEDNESDAY), tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        if tuesday_was_seen:
            desk.ok("poll", now=early(TUESDAY))
        arxiv.date_shown_of = {"cs.CL": WEDNESDAY}
        done = desk.ok("poll", "--json", now=late(WEDNESDAY))
        assert done.json["sources"][0]["state"] == "stale"
        assert "cs.CL: stale" in done.err
        right = {"2605.11000": str(MONDAY), "2605.12000": str(TUESDAY)}
        assert announced_on(desk) == right
        assert (row_of(desk, WEDNESDAY)["announced"], row_of(desk, WEDNESDAY)["state"]) == (0, "stale")
        assert (row_of(desk, TUESDAY)["announced"], row_of(desk, TUESDAY)["state"]) == (3, "fresh")

        arxiv.day, arxiv.date_shown_of = WEDNESDAY, {}
        assert desk.ok("poll", now=late(WEDNESDAY)).err == ""
        assert announced_on(desk) == {**right, "2605.13000": str(WEDNESDAY)}
        assert (row_of(desk, WEDNESDAY)["announced"], row_of(desk, WEDNESDAY)["state"]) == (3, "fresh")


def test_a_stale_feed_while_oai_is_down_is_put_right_when_oai_is_back(tmp_path: Path) -> None:
    with language(few(MONDAY, TUESDAY, WEDNESDAY), tmp_path) as (arxiv, desk):
        arxiv.day, arxiv.date_shown_of = TUESDAY, {"cs.CL": WEDNESDAY}
        arxiv.set_faults(Fault("oai", FaultKind.SERVER_ERROR, times=None))
        assert desk.run("poll", now=late(WEDNESDAY)).code == 1
        arxiv.set_faults()
        arxiv.day, arxiv.date_shown_of = WEDNESDAY, {}
        desk.ok("poll", now=late(WEDNESDAY))
        right = {"2605.11000": str(MONDAY), "2605.12000": str(TUESDAY), "2605.13000": str(WEDNESDAY)}
        assert announced_on(desk) == right
        assert (row_of(desk, TUESDAY)["announced"], row_of(desk, WEDNESDAY)["announced"]) == (3, 3)


def test_a_stale_feed_that_stays_so_is_made_up_for_by_oai(tmp_path: Path) -> None:
    with language(few(MONDAY, TUESDAY), tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        arxiv.day_of, arxiv.date_shown_of = {"cs.CL": MONDAY}, {"cs.CL": TUESDAY}
        desk.ok("poll", now=late(TUESDAY))
        desk.ok("poll", now=f"{TUESDAY}T15:00+00:00")
        assert announced_on(desk) == {"2605.11000": str(MONDAY), "2605.12000": str(TUESDAY)}
        assert (row_of(desk, TUESDAY)["state"], row_of(desk, TUESDAY)["recovered"]) == ("fresh", 3)


def test_what_a_feed_of_two_thousand_items_has_lost_comes_by_oai(tmp_path: Path) -> None:
    papers = [
        sample_paper(f"2605.{12000 + n}", TUESDAY, "On mathematics" if n % 25 == 0 else "On cooking")
        for n in range(2050)
    ]
    with language([*few(MONDAY), *papers], tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        done = desk.ok("poll", "--json", now=late(TUESDAY))
        assert done.json["sources"][0]["announced"] == 2000
        assert done.json["sources"][0]["state"] == "truncated"
        assert "cs.CL: truncated" in done.err
        row = row_of(desk, TUESDAY)
        assert (row["state"], row["fetched"], row["recovered"], row["drafted"]) == ("truncated", 2000, 50, 82)
        assert "cut" in row["explanation"]
        assert len(desk.stubs()) == 1 + 82
        arxiv.day = WEDNESDAY
        desk.ok("poll", now=late(WEDNESDAY))
        assert len(desk.stubs()) == 1 + 82
        assert row_of(desk, TUESDAY)["announced"] == 2050


@pytest.mark.parametrize("announced", [True, False])
def test_oai_says_what_an_empty_feed_on_a_working_day_means(announced: bool, tmp_path: Path) -> None:
    days = (MONDAY, TUESDAY, WEDNESDAY) if announced else (MONDAY, WEDNESDAY)
    with language(few(*days, count=12), tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        arxiv.set_faults(Fault("feed", FaultKind.NOTHING_FOUND, times=None))
        done = desk.ok("poll", "--json", now=late(TUESDAY))
        assert done.json["status"] == "ok"
        row = row_of(desk, TUESDAY)
        if announced:
            assert (row["state"], row["recovered"], row["drafted"]) == ("fresh", 12, 1)
        else:
            assert (row["state"], row["announced"]) == ("quiet", 0)
            assert "OAI-PMH has no paper" in row["explanation"]
        arxiv.set_faults()
        arxiv.day = WEDNESDAY
        desk.ok("poll", now=early(WEDNESDAY))
        assert set(announced_on(desk).values()) == {str(day) for day in days}


def test_an_empty_feed_without_history_is_compared_in_the_same_poll(tmp_path: Path) -> None:
    with language(few(MONDAY, TUESDAY, WEDNESDAY), tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        arxiv.set_faults(Fault("feed", FaultKind.NOTHING_FOUND))
        desk.ok("poll", now=late(TUESDAY))
        assert (row_of(desk, TUESDAY)["state"], row_of(desk, TUESDAY)["recovered"]) == ("fresh", 3)
        assert announced_on(desk)["2605.12000"] == str(TUESDAY)


def test_what_a_feed_left_out_is_drafted_the_day_after_and_the_ledger_says_so(tmp_path: Path) -> None:
    papers = [*few(MONDAY, TUESDAY, WEDNESDAY), sample_paper("2605.12009", TUESDAY)]
    with language(papers, tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        arxiv.set_faults(Fault("feed", FaultKind.LOST_ENTRY))
        desk.ok("poll", now=early(TUESDAY))
        assert "2605.12009" not in desk.stubs()
        arxiv.day = WEDNESDAY
        desk.ok("poll", now=early(WEDNESDAY))
        assert announced_on(desk)["2605.12009"] == str(TUESDAY)
        row = row_of(desk, TUESDAY)
        assert (row["fetched"], row["recovered"], row["state"]) == (3, 1, "fresh")
        assert "1 that it left out" in row["explanation"]


def test_what_hangs_on_a_comment_is_decided_in_the_first_poll_after_the_day(tmp_path: Path) -> None:
    topic: Section = {"name": "Venue", "categories": ["cs.CL"], "query": "co:ACL"}
    papers = [
        sample_paper("2605.11001", MONDAY),
        sample_paper("2605.12001", TUESDAY, comment="Accepted to ACL 2026"),
        sample_paper("2605.12002", TUESDAY, comment="12 pages"),
        sample_paper("2605.13001", WEDNESDAY),
    ]
    with desk_with(papers, tmp_path, topics=[topic]) as (arxiv, desk):
        for day in (MONDAY, TUESDAY):
            arxiv.day = day
            desk.ok("poll", now=early(day))
        assert desk.stubs() == {}
        assert (row_of(desk, TUESDAY)["pending"], row_of(desk, TUESDAY)["unmatched"]) == (2, 2)
        assert "undecided by the feed" in desk.ok("why", "2605.12001").out
        arxiv.day = WEDNESDAY
        desk.ok("poll", now=early(WEDNESDAY))
        assert announced_on(desk) == {"2605.12001": str(TUESDAY)}
        row = row_of(desk, TUESDAY)
        assert (row["pending"], row["unmatched"], row["drafted"]) == (0, 1, 1)
        assert row_of(desk, WEDNESDAY)["pending"] == 1


# ------------------------------------------------------------------ the circuit breaker


def feeds_asked(arxiv: FaultyArxiv) -> int:
    return sum(request.path.startswith("/atom/") for request in arxiv.log)


def test_a_service_that_fails_three_times_is_left_alone_until_a_probe_succeeds(tmp_path: Path) -> None:
    with language(few(MONDAY, TUESDAY), tmp_path) as (arxiv, desk):
        arxiv.day, desk.now = TUESDAY, late(TUESDAY)
        arxiv.set_faults(Fault("feed", FaultKind.SERVER_ERROR, times=None))
        for _ in range(3):
            assert desk.run("status", "--json").json["left_alone"] == []
            assert desk.run("poll").code == 1
        (alone,) = desk.run("status", "--json").json["left_alone"]
        assert (alone["service"], alone["failures"]) == (arxiv.base_url, 3)
        assert "is left alone until" in desk.run("status").out

        asked, polls = feeds_asked(arxiv), len(desk.rows("SELECT 1 FROM runs WHERE kind = 'poll'"))
        desk.sections = {"schedule": {"poll": "every 1s"}}
        with desk.start("run") as daemon:
            wait_for(lambda: len(desk.rows("SELECT 1 FROM runs WHERE kind = 'poll'")) > polls, "a poll of the daemon")
            assert daemon.end() == 0
        assert "left alone" in daemon.said
        assert feeds_asked(arxiv) == asked

        desk.topics = [MATHS]  # two categories, and one probe
        probed = desk.run("poll", "--json")
        assert (probed.code, feeds_asked(arxiv)) == (1, asked + 1)
        assert ["left alone" in source["error"]["message"] for source in probed.json["sources"][:2]] == [False, True]

        arxiv.set_faults()
        desk.ok("poll")
        assert desk.ok("status", "--json").json["left_alone"] == []
        assert feeds_asked(arxiv) == asked + 3
        assert "2605.12000" in desk.stubs()


def test_the_daemon_asks_again_when_the_time_is_over(tmp_path: Path) -> None:
    with language(few(MONDAY, TUESDAY), tmp_path) as (arxiv, desk):
        arxiv.day, desk.now = TUESDAY, late(TUESDAY)
        arxiv.set_faults(Fault("feed", FaultKind.SERVER_ERROR, times=None))
        for _ in range(3):
            assert desk.run("poll").code == 1
        arxiv.set_faults()
        desk.now, desk.sections = f"{TUESDAY}T13:06+00:00", {"schedule": {"poll": "every 1s"}}
        with desk.start("run") as daemon:
            wait_for(lambda: "2605.12000" in desk.statuses(), "Tuesday's paper")
            assert daemon.end() == 0


@pytest.mark.parametrize(
    ("kind", "retry_after", "wait"),
    [(FaultKind.TOO_MANY_REQUESTS, "3600", timedelta(hours=1)), (FaultKind.FORBIDDEN, None, timedelta(hours=6))],
)
def test_no_probe_is_sent_while_arxiv_has_told_us_to_stay_away(
    kind: FaultKind, retry_after: str | None, wait: timedelta, tmp_path: Path
) -> None:
    with language(few(MONDAY, TUESDAY), tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        noon = datetime(2026, 5, 12, 12, tzinfo=UTC)
        arxiv.set_faults(Fault("feed", kind, retry_after=retry_after))
        assert desk.run("poll", now=noon.isoformat()).code == 1
        asked = feeds_asked(arxiv)
        refused = desk.run("poll", now=(noon + wait - timedelta(minutes=1)).isoformat())
        assert (refused.code, feeds_asked(arxiv)) == (1, asked)
        assert "left alone" in refused.err
        desk.ok("poll", now=(noon + wait + timedelta(minutes=1)).isoformat())
        assert "2605.12000" in desk.stubs()


# ------------------------------------------------------------------ doctor, and what breaks on the machine


def findings(done: Done) -> dict[str, tuple[bool, str]]:
    return {found["check"]: (found["ok"], found["message"]) for found in done.json}


def test_doctor_finds_nothing_wrong_and_backs_up(polled: Desk) -> None:
    done = polled.ok("doctor", "--json")
    found = findings(done)
    assert set(found) == {"state_dir", "digest_dir", "database", "records", "backup", "feed", "api", "oai"}
    assert all(ok for ok, _ in found.values())
    (backup,) = (polled.database.parent / "backups").iterdir()
    assert str(backup) in found["backup"][1]
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM stubs").fetchone() == (len(polled.statuses()),)
    polled.ok("doctor", "--offline")


def test_a_backup_takes_the_place_of_a_database_that_is_gone(polled: Desk) -> None:
    polled.ok("doctor", "--offline")
    before = polled.statuses()
    (backup,) = (polled.database.parent / "backups").iterdir()
    for file in polled.database.parent.glob("notebot.db*"):
        file.unlink()
    backup.rename(polled.database)
    polled.ok("poll")
    assert polled.statuses() == before


@pytest.mark.parametrize("service", ["feed", "api", "oai"])
def test_doctor_says_which_service_does_not_answer(service: Any, polled: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault(service, FaultKind.BOT_WALL, times=None))
    done = polled.run("doctor", "--json")
    found = findings(done)
    assert done.code == 1
    assert [name for name, (ok, _) in found.items() if not ok] == [service]
    assert "html" in found[service][1].lower()


def spoil_middle(database: Path) -> None:
    for beside in database.parent.glob("notebot.db-*"):
        beside.unlink()
    body = bytearray(database.read_bytes())
    body[4096 : len(body) - 4096] = b"\xa5" * (len(body) - 8192)
    database.write_bytes(body)


def spoil_head(database: Path) -> None:
    database.write_bytes(b"not a database at all" * 500)


def cut_off(database: Path) -> None:
    for beside in database.parent.glob("notebot.db-*"):
        beside.unlink()
    database.write_bytes(b"")


@pytest.mark.parametrize("spoil", [spoil_middle, spoil_head, cut_off])
@pytest.mark.parametrize("backed_up", [True, False])
def test_doctor_finds_a_damaged_database_and_the_way_back(spoil: Any, backed_up: bool, polled: Desk) -> None:
    with closing(sqlite3.connect(polled.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if backed_up:
        polled.ok("doctor", "--offline")
    kept = list((polled.database.parent / "backups").glob("*"))
    spoil(polled.database)
    done = polled.run("doctor", "--offline", "--json")
    found = findings(done)
    assert (done.code, found["database"][0]) == (1, False)
    assert (str(kept[0]) if backed_up else "There is no backup") in found["database"][1]
    assert "backup" not in found  # a damaged one must not push out a good copy
    assert list((polled.database.parent / "backups").glob("*")) == kept


@pytest.mark.parametrize("spoil", [spoil_middle, spoil_head])
@pytest.mark.parametrize("command", ["poll", "digest", "status", "ledger"])
def test_no_command_works_on_a_damaged_database(spoil: Any, command: str, polled: Desk) -> None:
    with closing(sqlite3.connect(polled.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoil(polled.database)
    done = polled.run(command)
    assert done.code == 1
    assert str(polled.database) in done.err
    assert "backup" in done.err


def test_doctor_is_content_before_the_first_poll(desk: Desk) -> None:
    found = findings(desk.ok("doctor", "--offline", "--json"))
    assert "first poll makes it" in found["database"][1]
    assert not desk.database.exists()


def test_doctor_misses_a_database_of_which_there_are_backups(polled: Desk) -> None:
    polled.ok("doctor", "--offline")
    for file in polled.database.parent.glob("notebot.db*"):
        file.unlink()
    done = polled.run("doctor", "--offline")
    assert done.code == 1
    assert "backups" in done.out


def test_doctor_says_what_is_in_the_place_of_a_folder(desk: Desk) -> None:
    desk.sections = {"notebot": {"contact": "curator@example.org", "digest_dir": "blocked/digests"}}
    (desk.folder / "blocked").write_text("in the way")
    done = desk.run("doctor", "--offline")
    assert done.code == 1
    assert "blocked" in done.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("name", ["state", "digests"])
def test_a_folder_that_cannot_be_written_is_found(name: str, polled: Desk) -> None:
    folder = polled.folder / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o500)
    try:
        done = polled.run("doctor", "--offline")
        failed = polled.run("poll" if name == "state" else "digest")
    finally:
        folder.chmod(0o700)
    assert (done.code, failed.code) == (1, 1)
    assert str(folder) in done.out
    assert str(folder) in failed.err
    polled.ok("poll")
    polled.ok("digest")


LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""No file may grow beyond so many bytes: what a full disk is to a program that writes."""


def run_limited(desk: Desk, most_bytes: int, *arguments: str, now: str) -> Done:
    desk.write_config()
    words = [sys.executable, "-c", LIMITED, str(most_bytes), NOTEBOT, "--config", str(desk.config), *arguments]
    environment = {**clean_environment(desk.folder), "NOTEBOT_NOW": now}
    ended = subprocess.run(words, cwd=desk.folder, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr, ended.stderr
    return Done(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("spare_bytes", [-8192, 20_000, 120_000])
def test_a_full_disk_during_a_poll_leaves_the_last_good_state(spare_bytes: int, tmp_path: Path) -> None:
    papers = [sample_paper(f"2605.{12000 + n}", TUESDAY) for n in range(250)]
    with language([*few(MONDAY), *papers], tmp_path) as (arxiv, desk):
        before = announced_on(desk)
        arxiv.day = TUESDAY
        size = desk.database.stat().st_size
        failed = run_limited(desk, size + spare_bytes, "poll", now=early(TUESDAY))
        assert failed.code == 1
        assert str(desk.database) in failed.err
        assert len(failed.err.splitlines()) == 1
        assert desk.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        kept = announced_on(desk)
        assert before.items() <= kept.items()
        assert len(kept) in (1, 251)  # a category is one transaction
        desk.ok("poll", now=early(TUESDAY))
        assert len(desk.stubs()) == 251
        assert all(stub["complete"] for stub in desk.stubs().values())
        assert row_of(desk, TUESDAY)["drafted"] == 250


def test_a_full_disk_during_a_digest_leaves_no_half_file(tmp_path: Path) -> None:
    papers = [sample_paper(f"2605.{11000 + n}", MONDAY) for n in range(60)]
    with language(papers, tmp_path) as (_, desk):
        with closing(sqlite3.connect(desk.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        failed = run_limited(desk, 4096, "digest", now=early(MONDAY))
        assert failed.code == 1
        assert desk.digests() == []
        desk.ok("digest")
        (digest,) = desk.digests()
        linked = re.findall(r"https://arxiv\.org/abs/([0-9.]+)", digest.read_text(encoding="utf-8"))
        assert sorted(linked) == sorted(desk.statuses())
        assert set(desk.statuses().values()) == {"digested"}

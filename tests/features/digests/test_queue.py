"""Status and the curator's moves, with a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, FakeClock, entry
from notebot.core.model.run_record import RunRecord
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.schedule.schedule_text import parse_schedule
from notebot.features.digests.queue import MOVES, move
from notebot.features.health.status import StatusSettings, status_document
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.store.sqlite import SqliteStore, open_store

PLANS = StatusSettings(
    parse_schedule("mon-fri 00:30,03:30 America/New_York", "poll", "UTC"),
    parse_schedule("complete, latest 18:00", "digest", "Asia/Tokyo"),
    ("cs.CL",),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "n.db")
    yield opened
    opened.close()


def alerting_sources(store: SqliteStore, now: datetime) -> list[str]:
    document = status_document(store, PLANS, NoteStyle(), now)
    found = [source["source"] for source in document["sources"] if source["rings"]]
    assert document["healthy"] == (not found)
    return found


def test_a_source_that_was_never_queried_does_not_alert(store: SqliteStore) -> None:
    assert alerting_sources(store, NIGHT) == []


@pytest.mark.parametrize(("days", "found"), [(2, []), (3, ["cs.CL"])])
def test_a_feed_alerts_if_its_last_success_is_older_than_two_announcement_days(
    store: SqliteStore, days: int, found: list[str]
) -> None:
    store.sources.succeeded("cs.CL", NIGHT, batch_on=DAY)
    assert alerting_sources(store, NIGHT + timedelta(days=days)) == found


def test_an_api_that_was_not_needed_for_long_does_not_alert(store: SqliteStore) -> None:
    store.sources.succeeded("api", NIGHT)
    assert alerting_sources(store, NIGHT + timedelta(days=30)) == []
    store.sources.failed("api", NIGHT, "timeout", "It is silent.")
    assert alerting_sources(store, NIGHT + timedelta(days=30)) == ["api"]


def test_the_next_poll_is_now_after_a_missed_night_and_15_minutes_after_a_failure(store: SqliteStore) -> None:
    at = datetime(2026, 5, 12, 4, 31, tzinfo=UTC)  # 00:31 in New York
    assert status_document(store, PLANS, NoteStyle(), at)["next"]["poll"] == at
    store.runs.add(RunRecord("poll", at, at, "failed"))
    later = at + timedelta(minutes=1)
    assert status_document(store, PLANS, NoteStyle(), later)["next"]["poll"] == at + timedelta(minutes=15)
    store.runs.add(RunRecord("poll", later, later, "ok"))
    expected = datetime(2026, 5, 12, 7, 30, tzinfo=UTC)
    assert status_document(store, PLANS, NoteStyle(), later)["next"]["poll"] == expected


def test_a_kept_stub_that_is_not_in_the_archive_is_listed_with_its_age(store: SqliteStore) -> None:
    store.stubs.save(replace(draft_from_entry(entry(), ()), status=StubStatus.KEPT), NIGHT)
    (kept,) = status_document(store, PLANS, NoteStyle(), NIGHT + timedelta(days=4))["kept_not_in_archive"]
    assert (kept["arxiv_id"], kept["age_days"]) == ("2605.00001", 4)


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("status", StubStatus)
def test_every_move_sets_its_status_or_explains_why_not(store: SqliteStore, verb: str, status: StubStatus) -> None:
    store.stubs.save(replace(draft_from_entry(entry(), ()), status=status), NIGHT)
    target, sources = MOVES[verb]
    (moved,) = move(store, verb, ["https://arxiv.org/abs/2605.00001v1"], FakeClock())
    (saved,) = store.stubs.all()
    if status is target or status in sources:
        assert moved.stub is not None
        assert saved.status is target
    else:
        assert "requeue" in str(moved.error)
        assert saved.status is status


def test_an_invalid_reference_does_not_stop_the_other_moves(store: SqliteStore) -> None:
    store.stubs.save(draft_from_entry(entry(), ()), NIGHT)
    kinds = [
        getattr(moved.error, "kind", None)
        for moved in move(store, "skip", ["foo", "2605.00001", "2605.00002"], FakeClock())
    ]
    assert kinds == ["invalid-ref", None, "not-found"]
    assert store.stubs.counts()[StubStatus.SKIPPED] == 1

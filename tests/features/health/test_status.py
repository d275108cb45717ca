"""The status document, with a real store."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, entry
from notebot.core.model.run_record import RunRecord
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.schedule.schedule_text import parse_schedule
from notebot.features.health.status import StatusSettings, status_document
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.store.store import DatabaseStore

PLANS = StatusSettings(
    parse_schedule("mon-fri 00:30,03:30 America/New_York", "poll", "UTC"),
    parse_schedule("complete, latest 18:00", "digest", "Asia/Tokyo"),
    ("cs.CL",),
)


def alerting_sources(store: DatabaseStore, now: datetime) -> list[str]:
    document = status_document(store, PLANS, NoteStyle(), now)
    alerting = [source["source"] for source in document["sources"] if source["rings"]]
    assert document["healthy"] == (not alerting)
    return alerting


def test_a_source_that_was_never_queried_does_not_alert(store: DatabaseStore) -> None:
    assert alerting_sources(store, NIGHT) == []


@pytest.mark.parametrize(("days", "alerting"), [(2, []), (3, ["cs.CL"])])
def test_a_feed_alerts_if_its_last_success_is_older_than_two_announcement_days(
    store: DatabaseStore, days: int, alerting: list[str]
) -> None:
    store.sources.succeeded("cs.CL", NIGHT, batch_on=DAY)
    assert alerting_sources(store, NIGHT + timedelta(days=days)) == alerting


def test_an_api_that_was_not_needed_for_long_does_not_alert(store: DatabaseStore) -> None:
    store.sources.succeeded("api", NIGHT)
    assert alerting_sources(store, NIGHT + timedelta(days=30)) == []
    store.sources.failed("api", NIGHT, "timeout", "It is silent.")
    assert alerting_sources(store, NIGHT + timedelta(days=30)) == ["api"]


def test_the_next_poll_is_now_after_a_missed_night_and_15_minutes_after_a_failure(store: DatabaseStore) -> None:
    at = datetime(2026, 5, 12, 4, 31, tzinfo=UTC)  # 00:31 in New York
    assert status_document(store, PLANS, NoteStyle(), at)["next"]["poll"] == at
    store.runs.add(RunRecord("poll", at, at, "failed"))
    later = at + timedelta(minutes=1)
    assert status_document(store, PLANS, NoteStyle(), later)["next"]["poll"] == at + timedelta(minutes=15)
    store.runs.add(RunRecord("poll", later, later, "ok"))
    expected = datetime(2026, 5, 12, 7, 30, tzinfo=UTC)
    assert status_document(store, PLANS, NoteStyle(), later)["next"]["poll"] == expected


def test_a_kept_stub_that_is_not_in_the_archive_is_listed_with_its_age(store: DatabaseStore) -> None:
    store.stubs.save(replace(draft_from_entry(entry(), ()), status=StubStatus.KEPT), NIGHT)
    (kept,) = status_document(store, PLANS, NoteStyle(), NIGHT + timedelta(days=4))["kept_not_in_archive"]
    assert (kept["arxiv_id"], kept["age_days"]) == ("2605.00001", 4)

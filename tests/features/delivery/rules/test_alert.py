"""Alerts: once per cause, and once when it is over."""

from datetime import timedelta

from msgspec.structs import replace

from fakes import NIGHT
from notebot.features.delivery.rules.alert import Cause, compare
from notebot.features.delivery.rules.events import AlertEvent, AlertKind

SOURCE = Cause(AlertKind.SOURCE, "cs.CL", NIGHT, NIGHT, "It is down.")
LATE = Cause(AlertKind.LATE_DIGEST, "2026-05-12", NIGHT, NIGHT)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_a_source_is_reported_after_two_announcement_days_and_once() -> None:
    # NIGHT is a Tuesday
    for count in (0, 1, 2):
        assert compare([SOURCE], {}, NIGHT + days(count))[2] == []
    changed, gone, alerts = compare([SOURCE], {SOURCE.key: SOURCE}, NIGHT + days(3))
    assert alerts == [AlertEvent(AlertKind.SOURCE, "cs.CL", NIGHT, "It is down.")]
    assert (changed, gone) == ([replace(SOURCE, raised=True)], [])
    assert compare([SOURCE], {SOURCE.key: changed[0]}, NIGHT + days(4)) == ([], [], [])


def test_weekends_do_not_count() -> None:
    friday = NIGHT + days(3)
    source = replace(SOURCE, since=friday)
    assert compare([source], {}, friday + days(4))[2] == []  # Tuesday
    assert len(compare([source], {}, friday + days(5))[2]) == 1


def test_the_end_is_reported_only_of_what_was_reported() -> None:
    raised = replace(SOURCE, raised=True)
    known = {raised.key: raised, LATE.key: LATE}
    changed, gone, alerts = compare([], known, NIGHT)
    assert (changed, sorted(gone)) == ([], sorted(known))
    assert alerts == [AlertEvent(AlertKind.SOURCE, "cs.CL", NIGHT, over=True)]


def test_a_late_digest_is_watched_for_a_while_first() -> None:
    assert compare([LATE], {}, NIGHT) == ([LATE], [], [])
    later = NIGHT + timedelta(minutes=15)
    _, _, alerts = compare([replace(LATE, noticed_at=later)], {LATE.key: LATE}, later)
    assert [alert.kind for alert in alerts] == [AlertKind.LATE_DIGEST]


def test_a_service_counts_from_when_its_failure_was_noticed_first() -> None:
    now = NIGHT + days(3)
    changed, _, alerts = compare([replace(SOURCE, since=now)], {SOURCE.key: SOURCE}, now)
    assert alerts[0].since == changed[0].since == NIGHT

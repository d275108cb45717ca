"""When a delivery is tried again, when it is given up, and in which order."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from fakes import NIGHT
from notebot.features.delivery.rules.delivery import (
    FIRST_WAIT,
    GIVE_UP_AFTER,
    LEAST_TRIES,
    LONGEST_ASKED_WAIT,
    LONGEST_WAIT,
    Delivery,
    DeliveryState,
    after_failure,
    is_outdated,
    next_due,
    plan,
)
from notebot.features.delivery.rules.events import (
    AlertEvent,
    AlertKind,
    DigestRound,
    DigestWritten,
    Event,
    NotePublished,
    RoundPhase,
    wants,
)
from notebot.features.delivery.rules.target import DeliveryTarget, EventKind, TargetKind

DIGEST = DigestWritten("2026-05-12.md")
WAITING = Delivery("me", DIGEST, NIGHT, NIGHT)
EVERYTHING = frozenset(EventKind)


def fail(delivery: Delivery, after: timedelta, **keys: object) -> Delivery:
    values = {"final": False, "wait_s": None, **keys}
    return after_failure(delivery, NIGHT + after, "no", **values)  # type: ignore[arg-type]


def test_waits_double_up_to_an_hour() -> None:
    delivery, waits = WAITING, []
    for _ in range(9):
        delivery = fail(delivery, timedelta(0))
        waits.append(delivery.next_at - NIGHT)
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT


@pytest.mark.parametrize(
    ("asked_s", "wait"),
    [(5.0, FIRST_WAIT), (7200.0, timedelta(hours=2)), (1e300, LONGEST_ASKED_WAIT), (None, FIRST_WAIT)],
)
def test_a_target_may_ask_for_a_longer_wait(asked_s: float | None, wait: timedelta) -> None:
    assert fail(WAITING, timedelta(0), wait_s=asked_s).next_at == NIGHT + wait


def test_it_is_given_up_after_days_and_enough_attempts() -> None:
    tried = replace(WAITING, tries=LEAST_TRIES - 1)
    assert fail(tried, GIVE_UP_AFTER).state is DeliveryState.LEFT
    assert "given up after 10 attempts; the last: no" in fail(tried, GIVE_UP_AFTER).why
    # a computer that was off for a week, and a target that is down for an hour
    assert fail(WAITING, timedelta(days=7)).state is DeliveryState.PLANNED
    assert fail(replace(WAITING, tries=99), timedelta(hours=1)).state is DeliveryState.PLANNED


def test_a_refusal_is_final() -> None:
    assert fail(WAITING, timedelta(0), final=True).state is DeliveryState.LEFT


def test_a_day_offline_is_survived() -> None:
    delivery, now = WAITING, NIGHT
    while now < NIGHT + timedelta(days=1):
        delivery = after_failure(delivery, now, "no network", final=False, wait_s=None)
        now = delivery.next_at
    assert delivery.state is DeliveryState.PLANNED
    assert now - NIGHT <= timedelta(days=1) + LONGEST_WAIT


def test_what_is_due_comes_oldest_first_and_nothing_before_its_time() -> None:
    later = replace(WAITING, next_at=NIGHT + timedelta(minutes=5))
    assert next_due([later, WAITING], NIGHT, by_hand=False) == WAITING
    assert next_due([later], NIGHT, by_hand=False) is None
    assert next_due([later], NIGHT, by_hand=True) == later
    # what was being sent when a process ended does not wait
    sending = replace(later, state=DeliveryState.SENDING)
    assert next_due([sending], NIGHT, by_hand=False) == sending
    # the clock was a year ahead once
    wrong = replace(WAITING, next_at=NIGHT + timedelta(days=365))
    assert next_due([wrong], NIGHT, by_hand=False) == wrong


@pytest.mark.parametrize(
    ("event", "mail", "ping"),
    [
        (DIGEST, True, False),
        (NotePublished(1, "T", "https://x.org"), True, False),
        (AlertEvent(AlertKind.SOURCE, "cs.CL", NIGHT), True, True),
        (DigestRound(RoundPhase.DONE, NIGHT), False, True),
    ],
)
def test_a_health_service_gets_rounds_and_the_others_what_was_written(event: Event, mail: bool, ping: bool) -> None:
    targets = [
        DeliveryTarget(name=str(kind), kind=kind, events=EVERYTHING) for kind in (TargetKind.MAIL, TargetKind.PING)
    ]
    assert [wants(target, event) for target in targets] == [mail, ping]
    nothing = DeliveryTarget(name="x", kind=TargetKind.MAIL, events=frozenset())
    assert plan(event, [nothing], NIGHT) == []


def test_the_id_is_the_same_for_every_attempt_and_differs_between_events_and_targets() -> None:
    again = fail(WAITING, timedelta(hours=1))
    others = [
        replace(WAITING, target="you"),
        replace(WAITING, event=DigestWritten("2026-05-12.md", 2)),
        replace(WAITING, created_at=NIGHT + timedelta(1)),
    ]
    assert again.id == WAITING.id
    assert len({WAITING.id, *(other.id for other in others)}) == 4


def test_the_start_of_a_round_is_dropped_once_something_newer_waits() -> None:
    started = replace(WAITING, event=DigestRound(RoundPhase.STARTED, NIGHT))
    done = Delivery("me", DigestRound(RoundPhase.DONE, NIGHT), NIGHT + timedelta(seconds=1), NIGHT)
    assert is_outdated(started, [started, done])
    assert not is_outdated(started, [started, replace(done, target="you")])
    assert not is_outdated(done, [started, done])

"""The outbox of events: each once per target, and what waits in order."""

from datetime import timedelta

from msgspec.structs import replace

from fakes import NIGHT
from notebot.features.delivery.rules.alert import Cause
from notebot.features.delivery.rules.delivery import Delivery, DeliveryState
from notebot.features.delivery.rules.events import (
    AlertEvent,
    AlertKind,
    DigestRound,
    DigestWritten,
    Event,
    NotePublished,
    RoundPhase,
    TrialMessage,
)
from notebot.store.store import DatabaseStore

EVENTS: list[Event] = [
    DigestWritten("2026-05-12.md"),
    DigestWritten("2026-05-12.md", 2),
    NotePublished(12, "A title", "https://example.org/12"),
    AlertEvent(AlertKind.SOURCE, "cs.CL", NIGHT, "It is down."),
    AlertEvent(AlertKind.SOURCE, "cs.CL", NIGHT, over=True),
    DigestRound(RoundPhase.FAILED, NIGHT, "The disk is full."),
    TrialMessage(NIGHT),
]


def test_every_event_comes_back_as_it_was(store: DatabaseStore) -> None:
    stored = [
        Delivery("me", event, NIGHT + timedelta(seconds=n), NIGHT, changed_at=NIGHT) for n, event in enumerate(EVENTS)
    ]
    with store.transaction():
        for delivery in stored:
            store.deliveries.add(delivery)
    assert store.deliveries.waiting() == stored
    assert len({delivery.id for delivery in stored}) == len(stored)


def test_an_event_is_stored_once_per_target_and_a_repetition_changes_nothing(store: DatabaseStore) -> None:
    delivery = Delivery("me", EVENTS[0], NIGHT, NIGHT, changed_at=NIGHT)
    store.deliveries.add(delivery)
    done = replace(delivery, state=DeliveryState.DONE)
    store.deliveries.put(done)
    store.deliveries.add(delivery)
    assert store.deliveries.waiting() == []
    store.deliveries.add(replace(delivery, target="you"))
    assert [each.target for each in store.deliveries.waiting()] == ["you"]
    assert store.deliveries.times_sent("2026-05-12.md") == 1
    store.deliveries.add(replace(delivery, event=EVENTS[1]))
    assert store.deliveries.times_sent("2026-05-12.md") == 2
    assert store.deliveries.times_sent("2026-05-12") == 0


def test_what_was_given_up_is_listed_from_a_time_on(store: DatabaseStore) -> None:
    left = Delivery("me", EVENTS[0], NIGHT, NIGHT, DeliveryState.LEFT, 3, "no", NIGHT)
    store.deliveries.add(left)
    assert store.deliveries.given_up_since(NIGHT) == [left]
    assert store.deliveries.given_up_since(NIGHT + timedelta(seconds=1)) == []


def test_causes_are_replaced_and_forgotten(store: DatabaseStore) -> None:
    cause = Cause(AlertKind.SOURCE, "cs.CL", NIGHT, NIGHT)
    store.alerts.put(cause)
    store.alerts.put(replace(cause, raised=True))
    assert store.alerts.all() == {"source:cs.CL": replace(cause, raised=True)}
    store.alerts.forget("source:cs.CL")
    assert store.alerts.all() == {}

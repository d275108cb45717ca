"""The state of one event on its way to one target, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.features.delivery.rules.events import DigestRound, Event, RoundPhase, event_key, wants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.features.delivery.rules.target import DeliveryTarget

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
"""Waits double from the first to the longest: greylisting usually ends after some minutes, an outage after hours."""
LONGEST_ASKED_WAIT = timedelta(days=1)
"""The longest wait that a server may ask for."""
# RFC 5321, 4.5.4.1 wants four to five days for mail, but a digest is old news before that
GIVE_UP_AFTER = timedelta(days=3)
LEAST_TRIES = 10
"""A computer that was switched off for days has not tried for days."""


class DeliveryState(StrEnum):
    """State of a delivery."""

    PLANNED = "planned"
    """It was not sent, or the target has refused it for now."""
    SENDING = "sending"
    """It may have been sent: a process that ends here did not hear the answer, and the next one sends it again."""
    DONE = "done"
    LEFT = "left"
    """Given up; ``why`` has the reason."""


class Delivery(Struct, frozen=True):
    """One event for one target, stored before and after each attempt."""

    target: str
    """The target's name."""
    event: Event
    created_at: datetime
    next_at: datetime
    """When it is tried next."""
    state: DeliveryState = DeliveryState.PLANNED
    tries: int = 0
    """Attempts that failed."""
    why: str = ""
    """Why the last attempt failed."""
    changed_at: datetime | None = None

    @property
    def key(self) -> str:
        return event_key(self.event)

    @property
    def id(self) -> str:
        """The same for every attempt, so that a receiver can recognise a repetition; 32 hexadecimal digits."""
        text = "\0".join((self.target, self.key, self.created_at.isoformat()))
        return sha256(text.encode()).hexdigest()[:32]


def plan(event: Event, targets: Iterable[DeliveryTarget], at: datetime) -> list[Delivery]:
    """The deliveries of a new event, one for each target that asked for it."""
    return [Delivery(target.name, event, at, at, changed_at=at) for target in targets if wants(target, event)]


def after_failure(delivery: Delivery, now: datetime, why: str, *, final: bool, wait_s: float | None) -> Delivery:
    """The delivery after an attempt failed.

    Args:
        final: the target will never accept it.
        wait_s: how long the target asked us to wait, if it did.
    """
    tries = delivery.tries + 1
    failed = replace(delivery, state=DeliveryState.PLANNED, tries=tries, why=why, changed_at=now)
    if final:
        return replace(failed, state=DeliveryState.LEFT)
    if tries >= LEAST_TRIES and now - delivery.created_at >= GIVE_UP_AFTER:
        return replace(failed, state=DeliveryState.LEFT, why=f"given up after {tries} attempts; the last: {why}")
    wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
    asked = min(timedelta(seconds=min(wait_s or 0.0, 1e6)), LONGEST_ASKED_WAIT)
    return replace(failed, next_at=now + max(wait, asked))


def next_due(waiting: Sequence[Delivery], now: datetime, *, by_hand: bool) -> Delivery | None:
    """The delivery of one target that is sent next, the oldest first; ``None`` if none is due.

    Args:
        waiting: what waits for the target, the oldest first.
        by_hand: a person asks, so that nothing waits for its time.
    """
    for delivery in waiting:
        # a time farther away than any wait was written while the clock was wrong
        is_due = not now < delivery.next_at <= now + LONGEST_ASKED_WAIT
        if by_hand or is_due or delivery.state is DeliveryState.SENDING:
            return delivery
    return None


def is_outdated(delivery: Delivery, waiting: Iterable[Delivery]) -> bool:
    """True for "a round has begun" if something later waits for the same target: it would be wrong by now."""
    event = delivery.event
    return (
        isinstance(event, DigestRound)
        and event.phase is RoundPhase.STARTED
        and any(other.target == delivery.target and other.created_at > delivery.created_at for other in waiting)
    )

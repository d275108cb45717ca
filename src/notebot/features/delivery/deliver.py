"""Delivers what waits in the outbox, to all targets at once, so that a slow one delays no other.

1. The delivery is marked as ``sending``.
2. It is sent, with an id that is the same for every attempt.
3. It is marked as done, as planned for a later attempt, or as given up.

A process that ends between 1 and 3 leaves it as ``sending``, and the next one sends it again with the same id: a
message is never lost, and a receiver that knows the id drops the repetition.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import NotebotError, ServiceError
from notebot.core.net.pace import Stopped
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.features.delivery.rules.delivery import DeliveryState, after_failure, is_outdated, next_due, plan
from notebot.features.delivery.rules.events import event_name
from notebot.features.delivery.sender import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from notebot.core.ports import Clock
    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.events import Event
    from notebot.features.delivery.rules.message import Message
    from notebot.features.delivery.rules.target import DeliveryTarget
    from notebot.features.delivery.sender import Sender

# targets wait for their servers, not for the CPU; a dead one must not hold up the others
_MOST_AT_ONCE = 8


class Deliveries(Protocol):
    """The outbox of events: one row per event and target."""

    def add(self, delivery: Delivery) -> None:
        """Stores a new delivery; changes nothing if the target was to get this event before."""

    def put(self, delivery: Delivery) -> None:
        """Replaces a stored delivery."""

    def waiting(self) -> list[Delivery]:
        """What is neither done nor given up, the oldest first."""

    def given_up_since(self, at: datetime) -> list[Delivery]:
        """What was given up at or after a time, the oldest first."""

    def times_sent(self, digest: str) -> int:
        """How many events there are of one digest, with every repetition that was asked for."""


class DeliveryStore(Transactional, Protocol):
    """Where deliveries are kept."""

    @property
    def deliveries(self) -> Deliveries: ...


class DeliveryOutcome(Struct, frozen=True):
    """What became of one attempt, or what waits."""

    target: str
    event: str
    """In a few words, such as ``digest 2026-05-13.md``."""
    state: DeliveryState
    tries: int
    next_at: datetime | None
    """When it is tried again; ``None`` if it is not."""
    why: str


class DeliveryReport(Struct, frozen=True):
    """The result of one run."""

    sent: tuple[DeliveryOutcome, ...]
    failed: tuple[DeliveryOutcome, ...]
    waiting: int
    """How many deliveries still wait, with those that have just failed."""


def enqueue(deliveries: Deliveries, targets: Iterable[DeliveryTarget], event: Event, at: datetime) -> None:
    """Stores an event for every target that asked for it; call it in the transaction that makes the event true."""
    for delivery in plan(event, targets, at):
        deliveries.add(delivery)


def outcome(delivery: Delivery) -> DeliveryOutcome:
    """A delivery as reports and documents show it."""
    waits = delivery.state in (DeliveryState.PLANNED, DeliveryState.SENDING)
    next_at = delivery.next_at if waits else None
    name = event_name(delivery.event)
    return DeliveryOutcome(delivery.target, name, delivery.state, delivery.tries, next_at, delivery.why)


class Deliverer:
    """Delivers from one outbox; the caller makes sure that no other process delivers from it at the same time."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        targets: Sequence[DeliveryTarget],
        make_sender: Callable[[DeliveryTarget], Sender],
        make_message: Callable[[Event], Message],
        clock: Clock,
    ) -> None:
        """Sends nothing yet.

        Args:
            make_message: reads what an event says from the store; called in the thread of :meth:`deliver`.
        """
        self._store = store
        self._targets = {target.name: target for target in targets}
        self._make_sender = make_sender
        self._make_message = make_message
        self._clock = clock

    def deliver(self, *, by_hand: bool = False) -> DeliveryReport:
        """Sends everything that is due, each target's oldest first.

        Args:
            by_hand: a person asks, so that everything that waits is tried now.
        """
        queues = self._queues()
        tried: list[Delivery] = []
        if queues:
            with ThreadPoolExecutor(min(len(queues), _MOST_AT_ONCE), thread_name_prefix="deliver") as pool:
                running: dict[Future[None], Delivery] = {}
                # one message per target at a time, so that messages arrive in order
                for name in list(queues):
                    self._start_next(queues[name], pool, running, tried, by_hand=by_hand)
                while running:
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        delivery = running.pop(future)
                        tried.append(self._settle(delivery, future))
                        # a target that has failed is left alone for this run
                        if tried[-1].state is DeliveryState.DONE or tried[-1].state is DeliveryState.LEFT:
                            self._start_next(queues[delivery.target], pool, running, tried, by_hand=by_hand)
        sent = tuple(outcome(each) for each in tried if each.state is DeliveryState.DONE)
        failed = tuple(outcome(each) for each in tried if each.state is not DeliveryState.DONE)
        return DeliveryReport(sent, failed, len(self._store.deliveries.waiting()))

    def _queues(self) -> dict[str, list[Delivery]]:
        """What waits, by target, without the targets that the config no longer has."""
        waiting = self._store.deliveries.waiting()
        queues: dict[str, list[Delivery]] = {}
        for delivery in waiting:
            if is_outdated(delivery, waiting):
                self._put(replace(delivery, state=DeliveryState.DONE, changed_at=self._clock()))
            elif delivery.target in self._targets:
                queues.setdefault(delivery.target, []).append(delivery)
        return queues

    def _start_next(
        self,
        queue: list[Delivery],
        pool: ThreadPoolExecutor,
        running: dict[Future[None], Delivery],
        tried: list[Delivery],
        *,
        by_hand: bool,
    ) -> None:
        """Starts the queue's next due delivery; one whose content cannot be read is settled at once."""
        while (delivery := next_due(queue, self._clock(), by_hand=by_hand)) is not None:
            queue.remove(delivery)
            try:
                with supervised(f"The message about {event_name(delivery.event)}"):
                    message = self._make_message(delivery.event)
            except NotebotError as error:
                tried.append(self._fail(delivery, error))
                continue
            sending = self._put(replace(delivery, state=DeliveryState.SENDING, changed_at=self._clock()))
            running[pool.submit(self._send, sending, message)] = sending
            return

    def _send(self, delivery: Delivery, message: Message) -> None:
        with supervised(f"The delivery to {delivery.target}"):
            self._make_sender(self._targets[delivery.target]).send(delivery, message, self._clock())

    def _settle(self, delivery: Delivery, future: Future[None]) -> Delivery:
        try:
            future.result()
        except Stopped:
            return delivery  # stays as `sending`
        except NotebotError as error:
            return self._fail(delivery, error)
        return self._put(replace(delivery, state=DeliveryState.DONE, why="", changed_at=self._clock()))

    def _fail(self, delivery: Delivery, error: NotebotError) -> Delivery:
        final = isinstance(error, DeliveryError) and error.final
        wait_s = error.wait_s if isinstance(error, ServiceError) else None
        return self._put(after_failure(delivery, self._clock(), str(error), final=final, wait_s=wait_s))

    def _put(self, delivery: Delivery) -> Delivery:
        with self._store.transaction():
            self._store.deliveries.put(delivery)
        return delivery

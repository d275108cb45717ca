"""The port of a sender, and how it says that something was not delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from notebot.core.model.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.message import Message


class DeliveryError(ServiceError):
    """A target did not take a message.

    ``final``: it never will; otherwise the message is sent again later. ``wait_s`` is how long it asked us to wait.
    """

    def __init__(self, message: str, *, final: bool = False, wait_s: float | None = None) -> None:
        super().__init__(message, wait_s)
        self.final = final


class Sender(Protocol):
    """Sends messages to one target; may be called from any thread."""

    def send(self, delivery: Delivery, message: Message, now: datetime) -> None:
        """Returns when the target has accepted the message.

        Raises:
            DeliveryError: it has not, or its answer was lost. The sentence contains no secret.
            Stopped: notebot is ending.
        """

"""Sends short plain-text messages through Apprise, an extra that reaches over a hundred services."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING

from notebot.features.delivery.adapters.secret_values import secret_value
from notebot.features.delivery.rules.short_text import short_text
from notebot.features.delivery.sender import DeliveryError

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.message import Message
    from notebot.features.delivery.rules.target import DeliveryTarget

_MOST_CHARACTERS = 4_000
"""For services without a limit of their own: a push message is read on a phone."""


class AppriseSender:
    """See :class:`notebot.features.delivery.sender.Sender`.

    Each target has one address, so that a service that fails, or takes short messages only, concerns no other one.
    Services have no id for messages: one whose answer was lost is sent again, and may arrive twice.
    """

    def __init__(self, target: DeliveryTarget) -> None:
        self._target = target

    def send(self, delivery: Delivery, message: Message, now: datetime) -> None:
        if find_spec("apprise") is None:
            raise DeliveryError("Apprise is not installed; install the extra: pip install 'paper-notebot[apprise]'")
        import apprise

        # it logs addresses with their secrets when they are malformed, and Python prints warnings of any library
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        name, variable = self._target.name, self._target.url_env
        address = secret_value(self._target, variable)
        push = apprise.Apprise(asset=apprise.AppriseAsset(app_id="notebot", app_desc="notebot", secure_logging=True))
        if not push.add(address) or len(push) != 1:
            raise DeliveryError(
                f'The environment variable {variable} of the target "{name}" must contain one address that Apprise '
                "knows, such as ntfy://…; correct it"
            )
        service = push[0]
        title_room, body_room = service.title_maxlen, service.body_maxlen
        title = short_text(message.subject, (), "", title_room) if title_room else ""
        lines = (*message.lines, *message.warnings, *(entry.title for entry in message.entries))
        room = min(body_room or _MOST_CHARACTERS, _MOST_CHARACTERS)
        # a service without titles gets the subject as the first line
        first, rest = (lines[0], lines[1:]) if title and lines else (message.subject, lines)
        body = short_text(first, rest, message.link, room)
        if not push.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
            # Apprise logs the reason, which may contain the address, and does not return it
            raise DeliveryError(
                f'The service of the target "{name}" did not accept the message or did not answer; '
                f"check the address in {variable}"
            )

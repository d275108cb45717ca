"""Reports to a health service such as healthchecks.io that a round began, succeeded or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.net.response import Request
from notebot.features.delivery.adapters.http_status import send_request
from notebot.features.delivery.adapters.secret_values import web_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from notebot.core.net.response import RawResponse
    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.message import Message
    from notebot.features.delivery.rules.target import DeliveryTarget

_MOST_BODY = 10_000
"""Characters of the reason; healthchecks.io stores 100 KB."""


class PingSender:
    """See :class:`notebot.features.delivery.sender.Sender`."""

    def __init__(self, target: DeliveryTarget, send: Callable[[Request], RawResponse]) -> None:
        self._target = target
        self._send = send

    def send(self, delivery: Delivery, message: Message, now: datetime) -> None:
        # healthchecks.io/docs/http_api: the address itself means success
        suffix = "/start" if message.started else "/fail" if message.failed else ""
        path, question_mark, query = web_address(self._target).partition("?")
        request = Request(
            url=f"{path.rstrip('/')}{suffix}{question_mark}{query}",
            service=f'The ping "{self._target.name}"',
            accept=("*/*",),
            max_bytes=0,
            headers={"Content-Type": "text/plain; charset=utf-8"},
            content="\n".join((message.subject, *message.lines))[:_MOST_BODY].encode(),
            status_only=True,
            private_path=True,
        )
        send_request(request, self._send)

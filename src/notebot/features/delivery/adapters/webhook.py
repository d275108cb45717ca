"""Posts events as JSON, signed by the Standard Webhooks specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from notebot.core.net.response import Request
from notebot.features.delivery.adapters.http_status import send_request
from notebot.features.delivery.adapters.secret_values import secret_value, web_address
from notebot.features.delivery.rules.signature import decode_secret, sign
from notebot.features.delivery.sender import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from notebot.core.net.response import RawResponse
    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.message import Message
    from notebot.features.delivery.rules.target import DeliveryTarget


class WebhookSender:
    """See :class:`notebot.features.delivery.sender.Sender`.

    Args:
        send: sends one request without following redirects, through the link guard unless the target may be private.
    """

    def __init__(self, target: DeliveryTarget, send: Callable[[Request], RawResponse]) -> None:
        self._target = target
        self._send = send

    def send(self, delivery: Delivery, message: Message, now: datetime) -> None:
        target, webhook_id = self._target, f"msg_{delivery.id}"
        body = msgspec.json.encode(
            {"type": message.type, "timestamp": delivery.created_at.isoformat(), "data": message.data}
        )
        # the receiver checks that the time is recent, so it is that of the attempt
        timestamp = int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
        }
        if target.secret_env:
            key = decode_secret(secret_value(target, target.secret_env))
            if key is None:
                raise DeliveryError(
                    f'The environment variable {target.secret_env} of the target "{target.name}" must contain '
                    "whsec_ and 24 to 64 bytes in Base64; correct it"
                )
            headers["webhook-signature"] = sign(key, webhook_id, timestamp, body)
        request = Request(
            url=web_address(target),
            service=f'The webhook "{target.name}"',
            accept=("*/*",),
            max_bytes=0,
            headers=headers,
            content=body,
            status_only=True,
            private_path=True,
        )
        send_request(request, self._send)

"""What the HTTP status of a webhook or a ping means for the delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notebot.core.model.errors import ServiceError
from notebot.core.net.guard.url_policy import GuardError, GuardRule
from notebot.core.net.retry import retry_after_s
from notebot.features.delivery.sender import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.net.response import RawResponse, Request

_PASSING = (408, 425, 429)
"""Statuses below 500 that ask for another attempt: timeout, too early, too many requests."""

_PRIVATE = frozenset(
    {
        *(GuardRule.PORT, GuardRule.LOCAL_NAME, GuardRule.LOOPBACK, GuardRule.PRIVATE),
        *(GuardRule.LINK_LOCAL, GuardRule.CGNAT, GuardRule.NUMBER_HOST),
    }
)


def send_request(request: Request, send: Callable[[Request], RawResponse]) -> None:
    """Sends a request; returns if the status is 2xx.

    Raises:
        DeliveryError: there was no answer, or another one. It shows only the host of the URL.
    """
    host = urlsplit(request.url).hostname or ""
    try:
        raw = send(request)
    except GuardError as error:
        # the cause contains the whole URL, so it is not chained
        if error.rule is GuardRule.TIME:
            raise DeliveryError(f"{request.service} at {host} did not answer in time") from None
        # a wrong setting: nothing was sent, and the message is sent once that is corrected
        private = error.rule in _PRIVATE
        advice = "; set allow_private = true if it is your own" if private else ""
        raise DeliveryError(
            f"{request.service} at {host} is not asked, because {error.reason}{advice}", final=not private
        ) from None
    except ServiceError as error:
        problem = "did not answer in time" if error.kind == "timeout" else "cannot be reached"
        raise DeliveryError(f"{request.service} at {host} {problem}", wait_s=error.wait_s) from None
    if 200 <= raw.status < 300:
        return
    where = f"{request.service} at {host}"
    if raw.is_redirect:
        raise DeliveryError(
            f"{where} redirects (status {raw.status}), which is not followed; write its new address into the config",
            final=True,
        )
    if raw.status in _PASSING or raw.status >= 500:
        wait_s = retry_after_s(raw.headers.get("retry-after"), raw.headers.get("date"))
        raise DeliveryError(f"{where} answered with status {raw.status}", wait_s=wait_s)
    raise DeliveryError(f"{where} refused the message (status {raw.status})", final=True)

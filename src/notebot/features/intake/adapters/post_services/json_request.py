"""What the readers of all services share: one question for JSON, and what a status says of a post."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notebot.core.model.errors import NotebotError, NotFoundError, RefusedError
from notebot.features.intake.adapters.post_services.json_access import parsed

if TYPE_CHECKING:
    from notebot.core.net.client import Http
    from notebot.core.net.response import RawResponse, Response

MAX_BYTES = 2 * 1024 * 1024
JSON = ("application/json",)


def ask_json(http: Http, url: str, service: str) -> object:
    """The JSON that a configured service answers with.

    Raises:
        NotFoundError: it has no such post.
        ServiceError: it shows the post to nobody, not to us, or not now.
    """
    found: list[object] = []

    def check(answer: Response) -> None:
        found.append(parsed(answer.body, service))

    http.get(
        url,
        accept=JSON,
        max_bytes=MAX_BYTES,
        service=service,
        check=check,
        refusal=lambda reply: refusal(service, reply),
    )
    return found[-1]


def refusal(service: str, reply: RawResponse) -> NotebotError | None:
    """What a status means where a post was asked for."""
    if reply.status in (400, 404, 410):
        return gone(service, f"status {reply.status}")
    if reply.status in (401, 403, 451, 999):
        return closed(service, f"status {reply.status}")
    return None


def gone(service: str, how: str) -> NotFoundError:
    """The error of a post that is not there, so far as we are told."""
    return NotFoundError(f"{service} does not have the post: it was deleted, is hidden, or never was ({how}).")


def closed(service: str, how: str) -> RefusedError:
    """The error of a post that is there for others."""
    return RefusedError(f"{service} shows the post only to those who are logged in, or not to programs ({how}).")


def aware(text: str | None) -> datetime | None:
    """The UTC time that an ISO text names; ``None`` for any other text, and for a time without zone."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None

"""What the readers of all services share: requests for JSON, errors for statuses, and times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notebot.core.model.errors import NotebotError, NotFoundError, RefusedError
from notebot.features.intake.adapters.post_services.json_access import parse_json

if TYPE_CHECKING:
    from notebot.core.net.client import Http
    from notebot.core.net.response import RawResponse, Response

MAX_BYTES = 2 * 1024 * 1024
JSON_TYPES = ("application/json",)


def fetch_json(http: Http, url: str, service: str) -> object:
    """The JSON that a service answers with; malformed JSON is retried like any other bad answer.

    Raises:
        NotFoundError: the post does not exist.
        ServiceError: access is denied, or the service gave no usable answer.
    """
    trees: list[object] = []

    def check(answer: Response) -> None:
        trees.append(parse_json(answer.body, service))

    http.get(
        url,
        accept=JSON_TYPES,
        max_bytes=MAX_BYTES,
        service=service,
        check=check,
        refusal=lambda response: post_status_error(service, response),
    )
    return trees[-1]


def post_status_error(service: str, response: RawResponse) -> NotebotError | None:
    """The error that a status means for a post; ``None`` for statuses that mean the same everywhere."""
    # Bluesky answers 400 for a missing post and for an unknown handle (services.md 3.2).
    if response.status in (400, 404, 410):
        return missing_post_error(service, f"status {response.status}")
    # 451: legal reasons. 999: LinkedIn's answer to programs (services.md 3.6).
    if response.status in (401, 403, 451, 999):
        return denied_post_error(service, f"status {response.status}")
    return None


def missing_post_error(service: str, detail: str) -> NotFoundError:
    """The error for a post that the service does not have, or hides completely."""
    return NotFoundError(f"{service} does not have the post: it was deleted, is hidden, or never existed ({detail}).")


def denied_post_error(service: str, detail: str) -> RefusedError:
    """The error for a post that exists but is not shown to notebot."""
    return RefusedError(f"{service} shows the post only to people who are logged in, or not to programs ({detail}).")


def parse_utc_time(text: str | None) -> datetime | None:
    """The time of an ISO 8601 text in UTC; ``None`` if it is malformed or has no time zone."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None

"""Reads an item of Hacker News from its API (services.md 3.4)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import text_at, value_at
from notebot.features.intake.adapters.post_services.json_request import fetch_json, missing_post_error
from notebot.features.intake.adapters.post_services.post_html import read_post_html, safe_links

if TYPE_CHECKING:
    from notebot.core.net.client import Http

_SERVICE = "Hacker News"


def read_hackernews(http: Http, url: str, post: Post) -> Post:
    """The story or comment with its text, link and title.

    Raises:
        NotebotError: Hacker News did not return the item.
    """
    item = fetch_json(http, f"{url}/item/{post.id}.json", _SERVICE)
    # The answer for an unknown id is `null` with status 200.
    if item is None or value_at(item, "deleted") or value_at(item, "dead"):
        raise missing_post_error(_SERVICE, "no such item" if item is None else "marked as deleted or dead")
    if value_at(item, "id") != int(post.id):
        raise BadAnswerError("Hacker News returned something other than the requested item.")
    text, links = read_post_html(text_at(item, "text") or "")
    title, seconds, posted_at = text_at(item, "title"), value_at(item, "time"), None
    if isinstance(seconds, int):
        with suppress(ValueError, OverflowError, OSError):
            posted_at = datetime.fromtimestamp(seconds, UTC)
    return replace(
        post,
        handle=(text_at(item, "by") or "").lower() or None,
        posted_at=posted_at,
        time_by=TimeSource.TOLD if posted_at else None,
        text=text or None,
        links=safe_links([text_at(item, "url"), *links]),
        titles=(title,) if title else (),
        fetched=True,
        reason=None,
    )

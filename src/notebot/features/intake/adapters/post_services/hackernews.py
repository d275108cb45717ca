"""Hacker News: one item of its own API."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import at, text_at
from notebot.features.intake.adapters.post_services.json_request import ask_json, gone
from notebot.features.intake.adapters.post_services.post_html import read_post_html, safe_links

if TYPE_CHECKING:
    from notebot.core.net.client import Http

_SERVICE = "Hacker News"


def read_hackernews(http: Http, url: str, post: Post) -> Post:
    """The story or comment with its words, link and title.

    Raises:
        NotebotError: Hacker News did not give it.
    """
    item = ask_json(http, f"{url}/item/{post.id}.json", _SERVICE)
    if item is None or at(item, "deleted") or at(item, "dead"):
        raise gone(_SERVICE, "no such item" if item is None else "marked as deleted or dead")
    if at(item, "id") != int(post.id):
        raise BadAnswerError("Hacker News answered with something other than the item that was asked for.")
    text, links = read_post_html(text_at(item, "text") or "")
    title, posted_at = text_at(item, "title"), _time(at(item, "time"))
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


def _time(seconds: object) -> datetime | None:
    if isinstance(seconds, int):
        with suppress(ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(seconds, UTC)
    return None

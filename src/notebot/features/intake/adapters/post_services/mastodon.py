"""Reads posts of Mastodon. Any host may be a server of it, so requests go through the link guard (services.md 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import parse_json, text_at, value_at
from notebot.features.intake.adapters.post_services.json_request import (
    JSON_TYPES,
    MAX_BYTES,
    parse_utc_time,
    post_status_error,
)
from notebot.features.intake.adapters.post_services.post_html import read_post_html, safe_links

if TYPE_CHECKING:
    from notebot.core.net.guard import Guard


def read_mastodon(guard: Guard, url: str, post: Post) -> Post:
    """The post with its text and links, including those of a boosted and a quoted post.

    Args:
        guard: checks every request, as the host comes from the post.
        url: a server to ask instead of the post's own, or an empty string.

    Raises:
        NotebotError: the server did not return the post, or does not run Mastodon.
    """
    host, _, number = post.id.partition("/")
    answer = guard.fetch(
        f"{url or f'https://{host}'}/api/v1/statuses/{number}",
        accept=JSON_TYPES,
        max_bytes=MAX_BYTES,
        service=host,
        refusal=lambda response: post_status_error(host, response),
    )
    status = parse_json(answer.body, host)
    # ids belong to one server, so a different id is a different post (services.md 3.3)
    if text_at(status, "id") != number:
        raise BadAnswerError(f"{host} returned something other than the requested post.")
    # a boost has no content of its own
    statuses = (status, value_at(status, "reblog"), value_at(status, "quote", "quoted_status"))
    contents = [read_post_html(text_at(each, "content") or "") for each in statuses]
    content_links = [link for _, links in contents for link in links]
    card_titles = [text_at(each, "card", "title") for each in statuses]
    posted_at = parse_utc_time(text_at(status, "created_at"))
    # The content warning is part of what the author wrote.
    paragraphs = (text_at(status, "spoiler_text"), contents[0][0])
    return replace(
        post,
        handle=(text_at(status, "account", "acct") or post.handle or "").lower() or None,
        posted_at=posted_at or post.posted_at,
        time_by=TimeSource.TOLD if posted_at else post.time_by,
        text="\n\n".join(paragraph for paragraph in paragraphs if paragraph) or None,
        links=safe_links([*content_links, *(text_at(each, "card", "url") for each in statuses)]),
        titles=tuple(title for title in card_titles if title),
        fetched=True,
        reason=None,
    )

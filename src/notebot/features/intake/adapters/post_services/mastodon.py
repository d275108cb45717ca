"""Mastodon: any server may be one, so it is asked through the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import at, parsed, text_at
from notebot.features.intake.adapters.post_services.json_request import JSON, MAX_BYTES, aware, refusal
from notebot.features.intake.adapters.post_services.post_html import read_post_html, safe_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.net.guard import Guard


def read_mastodon(guard: Guard, url: str, post: Post) -> Post:
    """The post with its words and links, a boosted or quoted one's too.

    Args:
        guard: the door for links from outside.
        url: of a server to ask instead of the post's own; empty for its own.
        post: as its address tells.

    Raises:
        NotebotError: the server did not give it, or is none of Mastodon's kind.
    """
    host, _, number = post.id.partition("/")
    answer = guard.fetch(
        f"{url or f'https://{host}'}/api/v1/statuses/{number}",
        accept=JSON,
        max_bytes=MAX_BYTES,
        service=host,
        refusal=lambda reply: refusal(host, reply),
    )
    status = parsed(answer.body, host)
    if text_at(status, "id") != number:
        raise BadAnswerError(f"{host} answered with something other than the post that was asked for.")
    read = [read_post_html(text_at(each, "content") or "") for each in _statuses(status)]
    posted_at = aware(text_at(status, "created_at"))
    return replace(
        post,
        handle=(text_at(status, "account", "acct") or post.handle or "").lower() or None,
        posted_at=posted_at or post.posted_at,
        time_by=TimeSource.TOLD if posted_at else post.time_by,
        text=_words(status, read[0][0]),
        links=safe_links([*(link for _, links in read for link in links), *_cards(status, "url")]),
        titles=tuple(title for title in _cards(status, "title") if title),
        fetched=True,
        reason=None,
    )


def _statuses(status: object) -> Iterator[object]:
    yield status
    yield at(status, "reblog")
    yield at(status, "quote", "quoted_status")


def _words(status: object, content: str) -> str | None:
    """The warning that an author puts before a post is part of its words."""
    return "\n\n".join(part for part in (text_at(status, "spoiler_text"), content) if part) or None


def _cards(status: object, field: str) -> list[str | None]:
    return [text_at(each, "card", field) for each in _statuses(status)]

"""Reads posts of Bluesky from the public AppView, which shows what a visitor without an account sees."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import list_at, text_at, value_at
from notebot.features.intake.adapters.post_services.json_request import (
    denied_post_error,
    fetch_json,
    missing_post_error,
    parse_utc_time,
)
from notebot.features.intake.adapters.post_services.post_html import find_full_links, safe_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.net.client import Http

_SERVICE = "Bluesky"
_LOGGED_IN_ONLY = "!no-unauthenticated"
_MAX_DEPTH = 6
"""How far the author's own replies are followed: the link is often in a reply."""


def read_bluesky(http: Http, url: str, post: Post) -> Post:
    """The post with its text, and the links of its thread, cards and quotes.

    Raises:
        NotebotError: Bluesky did not return the post.
    """
    did = post.handle or ""
    if not did.startswith("did:"):
        query = urlencode({"handle": did})
        account = fetch_json(http, f"{url}/com.atproto.identity.resolveHandle?{query}", _SERVICE)
        did = text_at(account, "did") or ""
        if not did:
            raise missing_post_error(_SERVICE, "its account is not known")
    uri = f"at://{did}/app.bsky.feed.post/{post.id}"
    query = urlencode({"uri": uri, "depth": _MAX_DEPTH, "parentHeight": 0})
    thread = value_at(fetch_json(http, f"{url}/app.bsky.feed.getPostThread?{query}", _SERVICE), "thread")
    if value_at(thread, "notFound"):
        raise missing_post_error(_SERVICE, "not found")
    if value_at(thread, "blocked"):
        raise denied_post_error(_SERVICE, "blocked")
    view = value_at(thread, "post")
    if (text_at(view, "uri") or "").rpartition("/")[2] != post.id:
        raise BadAnswerError("Bluesky returned something other than the requested post; try again later")
    if is_logged_in_only(view):
        raise denied_post_error(_SERVICE, "its author chose so")
    # The author's program sets `createdAt` to any time it likes, so the earlier of the two counts (services.md 3.2).
    times = [parse_utc_time(text_at(view, "record", "createdAt")), parse_utc_time(text_at(view, "indexedAt"))]
    posted_at = min((time for time in times if time is not None), default=None)
    views = [view, *_own_replies(thread, text_at(view, "author", "did"))]
    embeds = [value_at(each, *path) for each in views for path in (("record", "embed"), ("embed",))]
    titles = [text_at(embed, *path, "title") for embed in embeds for path in (("external",), ("media", "external"))]
    return replace(
        post,
        posted_at=posted_at or post.posted_at,
        time_by=TimeSource.TOLD if posted_at else post.time_by,
        handle=text_at(view, "author", "handle") or post.handle,
        text=text_at(view, "record", "text"),
        links=safe_links(link for each in views for link in find_post_links(each)),
        titles=tuple(dict.fromkeys(title for title in titles if title)),
        fetched=True,
        reason=None,
    )


def is_logged_in_only(view: object) -> bool:
    """Whether the author of a post asks not to be shown to visitors without an account (services.md 3.2)."""
    return any(text_at(label, "val") == _LOGGED_IN_ONLY for label in list_at(view, "author", "labels"))


def find_post_links(view: object) -> Iterator[str | None]:
    """The links of a post: the text shows shortened addresses, facets and cards have them whole (services.md 3.2)."""
    record = value_at(view, "record")
    yield from _facet_links(record)
    yield from find_full_links(text_at(record, "text") or "")
    for embed in (value_at(record, "embed"), value_at(view, "embed")):
        yield text_at(embed, "external", "uri")
        yield text_at(embed, "media", "external", "uri")
        # A quote is one level deeper if it comes together with a picture or a card.
        for quoted in (value_at(embed, "record"), value_at(embed, "record", "record")):
            yield from _facet_links(value_at(quoted, "value"))
            yield text_at(quoted, "value", "embed", "external", "uri")
            yield text_at(quoted, "value", "embed", "media", "external", "uri")


def _own_replies(thread: object, did: str | None, depth: int = _MAX_DEPTH) -> Iterator[object]:
    """The author's replies to the post, and to those replies."""
    for reply in list_at(thread, "replies") if did and depth else []:
        if text_at(reply, "post", "author", "did") == did:
            yield value_at(reply, "post")
            yield from _own_replies(reply, did, depth - 1)


def _facet_links(record: object) -> Iterator[str | None]:
    for facet in list_at(record, "facets"):
        for feature in list_at(facet, "features"):
            yield text_at(feature, "uri")

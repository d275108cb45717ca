"""Bluesky: the public AppView, which shows what a visitor without account sees."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import at, list_at, text_at
from notebot.features.intake.adapters.post_services.json_request import ask_json, aware, closed, gone
from notebot.features.intake.adapters.post_services.post_html import find_full_links, safe_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.net.client import Http

_SERVICE = "Bluesky"
_LOGGED_IN_ONLY = "!no-unauthenticated"
_DEPTH = 6
"""How far an author's own thread is followed: the link is often in a reply."""


def read_bluesky(http: Http, url: str, post: Post) -> Post:
    """The post with its words, and the links of its thread, cards and quotes.

    Raises:
        NotebotError: Bluesky did not give it.
    """
    thread = at(ask_json(http, _thread_url(url, _did(http, url, post), post.id), _SERVICE), "thread")
    if at(thread, "notFound"):
        raise gone(_SERVICE, "not found")
    if at(thread, "blocked"):
        raise closed(_SERVICE, "blocked")
    view = at(thread, "post")
    if (text_at(view, "uri") or "").rpartition("/")[2] != post.id:
        raise BadAnswerError("Bluesky answered with something other than the post that was asked for; try again later")
    if is_hidden(view):
        raise closed(_SERVICE, "its author wishes so")
    views = [view, *_own_replies(thread, text_at(view, "author", "did"))]
    return replace(
        _timed(post, view),
        handle=text_at(view, "author", "handle") or post.handle,
        text=text_at(view, "record", "text"),
        links=safe_links(link for each in views for link in links_in(each)),
        titles=tuple(dict.fromkeys(title for each in views for title in _titles(each))),
        fetched=True,
        reason=None,
    )


def is_hidden(view: object) -> bool:
    """Whether its author wishes to be shown to nobody without an account."""
    return any(text_at(label, "val") == _LOGGED_IN_ONLY for label in list_at(view, "author", "labels"))


def _did(http: Http, url: str, post: Post) -> str:
    who = post.handle or ""
    if who.startswith("did:"):
        return who
    asked = urlencode({"handle": who})
    did = text_at(ask_json(http, f"{url}/com.atproto.identity.resolveHandle?{asked}", _SERVICE), "did")
    if did is None:
        raise gone(_SERVICE, "its account is not known")
    return did


def _thread_url(url: str, did: str, key: str) -> str:
    uri = f"at://{did}/app.bsky.feed.post/{key}"
    return f"{url}/app.bsky.feed.getPostThread?{urlencode({'uri': uri, 'depth': _DEPTH, 'parentHeight': 0})}"


def _own_replies(thread: object, did: str | None, depth: int = _DEPTH) -> Iterator[object]:
    """The author's replies to the post and to those replies."""
    for reply in list_at(thread, "replies") if did and depth else []:
        if text_at(reply, "post", "author", "did") == did:
            yield at(reply, "post")
            yield from _own_replies(reply, did, depth - 1)


def _timed(post: Post, view: object) -> Post:
    """The earlier of two times: the author's program sets one of them as it likes."""
    told = [aware(text_at(view, "record", "createdAt")), aware(text_at(view, "indexedAt"))]
    moments = [moment for moment in told if moment is not None]
    return replace(post, posted_at=min(moments), time_by=TimeSource.TOLD) if moments else post


def links_in(view: object) -> Iterator[str | None]:
    """The links of one post; the shown text shortens addresses; facets and cards hold them whole."""
    record = at(view, "record")
    yield from _facet_links(record)
    yield from find_full_links(text_at(record, "text") or "")
    for embed in (at(record, "embed"), at(view, "embed")):
        yield text_at(embed, "external", "uri")
        yield text_at(embed, "media", "external", "uri")
        yield from _quoted_links(embed)


def _quoted_links(embed: object) -> Iterator[str | None]:
    """A quote lies one step deeper where it comes together with a picture or a card."""
    for quoted in (at(embed, "record"), at(embed, "record", "record")):
        yield from _facet_links(at(quoted, "value"))
        yield text_at(quoted, "value", "embed", "external", "uri")
        yield text_at(quoted, "value", "embed", "media", "external", "uri")


def _facet_links(record: object) -> Iterator[str | None]:
    for facet in list_at(record, "facets"):
        for feature in list_at(facet, "features"):
            yield text_at(feature, "uri")


def _titles(view: object) -> Iterator[str]:
    for embed in (at(view, "record", "embed"), at(view, "embed")):
        for title in (text_at(embed, "external", "title"), text_at(embed, "media", "external", "title")):
            if title:
                yield title

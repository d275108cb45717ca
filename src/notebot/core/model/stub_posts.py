"""Adds social posts to a stub.

Separate from the stub's record: parsing post addresses is not needed by the many commands that only read stubs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.post_address import post_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notebot.core.model.stub import Stub


def has_post(posts: Iterable[str], post_url: str) -> bool:
    """True if the post is among the others, under any of its addresses."""
    key = post_key(post_url)
    return any(post_key(post) == key for post in posts)


def with_post(stub: Stub, post_url: str, words: str | None = None) -> Stub:
    """The stub with one more post; unchanged if it has the post already.

    Args:
        words: the label before the URL (``参考:``); ``None`` for a source post.
    """
    if has_post(stub.posts, post_url):
        return stub
    labelled = ((post_url, words),) if words else ()
    return replace(stub, posts=(*stub.posts, post_url), post_words=(*stub.post_words, *labelled))


def with_chosen_words(stub: Stub, post_url: str, words: str) -> Stub:
    """The stub with the label that the curator chose for one of its posts; unchanged without that post."""
    known_url = next((post for post in stub.posts if post_key(post) == post_key(post_url)), None)
    if known_url is None:
        return stub
    others = tuple(pair for pair in stub.curator.post_words if pair[0] != known_url)
    return replace(stub, curator=replace(stub.curator, post_words=(*others, (known_url, words))))

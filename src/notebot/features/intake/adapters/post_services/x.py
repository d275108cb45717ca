"""Reads posts of X from oEmbed, which X offers to sites that show its posts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post_address import parse_post
from notebot.features.intake.adapters.post_services.json_access import text_at
from notebot.features.intake.adapters.post_services.json_request import fetch_json
from notebot.features.intake.adapters.post_services.post_html import read_post_html

if TYPE_CHECKING:
    from notebot.core.model.post import Post
    from notebot.core.net.client import Http

_SERVICE = "X"
# X allows 15 characters today; some early accounts have more
_MAX_HANDLE_CHARACTERS = 20


def read_x(http: Http, url: str, post: Post) -> Post:
    """The post with its text, which X truncates if it is long, and its links, which are X's short ones.

    The time stays the one from the post's id: oEmbed gives only the day (services.md 3.1).

    Raises:
        NotebotError: X did not return the post.
    """
    query = urlencode({"url": post.url, "omit_script": 1, "dnt": "true", "hide_thread": 1})
    answer = fetch_json(http, f"{url}?{query}", _SERVICE)
    # Handles change and X answers with either of its domains, so the key decides (services.md 3.1).
    returned, post_html = parse_post(text_at(answer, "url") or ""), text_at(answer, "html")
    if returned is None or returned.key != post.key or post_html is None:
        raise BadAnswerError("X returned something other than the requested post; try again later")
    # Only the paragraph is the author's text; a line with name and day follows it.
    start = post_html.find("<p")
    paragraph = post_html[start:].partition("</p>")[0] if start >= 0 else ""
    text, links = read_post_html(paragraph)
    handle = post.handle or _parse_handle(text_at(answer, "author_url")) or returned.handle
    post_url = f"https://x.com/{handle or 'i'}/status/{post.id}"
    return replace(post, handle=handle, url=post_url, text=text or None, links=links, fetched=True, reason=None)


def _parse_handle(author_url: str | None) -> str | None:
    """The handle in the URL of an account, in lower case; ``None`` if it cannot be one."""
    try:
        path = urlsplit(author_url or "").path.strip("/")
    except ValueError:
        return None
    is_handle = path.isascii() and path.replace("_", "").isalnum() and len(path) <= _MAX_HANDLE_CHARACTERS
    return path.lower() if is_handle else None

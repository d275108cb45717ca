"""X: the oEmbed answer that X makes for sites that show its posts; the id alone holds the exact time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post_address import parse_post
from notebot.features.intake.adapters.post_services.json_access import text_at
from notebot.features.intake.adapters.post_services.json_request import ask_json
from notebot.features.intake.adapters.post_services.post_html import read_post_html

if TYPE_CHECKING:
    from notebot.core.model.post import Post
    from notebot.core.net.client import Http

_SERVICE = "X"


def read_x(http: Http, url: str, post: Post) -> Post:
    """The post with words (long ones cut by X) and links, which stay X's own short ones.

    Raises:
        NotebotError: X did not give it.
    """
    asked = urlencode({"url": post.url, "omit_script": 1, "dnt": "true", "hide_thread": 1})
    tree = ask_json(http, f"{url}?{asked}", _SERVICE)
    told, html = parse_post(text_at(tree, "url") or ""), text_at(tree, "html")
    if told is None or told.key != post.key or html is None:
        raise BadAnswerError("X answered with something other than the post that was asked for; try again later")
    text, links = read_post_html(_paragraph(html))
    handle = post.handle or _handle(text_at(tree, "author_url")) or told.handle
    address = f"https://x.com/{handle or 'i'}/status/{post.id}"
    return replace(post, handle=handle, url=address, text=text or None, links=links, fetched=True, reason=None)


def _paragraph(html: str) -> str:
    """The quoted words, without the line that names author and day."""
    return html[html.find("<p") :].partition("</p>")[0] if "<p" in html else ""


def _handle(url: str | None) -> str | None:
    try:
        path = urlsplit(url or "").path.strip("/")
    except ValueError:
        return None
    is_handle = path.isascii() and path.replace("_", "").isalnum() and len(path) <= 20
    return path.lower() if is_handle else None

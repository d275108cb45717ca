"""Atom feeds of digests, of each topic and of notes, and the page that says how to subscribe."""

from __future__ import annotations

from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from notebot import __version__
from notebot.app import feeds as app
from notebot.app.cards import make_card
from notebot.core.net.retry import http_date
from notebot.core.text.atom import remove_forbidden, write_atom
from notebot.web import rendering
from notebot.web.digests import render_digest
from notebot.web.markdown import render_markdown
from notebot.web.tokens import TokenKind
from notebot.web.visit import Visit, route
from notebot.web.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.datastructures import Headers

    from notebot.core.text.atom import Feed, FeedEntry

DIGESTS, NOTES = "/feeds/digests.atom", "/feeds/notes.atom"


class FeedAddress(Struct, frozen=True):
    """A feed on the page that lists them."""

    title: str
    path: str
    address: str
    """In full, with the token if one was made."""


def digests(visit: Visit) -> Response:
    """The newest digests."""
    return _answer(visit, app.digest_feed(visit.resources, _words(visit)["digests"]), _render_whole_digest, "/digests")


def notes(visit: Visit) -> Response:
    """The newest notes."""
    return _answer(visit, app.note_feed(visit.resources, _words(visit)["archive"]), render_markdown, "/archive")


def topic(visit: Visit) -> Response:
    """The newest papers of one topic, as their cards show them."""
    config, language = visit.site.config, visit.site.config.digest.language
    name = visit.request.path_params["name"]
    feed, stubs = app.topic_feed(visit.resources, name)

    def draw(entry: FeedEntry) -> str:
        stub = stubs[entry.name]
        card = make_card(stub, 0, config, language)
        return rendering.render("feed_paper.html", language, card=card, abstract=stub.abstract)

    drawn = replace(feed, entries=tuple(replace(entry, parts=(draw(entry),)) for entry in feed.entries))
    return _answer(visit, drawn, str, f"/?{urlencode({'topic': name})}")


def show(visit: Visit) -> Response:
    """The addresses of all feeds."""
    return _page(visit, "")


def make_token(visit: Visit) -> Response:
    """Makes a token for a feed reader; the addresses that contain it are shown once."""
    name = visit.form.get("name", "").strip() or "feed reader"
    return _page(visit, visit.site.tokens.issue(TokenKind.FEED, name))


def topic_path(name: str) -> str:
    """The path of a topic's feed."""
    return f"/feeds/topics/{quote(name, safe='')}.atom"


def _page(visit: Visit, secret: str) -> Response:
    paths = {visit.words["digests"]: DIGESTS, visit.words["archive"]: NOTES}
    topics = {topic.name: topic_path(topic.name) for topic in visit.site.config.topics}
    query = f"?{urlencode({'token': secret})}" if secret else ""
    listed = [
        FeedAddress(title, path, f"{visit.base_url}{path}{query}") for title, path in (*paths.items(), *topics.items())
    ]
    return visit.render("feeds.html", feeds=listed, has_token=bool(secret))


def _answer(visit: Visit, feed: Feed, render: Callable[[str], str], page: str) -> Response:
    """The feed, or 304 if the reader has it already, before anything is rendered."""
    is_reader = visit.session is not None and visit.session.token.kind is TokenKind.FEED
    path = quote(visit.request.url.path)
    # readers subscribe to this address anew when they follow it, so it contains the token that they came with
    query = f"?{urlencode({'token': visit.query['token']})}" if is_reader else ""
    links = {"self": f"{visit.base_url}{path}{query}", "alternate": visit.base_url + page}
    content = sha256(msgspec.json.encode((__version__, feed))).hexdigest()
    modified = visit.site.first_served(path, content)
    etag = f'"{sha256(msgspec.json.encode((content, links))).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Last-Modified": format_datetime(modified, usegmt=True)}
    if is_reader:  # may store it, and has to ask whether it is still current
        headers["Cache-Control"] = "private, no-cache"
    if _is_current(visit.request.headers, etag, modified):
        return Response(None, 304, headers)

    def render_entry(entry: FeedEntry) -> str:
        # before rendering: removed afterwards, a character could have hidden something from the sanitiser
        return "\n".join(render(remove_forbidden(part)) for part in entry.parts)

    title = f"notebot: {feed.title}"
    xml = write_atom(replace(feed, title=title), "html", render_entry, visit.base_url, links)
    return Response(xml, 200, headers, "application/atom+xml")


def _is_current(headers: Headers, etag: str, modified: datetime) -> bool:
    """RFC 9110, 13.1: with ``If-None-Match``, the other header does not count."""
    known = headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in known.split(",")]
    since = http_date(headers.get("if-modified-since", ""))
    return since is not None and modified <= since


# a digest does not change once it is written, and rendering a long one takes a tenth of a second
_render_whole_digest = lru_cache(maxsize=app.MOST_DIGESTS)(render_digest)


def _words(visit: Visit) -> dict[str, str]:
    return words_of(visit.site.config.digest.language)


ROUTES = [
    route(DIGESTS, digests),
    route(NOTES, notes),
    # `path`, because the name of a topic may contain slashes
    route("/feeds/topics/{name:path}.atom", topic),
    route("/feeds", show),
    route("/feeds", make_token, "POST"),
]

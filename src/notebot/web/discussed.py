"""The reading list that the desks of a lab share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from starlette.routing import Route

from notebot.app import reading_list
from notebot.app.cards import paper_path
from notebot.core.model.errors import UsageError
from notebot.web.api import api_route, decode
from notebot.web.openapi import API, MOST_NOTES
from notebot.web.visit import Visit, parse_number, route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from notebot.core.model.discussed import DiscussedPaper

PATH = "/discussed"
PAGE_SIZE = 50
"""Papers on one page."""


class WishRequest(Struct, forbid_unknown_fields=True):
    """The body of a wish to discuss a paper."""

    key: str
    line: str = ""


def show(visit: Visit) -> Response:
    """The papers, 50 at a time, the one with the newest wish first."""
    start = parse_number(visit.query.get("from", ""), digits=6) or 0
    papers, more = reading_list.listed(visit.resources, start, PAGE_SIZE)
    zone = visit.site.config.timezone
    return visit.render(
        "discussed.html",
        papers=papers,
        day=lambda wish: f"{wish.since.astimezone(zone):%Y-%m-%d}",
        earlier=f"{PATH}?from={max(start - PAGE_SIZE, 0)}" if start else None,
        further=f"{PATH}?from={start + PAGE_SIZE}" if more else None,
        taken=visit.query.get("taken", ""),
    )


def add(visit: Visit) -> Response:
    """Puts a paper on the list, from its page."""
    wish = reading_list.add(visit.resources, visit.form.get("key", ""), visit.form.get("line", ""))
    return visit.redirect(f"{paper_path(wish.key)}#discuss")


def remove(visit: Visit) -> Response:
    """Takes the curator's own wish off the list."""
    key = reading_list.remove(visit.resources, visit.form.get("key", ""))
    return visit.redirect(f"{paper_path(key)}#discuss" if visit.form.get("back") == "paper" else PATH)


def take(visit: Visit) -> Response:
    """Puts a paper of the list into the curator's own queue."""
    taken = reading_list.take(visit.resources, visit.form.get("key", ""))
    if taken.state == "queued":
        return visit.redirect(paper_path(taken.key))
    if taken.state == "inbox":
        return visit.redirect(f"/add?added={quote(taken.added.removesuffix('.txt'))}")
    return visit.redirect(PATH)


def documents(visit: Visit) -> list[dict[str, Any]]:
    """The papers of the list, for a script."""
    text = visit.query.get("limit", "100")
    limit = parse_number(text)
    if limit is None or not 1 <= limit <= MOST_NOTES:
        raise UsageError(f"limit is a number from 1 to {MOST_NOTES}, not {text[:40]!r}.")
    papers, _ = reading_list.listed(visit.resources, 0, limit)
    return [msgspec.to_builtins(paper) for paper in papers]


def add_from_script(visit: Visit) -> DiscussedPaper:
    """Puts a paper on the list; the answer is the wish."""
    wish = decode(visit.body, WishRequest, '{"key": "arxiv:2605.09063", "line": "…"}')
    return reading_list.add(visit.resources, wish.key, wish.line)


def remove_from_script(visit: Visit) -> dict[str, Any]:
    """Takes the curator's own wish off the list."""
    return {"key": reading_list.remove(visit.resources, visit.request.path_params["key"])}


def take_from_script(visit: Visit) -> dict[str, Any]:
    """Puts a paper of the list into the curator's own queue."""
    taken = reading_list.take(visit.resources, visit.request.path_params["key"])
    return {"key": taken.key, "state": taken.state}


_LIST, _ADD = api_route(f"{API}/discussed", documents), api_route(f"{API}/discussed", add_from_script, "POST")


async def _list_or_add(request: Request) -> Response:
    # one route, so that the answer to another method names both that are allowed
    answer: Response = await (_ADD if request.method == "POST" else _LIST).endpoint(request)
    return answer


ROUTES = [
    route(PATH, show),
    route(f"{PATH}/add", add, "POST"),
    route(f"{PATH}/remove", remove, "POST"),
    route(f"{PATH}/take", take, "POST"),
    Route(_LIST.path, _list_or_add, methods=["GET", "POST"]),
    # `path`, because the key of a web page contains slashes
    api_route(f"{API}/discussed/{{key:path}}/remove", remove_from_script, "POST"),
    api_route(f"{API}/discussed/{{key:path}}/take", take_from_script, "POST"),
]

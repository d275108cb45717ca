"""X's API on loopback: one account, its bookmarks, and tokens that are changed at every renewal."""

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from servers.loopback import Handler, QuietHandler, Server, answer

CLIENT = "client-1"
SECRET = "app-secret-1"
USER = "2244994945"


@dataclass
class XServer(Server):
    """Answers as X does, so far as notebot asks.

    Attributes:
        bookmarks: the newest first, each as the API tells it.
        refresh: the one refresh token that is taken now; ``access`` the tokens that open the API.
        confidential: the app has a secret, which has to be shown.
        script: answers that take the place of the usual one, by the number of the request, from 1.
        asked: paths with their query, in order; ``bodies`` what was posted.
    """

    bookmarks: list[dict[str, Any]] = field(default_factory=list)
    refresh: str = "refresh-0"
    access: set[str] = field(default_factory=set)
    confidential: bool = False
    expires_in: int = 7200
    script: dict[int, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    """Pagination tokens that are known no more."""

    def __enter__(self) -> Self:
        outer, lock = self, threading.Lock()

        class Incoming(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 (as http.server names it)
                with lock:
                    outer.asked.append(self.path)
                    handler = outer.script.get(len(outer.asked)) or outer._answer(self)
                handler(self)

            def do_POST(self) -> None:  # noqa: N802
                with lock:
                    outer.asked.append(self.path)
                    body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                    outer.bodies.append(body)
                    handler = outer.script.get(len(outer.asked)) or outer._grant(self, body)
                handler(self)

        self.serve(Incoming)
        return self

    def _answer(self, request: BaseHTTPRequestHandler) -> Handler:
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in self.access:
            return told({"title": "Unauthorized", "status": 401}, 401)
        url = urlsplit(request.path)
        if url.path == "/2/users/me":
            return told({"data": {"id": USER, "name": "Ada", "username": "ada"}})
        if url.path == f"/2/users/{USER}/bookmarks":
            return self._page({name: values[0] for name, values in parse_qs(url.query).items()})
        return told({"title": "Not Found Error", "status": 404}, 404)

    def _page(self, asked: dict[str, str]) -> Handler:
        place, size = asked.get("pagination_token"), int(asked["max_results"])
        if place is not None and (place in self.forgotten or not place.startswith("at-")):
            return told({"title": "Invalid Request", "status": 400}, 400)
        numbers = [one["id"] for one in self.bookmarks]
        start = numbers.index(place.removeprefix("at-")) if place else 0
        rows = self.bookmarks[start : start + size]
        rest = self.bookmarks[start + size : start + size + 1]
        meta = {"result_count": len(rows)} | ({"next_token": f"at-{rest[0]['id']}"} if rest else {})
        return told(({"data": rows} if rows else {}) | {"meta": meta})

    def _grant(self, request: BaseHTTPRequestHandler, body: str) -> Handler:
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        basic = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        if self.confidential and request.headers.get("Authorization") != basic:
            return told({"error": "unauthorized_client"}, 401)
        wanted = {"grant_type": "refresh_token", "refresh_token": self.refresh, "client_id": CLIENT}
        if urlsplit(request.path).path != "/2/oauth2/token" or fields != wanted:
            return told({"error": "invalid_request", "error_description": f"Value {fields} was invalid"}, 400)
        number = int(self.refresh.rpartition("-")[2]) + 1
        self.refresh, access = f"refresh-{number}", f"access-{number}"
        self.access = {access}
        return told(
            {
                "token_type": "bearer",
                "expires_in": self.expires_in,
                "access_token": access,
                "scope": "tweet.read users.read bookmark.read offline.access",
                "refresh_token": self.refresh,
            }
        )


def told(value: object, status: int = 200, **headers: str) -> Handler:
    """Any JSON."""
    return answer(json.dumps(value), status, "application/json; charset=utf-8", **headers)


def bookmark(number: int, *links: str, note: bool = False) -> dict[str, Any]:
    """A post as the API tells it; ``note``: a long one, whose links stand in its note alone."""
    urls = [{"start": 0, "end": 23, "url": "https://t.co/x", "expanded_url": link} for link in links]
    row: dict[str, Any] = {"id": f"18{number:017d}", "text": "Read this https://t.co/x", "edit_history_tweet_ids": []}
    return row | ({"note_tweet": {"text": "…", "entities": {"urls": urls}}} if note else {"entities": {"urls": urls}})

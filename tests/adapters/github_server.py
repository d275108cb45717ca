"""A GitHub on loopback: it keeps repositories in memory, and refuses what its API's description does not have.

Its clock knows nothing of the real one: a change takes a minute, a request a second.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from adapters.loopback import Handler
from adapters.openapi import Description

DESCRIPTION = Path(__file__).parents[3] / "shared/data/github/openapi-issues.json"
HOUR = timedelta(hours=1)


@cache
def description() -> Description | None:
    """GitHub's own description of its API, where the checkout has it beside it."""
    return Description(DESCRIPTION) if DESCRIPTION.exists() else None


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    """As the description has it: ``/repositories/ID`` is written out."""
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    refused_for: tuple[str, ...]
    """What the description has against it."""


@dataclass
class Told:
    """What is sent: a JSON value with a status and further headers; ``None`` sends no body."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Repository:
    """One repository; its items are kept in the shape in which they are sent."""

    name: str
    number: int
    private: bool = False
    issues_on: bool = True
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


class GitHubServer:
    """Serves repositories while it is entered.

    Attributes:
        calls: every request, in order; ``script`` and ``events`` count them from 1.
        script: answers that take the place of the usual one.
        events: what happens just before a request is answered.
        left: requests until the limit; ``None`` is no limit.
    """

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.calls: list[Call] = []
        self.script: dict[int, Handler] = {}
        self.events: dict[int, Callable[[], object]] = {}
        self.left: int | None = None
        self.reset_at = self.now + HOUR
        self._repositories: list[Repository] = []
        self._renamed: dict[str, Repository] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        outer = self

        class Incoming(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                with outer._lock:
                    outer._handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815 (as http.server names them)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: test output is for failures."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Incoming)
        self._server.daemon_threads, self._server.block_on_close = True, False
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    # What the tests, as the curator, do.

    def add_repository(self, name: str = "curator/notes", **more: Any) -> Repository:
        repository = Repository(name, 4242 + len(self._repositories), **more)
        self._repositories.append(repository)
        return repository

    def rename(self, repository: Repository, name: str) -> None:
        self._renamed[repository.name.lower()] = repository
        repository.name = name

    def open_issue(
        self,
        repository: Repository,
        title: str,
        body: str | None = None,
        labels: tuple[str, ...] = (),
        *,
        pull: bool = False,
    ) -> int:
        number = len(repository.issues) + 1
        at = self._tick()
        repository.comments[number] = []
        repository.issues[number] = {
            "id": 90_000 + number,
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "labels": [_label(place, name) for place, name in enumerate(labels, 1)],
            "created_at": at,
            "updated_at": at,
            **({"pull_request": _pull(number)} if pull else {}),
        }
        return number

    def add_comment(self, repository: Repository, number: int, body: str) -> None:
        at = self._tick()
        comments = repository.comments[number]
        comments.append({"id": 1000 * number + len(comments), "body": body, "created_at": at, "updated_at": at})
        repository.issues[number]["updated_at"] = at

    def edit(self, repository: Repository, number: int, **fields: Any) -> None:
        repository.issues[number] |= {**fields, "updated_at": self._tick()}

    def _tick(self) -> str:
        self.now += timedelta(minutes=1)
        return _stamp(self.now)

    # What GitHub does.

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        call = self._call(request)
        self.calls.append(call)
        self.now += timedelta(seconds=1)
        self.events.get(len(self.calls), lambda: None)()
        scripted = self.script.get(len(self.calls))
        if scripted is not None:
            scripted(request)
        else:
            self._send(request, call, self._answer(request.path, call))

    def _call(self, request: BaseHTTPRequestHandler) -> Call:
        parts = urlsplit(request.path)
        path = re.sub(r"^/repositories/(\d+)", lambda found: f"/repos/{self._by_id(int(found[1])).name}", parts.path)
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        known = description()
        problems = known.request_problems(request.command, path, parts.query, body) if known else []
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Call(request.command, path, query, headers, body, tuple(problems))

    def _answer(self, target: str, call: Call) -> Told:
        found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", call.path)
        repository = self._find(found[1]) if found else None
        for refusal in (self._rights(call, repository), self._limit(call)):
            if refusal is not None:
                return refusal
        if found is None or repository is None:
            return self._moved(target, found[1]) if found else _message("Not Found", 404)
        if call.refused_for:
            return _message("; ".join(call.refused_for), 422)
        if not repository.issues_on:
            return _message("Issues are disabled for this repo", 410)
        return self._route(repository, call, found[2] or "")

    def _route(self, repository: Repository, call: Call, rest: str) -> Told:
        routes: list[tuple[str, str, Callable[..., Told]]] = [
            ("GET", r"/issues", self._list_issues),
            ("GET", r"/issues/(\d+)/comments", self._list_comments),
        ]
        for method, pattern, handle in routes:
            found = re.fullmatch(pattern, rest)
            if method == call.method and found:
                return handle(repository, call, *map(int, found.groups()))
        return _message("Not Found", 404)

    def _list_issues(self, repository: Repository, call: Call) -> Told:
        asked = {"state": "open", "sort": "created", "direction": "desc", "since": "0"} | call.query
        issues = [
            self._shown(repository, issue)
            for issue in repository.issues.values()
            if asked["state"] in ("all", issue["state"]) and issue["updated_at"] >= asked["since"]
        ]
        issues.sort(key=lambda issue: issue[f"{asked['sort']}_at"], reverse=asked["direction"] == "desc")
        return self._paged(repository, call, "issues", issues)

    def _list_comments(self, repository: Repository, call: Call, number: int) -> Told:
        if number not in repository.issues:
            return _message("Not Found", 404)
        address = f"{self.url}/repos/{repository.name}/issues/{number}"
        named = {"node_id": "C_1", "user": None, "html_url": address, "issue_url": address, "url": address}
        comments = [comment | named for comment in repository.comments[number]]
        return self._paged(repository, call, f"issues/{number}/comments", comments)

    def _paged(self, repository: Repository, call: Call, rest: str, items: list[dict[str, Any]]) -> Told:
        """One page; its links lead by the repository's id, as GitHub's do, so that nobody can guess them."""
        size, page = min(int(call.query.get("per_page", "30")), 100), int(call.query.get("page", "1"))
        last = max(1, -(-len(items) // size))
        base = f"{self.url}/repositories/{repository.number}/{rest}"
        names = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        links = [
            f'<{base}?{urlencode({**call.query, "page": at})}>; rel="{name}"'
            for name, at in names.items()
            if 1 <= at <= last and at != page
        ]
        return Told(items[(page - 1) * size : page * size], headers={"Link": ", ".join(links)} if links else {})

    def _shown(self, repository: Repository, issue: dict[str, Any]) -> dict[str, Any]:
        base = f"{self.url}/repos/{repository.name}"
        own = f"{base}/issues/{issue['number']}"
        urls = dict.fromkeys(("url", "html_url", "comments_url", "events_url", "labels_url"), own)
        empty = dict.fromkeys(("user", "assignee", "milestone", "closed_at"))
        plain = {"node_id": "I_1", "locked": False, **empty}
        count = len(repository.comments[issue["number"]])
        return {**plain, **urls, "repository_url": base, "comments": count, **issue}

    def _rights(self, call: Call, repository: Repository | None) -> Told | None:
        if "user-agent" not in call.headers:
            return _message("Request forbidden by administrative rules.", 403)
        given = call.headers.get("authorization")
        if given is not None and given != f"Bearer {self.token}":
            return _message("Bad credentials", 401)
        if repository is not None and repository.private and given is None:
            return _message("Not Found", 404)
        return None

    def _limit(self, call: Call) -> Told | None:
        if self.left is None:
            return None
        if self.left == 0:
            return _message("API rate limit exceeded for user ID 1.", 403)
        self.left -= 1
        return None

    def _moved(self, target: str, name: str) -> Told:
        repository = self._renamed.get(name.lower())
        if repository is None:
            return _message("Not Found", 404)
        elsewhere = re.sub(r"^/repos/[^/]+/[^/?]+", f"/repositories/{repository.number}", target)
        told = _message("Moved Permanently", 301)
        return Told(told.value, 301, {"Location": self.url + elsewhere})

    def _send(self, request: BaseHTTPRequestHandler, call: Call, told: Told) -> None:
        body = json.dumps(told.value, ensure_ascii=False).encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        unchanged = told.status == 200 and call.headers.get("if-none-match") == etag
        headers = {"Date": format_datetime(self.now, usegmt=True), **self._limits(), **told.headers}
        if told.status == 200:
            headers["ETag"] = etag
        if unchanged:
            body = b""
        else:
            headers |= {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        request.send_response_only(304 if unchanged else told.status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def _limits(self) -> dict[str, str]:
        if self.left is None:
            return {}
        return {"X-RateLimit-Remaining": str(self.left), "X-RateLimit-Reset": str(int(self.reset_at.timestamp()))}

    def _find(self, name: str) -> Repository | None:
        return next((known for known in self._repositories if known.name.lower() == name.lower()), None)

    def _by_id(self, number: int) -> Repository:
        return next(known for known in self._repositories if known.number == number)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _message(words: str, status: int) -> Told:
    return Told({"message": words, "documentation_url": "https://docs.github.example/rest"}, status)


def _label(place: int, name: str) -> dict[str, Any]:
    return {"id": place, "name": name, "description": None, "color": "ededed", "default": False}


def _pull(number: int) -> dict[str, str]:
    return dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), f"https://github.example/pull/{number}")

"""A GitHub on loopback: it keeps repositories in memory, and refuses what its API's description does not have.

Its clock knows nothing of the real one: a change takes a minute, a request a second.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache, partial
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from paths import REAL_DATA
from servers.github_state import Call, Repository, Told, label_value, message, pull_value, stamp
from servers.github_writes import WRITES
from servers.loopback import Handler, Server
from servers.openapi import Description

DESCRIPTION = REAL_DATA / "github/openapi-issues.json"
HOUR = timedelta(hours=1)


@cache
def description() -> Description | None:
    """GitHub's own description of its API, where the checkout has it beside it."""
    if not DESCRIPTION.exists():
        return None
    described = Description(DESCRIPTION)
    # documented by GitHub, and missing from the excerpt
    described.add("/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", {"delete": {"responses": {}}})
    return described


class GitHubServer(Server):
    """Serves repositories while it is entered.

    Attributes:
        calls: every request, in order; ``script`` and ``events`` count them from 1.
        script: answers that take the place of the usual one; nothing is done.
        refused: answers that take the place of the usual one, by the number among the writes; nothing is done.
        lost: what is sent although the request was obeyed, by its number among the writes, from 1.
        events: what happens just before a request is carried out.
        later_events: what happens just after it, before its answer is sent.
        left: requests until the limit; ``None`` is no limit.
    """

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.calls: list[Call] = []
        self.script: dict[int, Handler] = {}
        self.lost: dict[int, Handler] = {}
        self.refused: dict[int, Handler] = {}
        self.events: dict[int, Callable[[], object]] = {}
        self.later_events: dict[int, Callable[[], object]] = {}
        self.refusals: list[tuple[str, tuple[str, ...], Handler]] = []
        self.left: int | None = None
        self.reset_at = self.now + HOUR
        self._repositories: list[Repository] = []
        self._renamed: dict[str, Repository] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.serve_in_turn(self._handle, self._lock)
        return self

    @property
    def writes(self) -> list[Call]:
        """The requests that would change something."""
        return [call for call in self.calls if call.method != "GET"]

    # What the tests, as the curator, do.

    def add_repository(self, name: str = "curator/notes", **more: Any) -> Repository:
        repository = Repository(name, 4242 + len(self._repositories), **more)
        self._repositories.append(repository)
        return repository

    def forget(self) -> None:
        """Starts anew: no repository, no request, nothing scripted."""
        GitHubServer.__init__(self, self.token)

    def refuse(self, path: str, marks: tuple[str, ...], handler: Handler) -> None:
        """Refuses every write to a path below the repository whose body contains one of the marks."""
        self.refusals.append((rf"/repos/[^/]+/[^/]+{path}", marks, handler))

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
        number = max(repository.comments, default=0) + 1
        at = self._tick()
        repository.comments[number] = []
        repository.labels |= {name: None for name in labels if name not in repository.labels}
        repository.issues[number] = {
            "id": 90_000 + number,
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "labels": [label_value(place, name) for place, name in enumerate(labels, 1)],
            "created_at": at,
            "updated_at": at,
            **({"pull_request": pull_value(number)} if pull else {}),
        }
        return number

    def add_comment(self, repository: Repository, number: int, body: str) -> None:
        at = self._tick()
        comments = repository.comments[number]
        comments.append({"id": 1000 * number + len(comments), "body": body, "created_at": at, "updated_at": at})
        repository.issues[number]["updated_at"] = at

    def edit(self, repository: Repository, number: int, **fields: Any) -> None:
        issue = repository.issues[number]
        texts = [issue[name] for name in ("title", "body") if name in fields and fields[name] != issue[name]]
        repository.earlier.setdefault(number, []).extend(text for text in texts if text)
        repository.issues[number] |= {**fields, "updated_at": self._tick()}

    def _tick(self) -> str:
        self.now += timedelta(minutes=1)
        return stamp(self.now)

    # What GitHub does.

    def respond(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Answers a request of this process, as over HTTP; scripted answers need a connection and do not apply."""
        call = self._call(method, target, headers, body)
        with self._lock:
            self.calls.append(call)
            self.now += timedelta(seconds=1)
            self.events.get(len(self.calls), lambda: None)()
            told = self._answer(target, call)
            self.later_events.get(len(self.calls), lambda: None)()
            return self._rendered(call, told)

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        call = self._call(request.command, request.path, dict(request.headers.items()), body)
        self.calls.append(call)
        self.now += timedelta(seconds=1)
        self.events.get(len(self.calls), lambda: None)()
        is_write = call.method != "GET"
        count = len(self.writes)
        scripted = self.script.get(len(self.calls)) or (self._refusal(call, count) if is_write else None)
        if scripted is not None:
            scripted(request)
            return
        told = self._answer(request.path, call)
        self.later_events.get(len(self.calls), lambda: None)()
        hidden = self.lost.get(count) if is_write else None
        if hidden is not None:
            hidden(request)
        else:
            self._send(request, call, told)

    def _refusal(self, call: Call, count: int) -> Handler | None:
        for path, marks, handler in self.refusals:
            if re.fullmatch(path, call.path) and any(mark.encode() in call.body for mark in marks):
                return handler
        return self.refused.get(count)

    def _call(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
        parts = urlsplit(target)
        path = re.sub(r"^/repositories/(\d+)", lambda found: f"/repos/{self._by_id(int(found[1])).name}", parts.path)
        known = description()
        problems = known.request_problems(method, path, parts.query, body) if known else []
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        lower = {name.lower(): value for name, value in headers.items()}
        return Call(method, path, query, lower, body, tuple(problems))

    def _answer(self, target: str, call: Call) -> Told:
        found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", call.path)
        repository = self._find(found[1]) if found else None
        for refusal in (self._rights(call, repository), self._limit(call)):
            if refusal is not None:
                return refusal
        if found is None or repository is None:
            return self._moved(target, found[1]) if found else message("Not Found", 404)
        if call.refused_for:
            return message("; ".join(call.refused_for), 422)
        if not repository.issues_on:
            return message("Issues are disabled for this repo", 410)
        return self._route(repository, call, found[2] or "")

    def _route(self, repository: Repository, call: Call, rest: str) -> Told:
        routes: list[tuple[str, str, Callable[..., Told]]] = [
            ("GET", r"/issues", self._list_issues),
            ("GET", r"/issues/(\d+)", self._show_issue),
            ("GET", r"/issues/(\d+)/comments", self._list_comments),
            ("GET", r"/labels", self._list_labels),
            *((method, pattern, partial(handle, self)) for method, pattern, handle in WRITES),
        ]
        for method, pattern, handle in routes:
            found = re.fullmatch(pattern, rest)
            if method == call.method and found:
                return handle(repository, call, *(int(one) if one.isdigit() else one for one in found.groups()))
        return message("Not Found", 404)

    def _list_issues(self, repository: Repository, call: Call) -> Told:
        asked = {"state": "open", "sort": "created", "direction": "desc", "since": "0"} | call.query
        issues = [
            self.shown(repository, issue)
            for issue in repository.issues.values()
            if asked["state"] in ("all", issue["state"]) and issue["updated_at"] >= asked["since"]
        ]
        issues.sort(key=lambda issue: issue[f"{asked['sort']}_at"], reverse=asked["direction"] == "desc")
        return self._paged(repository, call, "issues", issues)

    def _show_issue(self, repository: Repository, call: Call, number: int) -> Told:
        if number not in repository.issues:
            return (
                message("This issue was deleted", 410) if number in repository.comments else message("Not Found", 404)
            )
        return Told(self.shown(repository, repository.issues[number]))

    def _list_labels(self, repository: Repository, call: Call) -> Told:
        named = [label_value(place, name, colour) for place, (name, colour) in enumerate(repository.labels.items(), 1)]
        urls = {"url": f"{self.url}/repos/{repository.name}/labels/x", "node_id": "L_1"}
        return self._paged(repository, call, "labels", [one | urls for one in named])

    def _list_comments(self, repository: Repository, call: Call, number: int) -> Told:
        if number not in repository.issues:
            return message("Not Found", 404)
        return self._paged(repository, call, f"issues/{number}/comments", self.comments_of(repository, number))

    def comments_of(self, repository: Repository, number: int) -> list[dict[str, Any]]:
        """As they are sent."""
        address = f"{self.url}/repos/{repository.name}/issues/{number}"
        named = {"node_id": "C_1", "user": None, "html_url": address, "issue_url": address, "url": address}
        return [comment | named for comment in repository.comments[number]]

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

    def shown(self, repository: Repository, issue: dict[str, Any]) -> dict[str, Any]:
        base = f"{self.url}/repos/{repository.name}"
        own = f"{base}/issues/{issue['number']}"
        urls = dict.fromkeys(("url", "html_url", "comments_url", "events_url", "labels_url"), own)
        empty = dict.fromkeys(("user", "assignee", "milestone", "closed_at"))
        plain = {"node_id": "I_1", "locked": False, **empty}
        count = len(repository.comments[issue["number"]])
        return {**plain, **urls, "repository_url": base, "comments": count, **issue}

    def _rights(self, call: Call, repository: Repository | None) -> Told | None:
        if "user-agent" not in call.headers:
            return message("Request forbidden by administrative rules.", 403)
        given = call.headers.get("authorization")
        if given is not None and given != f"Bearer {self.token}":
            return message("Bad credentials", 401)
        if repository is not None and repository.private and given is None:
            return message("Not Found", 404)
        return None

    def _limit(self, call: Call) -> Told | None:
        if self.left is None:
            return None
        if self.left == 0:
            return message("API rate limit exceeded for user ID 1.", 403)
        self.left -= 1
        return None

    def _moved(self, target: str, name: str) -> Told:
        repository = self._renamed.get(name.lower())
        if repository is None:
            return message("Not Found", 404)
        elsewhere = re.sub(r"^/repos/[^/]+/[^/?]+", f"/repositories/{repository.number}", target)
        told = message("Moved Permanently", 301)
        return Told(told.value, 301, {"Location": self.url + elsewhere})

    def _send(self, request: BaseHTTPRequestHandler, call: Call, told: Told) -> None:
        status, headers, body = self._rendered(call, told)
        request.send_response_only(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def _rendered(self, call: Call, told: Told) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body."""
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
        return 304 if unchanged else told.status, headers, body

    def _limits(self) -> dict[str, str]:
        if self.left is None:
            return {}
        return {"X-RateLimit-Remaining": str(self.left), "X-RateLimit-Reset": str(int(self.reset_at.timestamp()))}

    def _find(self, name: str) -> Repository | None:
        return next((known for known in self._repositories if known.name.lower() == name.lower()), None)

    def _by_id(self, number: int) -> Repository:
        return next(known for known in self._repositories if known.number == number)

"""The JSON API for scripts: the documents of the commands, and decisions; a bearer token opens it."""

from __future__ import annotations

from datetime import date
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response
from starlette.routing import Route

from notebot.app import announcements, archive, digests, health, sharing
from notebot.app import review as app
from notebot.app.documents import (
    error_document,
    history_document,
    ledger_document,
    note_document,
    stub_document,
    update_document,
)
from notebot.core.model.category import resolve_category
from notebot.core.model.decision import PAGE
from notebot.core.model.errors import MoveError, NotebotError, NotFoundError, UsageError
from notebot.core.model.stub import StubStatus
from notebot.core.supervisor import supervised
from notebot.web.openapi import API, MOST_NOTES, describe_api
from notebot.web.refusal import error_response
from notebot.web.review import ACTIONS
from notebot.web.visit import Site, Visit, parse_number, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request


Body = TypeVar("Body")


class DecideRequest(Struct, forbid_unknown_fields=True):
    """The body of a decision."""

    action: str
    revision: int


class DecideUpdateRequest(Struct, forbid_unknown_fields=True):
    """The body of a decision about an offered change."""

    action: str


class Shared(Struct, forbid_unknown_fields=True):
    """A page that was shared from a browser or a phone; which field contains its URL depends on the app."""

    url: str = ""
    text: str = ""
    title: str = ""


class ConflictError(NotebotError):
    """A decision that the stub's state does not allow; the answer shows the stub as it is now."""

    def __init__(self, error: MoveError, document: dict[str, Any]) -> None:
        super().__init__(str(error))
        self.kind = error.kind
        self.document = document


def queue(visit: Visit) -> list[dict[str, Any]]:
    """The stubs, newest first, each with the revision that a decision on it needs."""
    status = visit.query.get("status")
    if status is not None and status not in list(StubStatus):
        raise UsageError(f"status is one of {', '.join(StubStatus)}, not {status[:40]!r}.")
    stubs = digests.list_stubs(visit.resources, StubStatus(status) if status else None, visit.query.get("topic"))
    revisions = visit.resources.store.decisions.revisions([stub.key for stub in stubs])
    style = visit.resources.config.note
    return [{**stub_document(stub, style), "revision": revisions[stub.key]} for stub in stubs]


def stub(visit: Visit) -> dict[str, Any]:
    """One stub with its history."""
    return _stub_document(visit, visit.request.path_params["key"])


def decide(visit: Visit) -> dict[str, Any]:
    """Decides on a stub; the answer is the stub as it is then."""
    key = visit.request.path_params["key"]
    wanted = decode(visit.body, DecideRequest, '{"action": "keep", "revision": 0}')
    if wanted.action not in ACTIONS:
        raise UsageError(f"action is one of {', '.join(ACTIONS)}, not {wanted.action[:40]!r}.")
    try:
        app.decide(visit.resources, key, wanted.action, wanted.revision)
    except MoveError as error:  # also for a revision that is out of date
        raise ConflictError(error, _stub_document(visit, key)) from error
    if wanted.action in ("keep", "later"):
        visit.site.write_texts()
    return _stub_document(visit, key)


def updates(visit: Visit) -> list[dict[str, Any]]:
    """The changes offered to notes and title lines that wait for a decision, the newest first."""
    return [update_document(update) for update in digests.offers(visit.resources, PAGE).undecided()]


def decide_update(visit: Visit) -> dict[str, Any]:
    """Accepts or dismisses an offered change; the answer is that change."""
    wanted = decode(visit.body, DecideUpdateRequest, '{"action": "accept"}')
    text = visit.request.path_params["id"]
    number = parse_number(text)
    if number is None:
        raise NotFoundError(f"There is no update {text[:40]!r}.")
    (result,) = digests.offers(visit.resources, PAGE).decide(wanted.action, [number])
    if result.error is not None:
        raise result.error
    assert result.update is not None
    return update_document(result.update)


def add_to_inbox(visit: Visit) -> dict[str, Any]:
    """Stores a shared link in the inbox."""
    return add_shared(visit, decode(visit.body, Shared, '{"url": "https://…"}'))


def add_shared(visit: Visit, shared: Shared) -> dict[str, Any]:
    """Stores what was shared in the inbox; the answer says what will be read, and when.

    Raises:
        InvalidRefError: it contains no link and no id.
        StateError: the inbox cannot be written.
    """
    line = sharing.read_shared(visit.resources, shared.title, shared.text, shared.url)
    added = sharing.add_to_inbox(visit.resources, line)
    sentences = [
        visit.words["add_saved" if added.is_new else "add_waits"],
        visit.words["add_when_lab" if visit.site.config.desk else "add_when"],
    ]
    return {
        "state": "added" if added.is_new else "waiting",
        "line": line.text,
        "links": line.links,
        "known": line.known,
        "failure": added.failure,
        "message": " ".join(sentences),
    }


def next_digest(visit: Visit) -> dict[str, Any]:
    """The digest that `notebot digest` would write now; nothing is written."""
    report = digests.preview(visit.resources)
    return {"path": report.path, "entries": report.entries, "updates": report.updates, "text": report.text}


def ledger(visit: Visit) -> list[dict[str, Any]]:
    """The rows of the ledger."""
    since, category = visit.query.get("since"), visit.query.get("category")
    try:
        first_day = date.fromisoformat(since) if since is not None else None
    except ValueError as error:
        raise UsageError(f"since is a day such as 2026-05-11, not {(since or '')[:40]!r}.") from error
    try:
        name = resolve_category(category) if category is not None else None
    except UsageError as error:
        raise NotFoundError(str(error)) from error
    return [ledger_document(row) for row in announcements.ledger_rows(visit.resources, first_day, name)]


def status(visit: Visit) -> dict[str, Any]:
    """The state of every source, the queue and the next rounds."""
    return health.status(visit.resources)


def search(visit: Visit) -> list[dict[str, Any]]:
    """Notes that contain all words, the best match first."""
    text = visit.query.get("limit", "100")
    # `isdecimal` alone accepts digits of other scripts, and `int` has a limit of its own for long numbers
    limit = parse_number(text)
    if limit is None or not 1 <= limit <= MOST_NOTES:
        raise UsageError(f"limit is a number from 1 to {MOST_NOTES}, not {text[:40]!r}.")
    notes = archive.search(visit.resources, visit.query.get("words", ""), visit.query.get("tag"))
    return [note_document(note) for note in islice(notes, limit)]


def decode(body: bytes, kind: type[Body], example: str) -> Body:
    """The body of a request of a script.

    Raises:
        UsageError: it is something else; the message shows the example.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The body is JSON such as {example}: {error}.") from error


def _stub_document(visit: Visit, key: str) -> dict[str, Any]:
    found = digests.find_stub_by_key(visit.resources, key)
    history = history_document(digests.history(visit.resources, found.key))
    return {**stub_document(found, visit.resources.config.note), **history}


def api_route(path: str, operation: Callable[[Visit], Any], method: str = "GET") -> Route:
    """A route to an operation, which returns a document.

    Args:
        path: from ``/`` on, also outside of ``/api/v1``.
    """

    async def endpoint(request: Request) -> Response:
        site: Site = request.scope["state"]["site"]
        if method == "POST" and site.config.web.read_only:
            return error_response(403, "refused", "[web] read_only is set in the config: nothing may change.")
        body = await request.body()
        worker = "change" if method == "POST" else "show"
        return await site.run(worker, partial(_answer, request, site, operation, body))

    return Route(path, endpoint, methods=[method])


def _answer(request: Request, site: Site, operation: Callable[[Visit], Any], body: bytes, resources: Any) -> Response:
    visit = Visit(request, site, resources, {}, body)
    try:
        with supervised(f"The API at {request.url.path[:200]}"):
            return _json(operation(visit))
    except ConflictError as error:
        return _json({"error": error_document(error), "stub": error.document}, 409)
    except NotebotError as error:
        # other errors come from a service behind this server: 502 (RFC 9110, 15.6.3)
        return error_response(status_of(error), error.kind, str(error))


def _json(document: Any, status_code: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status_code, media_type="application/json")


def description(visit: Visit) -> dict[str, Any]:
    """The OpenAPI description of this API."""
    return describe_api()


ROUTES = [
    api_route(f"{API}/queue", queue),
    # `path`, because the key of a web page contains slashes
    api_route(f"{API}/stubs/{{key:path}}/decide", decide, "POST"),
    api_route(f"{API}/stubs/{{key:path}}", stub),
    api_route(f"{API}/updates", updates),
    api_route(f"{API}/updates/{{id}}/decide", decide_update, "POST"),
    api_route(f"{API}/inbox", add_to_inbox, "POST"),
    api_route(f"{API}/digest", next_digest),
    api_route(f"{API}/ledger", ledger),
    api_route(f"{API}/status", status),
    api_route(f"{API}/search", search),
    api_route(f"{API}/openapi.json", description),
]

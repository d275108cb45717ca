"""The OpenAPI description of the JSON API; the schemas of records come from their types."""

from __future__ import annotations

from typing import Any

import msgspec

from notebot import __version__
from notebot.app.reading_list import MOST_CHARACTERS, ListedPaper
from notebot.core.model.decision import Decision
from notebot.core.model.ledger import Counts, DayState
from notebot.core.model.stub import Stub, StubStatus
from notebot.web.review import ACTIONS

API = "/api/v1"
MOST_NOTES = 1000
"""The most notes that one search returns."""
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "integer"}


def describe_api() -> dict[str, Any]:
    """The OpenAPI 3.1 document of ``/api/v1``."""
    key = _parameter("key", "path", {**_TEXT, "minLength": 1}, "arxiv:2605.09063, or url: and the address of a page")
    status = _parameter("status", "query", {"enum": [str(each) for each in StubStatus]}, "only stubs in this state")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "notebot",
            "version": __version__,
            "description": "The documents of notebot's commands, and the curator's decisions.",
        },
        "servers": [{"url": API}],
        "security": [{"token": []}],
        "paths": {
            "/queue": _get(
                "The stubs, newest first",
                {"type": "array", "items": _ref("Stub")},
                [status, _parameter("topic", "query", _TEXT, "only stubs of this topic")],
            ),
            "/stubs/{key}": {**_get("One stub and what was decided about it", _ref("StubWithHistory"), [key], 404)},
            "/stubs/{key}/decide": _post(
                "Decide on a stub",
                _answer("The stub as it is now", _ref("StubWithHistory")),
                {"409": _answer("Its state or its revision does not allow this", _ref("Conflict"))},
                parameter=key,
                body="Decide",
            ),
            "/updates": _get(
                "The changes offered to notes and title lines that wait for a decision, newest first",
                {"type": "array", "items": _ref("Update")},
            ),
            "/updates/{id}/decide": _post(
                "Accept or dismiss an offered change",
                _answer("The change that was decided", _ref("Update")),
                {"409": _answer("It was decided elsewhere, is gone, or has to be done by hand", _ref("Error"))},
                parameter=_parameter("id", "path", {**_NUMBER, "minimum": 1}, "the number of the change"),
                body="DecideUpdate",
            ),
            "/inbox": _post(
                "Put a link into the inbox, as POST /add does",
                _answer("It is in the inbox", _ref("Added")),
                {"404": _answer("It contains no link and no arXiv id", _ref("Error"))},
                body="Shared",
            ),
            "/digest": _get(
                "The digest that would be written now; nothing is written",
                _object(path={"type": ["string", "null"]}, entries=_TEXTS, updates={"type": "array"}, text=_TEXT),
            ),
            "/ledger": _get(
                "What was announced per category and day, and what became of it",
                {"type": "array", "items": _ref("LedgerRow")},
                [
                    _parameter("since", "query", {**_TEXT, "format": "date"}, "only days from this one on"),
                    _parameter("category", "query", _TEXT, "only this category"),
                ],
                404,
            ),
            "/status": _get(
                "The state of every source, the queue and the next rounds",
                _object(healthy={"type": "boolean"}, sources={"type": "array"}, queue={"type": "object"}),
            ),
            "/search": _get(
                "Notes that contain all words, the best match first; all notes without words",
                {"type": "array", "items": _ref("Note")},
                [
                    _parameter("words", "query", _TEXT, "words that the note contains"),
                    _parameter("tag", "query", _TEXT, "a tag of the note"),
                    _parameter("limit", "query", {**_NUMBER, "minimum": 1, "maximum": MOST_NOTES}, "default: 100"),
                ],
            ),
            "/discussed": {
                **_get(
                    "The lab's list of papers to discuss, the one with the newest wish first",
                    {"type": "array", "items": _ref("ListedPaper")},
                    [_parameter("limit", "query", {**_NUMBER, "minimum": 1, "maximum": MOST_NOTES}, "default: 100")],
                    404,
                ),
                **_post(
                    "Put a paper of your queue on the list, or change your line about it",
                    _answer("It is on the list", _ref("DiscussedPaper")),
                    {"409": _answer("You have too many papers on the list", _ref("Error"))},
                    body="Wish",
                ),
            },
            "/discussed/{key}/remove": _post(
                "Take your wish to discuss a paper off the list",
                _answer("It is off the list", _object(key=_TEXT)),
                parameter=key,
            ),
            "/discussed/{key}/take": _post(
                "Put a paper of the list into your own queue",
                _answer(
                    "inbox: it becomes a candidate once arXiv was asked",
                    _object(key=_TEXT, state={"enum": ["queued", "known", "inbox"]}),
                ),
                parameter=key,
            ),
            "/openapi.json": _get("This description", {"type": "object"}),
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`notebot web token new --for api`"}
            },
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(
        [Stub, Decision, ListedPaper], ref_template="#/components/schemas/{name}"
    )
    stub, decision = schemas["Stub"], schemas["Decision"]
    # A document adds what is derived from the record, and words offers and reasons as sentences (app/documents.py).
    stub["properties"] |= {
        "arxiv_id": {"type": ["string", "null"]},
        "title_line": _TEXT,
        "first_author": {"type": ["string", "null"]},
        "note_number": {"type": ["integer", "null"]},
        "offers": {"type": "array", "items": _object(field=_TEXT, value=_TEXT, why=_TEXT)},
        "related": {
            "type": "array",
            "items": _object(number=_NUMBER, title=_TEXT, score={"type": "number"}, why=_TEXT),
        },
        "revision": _NUMBER,
    }
    stub["required"] = [*stub["required"], "title_line", "status", "tags", "revision"]
    del decision["properties"]["files"]
    error = _object(kind=_TEXT, message=_TEXT)
    texts = ("issue_date", "title_line", "url", "arxiv_id", "summary", "comment", "kind", "state")
    text_or_null = {"type": ["string", "null"]}
    number = {"type": ["integer", "null"]}
    return {
        **schemas,
        "StubWithHistory": {
            "allOf": [_ref("Stub"), _object(decisions={"type": "array", "items": _ref("Decision")})],
        },
        "Decide": {
            **_object(action={"enum": list(ACTIONS)}, revision={**_NUMBER, "description": "that of the stub you saw"}),
            "additionalProperties": False,
        },
        "DecideUpdate": {**_object(action={"enum": ["accept", "dismiss"]}), "additionalProperties": False},
        "Wish": {
            "type": "object",
            "properties": {"key": _TEXT, "line": {**_TEXT, "description": f"at most {MOST_CHARACTERS} characters"}},
            "required": ["key"],
            "additionalProperties": False,
        },
        "Update": _object(
            id=_NUMBER,
            can_accept={"type": "boolean", "description": "false: it has to be done by hand"},
            **dict.fromkeys(("key", "subject", "field", "value", "title", "why"), _TEXT),
        ),
        "Shared": {
            "type": "object",
            "properties": dict.fromkeys(("url", "text", "title"), _TEXT),
            "additionalProperties": False,
            "description": "what a phone shares; the link, or an arXiv id, may be in any field",
        },
        "Added": _object(
            state={"enum": ["added", "waiting"], "description": "waiting: the same line was there already"},
            links=_TEXTS,
            known={"type": "array", "items": _object(key=_TEXT, title=_TEXT, status=text_or_null, note_number=number)},
            **dict.fromkeys(("line", "failure", "message"), _TEXT),
        ),
        "LedgerRow": _object(
            date={**_TEXT, "format": "date"},
            category=_TEXT,
            state={"enum": [str(state) for state in DayState]},
            announced=_NUMBER,
            matched=_NUMBER,
            **dict.fromkeys(Counts.__struct_fields__, _NUMBER),
            explanation=_TEXT,
        ),
        "Note": _object(number=number, tags=_TEXTS, posts=_TEXTS, **dict.fromkeys(texts, text_or_null)),
        "Error": _object(error=error),
        "Conflict": _object(error=error, stub=_ref("StubWithHistory")),
    }


def _get(
    summary: str, schema: dict[str, Any], parameters: list[dict[str, Any]] | None = None, *errors: int
) -> dict[str, Any]:
    bad_query = [400] if any(parameter["in"] == "query" for parameter in parameters or ()) else []
    responses = {"200": _answer(summary, schema), **_errors(*bad_query, *errors)}
    return {"get": {"summary": summary, "parameters": parameters or [], "responses": responses}}


def _post(
    summary: str,
    answer: dict[str, Any],
    refusals: dict[str, Any] | None = None,
    *,
    parameter: dict[str, Any] | None = None,
    body: str = "",
) -> dict[str, Any]:
    """An operation that changes something.

    Args:
        refusals: answers by status, besides those that every such operation may give.
        body: the name of its schema; empty if there is none.
    """
    operation: dict[str, Any] = {"summary": summary}
    if parameter is not None:
        operation["parameters"] = [parameter]
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    operation["responses"] = {"200": answer, **_errors(400, 403, 404, 408, 413), **(refusals or {})}
    return {"post": operation}


def _errors(*codes: int) -> dict[str, Any]:
    reasons = {
        400: "A parameter or the body cannot be understood",
        401: "The token is not valid",
        403: "Nothing may be changed: the page is read-only",
        404: "There is no such thing",
        408: "The body took too long to arrive",
        413: "The body is too large",
        421: "This host name is not allowed",
        429: "Too many wrong tokens",
        503: "The database or the token file cannot be used",
    }
    # the last four can be answered before the operation runs
    return {str(code): _answer(reasons[code], _ref("Error")) for code in (*codes, 401, 421, 429, 503)}


def _answer(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, place: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": text}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}

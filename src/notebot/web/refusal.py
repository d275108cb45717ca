"""Answers of one sentence, for requests that no page or operation handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.types import Scope


def refusal(scope: Scope, status: int, sentence: str) -> Response:
    """The sentence as an error of the API for scripts, for others as plain text."""
    if is_for_script(scope):
        return error_response(status, "not-found" if status == 404 else "refused", sentence)
    return PlainTextResponse(sentence + "\n", status)


def is_for_script(scope: Scope) -> bool:
    """True for the API, and for anything that is sent with a bearer token."""
    bearer = Headers(scope=scope).get("authorization", "").lower().startswith("bearer ")
    path: str = scope["path"]
    return bearer or path.startswith("/api/")


def error_response(status: int, kind: str, sentence: str) -> Response:
    """``{"error": {"kind", "message"}}``, as all errors of the API."""
    body = msgspec.json.encode({"error": {"kind": kind, "message": sentence}})
    return Response(body, status, media_type="application/json")

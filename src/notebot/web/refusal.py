"""Answers of one sentence, for requests that no page or operation handles."""

from __future__ import annotations

import msgspec
from starlette.responses import PlainTextResponse, Response


def refusal(path: str, status: int, sentence: str) -> Response:
    """The sentence as plain text, or as an error of the API below ``/api/``."""
    if path.startswith("/api/"):
        return error_response(status, "not-found" if status == 404 else "refused", sentence)
    return PlainTextResponse(sentence + "\n", status)


def error_response(status: int, kind: str, sentence: str) -> Response:
    """``{"error": {"kind", "message"}}``, as all errors of the API."""
    body = msgspec.json.encode({"error": {"kind": kind, "message": sentence}})
    return Response(body, status, media_type="application/json")

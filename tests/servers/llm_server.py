"""A language-model server on loopback: it answers as asked, or fails in each way that such servers do."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from servers.loopback import Handler, QuietHandler, Server, answer, raw

MODEL = "tiny-1-2026-01-01"
"""By which the server says that it wrote; it is asked for ``tiny-1``."""
SENTENCES = ["小さな模型で定理を証明する方法を提案する。", "精度は53.1%に達した。"]
TRANSLATION = "我々は定理を証明する小さな模型を示す。精度は53.1%に達する。" * 2


@dataclass(frozen=True)
class Called:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def system(self) -> str:
        return str(self.json["messages"][0]["content"])

    @property
    def user(self) -> str:
        return str(self.json["messages"][1]["content"])


@dataclass
class LlmServer(Server):
    """Serves the scripted handlers one request each, and what was asked for afterwards.

    Attributes:
        write: makes the content of an answer out of the request.
    """

    script: list[Handler] = field(default_factory=list)
    write: Callable[[Called], str] = field(default_factory=lambda: obliging)
    called: list[Called] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer, lock = self, threading.Lock()

        class Incoming(QuietHandler):
            def do_POST(self) -> None:  # noqa: N802 (as http.server names it)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    outer.called.append(Called(self.path, headers, body))
                    number = len(outer.called)
                scripted = outer.script[number - 1] if number <= len(outer.script) else None
                handler = scripted or completion(outer.write(outer.called[number - 1]))
                try:
                    handler(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST  # noqa: N815 (as http.server names it)

        self.serve(Incoming)
        return self

    @property
    def url(self) -> str:
        return f"{super().url}/v1"


def obliging(called: Called) -> str:
    """The content of a good answer, of the shape that was asked for."""
    if "翻訳" in called.system:
        return json.dumps({"translation": TRANSLATION}, ensure_ascii=False)
    return json.dumps({"sentences": SENTENCES}, ensure_ascii=False)


def told(value: object, status: int = 200, **headers: str) -> Handler:
    """Any JSON."""
    return answer(json.dumps(value), status, "application/json", **headers)


def completion(content: str | None, finish: str | None = "stop", model: object = MODEL, **message: object) -> Handler:
    """A chat completion."""
    return told(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": model,
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
            ],
            "usage": {"prompt_tokens": 400, "completion_tokens": 90, "total_tokens": 490},
        }
    )


def failure(
    status: int, message: str = "It failed.", kind: str = "server_error", code: str = "", **headers: str
) -> Handler:
    """An error in OpenAI's shape."""
    error = {"message": message, "type": kind, "code": code, "param": None}
    return told({"error": error}, status, **headers)


GOOD = json.dumps({"sentences": SENTENCES}, ensure_ascii=False)
PAGE = answer("<html><body>Welcome</body></html>", 200, "text/html")
SILENT = threading.Event()

UNUSABLE: dict[str, Handler] = {
    "cut short": completion(GOOD, "length"),
    "cut short in a thought": completion("<think>Let me see", "length"),
    "refused": completion(None, refusal="I can't help with that."),
    "refused in the content": completion("I'm sorry, but I can't help with that."),
    "refused in JSON": completion('{"sentences": ["申し訳ありませんが、お手伝いできません。"]}'),
    "filtered": completion("", "content_filter"),
    "empty": completion(""),
    "null": completion(None),
    "nothing but a thought": completion("<think>They want a summary.</think>"),
    "a thought without end": completion('<think>I would write {"sentences": ["証明する。"]}'),
    "not JSON": completion("小さな模型で定理を証明する。"),
    "JSON cut in the middle": completion(GOOD[:30]),
    "JSON of another shape": completion('{"summary": "小さな模型で定理を証明する。"}'),
    "a list": completion('["小さな模型で定理を証明する。"]'),
    "sentences that are numbers": completion('{"sentences": [1, 2]}'),
    "no sentences": completion('{"sentences": []}'),
    "deep JSON": completion("[" * 5000),
    "another language": completion('{"sentences": ["It proves theorems with a small model."]}'),
    "Chinese": completion('{"sentences": ["本文提出一種定理証明方法，準確率達到百分之五十三。"]}'),
    "endless": completion(json.dumps({"sentences": ["証明をする。" * 400]})),
    "far too many sentences": completion(json.dumps({"sentences": ["証明をする。"] * 40})),
    "a link of its own": completion('{"sentences": ["詳細はこちら https://evil.example/x を見る。"]}'),
    "no choices": told({"object": "chat.completion", "choices": []}),
    "choices that are none": told({"choices": "none"}),
    "a choice that is none": told({"choices": [7]}),
    "an error with 200": told({"error": {"message": "The model is overloaded."}}),
    "a body that is no object": told([1, 2]),
    "a body that is no JSON": answer("{oops", 200, "application/json"),
    "a page": PAGE,
    "an empty body": answer("", 200, "application/json"),
    "a broken body": raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"),
    "huge": answer(b'{"a": "' + b"x" * 2_200_000 + b'"}', 200, "application/json"),
    "the context is too small": failure(400, "Too long.", "invalid_request_error", "context_length_exceeded"),
    "a question not understood": told({"detail": [{"msg": "field required"}]}, 422),
    "an error in one string": told({"error": "bad request"}, 400),
    "an older error": told({"object": "error", "message": "bad request", "code": 40001}, 400),
    "a redirect": answer(status=307, kind=None, Location="/v2/chat/completions"),
}
"""Answers of which no summary can be made, though another text may fare better."""

DOWN: dict[str, Handler] = {
    "overloaded": failure(503, "server_is_overloaded"),
    "loading": failure(503, "Loading model", "unavailable_error", "503"),
    "an inner error": failure(500),
    "a gateway's page": answer("<html>502</html>", 502, "text/html"),
    "a time out of its own": failure(408),
    "a conflict": failure(409),
    "hanging up": raw(),
    "no HTTP": raw(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "too fast": failure(429, "Rate limit reached", "requests", "rate_limit_exceeded", Retry_After="0"),
}
"""Failures that may pass by themselves."""

MONEY: dict[str, Handler] = {
    "no quota": failure(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    "no credit": failure(429, "No credit", "billing", "credit_balance_exhausted"),
    "a limit of spending": failure(429, "Limit", "billing", "project_spend_limit_exceeded"),
    "payment required": failure(402, "Insufficient balance"),
}
"""Failures that only money mends."""

WRONG: dict[str, Handler] = {
    "a wrong key": failure(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key"),
    "a key without rights": failure(403, "Not allowed"),
    "an unknown model": failure(404, "The model does not exist", "invalid_request_error", "model_not_found"),
    "an unknown model, by Ollama": told({"error": "model 'tiny-1' not found, try pulling it first"}, 404),
    "a page that is not there": answer("<html>404</html>", 404, "text/html"),
}
"""Failures that only the config mends."""

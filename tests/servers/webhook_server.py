"""A real HTTP server on loopback that receives webhooks, pings and Apprise's JSON, and answers as scripted."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from servers.loopback import Handler, QuietHandler, Server, answer

OK = answer(b"", 204, None)


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class WebhookServer(Server):
    """Serves the scripted handlers one request each, then ``OK``."""

    script: list[Handler] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer, lock = self, threading.Lock()

        class Incoming(QuietHandler):
            def do_POST(self) -> None:  # noqa: N802 (as http.server names it)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    outer.received.append(Received(self.path, headers, body))
                    handler = outer.next_handler()
                try:
                    handler(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def handle(self) -> None:
                with suppress(ConnectionResetError):  # the client was killed
                    super().handle()

            do_GET = do_POST  # noqa: N815 (as http.server names it)

        self.serve(Incoming)
        return self

    def next_handler(self) -> Handler:
        """Answers the next request."""
        return self.script.pop(0) if self.script else OK

    @property
    def ids(self) -> list[str]:
        """The ``webhook-id`` of each request."""
        return [each.headers.get("webhook-id", "") for each in self.received]

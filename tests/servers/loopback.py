"""A real HTTP server on loopback that answers as scripted and remembers what it was asked."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Handler = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    at: float
    """``time.monotonic()``, which all processes of a machine share."""


class QuietHandler(BaseHTTPRequestHandler):
    """Says nothing of what it serves: test output is for failures."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Server:
    """A server on a free port of this machine, from :meth:`serve` until the ``with`` ends."""

    tls: ssl.SSLContext | None = None

    def serve(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def serve_in_turn(self, handle: Handler, lock: threading.Lock) -> None:
        """Serves requests of every method with one function, which holds the lock."""

        class Incoming(QuietHandler):
            def handle_any(self) -> None:
                with lock:
                    handle(self)

            def handle(self) -> None:
                with suppress(BrokenPipeError, ConnectionResetError):  # the client was stopped or killed
                    super().handle()

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815 (as http.server names them)

        self.serve(Incoming)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.server_port}"


@dataclass
class Loopback(Server):
    """Serves the scripted handlers one request each; the last one serves all further requests."""

    script: list[Handler]
    asked: list[Asked] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        outer = self
        lock = threading.Lock()

        class Scripted(QuietHandler):
            def do_GET(self) -> None:
                with lock:
                    index = min(len(outer.asked), len(outer.script) - 1)
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    outer.asked.append(Asked(self.path, headers, time.monotonic()))
                    outer._at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer._at_once)
                try:
                    outer.script[index](self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with lock:
                        outer._at_once -= 1

        self.serve(Scripted)
        return self


def answer(
    body: bytes | str = b"",
    status: int = 200,
    kind: str | None = "application/atom+xml",
    **headers: str,
) -> Handler:
    """A handler that sends one plain answer; header names are written with ``_`` for ``-``."""
    payload = body.encode() if isinstance(body, str) else body

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if kind is not None:
            request.send_header("Content-Type", kind)
        if status != 304:
            request.send_header("Content-Length", str(len(payload)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(payload)

    return handle


def raw(*pieces: bytes, pause_s: float = 0.0, until: threading.Event | None = None) -> Handler:
    """A handler that writes bytes as they are, a pause after each, waits for ``until`` and hangs up."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        for piece in pieces:
            request.wfile.write(piece)
            request.wfile.flush()
            time.sleep(pause_s)
        if until is not None:
            until.wait(10)
        request.close_connection = True

    return handle


@contextmanager
def unused_port() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]

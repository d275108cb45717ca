"""The HTTP server under the sample arXiv: HTTP/1.1 with one thread per connection."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from notebot.demo.sample_arxiv.answer import SampleAnswer


class SampleRequest(Struct, frozen=True):
    """One HTTP request."""

    method: str
    target: str
    """Path and query as sent."""
    path: str
    query: str
    """The raw query string; of a POST, its body."""
    headers: Mapping[str, str]


class LoopbackServer(ThreadingHTTPServer):
    """Passes each request to ``serve``, which answers it through the handler.

    It prints nothing, and it can be stopped while requests are still being served.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], serve: Callable[[SampleRequest, RequestHandler], None]) -> None:
        super().__init__(address, RequestHandler)
        self.serve = serve
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def start(self) -> None:
        """Serves in a background thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stops serving and cuts the connections that are still open."""
        # `shutdown` would wait forever for a loop that was never started
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()
        for connection in self.open_connections():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def open_connections(self) -> list[socket.socket]:
        """The connections open now, idle ones included."""
        with self._lock:
            return list(self._open)

    def opened(self, connection: socket.socket) -> None:
        """Registers a connection, so that :meth:`stop` can cut it."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forgets a connection."""
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that disconnect; prints every other error, which is a bug."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class RequestHandler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LoopbackServer
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._serve(urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self._serve(self.rfile.read(length).decode() or urlsplit(self.path).query)

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""

    def send_head(self, answer: SampleAnswer, length: int | None) -> None:
        """Sends status line and headers; ``None`` sends no length, so the body ends with the connection."""
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
        if length is None:
            self.send_header("Connection", "close")
        elif answer.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def send(self, answer: SampleAnswer) -> None:
        """Sends a whole answer."""
        self.send_head(answer, len(answer.body))
        self.wfile.write(answer.body)

    def _serve(self, query: str) -> None:
        path = urlsplit(self.path).path
        self.server.serve(SampleRequest(self.command, self.path, path, query, dict(self.headers.items())), self)

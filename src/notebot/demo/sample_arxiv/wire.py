"""The HTTP server under the sample arXiv: connections, and the many ways an answer can travel."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from notebot.demo.sample_arxiv.answer import Answer, Delivery

_DRIP_BYTES = 16
_FLOOD_PIECE = b" " * 65_536


class Request(Struct, frozen=True):
    """What a client asked."""

    method: str
    target: str
    """Path and query as they were sent."""
    path: str
    query: str
    """Raw; of a POST, its body."""
    headers: Mapping[str, str]

    @property
    def user_agent(self) -> str:
        return self.headers.get("User-Agent", "")


Handle = Callable[[Request], tuple[Answer, int | None]]
Ended = Callable[[int | None], None]


class LoopbackServer(ThreadingHTTPServer):
    """One thread a connection; silent, and quick to stop even while requests hang."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handle: Handle, ended: Ended) -> None:
        super().__init__(address, _Handler)
        self.answer_to = handle
        self.ended = ended
        self.max_open = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()
        self._released.set()
        with self._lock:
            for connection in self._open:
                _cut(connection)

    @property
    def released(self) -> threading.Event:
        """Set when the requests that are held now shall be let go."""
        return self._released

    def release(self) -> None:
        held, self._released = self._released, threading.Event()
        held.set()

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            self.max_open = max(self.max_open, sum(map(_is_held, self._open)))

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; anything else is a bug, and loud."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
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
        self._respond(urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self._respond(self.rfile.read(length).decode() or urlsplit(self.path).query)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the log is kept in memory."""

    def _respond(self, query: str) -> None:
        path = urlsplit(self.path).path
        request = Request(self.command, self.path, path, query, dict(self.headers.items()))
        answer, place = self.server.answer_to(request)
        try:
            if not self._hold(answer):
                self._send(answer)
        finally:
            self.server.ended(place)

    def _hold(self, answer: Answer) -> bool:
        """Whether nothing is to be sent at all; then the connection ends."""
        if answer.delivery is Delivery.NEVER:
            self.server.released.wait()
        elif answer.delivery is not Delivery.DROPPED_BEFORE_HEADERS:
            return False
        self.close_connection = True
        return True

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
        if answer.delivery is Delivery.FLOOD:
            self.send_header("Connection", "close")
        elif answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        for piece in _pieces(answer, self.server.released):
            self.wfile.write(piece)
        if answer.delivery is not Delivery.WHOLE:
            self.close_connection = True


def _pieces(answer: Answer, released: threading.Event) -> Iterator[bytes]:
    if answer.delivery is Delivery.DROPPED_MID_BODY:
        yield answer.body[: len(answer.body) // 2]
    elif answer.delivery is Delivery.DRIP:
        yield from _drip(answer, released)
    else:
        yield answer.body
        yield from _flood(answer.flood_bytes, released)


def _drip(answer: Answer, released: threading.Event) -> Iterator[bytes]:
    for start in range(0, len(answer.body), _DRIP_BYTES):
        yield answer.body[start : start + _DRIP_BYTES]
        if released.wait(answer.pause_s):
            return


def _flood(size_bytes: int, released: threading.Event) -> Iterator[bytes]:
    for start in range(0, size_bytes, len(_FLOOD_PIECE)):
        if released.is_set():
            return
        yield _FLOOD_PIECE[: size_bytes - start]


def _is_held(connection: socket.socket) -> bool:
    """Whether the client has not hung up, which its thread here may learn a moment later."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

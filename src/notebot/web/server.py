"""Serves the review page over HTTP, for `notebot web` and for the daemon."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from notebot.config import is_loopback
from notebot.core.model.errors import StateError, UsageError
from notebot.core.supervisor import logger as unexpected
from notebot.web.access import bracketed, make_access
from notebot.web.application import make_application
from notebot.web.logins import ProxyLogins, read_form_key
from notebot.web.sites import LabSites, OneSite, has_tokens
from notebot.web.tokens import TokenFile, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notebot.app.resources import Resources
    from notebot.web.sites import Sites

GRACE_S = 5
"""How long requests in flight may take to end after SIGTERM."""
HEADER_S = 10.0
"""A connection on which no request is completed for two such spans is closed."""
# above what one person's browsers open, below the limit of open files
MOST_CONNECTIONS = 200


class WebServer:
    """The review page on a socket that is bound already, so that its address is known before it serves."""

    def __init__(self, resources: Resources, listen: tuple[str, int]) -> None:
        """Binds the socket.

        Raises:
            StateError: the port is in use, or the address cannot be used.
            UsageError: other machines could connect, and no token was created for them.
        """
        config = resources.config
        host, port = listen
        if not is_loopback(f"http://{bracketed(host)}") and not config.web.login_header and not has_tokens(resources):
            raise UsageError(
                f"Listening on {host} lets other machines connect, and nobody could sign in from there yet. Create a "
                "sign-in link first (`notebot web token new --name phone`), or listen on 127.0.0.1."
            )
        self._socket = _bind(host, port)
        self._thread: threading.Thread | None = None
        port = self._socket.getsockname()[1]
        self.url = f"http://{bracketed(host)}:{port}/"
        self._public_url = config.web.public_url
        self._tokens = TokenFile(config.web_token_file, resources.clock, config.desk)
        access = make_access(config, host, port)
        self.sites: Sites
        if config.desks is not None:
            self.sites = LabSites(resources, access)
        else:
            self.sites = OneSite(resources, access, self._tokens)
        logins = None
        if config.web.login_header:
            key = read_form_key(config.state_dir / "web-form-key")
            proxies = config.web.login_proxies
            logins = ProxyLogins(config.web.login_header, proxies, self.sites.desk_of_login, key)
        # its tracebacks belong into errors.log, with those of every other mistake
        log = logging.getLogger("uvicorn.error")
        log.parent = unexpected
        log.setLevel(logging.ERROR)
        # it logs each malformed form, although the answer to the sender says so
        logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
        self._server = _Server(
            uvicorn.Config(
                make_application(access, self.sites, logins),
                http=_PatientlyTimedProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # behind a proxy nothing here depends on the client's address or scheme, so no header is believed
                proxy_headers=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    def start_url(self) -> str:
        """A link that signs one browser in, once; not for a lab, whose desks make their own."""
        base = self._public_url.rstrip("/") or self.url.rstrip("/")
        return f"{base}/start?token={self._tokens.issue(TokenKind.LINK, 'browser')}"

    def serve(self, announce: Callable[[], None] = lambda: None) -> None:
        """Serves until SIGTERM or SIGINT; in the main thread only.

        Args:
            announce: called once a signal ends the server in order, so that whoever reads its output may send one.
        """

        async def run() -> None:
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
            announce()
            await self._server.serve([self._socket])

        try:
            asyncio.run(run())
        finally:
            self.sites.close()

    def serve_in_thread(self) -> threading.Thread:
        """Serves in a thread of its own until :meth:`stop`."""

        def run() -> None:
            try:
                asyncio.run(self._server.serve([self._socket]))
            finally:
                self.sites.close()

        thread = self._thread = threading.Thread(target=run, name="web", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Ends serving; may be called from any thread."""
        self._server.should_exit = True

    def stop_and_wait(self) -> None:
        """Ends serving in a thread, and waits until its connections to the database are closed, or too long."""
        self.stop()
        if self._thread is not None:
            self._thread.join(GRACE_S + 1)


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn raises them again at its end, which would make the exit code a signal's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _PatientlyTimedProtocol(H11Protocol):
    """Closes connections on which a request never ends; uvicorn has no limit for headers and for refused bodies."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._checked_cycle: object = None
        self._check = self.loop.call_later(HEADER_S, self._close_if_stuck, False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._check.cancel()
        super().connection_lost(exc)

    def _close_if_stuck(self, waited: bool) -> None:
        # IDLE: the head of the next request is not complete
        # DONE: the request was refused before its end, so what still comes counts for nothing. The connection is not
        # closed at once, because a browser that is still sending would then show a network error, not the refusal.
        waiting = self.conn.their_state is h11.IDLE or self.conn.our_state is h11.DONE
        stuck = waiting and self.cycle is self._checked_cycle
        if stuck and waited:
            self.transport.close()
            return
        self._checked_cycle = self.cycle
        self._check = self.loop.call_later(HEADER_S, self._close_if_stuck, stuck)


def open_in_browser(url: str, say: Callable[[str], None]) -> None:
    """Opens the page in the default browser, if there is one."""
    import webbrowser

    with suppress(webbrowser.Error):
        if webbrowser.open(url):
            return
    say("No browser could be opened; open the link yourself.")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol left open, asyncio would not switch Nagle's algorithm off: 40 ms more for every answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # a restart must not wait until the old connections have left TIME_WAIT
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        # listens at once, so that a second server is refused here and not while this one starts
        bound.listen(128)
    except OSError as error:
        bound.close()
        if isinstance(error, socket.gaierror):
            raise StateError(f"{host} is not an address of this machine; listen on 127.0.0.1.") from error
        import errno

        if error.errno == errno.EADDRINUSE:
            raise StateError(
                f"Port {port} of {host} is in use, perhaps by another notebot; stop that, or choose another port with "
                "--listen HOST:PORT."
            ) from error
        raise StateError(f"The review page cannot listen on {host}:{port}: {error.strerror}.") from error
    return bound

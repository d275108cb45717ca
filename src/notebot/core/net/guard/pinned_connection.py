"""Sends a request to a checked address: the host name stays in ``Host`` and TLS, the address is fixed."""

from __future__ import annotations

import logging
import ssl
from functools import cached_property
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any

from notebot.core.model.errors import BadAnswerError, ServiceTimeoutError, UnavailableError
from notebot.core.net.connection import CuttableConnection, OpenConnections
from notebot.core.net.guard.url_policy import Address, GuardError, GuardRule, Target, parse_ip
from notebot.core.net.pace import Stopped
from notebot.core.net.response import RawResponse, Request, read_body
from notebot.core.net.retry import RetryableError

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from notebot.core.net.httpx_import import httpx

logger = logging.getLogger(__name__)

# each attempt may wait for the whole timeout, and a hostile name may have hundreds of dead addresses
_MAX_ADDRESSES_TRIED = 3
_ENCODINGS = ("", "identity", "gzip", "x-gzip")


class PinnedClient:
    """Sends each request on its own connection. It uses no proxy: a proxy would resolve names itself.

    Args:
        user_agent: names the program and a contact.
        timeout_s: the longest silence.
        stop: once set, no request is sent and :class:`Stopped` is raised.
        trust: the trusted certificates; ``None`` means the usual ones.
    """

    def __init__(self, user_agent: str, timeout_s: float, stop: threading.Event, trust: ssl.SSLContext | None) -> None:
        self.requests_made = 0
        self._user_agent = user_agent
        self._timeout_s = timeout_s
        self._given_trust = trust
        self._connections = OpenConnections(stop)

    def send(
        self, request: Request, target: Target, addresses: Sequence[Address], limit_s: float, *, wants_body: bool = True
    ) -> RawResponse:
        """The response from the first address that accepts a connection.

        Args:
            addresses: checked by the caller, the best first.
            limit_s: for the whole request.
            wants_body: without it the body is left empty; so is that of a status the request does not accept.

        Raises:
            GuardError: the peer, or the response's type, encoding, size or time, breaks a rule.
            ServiceError: no address accepts a connection, or the response is incomplete.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        from notebot.core.net.httpx_import import httpx

        with self._connections.open(limit_s) as connection:
            for address in addresses[:_MAX_ADDRESSES_TRIED]:
                try:
                    return self._send_to(request, target, address, connection, wants_body=wants_body)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failure = error
                    _raise_if_cut(target, connection)
            raise UnavailableError(
                f"{target.netloc} cannot be reached ({failure}); check the link, or try again later"
            ) from failure

    def abort(self) -> None:
        """Aborts all requests in progress, from any thread or signal handler."""
        self._connections.abort()

    def _send_to(
        self, request: Request, target: Target, address: Address, connection: CuttableConnection, *, wants_body: bool
    ) -> RawResponse:
        from notebot.core.net.httpx_import import httpx

        def trace(event: str, info: Mapping[str, Any]) -> None:
            connection.trace(event, info)
            if event.endswith("connect_tcp.complete"):
                stream = info["return_value"]
                peer = stream.get_extra_info("server_addr")
                if parse_ip(str(peer[0]).partition("%")[0]) != address:
                    stream.close()
                    raise GuardError(GuardRule.PEER, target.url)

        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)
        extensions: dict[str, Any] = {"trace": trace, "timeout": timeout}
        if target.scheme == "https" and parse_ip(target.host) is None:
            # The URL contains the address, so TLS would otherwise verify the certificate against that.
            extensions["sni_hostname"] = target.host
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        trust = self._trust if target.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

        self.requests_made += 1
        logger.debug("%s %s at %s", request.method, request.logged(target.url.partition("?")[0]), address)
        try:
            # The transport below httpx's client: it keeps no cookies, follows no redirects and reads no environment.
            with httpx.HTTPTransport(verify=trust, trust_env=False) as transport:
                response = transport.handle_request(
                    httpx.Request(
                        request.method,
                        f"{target.scheme}://{host}:{target.port}{target.path}",
                        headers={
                            **request.headers_to(target.url),
                            "Host": target.netloc,
                            "User-Agent": self._user_agent,
                        },
                        content=request.content,
                        extensions=extensions,
                    )
                )
                headers = {name.lower(): value for name, value in response.headers.items()}
                is_wanted = wants_body and request.accepts_status(response.status_code)
                body = _read_body(request, target, response, headers) if is_wanted else b""
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except (httpx.TransportError, RetryableError) as error:
            _raise_if_cut(target, connection)
            raise _translate_error(target, error) from error
        # A cut connection can look like the end of a response without Content-Length, so success is checked too.
        _raise_if_cut(target, connection)
        return RawResponse(target.url, response.status_code, headers, body)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        from notebot.core.net.httpx_import import httpx

        return self._given_trust or httpx.create_ssl_context()


def _read_body(request: Request, target: Target, response: httpx.Response, headers: Mapping[str, str]) -> bytes:
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise GuardError(GuardRule.PACKING, target.url)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type and media_type not in request.accept:
        raise GuardError(GuardRule.TYPE, target.url)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) > request.max_bytes:
        raise GuardError(GuardRule.SIZE, target.url)
    try:
        return read_body(request, response.iter_raw(), encoding)
    except BadAnswerError as error:  # the encoding was checked above, so the body is too large
        raise GuardError(GuardRule.SIZE, target.url) from error


def _raise_if_cut(target: Target, connection: CuttableConnection) -> None:
    if connection.timed_out:
        raise GuardError(GuardRule.TIME, target.url)
    if connection.was_cut:
        raise Stopped


def _translate_error(target: Target, error: Exception) -> Exception:
    from notebot.core.net.httpx_import import httpx

    if isinstance(error, RetryableError):
        return error.error
    if isinstance(error, httpx.TimeoutException):
        return ServiceTimeoutError(f"{target.netloc} stopped responding; try again later")
    return BadAnswerError(f"{target.netloc} closed the connection in the middle of its response; try again later")

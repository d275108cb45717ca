"""One request to one checked address: the name stays in ``Host`` and TLS, the connection goes where it is told."""

from __future__ import annotations

import logging
import ssl
from functools import cached_property
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any

from notebot.core.model.errors import BadAnswerError, ServiceTimeoutError, UnavailableError
from notebot.core.net.connection import Connection, OpenConnections
from notebot.core.net.guard.url_policy import Address, GuardError, GuardRule, Target, parse_ip
from notebot.core.net.pace import Stopped
from notebot.core.net.response import RawResponse, Request, whole
from notebot.core.net.retry import RetryableError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from notebot.core.net.httpx_import import httpx

logger = logging.getLogger(__name__)

_MOST_ADDRESSES = 3
_PACKINGS = ("", "identity", "gzip", "x-gzip")


class PinnedClient:
    """Sends requests, each on a connection of its own; knows no proxy, for a proxy would resolve names itself.

    Args:
        user_agent: names the program and a contact.
        timeout_s: the longest silence.
        stop: when set, nothing more is asked and :class:`Stopped` is raised.
        trust: the certificates that are believed; ``None`` means the usual ones.
    """

    def __init__(self, user_agent: str, timeout_s: float, stop: threading.Event, trust: ssl.SSLContext | None) -> None:
        self.requests_made = 0
        self._user_agent = user_agent
        self._timeout_s = timeout_s
        self._given_trust = trust
        self._lines = OpenConnections(stop)

    def send(
        self, ask: Request, target: Target, addresses: Sequence[Address], limit_s: float, *, wants_body: bool = True
    ) -> RawResponse:
        """The reply of the first address that takes a connection; the body only where it is wanted and kept.

        Raises:
            GuardError: the peer, or the answer's type, packing, size or time, breaks a rule.
            ServiceError: no address answers, or the answer broke off.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        from notebot.core.net.httpx_import import httpx

        with self._lines.open(limit_s) as line:
            for address in addresses[:_MOST_ADDRESSES]:
                try:
                    return self._ask_one(ask, target, address, line, wants_body)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failure = error
                    _heed(target, line)
            raise UnavailableError(
                f"{target.netloc} cannot be reached ({failure}); check the link, or try again later"
            ) from failure

    def abort(self) -> None:
        """Drops the requests under way, from any thread or signal handler."""
        self._lines.cut()

    def _ask_one(
        self, ask: Request, target: Target, address: Address, line: Connection, wants_body: bool
    ) -> RawResponse:
        from notebot.core.net.httpx_import import httpx

        self.requests_made += 1
        logger.debug("GET %s%s at %s", target.origin, target.path.partition("?")[0], address)
        try:
            with self._transport(target) as transport:
                request = httpx.Request("GET", _url_at(target, address), **self._to(ask, target, address, line))
                reply = _read(ask, target, transport.handle_request(request), wants_body)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except (httpx.TransportError, RetryableError) as error:
            _heed(target, line)
            raise _failure(target, error) from error
        _heed(target, line)
        return reply

    def _transport(self, target: Target) -> httpx.HTTPTransport:
        """What httpx's client itself sends by: it keeps no cookies, and makes nothing of a redirect."""
        from notebot.core.net.httpx_import import httpx

        secure = target.scheme == "https"
        trust = self._trust if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.HTTPTransport(verify=trust, trust_env=False)

    def _to(self, ask: Request, target: Target, address: Address, line: Connection) -> dict[str, Any]:
        """What a request bears: the host's own name, and a look at the connection as soon as there is one."""

        def trace(event: str, info: Mapping[str, Any]) -> None:
            line.trace(event, info)
            if event.endswith("connect_tcp.complete"):
                _check_peer(target, address, info["return_value"])

        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)
        extensions: dict[str, Any] = {"trace": trace, "timeout": timeout}
        if target.scheme == "https" and parse_ip(target.host) is None:
            extensions["sni_hostname"] = target.host
        headers = {**ask.headers_to(target.url), "Host": target.netloc, "User-Agent": self._user_agent}
        return {"headers": headers, "extensions": extensions}

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        from notebot.core.net.httpx_import import httpx

        return self._given_trust or httpx.create_ssl_context()


def _url_at(target: Target, address: Address) -> str:
    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return f"{target.scheme}://{host}:{target.port}{target.path}"


def _check_peer(target: Target, address: Address, stream: Any) -> None:
    peer = stream.get_extra_info("server_addr")
    if parse_ip(str(peer[0]).partition("%")[0]) != address:
        stream.close()
        raise GuardError(GuardRule.PEER, target.url)


def _read(ask: Request, target: Target, response: httpx.Response, wants_body: bool) -> RawResponse:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = _body(ask, target, response.iter_raw, headers) if wants_body and ask.keeps(response.status_code) else b""
    return RawResponse(target.url, response.status_code, headers, body)


def _body(ask: Request, target: Target, chunks: Callable[[], Iterator[bytes]], headers: Mapping[str, str]) -> bytes:
    packing = headers.get("content-encoding", "").strip().lower()
    if packing not in _PACKINGS:
        raise GuardError(GuardRule.PACKING, target.url)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in ask.accept:
        raise GuardError(GuardRule.TYPE, target.url)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) > ask.max_bytes:
        raise GuardError(GuardRule.SIZE, target.url)
    try:
        return whole(ask, chunks(), packing)
    except BadAnswerError as error:  # the packing is known, so this is what is left to be wrong
        raise GuardError(GuardRule.SIZE, target.url) from error


def _heed(target: Target, line: Connection) -> None:
    """A line that was cut can look like the end of an answer of unknown length, so it is asked in any case."""
    if line.timed_out:
        raise GuardError(GuardRule.TIME, target.url)
    if line.cut_short:
        raise Stopped


def _failure(target: Target, error: Exception) -> Exception:
    from notebot.core.net.httpx_import import httpx

    if isinstance(error, RetryableError):
        return error.error
    if isinstance(error, httpx.TimeoutException):
        return ServiceTimeoutError(f"{target.netloc} fell silent; try again later")
    return BadAnswerError(f"{target.netloc} broke off in the middle of its answer; try again later")

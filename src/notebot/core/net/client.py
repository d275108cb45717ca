"""The HTTP client for configured services: paced, retried, size-limited and abortable.

Http.get ──> attempts within retry_s ──> redirects ──> one request, in its turn of the pace,
                                                       on its own connection with a time limit

Redirects of a GET are followed as far as ``redirects`` allows; other requests follow none.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notebot.core.model.errors import NotebotError, ServiceError, ServiceTimeoutError, ThrottledError, UnavailableError
from notebot.core.model.source_record import Validators
from notebot.core.net.connection import CuttableConnection, OpenConnections
from notebot.core.net.pace import Stopped, Turns
from notebot.core.net.response import (
    CHECK_URL_HINT,
    RawResponse,
    Request,
    Response,
    check_response,
    decompressed_beginning,
    origin,
    read_body,
)
from notebot.core.net.retry import RetryableError, retry
from notebot.core.net.secrets import redact, redact_bytes, redacted_url

# httpx is imported where it is used: it costs 0.1 to 0.3 s, and most commands send no request.
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping

    from notebot.core.net.httpx_import import httpx

logger = logging.getLogger(__name__)

_MAX_REDIRECTS = 5
# services word an error at the start of the body; the rest is a page for browsers
_ERROR_BODY_BYTES = 1024


class Http:
    """Sends requests to outside services, one connection per request.

    Args:
        user_agent: names the program and a contact; services ban anonymous clients.
        timeout_s: the longest silence; a whole response may take ten times that.
        retry_s: how long a failed request is retried; 0 means a single attempt.
        stop: once set, no request is sent and :class:`Stopped` is raised.
        unreachable_s: a shorter ``retry_s`` for a refused connection or an unknown host.
        on_wait: receives the failure and the seconds before each further attempt.

    Attributes:
        requests_made: all requests so far, including retries and redirects.
    """

    def __init__(
        self,
        user_agent: str,
        timeout_s: float,
        retry_s: float,
        stop: threading.Event,
        *,
        unreachable_s: float | None = None,
        on_wait: Callable[[ServiceError, float], None] | None = None,
    ) -> None:
        self.requests_made = 0
        self.user_agent = user_agent
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._unreachable_s = unreachable_s
        self._on_wait = on_wait
        self._stop = stop
        self._connections = OpenConnections(stop)

    def get(
        self,
        url: str,
        *,
        accept: tuple[str, ...],
        max_bytes: int,
        service: str,
        validators: Validators | None = None,
        pace: Turns | None = None,
        keep_statuses: tuple[int, ...] = (),
        check: Callable[[Response], object] | None = None,
        headers: Mapping[str, str] | None = None,
        refusal: Callable[[RawResponse], NotebotError | None] | None = None,
        any_type: bool = False,
    ) -> Response:
        """The response to a GET, checked in this order: status, content type, size, ``check``.

        Args:
            url: http or https.
            accept: the media types that the response may have, the preferred one first.
            max_bytes: of the decompressed body.
            service: the service's name for people; error messages begin with it.
            validators: make the request conditional; a 304 is returned with ``not_modified``.
            pace: every single request, including retries and redirects, waits for its turn.
            keep_statuses: statuses other than 200 whose body is a usable response.
            check: raises ``BadAnswerError`` for a malformed or incomplete body; the request is then
                retried, as after a truncated response.
            headers: extra or replaced headers, sent only to the URL's own origin; they appear in no
                error and no log.
            refusal: the service's own error for a status without a usable body; ``None`` gives the
                general one. A ``ThrottledError`` is retried.
            any_type: ``accept`` is only asked for; ``check`` alone decides by the body.

        Raises:
            NotebotError: what ``refusal`` returned.
            ServiceError: the service gave no usable response within ``retry_s``.
            StateError: the pace's lock file cannot be used.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        request = Request(
            url=url,
            service=service,
            accept=accept,
            max_bytes=max_bytes,
            validators=validators or Validators(),
            pace=pace,
            keep_statuses=keep_statuses,
            check=check,
            headers=headers or {},
            refusal=refusal,
            any_type=any_type,
        )
        return self._retry(lambda: self._attempt(request))

    def post(
        self,
        url: str,
        content: bytes,
        *,
        accept: tuple[str, ...],
        max_bytes: int,
        service: str,
        headers: Mapping[str, str],
        refusal: Callable[[RawResponse], NotebotError | None] | None = None,
    ) -> Response:
        """The response to a POST; like :meth:`get`, but redirects are not followed.

        Raises:
            NotebotError: as :meth:`get`.
        """
        request = Request(
            url=url,
            service=service,
            accept=accept,
            max_bytes=max_bytes,
            headers=headers,
            refusal=refusal,
            content=content,
        )
        return self._retry(lambda: self._attempt(request))

    def write(
        self,
        verb: str,
        url: str,
        content: bytes,
        *,
        accept: tuple[str, ...],
        max_bytes: int,
        service: str,
        headers: Mapping[str, str],
        refusal: Callable[[RawResponse], NotebotError | None],
    ) -> Response:
        """The response, 200 or 201, to a request that changes something; otherwise like :meth:`post`.

        It is retried only after a ``ThrottledError``, which says that nothing was changed. After any
        other failure the change may have been made although its response was lost.

        Args:
            verb: the HTTP method.

        Raises:
            NotebotError: as :meth:`get`.
        """
        request = Request(
            url=url,
            service=service,
            accept=accept,
            max_bytes=max_bytes,
            keep_statuses=(201,),
            headers=headers,
            refusal=refusal,
            content=content,
            content_method=verb,
        )

        def attempt() -> Response:
            try:
                return self._attempt(request)
            except RetryableError as failure:
                if isinstance(failure.error, ThrottledError):
                    raise
                raise failure.error from failure.__cause__

        return self._retry(attempt)

    def send_once(self, request: Request) -> RawResponse:
        """The response to a single attempt, whatever its status; redirects are not followed.

        Raises:
            ServiceError: there was no response.
            Stopped: as :meth:`get`.
        """
        try:
            return self._send(request, request.url)
        except RetryableError as failure:
            raise failure.error from failure.__cause__

    def abort(self) -> None:
        """Aborts all requests in progress, from any thread or signal handler."""
        self._connections.abort()

    def _retry(self, attempt: Callable[[], Response]) -> Response:
        return retry(attempt, self._retry_s, self._stop, unreachable_s=self._unreachable_s, on_wait=self._on_wait)

    def _attempt(self, request: Request) -> Response:
        url = request.url
        for _ in range(_MAX_REDIRECTS + 1):
            raw = self._send(request, url)
            if not raw.is_redirect:
                return check_response(request, raw)
            if request.content is not None:
                # The body was meant for this URL alone; it may contain a secret.
                error = request.refusal(raw) if request.refusal is not None else None
                raise error or request.bad_answer(
                    f"redirects a {request.method} request (status {raw.status}), which is not followed", CHECK_URL_HINT
                )
            from notebot.core.net.redirects import redirect_target  # most commands meet no redirect

            url = redirect_target(request, raw)
        raise request.bad_answer(f"redirects more than {_MAX_REDIRECTS} times", CHECK_URL_HINT)

    def _send(self, request: Request, url: str) -> RawResponse:
        if self._stop.is_set():
            raise Stopped
        check_peer: Callable[[str, Any], None] | None = None
        if url != request.url and origin(url) != origin(request.url):
            from notebot.core.net.redirects import peer_check

            check_peer = peer_check(request, url)
        turn = request.pace.turn() if request.pace is not None else nullcontext(_unpaced)
        with (
            self._open_client(request, url) as client,
            turn as mark_sent,
            self._connections.open(10 * self._timeout_s) as connection,
        ):

            def trace(event: str, info: Any) -> None:
                # Connecting may take seconds; the pace counts from the moment the request is sent.
                if event.endswith("send_request_headers.started"):
                    mark_sent(connection.cut_without_turn)
                if check_peer is not None:
                    check_peer(event, info)
                connection.trace(event, info)

            self.requests_made += 1
            logger.debug("%s %s", request.method, request.logged(url))
            with (
                _translate_errors(request, url, connection),
                client.stream(
                    request.method,
                    url,
                    headers=request.headers_to(url),
                    content=request.content,
                    extensions={"trace": trace},
                ) as response,
            ):
                body, secrets = _read_body(request, response), request.secrets
                headers = {name.lower(): redact(value, secrets) for name, value in response.headers.items()}
                is_cut = not request.accepts_status(response.status_code)
                return RawResponse(url, response.status_code, headers, redact_bytes(body, secrets, is_cut=is_cut))

    @contextmanager
    def _open_client(self, request: Request, url: str) -> Iterator[httpx.Client]:
        """A client for one request. It is opened before the turn of the pace, because that is slow.

        The proxies of the environment apply to the outside world, not to this machine.
        """
        from notebot.core.net.httpx_import import httpx

        try:
            secure = urlsplit(url).scheme.lower() == "https"
            client = httpx.Client(
                headers={"User-Agent": self.user_agent},
                timeout=self._timeout_s,
                trust_env=not is_loopback(url),
                # Loading the certificates takes about 60 ms, which a plain connection does not need.
                verify=self._ssl_context if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            )
            client.build_request("GET", url)
        except (httpx.InvalidURL, ValueError, ImportError) as error:
            raise request.bad_answer(f"cannot be asked: {error}", CHECK_URL_HINT) from error
        with client:
            yield client

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        from notebot.core.net.httpx_import import httpx

        return httpx.create_ssl_context()


def _unpaced(cut: Callable[[], None] | None = None) -> None:
    """Marks a request as sent that belongs to no rate limit."""


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine, by its address or as ``localhost``."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _read_body(request: Request, response: httpx.Response) -> bytes:
    """The whole body for an accepted status, otherwise its beginning, which may explain the status."""
    from notebot.core.net.httpx_import import httpx

    if request.status_only:
        return b""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if not request.accepts_status(response.status_code):
        beginning = b""
        with suppress(httpx.TransportError):  # the status is enough to report
            for chunk in response.iter_raw():
                beginning += chunk
                if len(beginning) > _ERROR_BODY_BYTES:
                    break
        return decompressed_beginning(beginning) if "gzip" in encoding else beginning
    try:
        return read_body(request, response.iter_raw(), encoding)
    except httpx.TimeoutException:
        raise
    except httpx.TransportError as error:
        raise RetryableError(request.bad_answer("closed the connection in the middle of its response")) from error


@contextmanager
def _translate_errors(request: Request, url: str, connection: CuttableConnection) -> Iterator[None]:
    """Turns httpx's errors, time limits and aborts into notebot's own errors."""
    from notebot.core.net.httpx_import import httpx

    try:
        yield
    except (httpx.TransportError, RetryableError) as error:
        _raise_if_cut(request, url, connection, error)
        if isinstance(error, RetryableError):
            raise
        if isinstance(error, httpx.TimeoutException):
            raise RetryableError(_timeout_error(request, url, "stopped responding")) from error
        # httpx quotes a malformed answer, and a cause is logged with its text
        reason = redact(str(error), request.secrets)
        raise RetryableError(
            UnavailableError(
                f"{request.service} cannot be reached ({redacted_url(url)}: {reason}); "
                "check the connection, or try again later"
            ),
            unreachable=isinstance(error, httpx.ConnectError),
        ) from (error if reason == str(error) else None)
    else:
        # A cut connection can look like the end of a response without Content-Length, so success is checked too.
        _raise_if_cut(request, url, connection, None)


def _raise_if_cut(request: Request, url: str, connection: CuttableConnection, error: Exception | None) -> None:
    """Raises the reason for which the connection was cut, if it was.

    Raises:
        RetryableError: the time limit has passed, or the turn of the rate limit was lost.
        Stopped: the request was aborted.
    """
    if connection.timed_out:
        raise RetryableError(_timeout_error(request, url, "did not finish its response in time")) from error
    if connection.lost_turn:
        raise RetryableError(
            UnavailableError(
                f"{request.service} was asked in a turn that was lost with the connection to the database "
                f"({redacted_url(url)}); check that the database server runs, and try again later"
            )
        ) from error
    if connection.was_cut:
        raise Stopped from error


def _timeout_error(request: Request, url: str, problem: str) -> ServiceTimeoutError:
    return ServiceTimeoutError(f"{request.service} {problem} ({redacted_url(url)}); try again later")

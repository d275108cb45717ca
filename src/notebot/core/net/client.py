"""HTTP, kept polite and kept in bounds: the only room that knows httpx.

one question ──> tries within retry_s ──> hops of redirects ──> one request, in its turn of the pace,
                                                                on its own connection, watched
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from notebot.core.model.arxiv_id import is_arxiv_host
from notebot.core.model.errors import NotebotError, ServiceTimeoutError, ThrottledError, UnavailableError
from notebot.core.model.source_record import Validators
from notebot.core.net.connection import Connection, OpenConnections
from notebot.core.net.pace import Pace, Stopped
from notebot.core.net.response import (
    CHECK_URL_HINT,
    RawResponse,
    Request,
    Response,
    check_response,
    redacted_url,
    whole,
)
from notebot.core.net.retry import RetryableError, retry

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping

    from notebot.core.net.httpx_import import httpx

logger = logging.getLogger(__name__)

_MOST_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PEEK_BYTES = 1024


class Http:
    """Asks outside services, one connection per request.

    Args:
        user_agent: names the program and a contact; services ban anonymous clients.
        timeout_s: the longest silence; a whole answer may take ten times that.
        retry_s: how long one question is tried again; 0 means a single try.
        stop: when set, nothing more is asked and :class:`Stopped` is raised.

    Attributes:
        requests_made: every request so far, those of retries and redirects included.
    """

    def __init__(self, user_agent: str, timeout_s: float, retry_s: float, stop: threading.Event) -> None:
        self.requests_made = 0
        self.user_agent = user_agent
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._stop = stop
        self._lines = OpenConnections(stop)

    def get(
        self,
        url: str,
        *,
        accept: tuple[str, ...],
        max_bytes: int,
        service: str,
        validators: Validators | None = None,
        pace: Pace | None = None,
        keep_statuses: tuple[int, ...] = (),
        check: Callable[[Response], object] | None = None,
        headers: Mapping[str, str] | None = None,
        refusal: Callable[[RawResponse], NotebotError | None] | None = None,
    ) -> Response:
        """The answer to a GET, checked: status, content type, size, then ``check``.

        Args:
            url: http or https.
            accept: the media types that may come back, the preferred one first.
            max_bytes: of the unpacked body.
            service: what a person calls it; errors begin with it.
            validators: make the request conditional; a 304 comes back as ``not_modified``.
            pace: a turn of it is taken for every single request.
            keep_statuses: statuses besides 200 whose body is an answer.
            check: raises ``BadAnswerError`` for a body that is not well-formed or not complete;
                such an answer is asked for again, as one that was cut short is.
            headers: sent besides or instead of the usual ones, to the URL's own origin alone; they show
                in no error and no log.
            refusal: what a status that brings no answer means to this service; ``None`` leaves it to
                the general reading, a ``ThrottledError`` is waited for as any is.

        Raises:
            NotebotError: what ``refusal`` made of the answer.
            ServiceError: the service gave no usable answer within ``retry_s``.
            StateError: the pace's lock cannot be used.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        known = validators or Validators()
        ask = Request(url, service, accept, max_bytes, known, pace, keep_statuses, check, headers or {}, refusal)
        return retry(lambda: self._try(ask), self._retry_s, self._stop)

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
        """The answer to a POST; as :meth:`get`, but a redirect is not followed: what is posted goes nowhere else.

        Raises:
            NotebotError: as :meth:`get`.
        """
        ask = Request(url, service, accept, max_bytes, Validators(), None, (), None, headers, refusal, content)
        return retry(lambda: self._try(ask), self._retry_s, self._stop)

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
        """The answer, 200 or 201, to a request that changes something; as :meth:`post`.

        It is sent again only where the service said that it took nothing (``ThrottledError``): an answer
        that was lost may have been obeyed.

        Raises:
            NotebotError: as :meth:`get`.
        """
        ask = Request(
            url, service, accept, max_bytes, Validators(), None, (201,), None, headers, refusal, content, verb
        )

        def once() -> Response:
            try:
                return self._try(ask)
            except RetryableError as again:
                if isinstance(again.error, ThrottledError):
                    raise
                raise again.error from again.__cause__

        return retry(once, self._retry_s, self._stop)

    def abort(self) -> None:
        """Drops the requests under way, from any thread or signal handler."""
        self._lines.cut()

    def _try(self, ask: Request) -> Response:
        url = ask.url
        for _ in range(_MOST_HOPS + 1):
            reply = self._request(ask, url)
            if reply.status not in _REDIRECTS:
                return check_response(ask, reply)
            if ask.content is not None:
                raise _not_followed(ask, reply)
            url = _next_hop(ask, reply)
        raise ask.bad(f"redirects more than {_MOST_HOPS} times", CHECK_URL_HINT)

    def _request(self, ask: Request, url: str) -> RawResponse:
        with (
            self._client(ask, url) as client,
            self._turn(ask) as started,
            self._lines.open(10 * self._timeout_s) as line,
        ):

            def trace(event: str, info: Any) -> None:
                if event.endswith("send_request_headers.started"):
                    started()
                line.trace(event, info)

            self.requests_made += 1
            logger.debug("%s %s", ask.method, redacted_url(url))
            with (
                _faults(ask, url, line),
                client.stream(
                    ask.method, url, headers=ask.headers_to(url), content=ask.content, extensions={"trace": trace}
                ) as response,
            ):
                return _read(ask, url, response)

    @contextmanager
    def _client(self, ask: Request, url: str) -> Iterator[httpx.Client]:
        """A client for one request; made before the pace is taken, for it is slow to make.

        Proxies of the environment are for the outside world: this machine is reached without.
        """
        from notebot.core.net.httpx_import import httpx

        try:
            secure = urlsplit(url).scheme.lower() == "https"
            client = httpx.Client(
                headers={"User-Agent": self.user_agent},
                timeout=self._timeout_s,
                trust_env=not is_loopback(url),
                verify=self._trust if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            )
            client.build_request("GET", url)
        except (httpx.InvalidURL, ValueError, ImportError) as error:
            raise ask.bad(f"cannot be asked: {error}", CHECK_URL_HINT) from error
        with client:
            yield client

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        from notebot.core.net.httpx_import import httpx

        return httpx.create_ssl_context()

    @contextmanager
    def _turn(self, ask: Request) -> Iterator[Callable[[], None]]:
        if self._stop.is_set():
            raise Stopped
        with ask.pace.turn() if ask.pace is not None else nullcontext(_nothing) as started:
            yield started


def _nothing() -> None:
    """Stands in for a pace where none is kept."""


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine, by its address or as ``localhost``."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _not_followed(ask: Request, reply: RawResponse) -> NotebotError:
    told = ask.refusal(reply) if ask.refusal is not None else None
    return told or ask.bad(f"redirects (status {reply.status}), where what is posted does not follow", CHECK_URL_HINT)


def _next_hop(ask: Request, reply: RawResponse) -> str:
    with suppress(ValueError):
        target = urljoin(reply.url, reply.headers["location"]) if "location" in reply.headers else ""
        parts = urlsplit(target)
        if ask.pace is None and is_arxiv_host(parts.hostname or ""):
            raise ask.bad("redirects to arXiv, which is asked at its own pace alone", CHECK_URL_HINT)
        if parts.scheme.lower() in ("http", "https"):
            return target
    raise ask.bad(f"redirects (status {reply.status}) to no web address", CHECK_URL_HINT)


def _read(ask: Request, url: str, response: httpx.Response) -> RawResponse:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if ask.keeps(response.status_code):
        body = _body(ask, response)
    else:
        body = _beginning(response)
    return RawResponse(url, response.status_code, headers, body)


def _body(ask: Request, response: httpx.Response) -> bytes:
    from notebot.core.net.httpx_import import httpx

    encoding = response.headers.get("content-encoding", "").strip().lower()
    try:
        return whole(ask, response.iter_raw(), encoding)
    except httpx.TimeoutException:
        raise
    except httpx.TransportError as error:
        raise RetryableError(ask.bad("broke off in the middle of its answer")) from error


def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of an error's body; what it says is a help, and no more."""
    from notebot.core.net.httpx_import import httpx

    body = b""
    with suppress(httpx.TransportError):
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _PEEK_BYTES:
                break
    return body


@contextmanager
def _faults(ask: Request, url: str, line: Connection) -> Iterator[None]:
    """Turns what httpx raises, and what the watch on the line did, into errors of our own.

    A line that was cut can look like the end of an answer of unknown length, so it is asked in any case.
    """
    from notebot.core.net.httpx_import import httpx

    try:
        yield
    except (httpx.TransportError, RetryableError) as error:
        _heed(ask, url, line, error)
        if isinstance(error, RetryableError):
            raise
        if isinstance(error, httpx.TimeoutException):
            raise RetryableError(_too_slow(ask, url, "fell silent")) from error
        raise RetryableError(_unreachable(ask, url, error)) from error
    else:
        _heed(ask, url, line, None)


def _heed(ask: Request, url: str, line: Connection, error: Exception | None) -> None:
    if line.timed_out:
        raise RetryableError(_too_slow(ask, url, "did not finish its answer in time")) from error
    if line.cut_short:
        raise Stopped from error


def _too_slow(ask: Request, url: str, what: str) -> ServiceTimeoutError:
    return ServiceTimeoutError(f"{ask.service} {what} ({redacted_url(url)}); try again later")


def _unreachable(ask: Request, url: str, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"{ask.service} cannot be reached ({redacted_url(url)}: {error}); check the connection, or try again later"
    )

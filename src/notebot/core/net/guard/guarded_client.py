"""The client for links from outside; it checks every URL and every redirect before it sends a request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from notebot.core.model.arxiv_id import is_arxiv_host
from notebot.core.model.errors import BadAnswerError, NotebotError, NotFoundError, RefusedError
from notebot.core.net.guard.pinned_connection import PinnedClient
from notebot.core.net.guard.resolver import Resolver, SystemResolver
from notebot.core.net.guard.robots import Robots
from notebot.core.net.guard.url_policy import GuardError, GuardRule, Target, check_addresses, check_url, parse_ip
from notebot.core.net.response import RawResponse, Request, Response, check_response
from notebot.core.net.retry import RetryableError

if TYPE_CHECKING:
    import ssl
    import threading

Refusal = Callable[[RawResponse], NotebotError | None]

# services.md 6.1; shorteners lead to shorteners, and each hop is checked again
_MAX_REDIRECTS = 5
# rules.md 4.2: a whole answer may take ten times the longest silence
_TIMEOUTS_PER_LINK = 10
# RFC 9309, 2.5: a crawler has to read at least 500 KiB
_ROBOTS_MAX_BYTES = 512 * 1024
_ROBOTS_TYPES = ("text/plain",)


class Guard:
    """Follows links that came from outside, unless a rule forbids it.

    It sends no cookies, no credentials and no referrer, and retries nothing: the caller may call again.

    Args:
        user_agent: names the program and a contact; its first word is the name for ``robots.txt``.
        timeout_s: the longest silence; a whole link, with redirects and ``robots.txt``, may take ten times that.
        stop: once set, no request is sent and ``Stopped`` is raised.
        resolver: looks up host names; ``None`` means the system's resolver.
        allow_loopback: allows this machine, on any port; for tests only.
        trust: the trusted certificates; ``None`` means the usual ones.
    """

    def __init__(
        self,
        user_agent: str,
        timeout_s: float,
        stop: threading.Event,
        *,
        resolver: Resolver | None = None,
        allow_loopback: bool = False,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._limit_s = _TIMEOUTS_PER_LINK * timeout_s
        self._resolver = resolver or SystemResolver()
        self._allow_loopback = allow_loopback
        self._client = PinnedClient(user_agent, timeout_s, stop, trust)
        self._robots = Robots(user_agent, self._fetch_robots)

    @property
    def requests_made(self) -> int:
        """All requests so far, including redirects and ``robots.txt``."""
        return self._client.requests_made

    def fetch(
        self,
        url: str,
        *,
        accept: tuple[str, ...],
        max_bytes: int,
        service: str = "The page",
        refusal: Refusal = lambda _: None,
    ) -> Response:
        """The response to a link, its status, type and size checked.

        Args:
            url: as written in the text.
            accept: the media types that the response may have, the preferred one first.
            max_bytes: of the decompressed body.
            service: the site's name for people; error messages about the response begin with it.
            refusal: the service's own error for a status other than 200; ``None`` gives the general one.

        Raises:
            GuardError: a rule forbids the link, one of its redirects, or its response.
            NotFoundError: the page does not exist (404, 410).
            NotebotError: what ``refusal`` returned for the status.
            ServiceError: the site gave no usable response.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        request = _request(url, service, accept, max_bytes, refusal)
        return self._follow(request, time.monotonic() + self._limit_s, self._robots.check)

    def expand(self, url: str) -> str:
        """The URL that a short link redirects to, which is not requested; otherwise the link itself.

        Only the shortener is asked and no page is read, so ``robots.txt`` is not consulted.

        Raises:
            GuardError: a rule forbids the short link.
            ServiceError: the shortener did not respond.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        request = _request(url, "The short link", (), 0)
        target = self._checked_target(url)
        raw = self._send(request, target, time.monotonic() + self._limit_s, wants_body=False)
        return _location(raw) or url

    def send_once(self, request: Request) -> RawResponse:
        """The status of the response to a request of any method; the body is not read, and no redirect followed.

        ``robots.txt`` is not consulted: it is about pages, and the curator named this address.

        Raises:
            GuardError: a rule forbids the URL or the address of its host.
            ServiceError: there was no response.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        target = self._checked_target(request.url)
        return self._send(request, target, time.monotonic() + self._limit_s, wants_body=False)

    def abort(self) -> None:
        """Aborts all requests in progress, from any thread or signal handler."""
        self._client.abort()

    def _follow(self, request: Request, deadline_s: float, check: Callable[[Target, float], None]) -> Response:
        target = self._checked_target(request.url)
        for _ in range(_MAX_REDIRECTS + 1):
            check(target, deadline_s)
            raw = self._send(request, target, deadline_s)
            if not raw.is_redirect:
                try:
                    return check_response(request, raw)
                except RetryableError as failure:
                    raise failure.error from failure
            location = _location(raw)
            if location is None:
                raise GuardError(GuardRule.REDIRECTS, target.url)
            # Redirects are checked from the beginning: an allowed site may redirect to a forbidden address.
            next_target = self._checked_target(location)
            if (target.scheme, next_target.scheme) == ("https", "http"):
                raise GuardError(GuardRule.DOWNGRADE, location)
            target = next_target
        raise GuardError(GuardRule.REDIRECTS, request.url)

    def _checked_target(self, url: str) -> Target:
        target = check_url(url, allow_loopback=self._allow_loopback)
        if is_arxiv_host(target.host):
            raise GuardError(GuardRule.ARXIV, target.url)
        return target

    def _send(self, request: Request, target: Target, deadline_s: float, *, wants_body: bool = True) -> RawResponse:
        # The name is resolved once, and the connection goes to the very addresses that were checked. A second
        # lookup could return another address (DNS rebinding).
        literal = parse_ip(target.host)
        limit_s = _seconds_left(target, deadline_s)
        addresses = (literal,) if literal else tuple(self._resolver.addresses(target.host, limit_s))
        check_addresses(target, addresses, allow_loopback=self._allow_loopback)
        return self._client.send(request, target, addresses, _seconds_left(target, deadline_s), wants_body=wants_body)

    def _fetch_robots(self, url: str, deadline_s: float) -> bytes:
        request = _request(url, "The site's robots.txt", _ROBOTS_TYPES, _ROBOTS_MAX_BYTES)
        return self._follow(request, deadline_s, lambda *_: None).body


def _request(
    url: str, service: str, accept: tuple[str, ...], max_bytes: int, refusal: Refusal = lambda _: None
) -> Request:
    def status_error(raw: RawResponse) -> NotebotError | None:
        """The general errors blame the config; a link from a post is nobody's setting."""
        error = refusal(raw)
        if error is not None:
            return error
        if raw.status in (404, 410):
            return NotFoundError(f"{service} does not exist or was deleted (status {raw.status}); check the link.")
        # 451 is a legal block; LinkedIn answers programs with 999 (services.md 3.6).
        if raw.status in (401, 403, 451, 999):
            return RefusedError(f"{service} does not allow programs (status {raw.status}); open it in a browser.")
        if 400 <= raw.status < 500 and raw.status not in (406, 429):
            return BadAnswerError(f"{service} answered with status {raw.status}; check the link.")
        return None

    return Request(url=url, service=service, accept=accept, max_bytes=max_bytes, refusal=status_error)


def _seconds_left(target: Target, deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise GuardError(GuardRule.TIME, target.url)
    return left_s


def _location(raw: RawResponse) -> str | None:
    location = raw.headers.get("location") if raw.is_redirect else None
    try:
        return location and urljoin(raw.url, location)
    except ValueError:
        return location

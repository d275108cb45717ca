"""The door itself: a link goes through it hop by hop, and is judged anew at each."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from notebot.core.model.arxiv_id import is_arxiv_host
from notebot.core.model.errors import BadAnswerError, NotebotError, NotFoundError, RefusedError
from notebot.core.model.source_record import Validators
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

_MOST_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_WHOLE_IN_SILENCES = 10
_ROBOTS_BYTES = 512 * 1024
_ROBOTS_TYPES = ("text/plain",)


class Guard:
    """Follows links that came from outside, and only where none of the rules forbids it.

    Nothing is carried along: no cookies, no credentials, no referrer. Nothing is asked twice: a link that
    fails is the caller's to hand in again.

    Args:
        user_agent: names the program and a contact; sites address its first word in ``robots.txt``.
        timeout_s: the longest silence; a whole link, redirects and ``robots.txt`` included, may take ten times that.
        stop: when set, nothing more is asked and ``Stopped`` is raised.
        resolver: the system's, unless a test brings its own.
        allow_loopback: lets this machine be asked, on any port; for tests alone.
        trust: the certificates that are believed; ``None`` means the usual ones.
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
        self._limit_s = _WHOLE_IN_SILENCES * timeout_s
        self._resolver = resolver or SystemResolver()
        self._allow_loopback = allow_loopback
        self._wire = PinnedClient(user_agent, timeout_s, stop, trust)
        self._robots = Robots(user_agent, self._robots_text)

    @property
    def requests_made(self) -> int:
        """Every request so far, those of redirects and for ``robots.txt`` included."""
        return self._wire.requests_made

    def fetch(
        self,
        url: str,
        *,
        accept: tuple[str, ...],
        max_bytes: int,
        service: str = "The page",
        refusal: Refusal = lambda _: None,
    ) -> Response:
        """The answer to a link, checked as to status, type and size; ``url`` of it is where it came from.

        Args:
            url: as it stood in the text.
            accept: the media types that may come back, the preferred one first.
            max_bytes: of the unpacked body.
            service: what a person calls it; errors of the answer begin with it.
            refusal: what a status other than 200 means there, before the general reading of it.

        Raises:
            GuardError: a rule forbids the link, a place it redirects to, or its answer.
            NotFoundError: there is nothing there any more (404, 410).
            NotebotError: what ``refusal`` made of the status.
            ServiceError: the site gave no usable answer.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        ask = _ask(url, service, accept, max_bytes, refusal)
        return self._follow(ask, time.monotonic() + self._limit_s, self._robots.check)

    def expand(self, url: str) -> str:
        """Where a short link leads, without going there; a link that leads nowhere else is given back.

        A shortener is asked what its link stands for, no page is read: ``robots.txt`` is not consulted.

        Raises:
            GuardError: a rule forbids to ask.
            ServiceError: the shortener did not answer.
            Stopped: ``stop`` was set, or :meth:`abort` was called.
        """
        ask = _ask(url, "The short link", (), 0)
        target = self._target(url)
        reply = self._hop(ask, target, time.monotonic() + self._limit_s, wants_body=False)
        return _location(reply) or url

    def abort(self) -> None:
        """Drops the requests under way, from any thread or signal handler."""
        self._wire.abort()

    def _follow(self, ask: Request, deadline_s: float, check: Callable[[Target, float], None]) -> Response:
        target = self._target(ask.url)
        for _ in range(_MOST_HOPS + 1):
            check(target, deadline_s)
            reply = self._hop(ask, target, deadline_s)
            if reply.status not in _REDIRECTS:
                return _judged(ask, reply)
            target = self._next(target, reply)
        raise GuardError(GuardRule.REDIRECTS, ask.url)

    def _target(self, url: str) -> Target:
        target = check_url(url, allow_loopback=self._allow_loopback)
        if is_arxiv_host(target.host):
            raise GuardError(GuardRule.ARXIV, target.url)
        return target

    def _hop(self, ask: Request, target: Target, deadline_s: float, *, wants_body: bool = True) -> RawResponse:
        """One request: the name is resolved once, and the connection goes to what was checked."""
        known = parse_ip(target.host)
        addresses = (known,) if known else tuple(self._resolver.addresses(target.host, _left(target, deadline_s)))
        check_addresses(target, addresses, allow_loopback=self._allow_loopback)
        return self._wire.send(ask, target, addresses, _left(target, deadline_s), wants_body=wants_body)

    def _next(self, target: Target, reply: RawResponse) -> Target:
        location = _location(reply)
        if location is None:
            raise GuardError(GuardRule.REDIRECTS, target.url)
        following = self._target(location)
        if (target.scheme, following.scheme) == ("https", "http"):
            raise GuardError(GuardRule.DOWNGRADE, location)
        return following

    def _robots_text(self, url: str, deadline_s: float) -> bytes:
        ask = _ask(url, "The site's robots.txt", _ROBOTS_TYPES, _ROBOTS_BYTES)
        return self._follow(ask, deadline_s, lambda *_: None).body


def _ask(url: str, service: str, accept: tuple[str, ...], max_bytes: int, refusal: Refusal = lambda _: None) -> Request:
    def reading(reply: RawResponse) -> NotebotError | None:
        return refusal(reply) or _refused(service, reply)

    return Request(
        url=url,
        service=service,
        accept=accept,
        max_bytes=max_bytes,
        validators=Validators(),
        pace=None,
        keep_statuses=(),
        check=None,
        headers={},
        refusal=reading,
    )


def _left(target: Target, deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise GuardError(GuardRule.TIME, target.url)
    return left_s


def _location(reply: RawResponse) -> str | None:
    location = reply.headers.get("location") if reply.status in _REDIRECTS else None
    try:
        return location and urljoin(reply.url, location)
    except ValueError:
        return location


def _judged(ask: Request, reply: RawResponse) -> Response:
    try:
        return check_response(ask, reply)
    except RetryableError as again:
        raise again.error from again


def _refused(service: str, reply: RawResponse) -> NotebotError | None:
    """What a status means that the general reading would take for a fault of the config."""
    if reply.status in (404, 410):
        return NotFoundError(f"{service} is gone, or never was (status {reply.status}); check the link.")
    if reply.status in (401, 403, 451, 999):
        return RefusedError(f"{service} is closed to us (status {reply.status}); open it in a browser.")
    if 400 <= reply.status < 500 and reply.status not in (406, 429):
        return BadAnswerError(f"{service} answered with status {reply.status}; check the link.")
    return None

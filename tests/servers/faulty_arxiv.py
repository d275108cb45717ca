"""The sample arXiv with a log of its requests, and with answers that are broken on purpose."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, unquote

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv import SampleArxiv, SamplePaper
from notebot.demo.sample_arxiv.answer import PLAIN, SampleAnswer

if TYPE_CHECKING:
    from notebot.demo.sample_arxiv.loopback_server import RequestHandler, SampleRequest

HTML = "text/html; charset=utf-8"
DRIP_BYTES = 16
FLOOD_PIECE = b" " * 65_536
Place = Literal["first", "middle", "last"]


class FaultKind(StrEnum):
    """One way in which an answer is broken."""

    TOO_MANY_REQUESTS = "429"
    UNAVAILABLE = "503"
    SERVER_ERROR = "500"
    NOT_ACCEPTABLE = "406"
    FORBIDDEN = "403"
    """The HTML page of a ban."""
    RATE_EXCEEDED = "rate-exceeded"
    """HTTP 200 and ``Rate exceeded.`` in plain text."""
    REDIRECT = "redirect"
    """301 to the same address, with an empty body."""
    NO_SUCH_HOST = "no-such-host"
    """301 to a host that does not resolve: the way to make DNS fail at one request among many."""
    EMPTY_BODY = "empty-body"
    EMPTY_PAGE = "empty-page"
    """Entries or records removed; the totals and a resumption token stay."""
    NOTHING_FOUND = "nothing-found"
    """Well-formed and empty: total 0, an empty feed, ``noRecordsMatch``."""
    LOST_ENTRY = "lost-entry"
    """The last entry or record is missing, the totals stay."""
    TRUNCATED = "truncated"
    """The first half of the body, with a length that agrees with it."""
    BOT_WALL = "bot-wall"
    """HTTP 200 and an HTML page."""
    WRONG_TYPE = "wrong-type"
    """The right body under ``text/html``."""
    ENTITY_BOMB = "entity-bomb"
    """XML whose entities expand to gigabytes."""
    BAD_TOKEN = "bad-token"
    """``badResumptionToken``, as after the token has expired."""
    DROPPED_BEFORE_HEADERS = "dropped-before-headers"
    DROPPED_MID_BODY = "dropped-mid-body"
    """The headers promise the whole body, the connection closes after half of it."""
    HANG = "hang"
    """No answer until the server is released or closed."""
    DRIP = "drip"
    """The right body, sixteen bytes at a time."""
    HUGE = "huge"
    """The start of the right body, then ``size_bytes`` of white space without a declared length."""


class Fault(Struct, frozen=True):
    """Which requests are broken, and how."""

    service: Literal["feed", "api", "oai"]
    kind: FaultKind
    nth: Place | int | None = None
    """A number: the first matching request that is broken, counted from 1 since :meth:`FaultyArxiv.set_faults`.
    A word: the place in a paged list; a feed, or any single page, is first and last. ``None``: any request."""
    category: str | None = None
    """Only requests about this category; API requests have none."""
    times: int | None = 1
    """How many requests; ``None`` means until the faults are replaced."""
    retry_after: str | None = None
    """The header's value as it is sent: seconds, an HTTP date, or nonsense."""
    pause_s: float = 0.05
    """Between two pieces of a drip."""
    size_bytes: int = 500_000_000


class LoggedRequest(Struct, frozen=True):
    """One request to a service."""

    started_at: float
    """Seconds of the monotonic clock, which all processes of a machine share."""
    ended_at: float | None
    """``None`` until the answer is sent; set a moment after the client has the last byte."""
    method: str
    path: str
    query: str
    """The raw query string; of a POST, its body."""
    user_agent: str
    status: int | None
    """``None`` if no answer was sent."""


class FaultyArxiv(SampleArxiv):
    """The sample arXiv, with a request log and faults that can be switched on while it runs."""

    def __init__(self, papers: Iterable[SamplePaper] | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(papers, host, port)
        self.max_open = 0
        """The most connections that were open while a request arrived, idle ones included."""
        self._faults: list[tuple[Fault, list[SampleRequest]]] = []
        self._log: list[LoggedRequest] = []
        self._changed = threading.Condition()
        self._released = threading.Event()

    def close(self) -> None:
        super().close()
        self._released.set()

    @property
    def log(self) -> list[LoggedRequest]:
        """A copy of the requests so far, in order of arrival."""
        with self._changed:
            return list(self._log)

    def set_faults(self, *faults: Fault) -> None:
        """Replaces all faults; without arguments everything works again."""
        with self._changed:
            self._faults = [(fault, []) for fault in faults]

    def release(self) -> None:
        """Closes the connections of the requests that hang, drip or flood."""
        released, self._released = self._released, threading.Event()
        released.set()

    def wait_for_requests(self, count: int, timeout_s: float = 120.0) -> bool:
        """Waits until ``count`` requests have arrived since the start; false if they did not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._log) >= count, timeout_s)

    def serve(self, request: SampleRequest, handler: RequestHandler) -> None:
        """Logs the request, and answers it with the first fault that applies."""
        released = self._released
        agent = request.headers.get("User-Agent", "")
        entry = LoggedRequest(monotonic(), None, request.method, request.path, request.query, agent, None)
        with self._changed:
            self.max_open = max(self.max_open, sum(map(is_connected, self.server.open_connections())))
            self._log.append(entry)
            number = len(self._log) - 1
            self._changed.notify_all()
        answer = self.plain_answer(request)
        fault = self._draw(request, answer)
        if fault is None:
            answer = self.with_validators(answer, request)
        else:
            answer = break_answer(fault, answer, f"{self.base_url}{request.target}")
        if fault is None or fault.kind not in (FaultKind.HANG, FaultKind.DROPPED_BEFORE_HEADERS):
            self._note(number, status=answer.status)
        try:
            send(handler, answer, fault, released)
        finally:
            self._note(number, ended_at=monotonic())

    def _note(self, number: int, **changes: Any) -> None:
        with self._changed:
            self._log[number] = replace(self._log[number], **changes)

    def _draw(self, request: SampleRequest, answer: SampleAnswer) -> Fault | None:
        """Counts the request for every fault that concerns it; returns the first fault that breaks it."""
        service, category, places = describe(request, answer)
        drawn: Fault | None = None
        with self._changed:
            for fault, concerned in self._faults:
                if fault.service != service or fault.category not in (None, category):
                    continue
                if isinstance(fault.nth, str) and fault.nth not in places:
                    continue
                concerned.append(request)
                first = fault.nth if isinstance(fault.nth, int) else 1
                count = len(concerned)
                applies = first <= count and (fault.times is None or count < first + fault.times)
                drawn = drawn or (fault if applies else None)
        return drawn


def describe(request: SampleRequest, answer: SampleAnswer) -> tuple[str, str | None, set[Place]]:
    """The service that is asked, the category it is asked about, and the answer's place in a paged list."""
    style, _, name = request.path.removeprefix("/").partition("/")
    if style in ("atom", "rss") and name:
        return "feed", unquote(name), {"first", "last"}
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    if request.path == "/api/query":
        total, start = (int(match) for match in _COUNTS.findall(answer.body))
        return "api", None, places_of(start == 0, start + answer.body.count(b"<entry>") >= total)
    if request.path == "/oai":
        token = dict(parse_qsl(parameters.get("resumptionToken", "")))
        set_name = (parameters.get("set") or token.get("set", "")).split(":", 1)
        category = set_name[1].replace(":", ".") if len(set_name) == 2 else None
        is_error = b"<error " in answer.body
        return "oai", category, places_of(is_error or not token, is_error or b"<resumptionToken>" not in answer.body)
    return "none", None, {"first", "last"}


def places_of(begins: bool, ends: bool) -> set[Place]:
    """The places of a page that begins or ends a list; a single page does both."""
    places: set[Place] = {"first"} if begins else set()
    if ends:
        places.add("last")
    return places or {"middle"}


def break_answer(fault: Fault, answer: SampleAnswer, url: str) -> SampleAnswer:
    """The broken answer; ``url`` is the address that was asked for.

    Faults that only change how an answer is sent (:func:`send`) leave it as it is.
    """
    if fault.kind in _BODIES:
        return _BODIES[fault.kind](answer)
    if fault.kind is FaultKind.REDIRECT:
        return SampleAnswer(status=301, headers=(("Location", url),))
    if fault.kind is FaultKind.NO_SUCH_HOST:
        return SampleAnswer(status=301, headers=(("Location", "http://arxiv.invalid/"),))
    if fault.kind is FaultKind.HUGE:
        start = answer.body[: answer.body.index(b">", len(b"<?xml version='1.0' encoding='UTF-8'?>")) + 1]
        return replace(answer, body=start)
    if fault.kind in _HTTP_ERRORS:
        headers = (("Retry-After", fault.retry_after),) if fault.retry_after is not None else ()
        body, content_type = _HTTP_ERRORS[fault.kind]
        return SampleAnswer(body, content_type, status=int(fault.kind), headers=headers)
    return answer


def send(handler: RequestHandler, answer: SampleAnswer, fault: Fault | None, released: threading.Event) -> None:
    """Sends the answer whole, in pieces, in part or not at all, as the fault says."""
    kind = fault.kind if fault is not None else None
    if fault is None or kind not in _TRANSPORT:
        handler.send(answer)
        return
    handler.close_connection = True
    if kind is FaultKind.HANG:
        released.wait()
    if kind in (FaultKind.HANG, FaultKind.DROPPED_BEFORE_HEADERS):
        return
    handler.send_head(answer, None if kind is FaultKind.HUGE else len(answer.body))
    if kind is FaultKind.DROPPED_MID_BODY:
        handler.wfile.write(answer.body[: len(answer.body) // 2])
    elif kind is FaultKind.DRIP:
        for start in range(0, len(answer.body), DRIP_BYTES):
            handler.wfile.write(answer.body[start : start + DRIP_BYTES])
            if released.wait(fault.pause_s):
                return
    else:
        handler.wfile.write(answer.body)
        for start in range(0, fault.size_bytes, len(FLOOD_PIECE)):
            if released.is_set():
                return
            handler.wfile.write(FLOOD_PIECE[: fault.size_bytes - start])


def is_connected(connection: socket.socket) -> bool:
    """True until the client has hung up, which the server's thread may notice a moment later."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


_ENTRIES = regex(rb"<(entry|item|record)>.*</\1>\s*", re.DOTALL)
_LAST_ENTRY = regex(rb"<(entry|item|record)>(?!.*<\1>).*</\1>\s*", re.DOTALL)
_LIST = regex(rb"<ListRecords>.*</ListRecords>", re.DOTALL)
_TOTAL = regex(rb"(<opensearch:totalResults>)\d+")
_COUNTS = regex(rb"<opensearch:(?:totalResults|startIndex)>(\d+)")


def without_results(answer: SampleAnswer) -> SampleAnswer:
    """A well-formed answer in which nothing was found."""
    error = b'<error code="noRecordsMatch">No records match these arguments</error>'
    body = _ENTRIES.sub(b"", _LIST.sub(error, answer.body))
    return replace(answer, body=_TOTAL.sub(rb"\g<1>0", body))


def with_expired_token(answer: SampleAnswer) -> SampleAnswer:
    """The list replaced by OAI-PMH's error for an expired token."""
    error = b'<error code="badResumptionToken">The token is not known or has expired</error>'
    return replace(answer, body=_LIST.sub(error, answer.body))


def entity_bomb(answer: SampleAnswer) -> SampleAnswer:
    """A small XML document that expands to gigabytes."""
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY e0 "boom">{levels}]><feed>&e9;</feed>'
    return replace(answer, body=body.encode())


_TRANSPORT = (
    FaultKind.DROPPED_BEFORE_HEADERS,
    FaultKind.DROPPED_MID_BODY,
    FaultKind.HANG,
    FaultKind.DRIP,
    FaultKind.HUGE,
)
_BODIES: dict[FaultKind, Callable[[SampleAnswer], SampleAnswer]] = {
    FaultKind.RATE_EXCEEDED: lambda _: SampleAnswer(b"Rate exceeded."),
    FaultKind.EMPTY_BODY: lambda answer: replace(answer, body=b""),
    FaultKind.EMPTY_PAGE: lambda answer: replace(answer, body=_ENTRIES.sub(b"", answer.body)),
    FaultKind.NOTHING_FOUND: without_results,
    FaultKind.LOST_ENTRY: lambda answer: replace(answer, body=_LAST_ENTRY.sub(b"", answer.body)),
    FaultKind.TRUNCATED: lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    FaultKind.BOT_WALL: lambda _: SampleAnswer(b"<!DOCTYPE html><html><body>Are you a robot?</body></html>", HTML),
    FaultKind.WRONG_TYPE: lambda answer: replace(answer, content_type=HTML),
    FaultKind.ENTITY_BOMB: entity_bomb,
    FaultKind.BAD_TOKEN: with_expired_token,
}
_HTTP_ERRORS = {
    FaultKind.TOO_MANY_REQUESTS: (b"Rate exceeded.", PLAIN),
    FaultKind.UNAVAILABLE: (b"Rate exceeded.", PLAIN),
    FaultKind.SERVER_ERROR: (b"Internal Server Error", PLAIN),
    FaultKind.NOT_ACCEPTABLE: (b"Not Acceptable", PLAIN),
    FaultKind.FORBIDDEN: (b"<html><head><title>Access Denied</title></head></html>", HTML),
}

"""What can go wrong with an answer, switched on request by request."""

from __future__ import annotations

import re
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.answer import HTML, PLAIN, Answer, Delivery, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Service = Literal["feed", "api", "oai"]


class FaultKind(StrEnum):
    """One way in which an answer is spoilt."""

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
    """301 to a host that no name server knows: the way to make DNS fail at one request among many."""
    EMPTY_BODY = "empty-body"
    EMPTY_PAGE = "empty-page"
    """Entries or records taken out; the totals and a resumption token stay."""
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
    """XML whose entities unfold to gigabytes."""
    BAD_TOKEN = "bad-token"
    """``badResumptionToken``, as after the token has expired."""
    DROPPED_BEFORE_HEADERS = "dropped-before-headers"
    DROPPED_MID_BODY = "dropped-mid-body"
    HANG = "hang"
    """No answer until the server is released or closed."""
    DRIP = "drip"
    """The right body, sixteen bytes at a time."""
    HUGE = "huge"
    """The start of the right body, then white space for ``size_bytes``."""


class Fault(Struct, frozen=True):
    """Which requests are spoilt, and how."""

    service: Service
    kind: FaultKind
    nth: Literal["first", "middle", "last"] | int | None = None
    """A number counts the matching requests from 1, since the fault was switched on, and starts there; a
    word is a place in a paged list (a feed, or any single page, is first and last); ``None`` is any."""
    category: str | None = None
    """Only requests about it; the API's requests are about none."""
    times: int | None = 1
    """How many requests; ``None`` is until it is switched off."""
    retry_after: str | None = None
    """The header's value as it is sent: seconds, an HTTP date, or nonsense."""
    pause_s: float = 0.05
    """Between two pieces of a drip."""
    size_bytes: int = 500_000_000


def fault_from_json(record: Mapping[str, Any]) -> Fault:
    """A fault as the control route takes it; the keys are the fields."""
    return Fault(**{**record, "kind": FaultKind(record["kind"])})


class _Met(Struct):
    """A fault, and how many requests it concerned so far."""

    fault: Fault
    count: int = 0


class FaultPlan:
    """The faults that are switched on, and how often each has been met. Safe between threads."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._met = [_Met(fault) for fault in faults]

    def draw(self, service: str, category: str | None, pages: frozenset[Page]) -> Fault | None:
        """Counts one request, and returns the first fault that spoils it."""
        with self._lock:
            struck = list(self._count(service, category, pages))
        return struck[0] if struck else None

    def _count(self, service: str, category: str | None, pages: frozenset[Page]) -> Iterable[Fault]:
        for met in self._met:
            if _concerns(met.fault, service, category, pages):
                met.count += 1
                if _strikes(met.fault, met.count):
                    yield met.fault


def _concerns(fault: Fault, service: str, category: str | None, pages: frozenset[Page]) -> bool:
    if fault.service != service or fault.category not in (None, category):
        return False
    return not isinstance(fault.nth, str) or fault.nth in pages


def _strikes(fault: Fault, count: int) -> bool:
    begin = fault.nth if isinstance(fault.nth, int) else 1
    return begin <= count and (fault.times is None or count < begin + fault.times)


def spoil(fault: Fault, answer: Answer, url: str) -> Answer:
    """``answer`` as the fault lets it through; ``url`` is the address that was asked for."""
    if fault.kind in _TRANSPORT:
        return replace(answer, delivery=_TRANSPORT[fault.kind], pause_s=fault.pause_s)
    if fault.kind in _BODIES:
        return _BODIES[fault.kind](answer)
    if fault.kind is FaultKind.REDIRECT:
        return Answer(status=301, headers=(("Location", url),))
    if fault.kind is FaultKind.NO_SUCH_HOST:
        return Answer(status=301, headers=(("Location", "http://arxiv.invalid/"),))
    if fault.kind is FaultKind.HUGE:
        return _flood(answer, fault.size_bytes)
    return _refusal(fault)


def _refusal(fault: Fault) -> Answer:
    """The answers that are an HTTP error whatever was asked."""
    later = (("Retry-After", fault.retry_after),) if fault.retry_after is not None else ()
    body, content_type = _REFUSALS[fault.kind]
    return Answer(body, content_type, status=int(fault.kind), headers=later)


def _flood(answer: Answer, size_bytes: int) -> Answer:
    start = answer.body[: answer.body.index(b">", len(b"<?xml version='1.0' encoding='UTF-8'?>")) + 1]
    return replace(answer, body=start, delivery=Delivery.FLOOD, flood_bytes=size_bytes)


_ENTRIES = regex(rb"<(entry|item|record)>.*</\1>\s*", re.DOTALL)
_LAST_ENTRY = regex(rb"<(entry|item|record)>(?!.*<\1>).*</\1>\s*", re.DOTALL)
_LIST = regex(rb"<ListRecords>.*</ListRecords>", re.DOTALL)
_TOTAL = regex(rb"(<opensearch:totalResults>)\d+")


def _without_entries(answer: Answer) -> Answer:
    return replace(answer, body=_ENTRIES.sub(b"", answer.body))


def _without_last(answer: Answer) -> Answer:
    return replace(answer, body=_LAST_ENTRY.sub(b"", answer.body))


def _nothing_found(answer: Answer) -> Answer:
    none = b'<error code="noRecordsMatch">No records match these arguments</error>'
    body = _ENTRIES.sub(b"", _LIST.sub(none, answer.body))
    return replace(answer, body=_TOTAL.sub(rb"\g<1>0", body))


def _bad_token(answer: Answer) -> Answer:
    error = b'<error code="badResumptionToken">The token is not known or has expired</error>'
    return replace(answer, body=_LIST.sub(error, answer.body))


def _entity_bomb(answer: Answer) -> Answer:
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY e0 "boom">{levels}]><feed>&e9;</feed>'
    return replace(answer, body=body.encode())


_TRANSPORT = {
    FaultKind.DROPPED_BEFORE_HEADERS: Delivery.DROPPED_BEFORE_HEADERS,
    FaultKind.DROPPED_MID_BODY: Delivery.DROPPED_MID_BODY,
    FaultKind.HANG: Delivery.NEVER,
    FaultKind.DRIP: Delivery.DRIP,
}
_BODIES: dict[FaultKind, Callable[[Answer], Answer]] = {
    FaultKind.RATE_EXCEEDED: lambda _: Answer(b"Rate exceeded."),
    FaultKind.EMPTY_BODY: lambda answer: replace(answer, body=b""),
    FaultKind.EMPTY_PAGE: _without_entries,
    FaultKind.NOTHING_FOUND: _nothing_found,
    FaultKind.LOST_ENTRY: _without_last,
    FaultKind.TRUNCATED: lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    FaultKind.BOT_WALL: lambda _: Answer(b"<!DOCTYPE html><html><body>Are you a robot?</body></html>", HTML),
    FaultKind.WRONG_TYPE: lambda answer: replace(answer, content_type=HTML),
    FaultKind.ENTITY_BOMB: _entity_bomb,
    FaultKind.BAD_TOKEN: _bad_token,
}
_REFUSALS = {
    FaultKind.TOO_MANY_REQUESTS: (b"Rate exceeded.", PLAIN),
    FaultKind.UNAVAILABLE: (b"Rate exceeded.", PLAIN),
    FaultKind.SERVER_ERROR: (b"Internal Server Error", PLAIN),
    FaultKind.NOT_ACCEPTABLE: (b"Not Acceptable", PLAIN),
    FaultKind.FORBIDDEN: (b"<html><head><title>Access Denied</title></head></html>", HTML),
}

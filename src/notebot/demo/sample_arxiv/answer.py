"""One answer of the sample arXiv, before it is put on the wire."""

from enum import StrEnum

from msgspec import Struct

ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
OAI_XML = "text/xml; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"


class Delivery(StrEnum):
    """How an answer travels."""

    WHOLE = "whole"
    DROPPED_BEFORE_HEADERS = "dropped-before-headers"
    DROPPED_MID_BODY = "dropped-mid-body"
    """The headers promise the whole body, the connection closes after half of it."""
    NEVER = "never"
    """Nothing is sent until the server is released or closed."""
    DRIP = "drip"
    """A few bytes at a time."""
    FLOOD = "flood"
    """White space without a declared length, made as it is sent."""


class Page(StrEnum):
    """Where an answer stands in a list that comes in pages; a single page is first and last."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


class Answer(Struct, frozen=True):
    """Status, headers and body."""

    body: bytes = b""
    content_type: str = PLAIN
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """Besides type and length."""
    pages: frozenset[Page] = frozenset({Page.FIRST, Page.LAST})
    delivery: Delivery = Delivery.WHOLE
    pause_s: float = 0.0
    """Between two pieces of a drip."""
    flood_bytes: int = 0
    """How much white space follows ``body`` in a flood."""


def pages_of(*, begins: bool, ends: bool) -> frozenset[Page]:
    """The place of a page that has none before it (``begins``) or none after it (``ends``)."""
    named = {Page.FIRST} if begins else set()
    if ends:
        named.add(Page.LAST)
    return frozenset(named or {Page.MIDDLE})

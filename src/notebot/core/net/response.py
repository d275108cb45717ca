"""What an HTTP answer is worth: a :class:`Response` that may be used, or the error that says why not."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    RefusedError,
    ServiceError,
    ThrottledError,
    UnavailableError,
)
from notebot.core.model.source_record import Validators
from notebot.core.net.retry import RetryableError, retry_after_s
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.core.net.pace import Pace

CHECK_URL_HINT = "check its URL in the config"

_PIECE_BYTES = 256 * 1024
_THROTTLED_BYTES = 512
_SECRET = regex(r"(?i)\b([\w-]*(?:key|token|secret|password|auth|mailto|sig)[\w-]*)=[^&]*")


class Response(Struct, frozen=True):
    """An answer whose status, content type and size are as they should be."""

    status: int
    body: bytes
    """Unpacked; empty only on a 304."""
    content_type: str
    """The bare media type, lower case; empty where the service named none."""
    validators: Validators
    not_modified: bool
    url: str
    """Where the answer came from, after redirects."""
    headers: Mapping[str, str]
    """By lower-case name."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one service."""

    url: str
    service: str
    """What a person calls it; errors begin with it."""
    accept: tuple[str, ...]
    max_bytes: int
    validators: Validators
    pace: Pace | None
    keep_statuses: tuple[int, ...]
    check: Callable[[Response], object] | None
    headers: Mapping[str, str] = field(repr=False)
    """What is sent besides, or instead, to the origin of ``url`` alone: there may be a secret among them."""
    refusal: Callable[[RawResponse], NotebotError | None] | None
    content: bytes | None = field(default=None, repr=False)
    """What is sent; ``None`` makes the request a GET."""
    verb: str = "POST"
    """How ``content`` is sent."""

    @property
    def method(self) -> str:
        return "GET" if self.content is None else self.verb

    def headers_to(self, url: str) -> dict[str, str]:
        """The request's headers when it goes to ``url``, where a redirect may have led it."""
        named = {
            "Accept": ", ".join(self.accept),
            "Accept-Encoding": "gzip",
            "Connection": "close",
            "If-None-Match": self.validators.etag,
            "If-Modified-Since": self.validators.last_modified,
        }
        sent = {name: value for name, value in named.items() if value}
        return {**sent, **self.headers} if origin(url) == origin(self.url) else sent

    def bad(self, why: str, mend: str = "try again later") -> BadAnswerError:
        """The error of an answer that cannot be used; ``why`` follows the service's name."""
        return BadAnswerError(f"{self.service} {why} ({redacted_url(self.url)}); {mend}")

    def keeps(self, status: int) -> bool:
        """Whether the body that comes with this status is what was asked for."""
        return status == 200 or status in self.keep_statuses


class RawResponse(Struct, frozen=True):
    """What came over the wire."""

    url: str
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    """Whole for a status that is kept, else only its beginning."""


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of a URL: what a secret that was given for it must not leave."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(scheme)


def redacted_url(url: str) -> str:
    """A URL as errors show it: no credentials, no secret parameters, a long query cut short."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that is none"
    host = parts.netloc.rpartition("@")[2]
    query = _SECRET.sub(r"\1=…", parts.query)
    short = query if len(query) <= 60 else f"{query[:60]}…"
    return f"{parts.scheme}://{host}{parts.path}" + (f"?{short}" if short else "")


def check_response(ask: Request, reply: RawResponse) -> Response:
    """The answer to use, after status, content type and the caller's own check.

    Raises:
        RetryableError: it may be worth asking once more.
        ServiceError: it is not.
    """
    if reply.status == 304:
        return _unchanged(ask, reply)
    _heed_refusal(ask, reply)
    if _says_throttled(reply) or reply.status in (406, 429):
        raise RetryableError(_away(ThrottledError, ask, reply, "asks us to slow down"))
    if not ask.keeps(reply.status):
        raise _refusal(ask, reply)
    answer = Response(reply.status, reply.body, _media_type(reply), _validators(reply), False, reply.url, reply.headers)
    try:
        _check(ask, answer)
    except BadAnswerError as error:
        if reply.status != 200:
            raise
        raise RetryableError(error) from error
    return answer


def _unchanged(ask: Request, reply: RawResponse) -> Response:
    if ask.validators == Validators():
        raise ask.bad("says that nothing changed, though nothing was compared")
    fresh = _validators(reply)
    kept = Validators(fresh.etag or ask.validators.etag, fresh.last_modified or ask.validators.last_modified)
    return Response(304, b"", _media_type(reply), kept, True, reply.url, reply.headers)


def _heed_refusal(ask: Request, reply: RawResponse) -> None:
    """Raises what the asker makes of a status that brings no answer, before the general reading of it."""
    error = ask.refusal(reply) if ask.refusal is not None and not ask.keeps(reply.status) else None
    if isinstance(error, ThrottledError):
        raise RetryableError(error)
    if error is not None:
        raise error


def _says_throttled(reply: RawResponse) -> bool:
    return len(reply.body) <= _THROTTLED_BYTES and b"rate exceeded" in reply.body.lower()


def _away(kind: type[ServiceError], ask: Request, reply: RawResponse, what: str) -> ServiceError:
    wait_s = retry_after_s(reply.headers.get("retry-after"), reply.headers.get("date"))
    until = "" if wait_s is None else f", for {wait_s:.0f} s"
    return kind(
        f"{ask.service} {what} (status {reply.status}{until}; {redacted_url(ask.url)}); try again later", wait_s
    )


def _refusal(ask: Request, reply: RawResponse) -> Exception:
    if reply.status == 403:
        return RefusedError(
            f"{ask.service} refuses our requests (status 403; {redacted_url(ask.url)}); "
            "do not ask again before its operator has been heard"
        )
    if reply.status >= 500:
        return RetryableError(_away(UnavailableError, ask, reply, "is out of order"))
    return ask.bad(f"answered with status {reply.status}", CHECK_URL_HINT)


def _check(ask: Request, answer: Response) -> None:
    if not answer.body.strip():
        raise ask.bad("sent an empty answer")
    if answer.content_type and answer.content_type not in ask.accept:
        raise ask.bad(f"sent {answer.content_type} where {ask.accept[0]} was asked for")
    if ask.check is not None:
        ask.check(answer)


def _media_type(reply: RawResponse) -> str:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def _validators(reply: RawResponse) -> Validators:
    return Validators(reply.headers.get("etag"), reply.headers.get("last-modified"))


def whole(ask: Request, chunks: Iterable[bytes], encoding: str) -> bytes:
    """The unpacked body; stops reading as soon as it grows beyond ``max_bytes``.

    Raises:
        RetryableError: it cannot be unpacked.
        BadAnswerError: it is too large, or packed in a way that was not asked for.
    """
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise ask.bad(f"packed its answer as {encoding}, which was not asked for")
    pieces: list[bytes] = []
    size = 0
    for piece in _unpacked(ask, chunks) if encoding.endswith("gzip") else chunks:
        pieces.append(piece)
        size += len(piece)
        if size > ask.max_bytes:
            raise ask.bad(f"sent more than {ask.max_bytes} bytes")
    return b"".join(pieces)


def _unpacked(ask: Request, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpacks gzip in pieces of bounded size, so that a small bomb never becomes a large one."""
    gzip = zlib.decompressobj(wbits=31)
    begun = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not gzip.eof:
                begun = True
                yield gzip.decompress(rest, _PIECE_BYTES)
                rest = gzip.unconsumed_tail
    except zlib.error as error:
        raise RetryableError(ask.bad("sent an answer that cannot be unpacked")) from error
    if begun and (not gzip.eof or gzip.unused_data):
        raise RetryableError(ask.bad("sent an answer whose packed form is cut short"))

"""Checks what an HTTP service sent: a :class:`Response` that can be used, or the error that says why not."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

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
from notebot.core.net.secrets import redacted_url, secrets_of

if TYPE_CHECKING:
    from notebot.core.net.pace import Turns

CHECK_URL_HINT = "check its URL in the config"

# the size is checked after each chunk, so a compressed bomb never needs more memory than this
_DECOMPRESSED_CHUNK_BYTES = 256 * 1024
# only shows what kind of document an error comes with
_MAX_BEGINNING_BYTES = 4096
_MAX_THROTTLED_BODY_BYTES = 512
"""A longer body that contains ``Rate exceeded`` is a document that happens to mention it."""


class Response(Struct, frozen=True):
    """A response whose status, content type, size and content were checked."""

    status: int
    body: bytes
    """Decompressed; empty only for a 304."""
    content_type: str
    """The media type without parameters, lower case; empty if the service sent none."""
    validators: Validators
    not_modified: bool
    url: str
    """The URL that sent the response, after redirects."""
    headers: Mapping[str, str]
    """By lower-case name."""


class Request(Struct, frozen=True, kw_only=True):
    """One request to one service, and what its response must look like."""

    url: str
    service: str
    """The service's name for people; error messages begin with it."""
    accept: tuple[str, ...]
    """Media types that the response may have, the preferred one first."""
    max_bytes: int
    """Of the decompressed body."""
    validators: Validators = Validators()
    pace: Turns | None = None
    keep_statuses: tuple[int, ...] = ()
    """Statuses other than 200 whose body is a usable response."""
    check: Callable[[Response], object] | None = None
    """Raises ``BadAnswerError`` if the body is malformed or incomplete."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Extra or replaced headers, sent only to the origin of ``url``: they may contain a secret."""
    refusal: Callable[[RawResponse], NotebotError | None] | None = None
    """Returns the service's own error for a status without a usable body; ``None`` for the general one."""
    any_type: bool = False
    """Media types outside ``accept`` are not refused; ``check`` decides by the body."""
    content: bytes | None = None
    """The request body; ``None`` makes the request a GET."""
    content_method: str = "POST"
    """The HTTP method if there is ``content``."""
    status_only: bool = False
    """The status says all there is to know: the response's body is not read, and cannot spoil it."""
    private_path: bool = False
    """The URL's path is a secret, so logs show its host only."""

    def __repr__(self) -> str:
        # headers, content and URL may contain secrets, which must not reach a traceback or a log
        return f"Request({self.method} {self.logged(self.url)})"

    @property
    def method(self) -> str:
        return "GET" if self.content is None else self.content_method

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that it carries, as a response may repeat them."""
        return secrets_of(self.url, self.headers)

    def logged(self, url: str) -> str:
        """A URL of this request for the log."""
        shown = redacted_url(url)
        return "/".join((*shown.split("/")[:3], "…")) if self.private_path else shown

    def headers_to(self, url: str) -> dict[str, str]:
        """The headers to send to ``url``, which may be another origin after a redirect."""
        optional = {
            "Accept": ", ".join(self.accept),
            "Accept-Encoding": "gzip",
            # arXiv allows one connection at a time over all processes, so none is kept alive (rules.md 4.1).
            "Connection": "close",
            "If-None-Match": self.validators.etag,
            "If-Modified-Since": self.validators.last_modified,
        }
        headers = {name: value for name, value in optional.items() if value}
        return {**headers, **self.headers} if origin(url) == origin(self.url) else headers

    def bad_answer(self, problem: str, advice: str = "try again later") -> BadAnswerError:
        """The error for an unusable response; ``problem`` follows the service's name."""
        return BadAnswerError(f"{self.service} {problem} ({redacted_url(self.url)}); {advice}")

    def accepts_status(self, status: int) -> bool:
        """Whether the body that comes with this status can be used."""
        return status == 200 or status in self.keep_statuses


class RawResponse(Struct, frozen=True):
    """A response as received, before any check."""

    url: str
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    """Decompressed; complete if the request accepts the status, otherwise only the beginning."""

    @property
    def media_type(self) -> str:
        """The content type without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_redirect(self) -> bool:
        """True if the status names another URL to ask."""
        return self.status in (301, 302, 303, 307, 308)

    @property
    def validators(self) -> Validators:
        return Validators(self.headers.get("etag"), self.headers.get("last-modified"))


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of a URL; secrets are sent to a single origin only."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(scheme)


def check_response(request: Request, raw: RawResponse) -> Response:
    """The response to use, after checks of status, content type and content.

    Raises:
        RetryableError: the same request may succeed later.
        NotebotError: what ``request.refusal`` returned for the status.
        ServiceError: a retry would not help.
    """
    if raw.status == 304:
        if request.validators == Validators():
            raise request.bad_answer("answered “not modified” to an unconditional request")
        # A 304 may leave out validators that have not changed (RFC 9110, 15.4.5).
        validators = Validators(
            raw.validators.etag or request.validators.etag,
            raw.validators.last_modified or request.validators.last_modified,
        )
        return Response(304, b"", raw.media_type, validators, True, raw.url, raw.headers)
    _raise_for_status(request, raw)
    response = Response(raw.status, raw.body, raw.media_type, raw.validators, False, raw.url, raw.headers)
    try:
        if not response.body.strip():
            raise request.bad_answer("sent an empty response")
        if response.content_type and response.content_type not in request.accept and not request.any_type:
            raise request.bad_answer(
                f"sent {response.content_type} instead of {request.accept[0]}", f"{CHECK_URL_HINT}, or try again later"
            )
        if request.check is not None:
            request.check(response)
    except BadAnswerError as error:
        # A truncated 200 may be complete the next time; an error document stays what it is.
        if raw.status != 200:
            raise
        raise RetryableError(error) from error
    return response


def _raise_for_status(request: Request, raw: RawResponse) -> None:
    if request.refusal is not None and not request.accepts_status(raw.status):
        error = request.refusal(raw)
        if isinstance(error, ThrottledError):
            raise RetryableError(error)
        if error is not None:
            raise error
    # arXiv throttles with 429, with 406 and with `Rate exceeded.` as a body, even under status 200 (rules.md 3.6).
    says_throttled = len(raw.body) <= _MAX_THROTTLED_BODY_BYTES and b"rate exceeded" in raw.body.lower()
    if says_throttled or raw.status in (406, 429):
        raise RetryableError(_temporary_error(ThrottledError, request, raw, "asks us to slow down"))
    if request.accepts_status(raw.status):
        return
    if raw.status == 403:
        # Not retryable: arXiv takes more requests after a 403 for an attack (services.md 1.1, help/robots).
        raise RefusedError(
            f"{request.service} refuses our requests (status 403; {redacted_url(request.url)}); "
            "contact its operator before trying again"
        )
    if raw.status >= 500:
        raise RetryableError(_temporary_error(UnavailableError, request, raw, "is out of order"))
    raise request.bad_answer(f"answered with status {raw.status}", CHECK_URL_HINT)


def _temporary_error(kind: type[ServiceError], request: Request, raw: RawResponse, problem: str) -> ServiceError:
    wait_s = retry_after_s(raw.headers.get("retry-after"), raw.headers.get("date"))
    until = "" if wait_s is None else f", for {wait_s:.0f} s"
    where = redacted_url(request.url)
    return kind(f"{request.service} {problem} (status {raw.status}{until}; {where}); try again later", wait_s)


def read_body(request: Request, chunks: Iterable[bytes], encoding: str) -> bytes:
    """The decompressed body; stops reading once it is larger than ``max_bytes``.

    Raises:
        RetryableError: the body cannot be decompressed.
        BadAnswerError: it is too large, or compressed in a way that was not requested.
    """
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise request.bad_answer(f"compressed its response as {encoding}, which was not requested")
    body = BytesIO()  # its value is no copy, unlike that of a bytearray
    for chunk in _decompress(request, chunks) if encoding.endswith("gzip") else chunks:
        body.write(chunk)
        if body.tell() > request.max_bytes:
            raise request.bad_answer(f"sent more than {request.max_bytes} bytes")
    return body.getvalue()


def decompressed_beginning(body: bytes) -> bytes:
    """Returns the text of the beginning of a gzip stream, up to a fixed size; empty if it is malformed."""
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(body, _MAX_BEGINNING_BYTES)
    return b""


def _decompress(request: Request, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields chunks of bounded size, so a gzip bomb is noticed before it fills the memory."""
    gzip = zlib.decompressobj(wbits=31)
    started = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not gzip.eof:
                started = True
                yield gzip.decompress(rest, _DECOMPRESSED_CHUNK_BYTES)
                rest = gzip.unconsumed_tail
    except zlib.error as error:
        raise RetryableError(request.bad_answer("sent a response that cannot be decompressed")) from error
    if started and (not gzip.eof or gzip.unused_data):
        raise RetryableError(request.bad_answer("sent a truncated compressed response"))

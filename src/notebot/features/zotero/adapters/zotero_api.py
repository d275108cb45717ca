"""Zotero's web API, version 3: reads and writes items of one library (https://www.zotero.org/support/dev/web_api/v3).

The key is sent in one header, and only to the origin of the configured address.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    RefusedError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from notebot.core.net.retry import retry_after_s
from notebot.core.text.patterns import regex
from notebot.features.zotero.library_port import Failure, FoundItem, TokenUsedError, TooLargeError

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from notebot.core.net.client import Http
    from notebot.core.net.response import RawResponse, Response

_JSON = "application/json"
_MAX_BYTES = 64 * 1024 * 1024
_MAX_QUOTED = 200
# Zotero may answer 429 without Retry-After; its rate limits are per minute
_DEFAULT_WAIT_S = 60.0
_LONGEST_PAUSE_S = 60.0
"""A longer pause that Zotero asks for ends the run; the next one goes on."""
_KEY = regex(r"[\x21-\x7e]{1,200}")
_UNPRINTABLE = regex(r"[^ -~]+")
_Form = TypeVar("_Form")


class _Refusal(Struct, frozen=True):
    code: int
    message: str = ""


class _Written(Struct, frozen=True):
    """The answer to a write: for each place of the request, what became of the item."""

    success: dict[str, str]
    unchanged: dict[str, str] = {}
    failed: dict[str, _Refusal] = {}


class _LibraryItem(Struct, frozen=True):
    key: str
    version: int
    data: dict[str, Any]


class ZoteroApi:
    """One library; see :class:`notebot.features.zotero.library_port.Library`.

    Args:
        api_key: ``None`` or empty if there is none.
        key_env: the name of its environment variable, which messages use.

    Raises:
        UsageError: there is no key, or it cannot be sent.
    """

    def __init__(
        self, http: Http, base_url: str, library: str, api_key: str | None, key_env: str, stop: threading.Event
    ) -> None:
        if not api_key or not _KEY.fullmatch(api_key):
            state = "is empty" if not api_key else "contains blanks or other characters that no key has"
            raise UsageError(
                f"Zotero needs an API key, and the environment variable {key_env} {state}; "
                "make one at https://www.zotero.org/settings/keys with write access to the library."
            )
        self._http = http
        self.name = library
        self._url = f"{base_url.rstrip('/')}/{library}/items"
        self._key_env = key_env
        self._headers = {"Zotero-API-Key": api_key, "Zotero-API-Version": "3"}
        self._stop = stop
        self._pause_until = 0.0  # monotonic seconds

    def create(self, items: Sequence[Mapping[str, Any]], token: str) -> dict[int, Failure]:
        return self._write(items, {"Zotero-Write-Token": token})

    def update(self, items: Sequence[Mapping[str, Any]]) -> dict[int, Failure]:
        # a POST changes only the fields that it has; each item has its own version, which is compared
        return self._write(items, {})

    def find(self, item_keys: Sequence[str]) -> dict[str, FoundItem]:
        self._wait()
        parsed: list[list[_LibraryItem]] = []
        answer = self._http.get(
            f"{self._url}?itemKey={','.join(item_keys)}&includeTrashed=1&limit=100",
            accept=(_JSON,),
            max_bytes=_MAX_BYTES,
            service="Zotero",
            headers=self._headers,
            refusal=self._error_of,
            check=lambda answer: parsed.append(_parse(answer.body, list[_LibraryItem])),
        )
        self._note_pause(answer)
        return {item.key: FoundItem(item.version, item.data) for item in parsed[-1]}

    def _write(self, items: Sequence[Mapping[str, Any]], headers: Mapping[str, str]) -> dict[int, Failure]:
        self._wait()
        answer = self._http.write(
            "POST",
            self._url,
            json.dumps(items, ensure_ascii=False).encode(errors="replace"),
            accept=(_JSON,),
            max_bytes=_MAX_BYTES,
            service="Zotero",
            headers={**self._headers, "Content-Type": _JSON, **headers},
            refusal=self._error_of,
        )
        self._note_pause(answer)
        written = _parse(answer.body, _Written)
        answered = {*written.success, *written.unchanged, *written.failed}
        if answered != {str(place) for place in range(len(items))}:
            raise BadAnswerError("Zotero's answer does not say what became of every item; the next run looks")
        return {int(place): Failure(refusal.code, _quote(refusal.message)) for place, refusal in written.failed.items()}

    def _wait(self) -> None:
        """Waits as long as the last answer asked for."""
        wait_s = self._pause_until - time.monotonic()
        if wait_s > _LONGEST_PAUSE_S:
            raise ThrottledError(f"Zotero asks for a pause of {wait_s:.0f} s; the rest is sent then", wait_s)
        if wait_s > 0:
            self._stop.wait(wait_s)

    def _note_pause(self, answer: Response) -> None:
        wait_s = retry_after_s(answer.headers.get("backoff"), answer.headers.get("date")) or 0.0
        self._pause_until = time.monotonic() + wait_s

    def _error_of(self, reply: RawResponse) -> NotebotError | None:
        """Returns the error of a response; ``None`` leaves the status to the HTTP client."""
        asked_s = retry_after_s(reply.headers.get("retry-after"), reply.headers.get("date"))
        match reply.status:
            case 400:
                reason = _quote(reply.body[: 2 * _MAX_QUOTED].decode(errors="replace")) or "no reason given"
                return BadAnswerError(f"Zotero does not accept the request (status 400: {reason})")
            case 401 | 403 | 404:
                return RefusedError(
                    f"Zotero does not let the key in {self._key_env} write to {self.name} (status {reply.status}); "
                    "check library in [zotero], and give the key write access at https://www.zotero.org/settings/keys"
                )
            case 409:
                return UnavailableError(f"Zotero's library {self.name} is locked (status 409); try again later")
            case 412:
                return TokenUsedError("Zotero has already received this request (status 412)")
            case 413:
                return TooLargeError("Zotero finds the request too large (status 413)")
            case 428:
                return BadAnswerError("Zotero misses a version in the request (status 428); nothing was written")
            case 429 | 503 if reply.status == 429 or asked_s is not None:
                wait_s = _DEFAULT_WAIT_S if asked_s is None else asked_s
                return ThrottledError(
                    f"Zotero asks us to wait {wait_s:.0f} s (status {reply.status}); the rest is sent later", wait_s
                )
            case _:
                return None


def _parse(body: bytes, form: type[_Form]) -> _Form:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadAnswerError(f"Zotero's answer is malformed ({error}); the next run looks what was written") from error


def _quote(text: str) -> str:
    return _UNPRINTABLE.sub("?", " ".join(text.split()))[:_MAX_QUOTED]

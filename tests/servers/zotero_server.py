"""A Zotero on loopback: it keeps one library in memory and answers as the web API does (version 3).

Its rules about versions, keys and write tokens are those of the API's documentation and of the tests of Zotero's own
server (github.com/zotero/dataserver, tests/remote/tests/3/version.test.js).
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from servers.loopback import Handler, Server

KEY = "P9NiFoyLeZu2bZNvvuQPDWsd"
COLLECTION = "CALLNTNS"
_ITEM_KEY = re.compile(r"[23456789ABCDEFGHIJKLMNPQRSTUVWXYZ]{8}")
_WORDS = """
    title abstractNote genre repository archiveID place date series seriesNumber DOI citationKey url accessDate archive
    archiveLocation shortTitle language libraryCatalog callNumber rights extra
    itemType creators tags collections relations key version deleted
"""
_FIELDS = frozenset(_WORDS.split())
"""What an item of type *preprint* may have (github.com/zotero/zotero-schema)."""


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(self.body)
        return items


@dataclass
class ZoteroServer(Server):
    """Serves the library ``users/475425``.

    Attributes:
        script: answers that take the place of the usual one, by the number of the request; nothing is done.
        lost: what is sent although the request was obeyed, by the number of the request.
        events: what happens just after a request was obeyed, before its answer is sent.
        backoff_s: what every answer asks for.
    """

    library: str = "users/475425"
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: int = 100
    calls: list[Call] = field(default_factory=list)
    script: dict[int, Handler] = field(default_factory=dict)
    lost: dict[int, Handler] = field(default_factory=dict)
    events: dict[int, Callable[[], object]] = field(default_factory=dict)
    backoff_s: float | None = None
    most_bytes: int = 10_000_000
    refused_titles: set[str] = field(default_factory=set)
    created: list[str] = field(default_factory=list)
    """Every key that was created, once per creation."""
    _tokens: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.serve_in_turn(self._handle, threading.Lock())
        return self

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.method != "GET"]

    def edit(self, key: str, **fields: Any) -> None:
        """The owner of the library changes an item."""
        self.version += 1
        self.items[key] |= {**fields, "version": self.version}

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.command, request.path, headers, body)
        self.calls.append(call)
        number = len(self.calls)
        if number in self.script:
            self.script[number](request)
            return
        status, document = self._answer(call)
        self.events.get(number, lambda: None)()
        if number in self.lost:
            self.lost[number](request)
            return
        payload = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        request.send_response(status)
        request.send_header("Content-Type", "text/plain" if isinstance(document, str) else "application/json")
        request.send_header("Content-Length", str(len(payload)))
        request.send_header("Last-Modified-Version", str(self.version))
        if self.backoff_s is not None:
            request.send_header("Backoff", str(self.backoff_s))
        request.end_headers()
        request.wfile.write(payload)

    def _answer(self, call: Call) -> tuple[int, Any]:
        parts = urlsplit(call.path)
        if call.headers.get("zotero-api-key") != KEY or parts.path != f"/{self.library}/items":
            return 403, "Forbidden"
        if call.headers.get("zotero-api-version") != "3":
            return 400, "Only version 3 is served here"
        if call.method == "GET":
            wanted = parse_qs(parts.query)
            assert int(wanted["limit"][0]) >= 50, "the API answers with 25 items unless asked for more"
            keys = wanted["itemKey"][0].split(",")
            assert 0 < len(keys) <= 50
            shown = [self.items[key] for key in keys if key in self.items]
            return 200, [{"key": item["key"], "version": item["version"], "data": item} for item in shown]
        if call.method != "POST":
            return 405, "Method not allowed"
        token = call.headers.get("zotero-write-token")
        if token is not None and not 5 <= len(token) <= 32:
            return 400, "Write token must be 5-32 characters in length"
        if token in self._tokens:
            return 412, "Write token already used"
        items = call.items
        if len(items) > 50 or len(call.body) > self.most_bytes:
            return 413, "Cannot add more than 50 items at a time"
        written: dict[str, dict[str, Any]] = {"successful": {}, "success": {}, "unchanged": {}, "failed": {}}
        self.version += 1
        for place, item in enumerate(items):
            failure = self._store(item)
            if failure is None:
                written["success"][str(place)] = item["key"]
                written["successful"][str(place)] = {"key": item["key"], "version": self.version}
            else:
                code, message = failure
                written["failed"][str(place)] = {"key": item.get("key", ""), "code": code, "message": message}
        if token is not None:
            self._tokens.add(token)
        return 200, written

    def _store(self, item: dict[str, Any]) -> tuple[int, str] | None:
        key = item.get("key", "")
        known = self.items.get(key)
        failure = self._version_failure(item, known) or self._content_failure(item, known)
        if failure is None:
            if known is None:
                self.created.append(key)
            self.items[key] = {**(known or {}), **item, "version": self.version}
        return failure

    def _version_failure(self, item: dict[str, Any], known: dict[str, Any] | None) -> tuple[int, str] | None:
        if not _ITEM_KEY.fullmatch(item.get("key", "")):
            return 400, "not a valid item key"
        if "version" not in item:
            return 428, "Either If-Unmodified-Since-Version or object version property must be provided"
        if known is None and item["version"] != 0:
            return 404, f"Item doesn't exist (expected version {item['version']}; use 0 instead)"
        if known is not None and item["version"] != known["version"]:
            return 412, f"Item has been modified since specified version (expected {item['version']})"
        return None

    def _content_failure(self, item: dict[str, Any], known: dict[str, Any] | None) -> tuple[int, str] | None:
        unknown = sorted(set(item) - _FIELDS)
        if unknown:
            return 400, f"'{unknown[0]}' is not a valid field for type 'preprint'"
        if known is None and item.get("itemType") != "preprint":
            return 400, "'itemType' property not provided"
        if any(collection != COLLECTION for collection in item.get("collections", [])):
            return 409, f"Collection {item['collections'][0]} doesn't exist"
        names = [creator.get(name, "") for creator in item.get("creators", []) for name in ("firstName", "lastName")]
        if any(len(text) > 255 for text in [*names, *(tag["tag"] for tag in item.get("tags", []))]):
            return 413, "A creator or tag is too long"
        if item.get("title") in self.refused_titles:
            return 400, "This title is not accepted"
        return None

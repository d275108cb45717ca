"""Keeps secrets out of messages, logs and the store: those in URLs, and those that a server echoes.

A server may repeat a token in an error, a page, a header or a redirect. So every response is cleaned once, before
anything reads it: this is the only place that has to be right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARK = "…"
_NAMES = ("key", "token", "secret", "password", "auth", "mailto", "sig", "cookie")
"""A URL parameter with one of these in its name is not shown."""
_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "zotero-api-key"))
_PARAMETERS = frozenset(
    ("api_key", "apikey", "api-key", "key", "access_token", "client_secret", "secret", "password", "auth", "sig")
)
"""These are looked for in responses. ``author``, ``keyword`` and page tokens are not secrets."""
_LEAST_CHARACTERS = 8
"""A shorter one, such as the ``none`` of a local model server, would also be found where it is a common word."""
_JSON_ESCAPE = regex(rb"\\(?:u00([2-7][0-9a-fA-F])|.)", re.DOTALL)
_LEAST_CUT = 4
"""The beginning of a secret is recognised at a cut end if it has this many characters."""


def redacted_url(url: str) -> str:
    """Returns a URL for error messages: without credentials and secrets, long queries cut."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a malformed URL"
    host = parts.netloc.rpartition("@")[2]
    shown = []
    for parameter in parts.query.split("&"):
        name, equals, _ = parameter.partition("=")
        shown.append(f"{name}={_MARK}" if equals and any(word in name.lower() for word in _NAMES) else parameter)
    query = "&".join(shown)
    short = query if len(query) <= 60 else f"{query[:60]}…"
    return f"{parts.scheme}://{host}{parts.path}" + (f"?{short}" if short else "")


def secrets_of(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the secrets that a request carries, in every spelling in which they may come back, longest first."""
    secrets = [value.split(" ", 1)[-1].strip() for name, value in headers.items() if name.lower() in _HEADERS]
    try:
        parts = urlsplit(url)
        secrets += [value for name, value in parse_qsl(parts.query) if name.lower() in _PARAMETERS]
        secrets.append(unquote(parts.password or ""))
    except ValueError:
        pass  # a malformed URL is never requested
    long_enough = [secret for secret in secrets if len(secret) >= _LEAST_CHARACTERS]
    if not long_enough:
        return ()
    import html  # most requests carry no secret

    # some servers write a slash in JSON as `\/`
    spellings = {
        spelling
        for secret in long_enough
        for spelling in (secret, quote(secret, safe=""), html.escape(secret), secret.replace("/", "\\/"))
    }
    return tuple(sorted(spellings, key=len, reverse=True))


def redact(text: str, secrets: Sequence[str]) -> str:
    """Returns the text without the secrets; takes linear time."""
    for secret in secrets:
        text = text.replace(secret, _MARK)
    return text


def redact_bytes(body: bytes, secrets: Sequence[str], *, is_cut: bool = False) -> bytes:
    """Returns the body without the secrets; takes linear time.

    Args:
        is_cut: the body is only the beginning of one, so it may end within a secret.
    """
    if secrets and b"\\u00" in body:
        # JSON may write any character as an escape; letters and digits mean the same without it
        body = _JSON_ESCAPE.sub(_unescape_word_character, body)
    for secret in secrets:
        encoded = secret.encode()
        body = body.replace(encoded, _MARK.encode())
        if is_cut:
            sizes = range(len(encoded) - 1, _LEAST_CUT - 1, -1)
            size = next((size for size in sizes if body.endswith(encoded[:size])), 0)
            body = body[: len(body) - size] + _MARK.encode() if size else body
    return body


def _unescape_word_character(match: re.Match[bytes]) -> bytes:
    character = chr(int(match[1], 16)) if match[1] else ""
    return character.encode() if character.isalnum() or character in ("-", "_", ".", "+", "=") else match[0]

"""Signing in by a reverse proxy, which has asked who the browser's user is (by OpenID Connect, for example)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from hmac import digest
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from notebot.core.net.files import exclusive_lock, read_up_to, replace_private_file
from notebot.web.refusal import refusal
from notebot.web.tokens import AccessToken, Session, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.types import Scope

NOT_THE_PROXY = "Only a proxy in [web] login_proxies may say who signs in, and this request came from elsewhere."
KEY_BYTES = 32


class ProxyLogins:
    """Recognises the curator that a trusted proxy names in a header of the request."""

    def __init__(self, header: str, proxies: Sequence[str], desk_of: Callable[[str], str | None], key: bytes) -> None:
        """Reads nothing yet.

        Args:
            proxies: addresses and networks that the header is believed from.
            desk_of: the desk of a login; ``None`` if there is none.
            key: a secret of this server, for the tokens of forms.
        """
        self._header = header
        self._proxies = [ip_network(proxy) for proxy in proxies]
        self._desk_of = desk_of
        self._key = key

    def session(self, scope: Scope, headers: Headers) -> Session | Response | None:
        """The session of the login in the header, a refusal, or ``None`` without the header."""
        logins = headers.getlist(self._header)
        if not logins:
            return None
        if not self._is_proxy(scope):
            return refusal(scope, 403, NOT_THE_PROXY)
        # with two of them, one may be the browser's own that the proxy passed on
        login = logins[0].strip().lower() if len(logins) == 1 else ""
        desk = self._desk_of(login) if login else None
        if desk is None:
            return refusal(
                scope, 403, "No desk here has your login; add it to logins under [notebot] in the file of your desk."
            )
        token = AccessToken("", TokenKind.SESSION, login[:80], "", datetime.fromtimestamp(0, UTC))
        # as secret as that of a session with a cookie: nobody else can compute it
        csrf = digest(self._key, f"notebot csrf {login}".encode(), "sha256").hex()[:32]
        return Session(token, csrf, desk)

    def _is_proxy(self, scope: Scope) -> bool:
        client = scope.get("client")
        if client is None:
            return False
        peer = ip_address(client[0])
        # a server that listens on an IPv6 address sees IPv4 clients as ::ffff:127.0.0.1
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in self._proxies)


def read_form_key(path: Path) -> bytes:
    """The secret of this server; made once, so that open forms survive a restart.

    Raises:
        StateError: the file cannot be written.
    """
    with exclusive_lock(path.with_name(f"{path.name}.lock")):
        key = read_up_to(path, KEY_BYTES) if path.exists() else b""
        if len(key) < KEY_BYTES:
            key = secrets.token_bytes(KEY_BYTES)
            replace_private_file(path, key)
    return key

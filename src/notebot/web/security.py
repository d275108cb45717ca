"""What every request passes before a page sees it: host, origin, session, size and time.

The rules come from measurements in Chromium: ``Sec-Fetch-Site`` is absent on plain-http hosts of a LAN, and after DNS
rebinding the Origin is equal to the Host, so neither check is enough alone.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders

from notebot.core.model.errors import NotebotError
from notebot.web.refusal import error_response, refusal
from notebot.web.tokens import Session, TokenKind, csrf_of, desk_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from notebot.web.access import Access
    from notebot.web.logins import ProxyLogins
    from notebot.web.sites import Sites

COOKIE = "notebot_session"
BODY_LIMIT = 1_000_000
"""Bytes; the longest note that GitHub accepts is a quarter of this."""
TOO_LARGE = f"The request is larger than {BODY_LIMIT:,} bytes."
FOREIGN = "This request came from another site, so nothing was changed."
NOT_A_BROWSER = (
    "Nothing was changed: only the page's own forms may send this, from a browser. Scripts use /api/v1 and /add, with "
    "`Authorization: Bearer` and a token of `notebot web token new --for api`."
)
NEEDS_TOKEN = "Changes by scripts need `Authorization: Bearer` and a token of `notebot web token new --for api`."
TOO_MANY = "Too many wrong tokens; wait a minute."
BODY_S = 15.0
"""How long a body may take to arrive."""
HEADERS = {
    # connect-src is for the page's own script, which sends decisions and drafts; manifest-src for installing the page
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN_PATHS = ("/start", "/static/", "/manifest.webmanifest")
"""Pages that need no session; none of them shows anything of the curator's. A final slash means all below it."""
FEED_PATHS = ("/feeds/",)
"""Pages that a feed reader opens with ``?token=``."""
BEARER_PATHS = ("/api/", "/add")
"""Where a script may come with ``Authorization: Bearer``."""
_SAFE_METHODS = ("GET", "HEAD")


class SecurityHeaders:
    """Adds the headers above to every answer, also to those of errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                # static files set their own value; no other answer may stay in a browser's cache after signing out
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["type"] == "http":
            await self._app(scope, receive, send_with_headers)


class BodyLimits:
    """Refuses bodies that are too large or arrive too slowly."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # a chunked body has no length, so the bytes are counted below as well
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            await refusal(scope, 413, TOO_LARGE)(scope, receive, send)
            return
        # The whole body is read here, so that no page waits for a slow sender.
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    body += message.get("body", b"")
                    if len(body) > BODY_LIMIT:
                        await refusal(scope, 413, TOO_LARGE)(scope, receive, send)
                        return
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            await refusal(scope, 408, "The request took too long to arrive.")(scope, receive, send)
            return
        messages: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def receive_whole() -> Message:
            # after the body, the page may wait for the client to hang up
            return messages.pop() if messages else await receive()

        await self._app(scope, receive_whole, send)


class AccessControl:
    """Lets a request pass that comes by a known name, from the page itself, with a valid token."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        sites: Sites,
        logins: ProxyLogins | None,
        sign_in: Callable[[Scope, str], Response],
    ) -> None:
        """Wraps ``app``.

        Args:
            logins: of a reverse proxy, if there is one.
            sign_in: makes the answer for a browser that is not signed in, from the reason.
        """
        self._app = app
        self._access = access
        self._sites = sites
        self._logins = logins
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = self._refuse(scope, Headers(scope=scope))
        except NotebotError as error:  # the token file cannot be read
            answer = refusal(scope, 503, str(error))
        if answer is None:
            answer = await self._pass_on(scope, receive, send)
        if answer is not None:
            await answer(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> Response | None:
        """Answers with the pages of the session's desk, or returns a refusal if they cannot be opened."""
        session: Session | None = scope["state"]["session"]
        async with AsyncExitStack() as stack:
            site = self._sites.entrance
            if session is not None:
                try:
                    site = await stack.enter_async_context(self._sites.use(session.desk))
                except NotebotError as error:  # a mistake in the desk's file
                    return refusal(scope, 503, str(error))
            scope["state"]["site"] = site
            await self._app(scope, receive, send)
        return None

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        """The refusal, or ``None`` with the session in ``scope["state"]``."""
        # against DNS rebinding: there the Origin equals the Host, so only a list of known names helps.
        # 421 is the status for a host that this server does not answer for (RFC 9110, 15.5.20).
        if _host_name(headers.get("host", "")) not in self._access.hosts or len(headers.getlist("host")) != 1:
            return refusal(scope, 421, "This name is not in [web] allowed_hosts of the config; add it there.")
        state = scope.setdefault("state", {})
        state["session"] = None
        login = self._logins.session(scope, headers) if self._logins is not None else None
        if login is not None and not isinstance(login, Session):
            return login
        path = scope["path"]
        bearer = headers.get("authorization", "")
        # the name of the scheme ignores case (RFC 9110, 11.1)
        if bearer.lower().startswith("bearer ") and _is_among(path, BEARER_PATHS):
            # No cookie counts beside it, so another site cannot make a browser send such a request.
            return self._check_token(scope, bearer[7:].strip(), TokenKind.API)
        if _is_among(path, FEED_PATHS) and scope["method"] in _SAFE_METHODS:
            # latin-1 decodes any byte, so a malformed query cannot raise here
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
            if given:
                return self._check_token(scope, given[0], TokenKind.FEED)
        if scope["method"] not in _SAFE_METHODS and (path.startswith("/api/") or not self._is_from_here(headers)):
            return _refuse_change(scope, headers)
        state["session"] = login
        return None if login is not None else self._check_cookie(scope, headers)

    def _check_cookie(self, scope: Scope, headers: Headers) -> Response | None:
        secret = _cookie(headers)
        door = self._sites.door(desk_of(secret))
        # before the limit on guesses, so that nobody can lock out a browser that is signed in
        token = door.tokens.find(secret, TokenKind.SESSION) if secret and door.tokens is not None else None
        if token is not None:
            scope["state"]["session"] = Session(token, csrf_of(secret), door.desk)
            return None
        if _is_among(scope["path"], OPEN_PATHS):
            return None
        if secret:
            if door.guesses.exceeded:
                return refusal(scope, 429, TOO_MANY)
            door.guesses.count_wrong()
        return self._sign_in(scope, "expired" if secret else "")

    def _check_token(self, scope: Scope, secret: str, kind: TokenKind) -> Response | None:
        door = self._sites.door(desk_of(secret))
        if door.guesses.exceeded:
            return refusal(scope, 429, TOO_MANY)
        token = door.tokens.find(secret, kind) if door.tokens is not None else None
        if token is None:
            door.guesses.count_wrong()
            return refusal(scope, 401, "This token is not valid; `notebot web token new` makes one.")
        # no CSRF token is needed: a browser never sends an Authorization header or a feed's token by itself
        scope["state"]["session"] = Session(token, "", door.desk)
        return None

    def _is_from_here(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        # browsers send no Sec-Fetch-Site over plain http in a local network; then the Origin has to be a known one
        if site is not None:
            return site == "same-origin"
        return headers.get("origin", "").lower() in self._access.origins


def _refuse_change(scope: Scope, headers: Headers) -> Response:
    """Says what a script or a browser has to do; every browser sends one of these headers with a form."""
    path, is_browser = scope["path"], "sec-fetch-site" in headers or "origin" in headers
    if path.startswith("/api/") or (path == "/add" and not is_browser):
        return error_response(401, "refused", NEEDS_TOKEN)
    return refusal(scope, 403, FOREIGN if is_browser else NOT_A_BROWSER)


def _is_among(path: str, paths: tuple[str, ...]) -> bool:
    """True if the path is one of these, or is below one that ends with a slash."""
    return any(path.startswith(each) if each.endswith("/") else path == each for each in paths)


def _host_name(host: str) -> str:
    try:
        # a trailing dot makes a name absolute and means the same host (RFC 1034, 3.1)
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""

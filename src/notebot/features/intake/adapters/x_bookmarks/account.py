"""Authenticates to X as the curator: an access token lasts two hours, and its refresh token is single-use."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from notebot.core.model.errors import BadAnswerError, NotebotError, RefusedError, UsageError
from notebot.core.net.files import replace_private_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from notebot.core.net.client import Http
    from notebot.core.net.response import RawResponse, Response

SECRET_ENV = "NOTEBOT_X_CLIENT_SECRET"
"""Environment variable with the secret of a confidential app; public apps have none."""
SERVICE = "X's API"
_AUTHORISE_AGAIN = "authorise notebot again, as docs/phone.md says"
_MARGIN = timedelta(minutes=2)
"""A token that expires sooner is refreshed before it is used."""


class _Tokens(msgspec.Struct):
    """X's token response, stored with two fields of our own."""

    refresh_token: str
    access_token: str = ""
    expires_in: int = 0
    expires_at: datetime | None = None
    """Our own; the response saved by hand lacks it, and is refreshed before its first use."""
    user_id: str = ""
    """Our own: the account's id; requested once, because X charges for it."""


class XAccount:
    """The curator's account, accessed by an app that may read its bookmarks.

    Args:
        http: for data.
        token_http: for refreshing tokens; its requests must not be aborted, or the new refresh token is lost.
        api_url: without a trailing slash.
        secret: the app's secret, if it has one.
        token_file: readable by the curator only; rewritten whenever X issues new tokens.
        lock: keeps other processes from refreshing at the same time, which X treats as token theft.
    """

    def __init__(
        self,
        *,
        http: Http,
        token_http: Http,
        api_url: str,
        client_id: str,
        secret: str | None,
        token_file: Path,
        lock: Callable[[], AbstractContextManager[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._token_http = token_http
        self._api_url = api_url
        self._client_id = client_id
        self._secret = secret
        self._file = token_file
        self._lock = lock
        self._clock = clock

    def get(
        self,
        path: str,
        check: Callable[[Response], object] | None = None,
        error_of: Callable[[RawResponse], NotebotError | None] | None = None,
    ) -> Response:
        """Sends a GET request as the curator.

        Args:
            path: below ``api_url``, with its query.
            check: as of :meth:`notebot.core.net.client.Http.get`; ``error_of`` is its ``refusal``.

        Raises:
            UsageError: there is no token file, others can read it, or X rejects its token.
            ServiceError: X gave no usable answer.
            StateError: the token file cannot be written.
        """
        try:
            return self._get(path, check, error_of)
        except _TokenError:  # X may revoke a token early
            with self._lock():
                self._refresh(self._load())
            return self._get(path, check, error_of)

    def user_id(self) -> str:
        """Returns the account's numeric id.

        Raises:
            NotebotError: as :meth:`get`.
        """
        known = self._load().user_id
        if known:
            return known
        answer = self.get("users/me")
        try:
            tree = msgspec.json.decode(answer.body, type=dict[str, dict[str, object]])
            user_id = str(tree["data"]["id"])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError) as error:
            raise BadAnswerError(f"{SERVICE} did not say whose account the token is for; try again later") from error
        if not (user_id.isascii() and user_id.isdigit()):  # it becomes part of a URL
            raise BadAnswerError(f"{SERVICE} sent a malformed account id; try again later")
        with self._lock():
            tokens = self._load()
            tokens.user_id = user_id
            self._store(tokens)
        return user_id

    def _get(
        self,
        path: str,
        check: Callable[[Response], object] | None,
        error_of_status: Callable[[RawResponse], NotebotError | None] | None,
    ) -> Response:
        with self._lock():
            tokens = self._load()
            if tokens.expires_at is None or tokens.expires_at - _MARGIN <= self._clock():
                tokens = self._refresh(tokens)
        return self._http.get(
            f"{self._api_url}/{path}",
            accept=("application/json",),
            max_bytes=2_000_000,
            service=SERVICE,
            headers={"Authorization": f"Bearer {tokens.access_token}"},
            check=check,
            refusal=error_of_status or error_of,
        )

    def _refresh(self, tokens: _Tokens) -> _Tokens:
        """Exchanges the refresh token, which is invalid as soon as X has answered."""
        # a file that cannot be written must fail before the old token is used up
        self._store(tokens)
        fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, "client_id": self._client_id}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._secret:
            pair = f"{self._client_id}:{self._secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        answer = self._token_http.post(
            f"{self._api_url}/oauth2/token",
            urlencode(fields).encode(),
            accept=("application/json",),
            max_bytes=100_000,
            service=SERVICE,
            headers=headers,
            refusal=_refresh_error,
        )
        try:
            fresh = msgspec.json.decode(answer.body, type=_Tokens)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            fresh = _Tokens("")
        if not _is_token(fresh.access_token) or not _is_token(fresh.refresh_token):
            raise BadAnswerError(f"{SERVICE} sent a malformed token; if that goes on, {_AUTHORISE_AGAIN}")
        fresh.expires_at = self._clock() + timedelta(seconds=max(fresh.expires_in, 0))
        fresh.user_id = tokens.user_id
        self._store(fresh)
        return fresh

    def _load(self) -> _Tokens:
        try:
            if self._file.stat().st_mode & 0o077:
                raise UsageError(f"Others can read the token in {self._file}; run `chmod 600` on it.")
            return msgspec.json.decode(self._file.read_bytes(), type=_Tokens)
        except FileNotFoundError as error:
            raise UsageError(f"There is no token of X in {self._file}; docs/phone.md says how to get one.") from error
        except OSError as error:
            raise UsageError(f"The token in {self._file} cannot be read: {error.strerror}.") from error
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise UsageError(f"{self._file} is not a token response of X; {_AUTHORISE_AGAIN}.") from error

    def _store(self, tokens: _Tokens) -> None:
        replace_private_file(self._file, msgspec.json.encode(tokens))


class _TokenError(UsageError):
    """X rejects the access token."""


def error_of(reply: RawResponse) -> NotebotError | None:
    """Returns the error of a status; ``None`` leaves it to the HTTP client."""
    if reply.status == 401:
        return _TokenError(f"{SERVICE} rejects the token; {_AUTHORISE_AGAIN}.")
    if reply.status == 402:
        return RefusedError(f"{SERVICE} requires payment for its credits; see the app's page in X's developer console.")
    return None


def _refresh_error(reply: RawResponse) -> NotebotError | None:
    """Returns the error of a refresh without X's message, which may repeat the token."""
    if reply.status in (400, 401):
        return UsageError(f"{SERVICE} no longer refreshes the token; {_AUTHORISE_AGAIN}.")
    return error_of(reply)


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and bool(text) and " " not in text

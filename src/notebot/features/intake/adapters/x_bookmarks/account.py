"""Access to X in the curator's name: a token for two hours, renewed by another that X changes at every use."""

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
"""Of an app that X calls confidential; others have none."""
SERVICE = "X's API"
_ANEW = "authorise notebot anew, as docs/phone.md says"
_MARGIN = timedelta(minutes=2)
"""A token that ends sooner is renewed before it is used."""


class _Granted(msgspec.Struct):
    """What X answers when it grants a token; the file holds it with two things of ours."""

    refresh_token: str
    access_token: str = ""
    expires_in: int = 0
    expires_at: datetime | None = None
    """Ours; a file as X gave it has none, and is renewed before its first use."""
    user_id: str = ""
    """Ours: whose bookmarks they are; asked once, for X takes money for it."""


class XAccount:
    """The curator's account, as an app may use it that was authorised to read bookmarks.

    Args:
        http: for questions.
        renewing: for new tokens; it must never be cut short, for what X answers then is lost with the token.
        api_url: without a slash at its end.
        secret: the app's, where it has one.
        token_file: the curator's alone; rewritten whenever X gives new tokens.
        lock: keeps other processes from renewing at the same time, which X would take for theft.
    """

    def __init__(
        self,
        http: Http,
        renewing: Http,
        api_url: str,
        client_id: str,
        secret: str | None,
        token_file: Path,
        lock: Callable[[], AbstractContextManager[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._renewing = renewing
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
        refusal: Callable[[RawResponse], NotebotError | None] | None = None,
    ) -> Response:
        """The answer to a question in the curator's name.

        Args:
            path: below ``api_url``, with its query.
            check: as of :meth:`notebot.core.net.client.Http.get`; ``refusal`` too.

        Raises:
            UsageError: there is no token file, others can read it, or X takes its token no more.
            ServiceError: X gave no usable answer.
            StateError: the token file cannot be written.
        """
        try:
            return self._get(path, check, refusal)
        except _TokenError:  # it may have been taken back before its time
            with self._lock():
                self._renew(self._load())
            return self._get(path, check, refusal)

    def user_id(self) -> str:
        """The account's number.

        Raises:
            NotebotError: as :meth:`get`.
        """
        known = self._load().user_id
        if known:
            return known
        found = _user_id(self.get("users/me"))
        with self._lock():
            held = self._load()
            held.user_id = found
            self._keep(held)
        return found

    def _get(
        self,
        path: str,
        check: Callable[[Response], object] | None,
        refusing: Callable[[RawResponse], NotebotError | None] | None,
    ) -> Response:
        return self._http.get(
            f"{self._api_url}/{path}",
            accept=("application/json",),
            max_bytes=2_000_000,
            service=SERVICE,
            headers={"Authorization": f"Bearer {self._token()}"},
            check=check,
            refusal=refusing or refusal,
        )

    def _token(self) -> str:
        with self._lock():
            held = self._load()
            if held.expires_at is None or held.expires_at - _MARGIN <= self._clock():
                held = self._renew(held)
        return held.access_token

    def _renew(self, held: _Granted) -> _Granted:
        """X takes the old token no more once it has answered, so that the new one must find its place."""
        self._keep(held)
        fields = {"grant_type": "refresh_token", "refresh_token": held.refresh_token, "client_id": self._client_id}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._secret:
            pair = f"{self._client_id}:{self._secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        answer = self._renewing.post(
            f"{self._api_url}/oauth2/token",
            urlencode(fields).encode(),
            accept=("application/json",),
            max_bytes=100_000,
            service=SERVICE,
            headers=headers,
            refusal=_not_renewed,
        )
        try:
            granted = msgspec.json.decode(answer.body, type=_Granted)
        except (msgspec.DecodeError, msgspec.ValidationError):
            granted = _Granted("")
        if not _is_token(granted.access_token) or not _is_token(granted.refresh_token):
            raise BadAnswerError(f"{SERVICE} granted no token that can be one; if that goes on, {_ANEW}")
        granted.expires_at = self._clock() + timedelta(seconds=max(granted.expires_in, 0))
        granted.user_id = held.user_id
        self._keep(granted)
        return granted

    def _load(self) -> _Granted:
        try:
            if self._file.stat().st_mode & 0o077:
                raise UsageError(f"Others may read the token in {self._file}; run `chmod 600` on it.")
            return msgspec.json.decode(self._file.read_bytes(), type=_Granted)
        except FileNotFoundError as error:
            raise UsageError(f"There is no token of X in {self._file}; docs/phone.md says how to get one.") from error
        except OSError as error:
            raise UsageError(f"The token in {self._file} cannot be read: {error.strerror}.") from error
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise UsageError(f"{self._file} is not what X answers when it grants a token; {_ANEW}.") from error

    def _keep(self, granted: _Granted) -> None:
        replace_private_file(self._file, msgspec.json.encode(granted))


class _TokenError(UsageError):
    """X does not take the token that it has given."""


def refusal(reply: RawResponse) -> NotebotError | None:
    """What a status means where a question was put in the curator's name."""
    if reply.status == 401:
        return _TokenError(f"{SERVICE} does not take the token; {_ANEW}.")
    if reply.status == 402:
        return RefusedError(f"{SERVICE} wants its credits paid for; see the app's page in X's developer console.")
    return None


def _not_renewed(reply: RawResponse) -> NotebotError | None:
    """The body is not shown: it may repeat what was sent."""
    if reply.status in (400, 401):
        return UsageError(f"{SERVICE} renews the token no more; {_ANEW}.")
    return refusal(reply)


def _user_id(answer: Response) -> str:
    try:
        tree = msgspec.json.decode(answer.body, type=dict[str, dict[str, object]])
        found = str(tree["data"]["id"])
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError) as error:
        raise BadAnswerError(f"{SERVICE} did not say whose token it is; try again later") from error
    if not (found.isascii() and found.isdigit()):
        raise BadAnswerError(f"{SERVICE} named an account that is none; try again later")
    return found


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and bool(text) and " " not in text

"""Sign-in links, sessions and tokens for scripts; the file contains hashes of them, never the tokens themselves."""

from __future__ import annotations

import secrets
from collections import deque
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from notebot.core.model.errors import NotFoundError, StateError
from notebot.core.net.files import exclusive_lock, file_version, replace_private_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from notebot.core.ports import Clock

WRONG_PER_MINUTE = 20
"""So many wrong tokens are examined in a minute; after that every token but that of a session is refused."""
AFTER_DESK = "."
"""Between the name of a desk and the rest of its token; neither can contain it."""


class TokenKind(StrEnum):
    """What a token gives access to."""

    LINK = "link"
    """Signs one browser in, once."""
    SESSION = "session"
    """The cookie of a browser that was signed in."""
    API = "api"
    """``Authorization: Bearer``, for scripts."""
    FEED = "feed"
    """Reads the feeds, as part of their address."""


LIFETIMES: dict[TokenKind, timedelta | None] = {
    TokenKind.LINK: timedelta(days=1),
    TokenKind.SESSION: timedelta(days=180),
    TokenKind.API: None,
    TokenKind.FEED: None,
}
"""How long a token of each kind is valid; ``None``: until it is revoked."""


class AccessToken(Struct, frozen=True):
    """One token as it is stored."""

    id: str
    """Names it in lists; says nothing about the token."""
    kind: TokenKind
    name: str
    """What the curator calls it: ``phone``."""
    sha256: str
    made_at: datetime
    expires_at: datetime | None = None


class Session(Struct, frozen=True):
    """Who sends a request, once the token was recognised."""

    token: AccessToken
    csrf: str
    """Every form of the session carries this; it cannot be computed without the cookie."""
    desk: str = ""
    """The desk of a lab whose pages the session sees."""


class TokenFile:
    """The tokens of one curator; several processes may use the file at once."""

    def __init__(self, path: Path, clock: Clock, desk: str = "") -> None:
        """Reads nothing yet.

        Args:
            desk: the desk of a lab; its tokens begin with its name, so that a request says whose file to look into.
        """
        self._path = path
        self._clock = clock
        self._prefix = f"{desk}{AFTER_DESK}" if desk else ""
        self._read_version: tuple[int, int, int] | None = None
        self._by_hash: dict[str, AccessToken] = {}

    def all(self) -> list[AccessToken]:
        """The tokens that are still valid, the oldest first.

        Raises:
            StateError: the file is damaged or cannot be read.
        """
        self._read()
        now = self._clock()
        return [token for token in self._by_hash.values() if token.expires_at is None or token.expires_at > now]

    def issue(self, kind: TokenKind, name: str) -> str:
        """Stores a new token and returns it; it cannot be read again later."""
        with self._locked():
            secret, token = self._make(kind, name)
            self._write([*self.all(), token])
        return secret

    def find(self, secret: str, kind: TokenKind) -> AccessToken | None:
        """The valid token of this kind, or ``None``."""
        self._read()
        # looked up by hash, so the time of the answer does not reveal how much of a guess was right
        token = self._by_hash.get(_hash(secret))
        expired = token is not None and token.expires_at is not None and token.expires_at <= self._clock()
        return token if token is not None and token.kind is kind and not expired else None

    def redeem(self, secret: str) -> str | None:
        """Trades the token of a sign-in link for that of a session; ``None`` if it is wrong, expired or used."""
        with self._locked():
            link = self.find(secret, TokenKind.LINK)
            if link is None:
                return None
            session_secret, session = self._make(TokenKind.SESSION, link.name)
            # one write: a link never works twice, and is never used up without giving a session
            self._write([*(token for token in self.all() if token.id != link.id), session])
        return session_secret

    def revoke(self, token_id: str) -> AccessToken:
        """Deletes a token: whoever uses it is refused from now on.

        Raises:
            NotFoundError: there is none with this id.
        """
        with self._locked():
            tokens = self.all()
            revoked = next((token for token in tokens if token.id == token_id), None)
            if revoked is None:
                raise NotFoundError(f"There is no token {token_id}; `notebot web token list` lists them.")
            self._write([token for token in tokens if token.id != token_id])
        return revoked

    def _make(self, kind: TokenKind, name: str) -> tuple[str, AccessToken]:
        # hashed with the name, so a token is of no use with the name of another desk, even in that desk's file
        secret, now, lifetime = self._prefix + secrets.token_urlsafe(32), self._clock(), LIFETIMES[kind]
        expires_at = now + lifetime if lifetime else None
        return secret, AccessToken(secrets.token_hex(4), kind, name[:80], _hash(secret), now, expires_at)

    def _locked(self) -> AbstractContextManager[None]:
        return exclusive_lock(self._path.with_name(f"{self._path.name}.lock"))

    def _read(self) -> None:
        """Reads the file again if another process has changed it."""
        try:
            version = file_version(self._path)
            if version == self._read_version:
                return
            tokens = msgspec.json.decode(self._path.read_bytes(), type=list[AccessToken])
        except FileNotFoundError:
            self._read_version, self._by_hash = None, {}
            return
        except (OSError, msgspec.DecodeError) as error:
            raise StateError(
                f"The token file {self._path} cannot be read: {error}. Move it away; every browser then signs in anew."
            ) from error
        self._read_version = version
        self._by_hash = {token.sha256: token for token in tokens}

    def _write(self, tokens: list[AccessToken]) -> None:
        replace_private_file(self._path, msgspec.json.format(msgspec.json.encode(tokens), indent=1))
        self._read_version = None


class GuessLimit:
    """Counts wrong tokens over the last minute."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wrong: deque[float] = deque(maxlen=WRONG_PER_MINUTE)

    @property
    def exceeded(self) -> bool:
        """True while no further token may be tried."""
        return len(self._wrong) == WRONG_PER_MINUTE and self._monotonic() - self._wrong[0] < 60

    def count_wrong(self) -> None:
        """Notes that a wrong token came."""
        self._wrong.append(self._monotonic())


def desk_of(secret: str) -> str:
    """The desk that a token claims to be of; '' if it names none."""
    return secret.partition(AFTER_DESK)[0] if AFTER_DESK in secret else ""


def csrf_of(session_secret: str) -> str:
    """The token of a session's forms, derived from its cookie: it survives a restart and needs no storage."""
    return digest(session_secret.encode(), b"notebot csrf", "sha256").hex()[:32]


def _hash(secret: str) -> str:
    # The secrets are 256 random bits, so a plain hash cannot be reversed by guessing.
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()

"""What GitHub means by a status that brings no answer, and how long it wants to be left alone."""

from __future__ import annotations

import zlib
from contextlib import suppress
from email.utils import formatdate
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotebotError, NotFoundError, RefusedError, ThrottledError
from notebot.core.net.retry import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notebot.core.net.response import RawResponse

_PATIENCE_S = 60.0
"""The least wait where GitHub names none."""
_MOST_WORDS = 4096


class Asker(Struct, frozen=True):
    """Who asks, as sentences name it."""

    repo: str
    token_env: str
    """The environment variable that holds the token, or may hold one."""
    has_token: bool

    @property
    def token(self) -> str:
        """The token by the name of its variable; never itself."""
        return f"the token in {self.token_env}" if self.has_token else f"a reader without a token ({self.token_env})"

    def refusal(self, reply: RawResponse) -> NotebotError | None:
        """The error that a status stands for; ``None`` where it means to GitHub what it means to all."""
        if reply.status in (403, 429):
            wait_s = limit_wait_s(reply)
            return self.forbidden() if wait_s is None else self.throttled(wait_s)
        sentences: dict[int, Callable[[], NotebotError]] = {
            401: self._unknown,
            404: self._missing,
            410: self._gone,
            422: self._faulty,
            451: self._withheld,
        }
        sentence = sentences.get(reply.status)
        return sentence() if sentence else None

    def throttled(self, wait_s: float) -> ThrottledError:
        """The error of a limit that is reached, for ``wait_s`` more."""
        more = "" if self.has_token else f", or put a token in {self.token_env}, which raises the limit"
        return ThrottledError(f"GitHub's limit of requests is reached for {wait_s:.0f} s; try again then{more}", wait_s)

    def forbidden(self) -> RefusedError:
        return RefusedError(
            f"GitHub forbids {self.token} to read the issues of {self.repo} (status 403); "
            'give it a token with "Issues: read" on that repository'
        )

    def _unknown(self) -> RefusedError:
        what = "does not accept" if self.has_token else "wants a token instead of"
        return RefusedError(f"GitHub {what} {self.token} (status 401); put a valid one in {self.token_env}")

    def _missing(self) -> NotFoundError:
        return NotFoundError(
            f"GitHub has no such repository, or {self.token} may not see it: {self.repo} (status 404); check both"
        )

    def _gone(self) -> NotFoundError:
        return NotFoundError(f"{self.repo} has its issues turned off (status 410); turn them on in its settings")

    def _faulty(self) -> BadAnswerError:
        return BadAnswerError(
            f"GitHub does not take the question about {self.repo} (status 422); "
            "try again later, or import the file that `gh issue list` writes"
        )

    def _withheld(self) -> RefusedError:
        return RefusedError(f"GitHub withholds {self.repo} for legal reasons (status 451); ask its owner")


def limit_wait_s(reply: RawResponse) -> float | None:
    """How long a 403 or 429 tells us to wait, in seconds; ``None`` if it is about rights, not about limits."""
    asked_s = retry_after_s(reply.headers.get("retry-after"), reply.headers.get("date"))
    wait_s = exhausted_s(reply.headers) if asked_s is None else asked_s
    if wait_s is not None:
        return wait_s
    return _PATIENCE_S if reply.status == 429 or b"rate limit" in words_of(reply).lower() else None


def exhausted_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit is reset, by GitHub's own clock; ``None`` while requests are left."""
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    reset = headers.get("x-ratelimit-reset", "").strip()
    if not (reset.isascii() and reset.isdigit() and len(reset) <= 11):
        return _PATIENCE_S
    left_s = retry_after_s(formatdate(int(reset), usegmt=True), headers.get("date"))
    return _PATIENCE_S if left_s is None else left_s + 1.0


def words_of(reply: RawResponse) -> bytes:
    """The beginning of what an error says, unpacked."""
    if "gzip" not in reply.headers.get("content-encoding", "").lower():
        return reply.body
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(reply.body, _MOST_WORDS)
    return b""

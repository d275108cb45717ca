"""What GitHub means by a status that answers a write, or a question about one issue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotebotError, NotFoundError, RefusedError, UsageError
from notebot.core.text.patterns import regex
from notebot.features.publishing.adapters.github.refusal import Asker, limit_wait_s, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.net.response import RawResponse

_MOST_SHOWN = 200
_UNSHOWN = regex(r"[^ -~]+")


class WriteRefusal(Struct, frozen=True):
    """Reads statuses about one deed, such as ``open an issue`` or ``add a comment to #7``."""

    asker: Asker
    deed: str
    number: int | None = None
    """The issue that it is about."""

    def __call__(self, reply: RawResponse) -> NotebotError | None:
        """The error that a status stands for; ``None`` where it means to GitHub what it means to all."""
        if reply.status in (403, 429) and limit_wait_s(reply) is None:
            return self._forbidden()
        sentences: dict[int, Callable[[], NotebotError]] = {
            301: self._moved,
            307: self._moved,
            308: self._moved,
            404: self._missing,
            410: self._gone,
            422: lambda: self._faulty(reply),
        }
        sentence = sentences.get(reply.status)
        return sentence() if sentence else self.asker.refusal(reply)

    def _forbidden(self) -> RefusedError:
        return RefusedError(
            f"GitHub forbids {self.asker.token} to {self.deed} in {self.asker.repo} (status 403); "
            'give it a token with "Issues: read and write" on that repository'
        )

    def _moved(self) -> NotebotError:
        if self.number is not None:
            return NotFoundError(f"Issue #{self.number} has moved away from {self.asker.repo}; nothing was written")
        return moved(self.asker.repo)

    def _missing(self) -> NotFoundError:
        what = f"no issue #{self.number} in" if self.number is not None else "no such repository as"
        return NotFoundError(
            f"GitHub has {what} {self.asker.repo}, or {self.asker.token} may not {self.deed} (status 404); check both"
        )

    def _gone(self) -> NotFoundError:
        if self.number is not None:
            return NotFoundError(f"Issue #{self.number} of {self.asker.repo} was deleted (status 410)")
        return NotFoundError(f"{self.asker.repo} has its issues turned off (status 410); turn them on in its settings")

    def _faulty(self, reply: RawResponse) -> BadAnswerError:
        return BadAnswerError(
            f"GitHub does not take what was sent to {self.deed} in {self.asker.repo} (status 422: {_told(reply)})"
        )


def moved(repo: str) -> UsageError:
    """The error of a repository that GitHub has under another name."""
    return UsageError(
        f"GitHub has {repo} under another name now; put that into repo in [archive] of the config, nothing was written"
    )


def _told(reply: RawResponse) -> str:
    """GitHub's own words, as far as they can be shown."""
    try:
        value = json.loads(words_of(reply))
    except ValueError:
        return "no reason given"
    errors = value.get("errors") if isinstance(value, dict) else None
    parts = [value.get("message"), *errors] if isinstance(errors, list) else [value]
    said = "; ".join(_shown(part) for part in parts)
    return _UNSHOWN.sub("?", said)[:_MOST_SHOWN]


def _shown(part: object) -> str:
    if isinstance(part, dict):
        return str(part.get("message") or " ".join(str(part.get(name, "")) for name in ("field", "code")).strip())
    return str(part)

"""Turns GitHub's error statuses into notebot errors, and reads its rate limits."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UsageError,
)
from notebot.core.net.retry import retry_after_s
from notebot.core.text.patterns import regex
from notebot.features.publishing.archive_port import IssueRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notebot.core.net.response import RawResponse

    ErrorOf = Callable[[RawResponse], NotebotError | None]
    """Returns the error for a response; ``None`` leaves the status to the HTTP client."""

_DEFAULT_WAIT_S = 60.0
"""The wait when GitHub reports a limit but no end: its documentation asks for at least one minute."""
_MAX_QUOTED = 200
_ABOUT_ISSUE = regex(rb"(?i)\blocked\b|user is blocked|have been blocked")
_UNPRINTABLE = regex(r"[^ -~]+")


class ReadErrors(Struct, frozen=True):
    """Errors of requests that list issues or comments, worded for one repository and token."""

    repo: str
    token_env: str
    """The name of the environment variable for the token, whether or not it is set."""
    has_token: bool

    @property
    def token(self) -> str:
        """The token as messages name it: by its variable, never by its value."""
        return f"the token in {self.token_env}" if self.has_token else f"a reader without a token ({self.token_env})"

    def error_of(self, reply: RawResponse) -> NotebotError | None:
        """Returns the error of a response; ``None`` leaves the status to the HTTP client."""
        match reply.status:
            case 401:
                what = "does not accept" if self.has_token else "requires a token instead of"
                return RefusedError(f"GitHub {what} {self.token} (status 401); put a valid one in {self.token_env}")
            case 403 | 429:
                # GitHub answers 403 both for missing rights and for its rate limits
                wait_s = rate_limit_wait_s(reply)
                if wait_s is not None:
                    return self.throttled(wait_s)
                return RefusedError(
                    f"GitHub forbids {self.token} to read the issues of {self.repo} (status 403); "
                    'give it a token with "Issues: read" on that repository'
                )
            case 404:
                return NotFoundError(
                    f"GitHub has no such repository, or {self.token} may not see it: {self.repo} "
                    "(status 404); check both"
                )
            case 410:
                return issues_turned_off(self.repo)
            case 422:
                return BadAnswerError(
                    f"GitHub does not accept the request about {self.repo} (status 422); "
                    "try again later, or import the file that `gh issue list` writes"
                )
            case 451:
                return RefusedError(f"GitHub withholds {self.repo} for legal reasons (status 451); ask its owner")
            case _:
                return None

    def throttled(self, wait_s: float) -> ThrottledError:
        """Returns the error for a rate limit that lasts ``wait_s`` more seconds."""
        more = "" if self.has_token else f", or put a token in {self.token_env}, which raises the limit"
        return ThrottledError(f"GitHub's limit of requests is reached for {wait_s:.0f} s; try again then{more}", wait_s)


class WriteErrors(Struct, frozen=True):
    """Errors of one write, or of a request about one issue."""

    read_errors: ReadErrors
    action: str
    """The infinitive that messages use: ``open an issue``, ``add a comment to issue #7``."""
    number: int | None = None
    """The issue in question."""

    def error_of(self, reply: RawResponse) -> NotebotError | None:
        """Returns the error of a response; ``None`` leaves the status to the HTTP client."""
        repo, token = self.read_errors.repo, self.read_errors.token
        match reply.status:
            case 403 | 422 if reply.status == 422 or (self.number is not None and _is_about_issue(reply)):
                return IssueRefusedError(
                    f"GitHub refuses to {self.action} in {repo} (status {reply.status}: {_quote_reason(reply)})"
                )
            case 403 | 429 if rate_limit_wait_s(reply) is None:
                return RefusedError(
                    f"GitHub forbids {token} to {self.action} in {repo} (status 403); "
                    'give it a token with "Issues: read and write" on that repository'
                )
            case 301 | 307 | 308:
                # an issue that was transferred also answers with a redirect
                if self.number is not None:
                    return NotFoundError(f"Issue #{self.number} has moved away from {repo}; nothing was written")
                return repository_renamed(repo)
            case 404:
                what = f"no issue #{self.number} in" if self.number is not None else "no such repository as"
                return NotFoundError(
                    f"GitHub has {what} {repo}, or {token} may not {self.action} (status 404); check both"
                )
            case 410:
                if self.number is not None:
                    return NotFoundError(f"Issue #{self.number} of {repo} was deleted (status 410)")
                return issues_turned_off(repo)
            case _:
                return self.read_errors.error_of(reply)


def _is_about_issue(reply: RawResponse) -> bool:
    """Tells whether a 403 is about one issue: it is locked, or its author blocks the token's owner.

    Any other 403 is about the token or the repository ("Resource not accessible", "Must have …", "was archived").
    """
    return rate_limit_wait_s(reply) is None and _ABOUT_ISSUE.search(reply.body) is not None


def repository_renamed(repo: str) -> UsageError:
    """Returns the error for a repository that was renamed or transferred."""
    return UsageError(
        f"GitHub has {repo} under another name now; put that into repo in [archive] of the config, nothing was written"
    )


def issues_turned_off(repo: str) -> NotFoundError:
    """Returns the error for a repository without issues."""
    return NotFoundError(f"{repo} has its issues turned off (status 410); turn them on in its settings")


def rate_limit_wait_s(reply: RawResponse) -> float | None:
    """Returns the wait in seconds that a 403 or 429 asks for; ``None`` if it is about permissions."""
    asked_s = retry_after_s(reply.headers.get("retry-after"), reply.headers.get("date"))
    wait_s = exhausted_s(reply.headers) if asked_s is None else asked_s
    if wait_s is not None:
        return wait_s
    # a secondary rate limit may name no time at all: only the body tells it from missing permissions
    return _DEFAULT_WAIT_S if reply.status == 429 or b"rate limit" in reply.body.lower() else None


def exhausted_s(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds until the limit resets; ``None`` while requests are left.

    The wait is computed with GitHub's own clock, so that a wrong local clock does not matter.
    """
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    reset = headers.get("x-ratelimit-reset", "").strip()
    if not (reset.isascii() and reset.isdigit() and len(reset) <= 11):
        return _DEFAULT_WAIT_S
    left_s = retry_after_s(formatdate(int(reset), usegmt=True), headers.get("date"))
    return _DEFAULT_WAIT_S if left_s is None else left_s + 1.0  # both headers are cut to whole seconds


def _quote_reason(reply: RawResponse) -> str:
    """Returns GitHub's message and the fields that it rejects, printable and short."""
    try:
        value = json.loads(reply.body)
    except ValueError:
        return "no reason given"
    errors = value.get("errors") if isinstance(value, dict) else None
    reasons = []
    for reason in [value.get("message"), *errors] if isinstance(errors, list) else [value]:
        if isinstance(reason, dict):
            field_and_code = " ".join(str(reason.get(name, "")) for name in ("field", "code")).strip()
            reasons.append(str(reason.get("message") or field_and_code))
        else:
            reasons.append(str(reason))
    return _UNPRINTABLE.sub("?", "; ".join(reasons))[:_MAX_QUOTED]

"""Requests to GitHub: address, token, pagination and rate limit."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, UsageError
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http, is_loopback
from notebot.core.net.response import Response, origin
from notebot.core.net.retry import http_date
from notebot.core.text.patterns import regex
from notebot.features.publishing.adapters.github.errors import ReadErrors, exhausted_s
from notebot.features.publishing.adapters.github.forms import REPO, parse_list, parse_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from notebot.features.publishing.adapters.github.errors import ErrorOf

_Form = TypeVar("_Form")

_JSON = "application/vnd.github+json"
_API_VERSION = "2022-11-28"
_MAX_BYTES = 64 * 1024 * 1024
_MAX_PAGES = 2000
"""Far more than the 65 pages of an archive of 6,500 notes; a longer list is taken for an endless one."""

_REPO = regex(REPO)
_TOKEN = regex(r"[\x21-\x7e]{1,1000}")
_LINK = regex(r"<([^<>]*)>([^<]*)")


class GitHubPage(Struct, Generic[_Form], frozen=True):
    """One page of a list."""

    items: list[_Form]
    etag: str | None
    answered_at: datetime
    """By GitHub's clock."""
    is_last: bool
    moved: bool
    """Whether the request was redirected: the repository was renamed or transferred."""


class GitHubApi:
    """GitHub's API at ``base_url``, with the rights of ``token``.

    The token is sent in one header, and only to the origin of ``base_url``.

    Raises:
        UsageError: ``base_url``, ``repo`` or the token is malformed.
    """

    def __init__(self, http: Http, base_url: str, repo: str, token: str | None, token_env: str) -> None:
        self._http = http
        self._base_url = checked_base(base_url)
        self.repo = checked_repo(repo)
        bare = checked_token(token, token_env)
        self._headers = {"Accept": _JSON, "X-GitHub-Api-Version": _API_VERSION}
        if bare:
            self._headers["Authorization"] = f"Bearer {bare}"
        self.errors = ReadErrors(self.repo, token_env, has_token=bare is not None)
        self._blocked_until = 0.0  # monotonic seconds

    def url(self, *path: str) -> str:
        """Returns the URL of a path below ``base_url``, each segment quoted."""
        return "/".join([self._base_url, *(quote(part, safe="") for part in path)])

    def pages(
        self,
        url: str,
        form: type[_Form],
        etag: str | None = None,
        error_of: ErrorOf | None = None,
    ) -> Iterator[GitHubPage[_Form]]:
        """Yields the pages of a list, each requested when it is consumed; none while ``etag`` matches.

        Raises:
            NotebotError: the error that ``error_of``, or else :class:`ReadErrors`, returns for the status.
            ServiceError: a page did not arrive or is malformed.
        """
        visited: set[str] = set()
        page_url: str | None = url
        while page_url is not None:
            if page_url in visited or len(visited) == _MAX_PAGES:
                raise BadAnswerError("GitHub's list has no end: its pages lead in a circle; try again later")
            visited.add(page_url)
            answer, parsed = self._get(
                page_url,
                lambda body: parse_list(body, form),
                etag if len(visited) == 1 else None,
                error_of or self.errors.error_of,
            )
            if answer.not_modified:
                return
            moved = urlsplit(page_url).path != urlsplit(answer.url).path
            page_url = self._next_page_url(answer)
            answered_at = http_date(answer.headers.get("date", "")) or datetime.now(UTC)
            items = parsed[-1] if parsed else []
            yield GitHubPage(items, answer.validators.etag, answered_at, page_url is None, moved)

    def get_object(self, url: str, form: type[_Form], error_of: ErrorOf) -> _Form:
        """Returns one object.

        Raises:
            NotebotError: as :meth:`pages`.
        """
        return self._get(url, lambda body: parse_object(body, form), None, error_of)[1][-1]

    def write(
        self, method: str, url: str, *, value: Mapping[str, object] | None, form: type[_Form], error_of: ErrorOf
    ) -> _Form:
        """Sends a POST, PATCH or DELETE, never twice, and returns the object that GitHub answers with.

        Raises:
            NotebotError: the error that ``error_of`` returns for the status: GitHub did not do it.
            ServiceError: no usable answer came, and GitHub may have done it.
        """
        # GitHub may ban a client that goes on asking during a limit (its best practices, services.md 4)
        self._raise_if_rate_limited()
        answer = self._http.write(
            method,
            url,
            b"" if value is None else json.dumps(value, ensure_ascii=False).encode(),
            accept=(_JSON, "application/json"),
            max_bytes=_MAX_BYTES,
            service="GitHub",
            headers={**self._headers, "Content-Type": "application/json"},
            refusal=error_of,
        )
        self._blocked_until = time.monotonic() + (exhausted_s(answer.headers) or 0.0)
        return parse_object(answer.body, form)

    def _get(
        self, url: str, parse: Callable[[bytes], _Form], etag: str | None, error_of: ErrorOf
    ) -> tuple[Response, list[_Form]]:
        """Returns the answer and its parsed body, last in the list; the list is empty on a 304.

        A malformed body is tried again like a lost one, which is why it is parsed inside the request.
        """
        self._raise_if_rate_limited()
        parsed: list[_Form] = []
        answer = self._http.get(
            url,
            accept=(_JSON, "application/json"),
            max_bytes=_MAX_BYTES,
            service="GitHub",
            validators=Validators(etag),
            headers=self._headers,
            refusal=error_of,
            check=lambda answer: parsed.append(parse(answer.body)),
        )
        self._blocked_until = time.monotonic() + (exhausted_s(answer.headers) or 0.0)
        return answer, parsed

    def _raise_if_rate_limited(self) -> None:
        wait_s = self._blocked_until - time.monotonic()
        if wait_s > 0:
            raise self.errors.throttled(wait_s)

    def _next_page_url(self, answer: Response) -> str | None:
        """Returns the URL of the next page; ``None`` on the last one.

        Raises:
            BadAnswerError: it is at another origin, where the token must not be sent.
        """
        link = next_link(answer.headers.get("link", ""))
        if link is None:
            return None
        try:
            target = urljoin(answer.url, link)
            if origin(target) == origin(self._base_url):
                return target
        except ValueError:
            pass
        raise BadAnswerError("GitHub's list continues at another host, which is not followed; try again later")


def next_link(header: str) -> str | None:
    """Returns the URL with ``rel="next"`` in a ``Link`` header; ``None`` on the last page."""
    for address, parameters in _LINK.findall(header):
        named = (parameter.strip(" ,\t").partition("=") for parameter in parameters.split(";"))
        if any(name.strip().lower() == "rel" and "next" in value.strip('" ').split() for name, _, value in named):
            return str(address)
    return None


def checked_repo(repo: str) -> str:
    """Returns the repository name unchanged.

    Raises:
        UsageError: it is not ``OWNER/NAME``.
    """
    if not _REPO.fullmatch(repo):
        raise UsageError(f"{repo!r} is not the name of a GitHub repository; write it as OWNER/NAME")
    return repo


def checked_base(base_url: str) -> str:
    """Returns the API's URL without a trailing slash.

    Raises:
        UsageError: it is not https (http is allowed for this machine only), or has more than host and path.
    """
    try:
        parts = urlsplit(base_url)
        safe = parts.scheme.lower() == "https" or (parts.scheme.lower() == "http" and is_loopback(base_url))
        if safe and parts.hostname and not (parts.query or parts.fragment or "@" in parts.netloc):
            return base_url.rstrip("/")
    except ValueError:
        pass
    raise UsageError("GitHub's address must be https without user, query or fragment; correct github_url in [archive]")


def checked_token(token: str | None, token_env: str) -> str | None:
    """Returns the token without surrounding whitespace; ``None`` if it is empty.

    Raises:
        UsageError: it has a character that no token has; the message does not show it.
    """
    bare = (token or "").strip()
    if bare and not _TOKEN.fullmatch(bare):
        raise UsageError(f"{token_env} does not contain a token: it has a character that no token has; set it again")
    return bare or None

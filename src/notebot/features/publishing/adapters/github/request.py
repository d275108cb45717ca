"""One question to GitHub: where it goes, who asks, and whether it may be asked now."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotebotError, UsageError
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http, is_loopback
from notebot.core.net.response import RawResponse, Response, origin
from notebot.core.net.retry import http_date
from notebot.core.text.patterns import regex
from notebot.features.publishing.adapters.github.forms import REPO, read_list, read_one
from notebot.features.publishing.adapters.github.refusal import Asker, exhausted_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Form = TypeVar("_Form")

_JSON = "application/vnd.github+json"
_API_VERSION = "2022-11-28"
_MAX_BYTES = 64 * 1024 * 1024
_MOST_PAGES = 2000
"""Twenty times what an archive of 6,500 notes has; more is taken for endless."""

_REPO = regex(REPO)
_TOKEN = regex(r"[\x21-\x7e]{1,1000}")
_LINK = regex(r"<([^<>]*)>([^<]*)")


class Page(Struct, Generic[_Form], frozen=True):
    """One page of a list."""

    items: list[_Form]
    etag: str | None
    answered_at: datetime
    """By GitHub's clock."""
    is_last: bool
    moved: bool
    """Whether GitHub answered from another address than was asked: the repository was renamed or transferred."""


class Access:
    """GitHub's API at ``base_url``, as the holder of ``token`` sees it.

    The token goes into one header, and that to ``base_url``'s own origin alone.

    Raises:
        UsageError: ``base_url``, ``repo`` or the token cannot be one.
    """

    def __init__(self, http: Http, base_url: str, repo: str, token: str | None, token_env: str) -> None:
        self._http = http
        self._base_url = checked_base(base_url)
        self.repo = checked_repo(repo)
        self._headers = _headers(checked_token(token, token_env))
        self.asker = Asker(self.repo, token_env, has_token="Authorization" in self._headers)
        self._rests_until = 0.0

    def url(self, *path: str) -> str:
        """The address of a path under ``base_url``."""
        return "/".join([self._base_url, *(quote(part) for part in path)])

    def pages(
        self,
        url: str,
        form: type[_Form],
        etag: str | None = None,
        refusal: Callable[[RawResponse], NotebotError | None] | None = None,
    ) -> Iterator[Page[_Form]]:
        """The pages of a list, each asked for when it is wanted; none where ``etag`` still holds.

        Raises:
            NotebotError: what ``refusal``, or else :class:`Asker`, makes of GitHub's status.
            ServiceError: a page did not come, or was not what was asked for.
        """
        been: set[str] = set()
        following: str | None = url
        while following is not None:
            if following in been or len(been) == _MOST_PAGES:
                raise BadAnswerError("GitHub's list has no end: its pages lead in a circle; try again later")
            been.add(following)
            answer, items = self._ask(following, form, None if len(been) > 1 else etag, refusal or self.asker.refusal)
            if answer.not_modified:
                return
            moved = urlsplit(following).path != urlsplit(answer.url).path
            following = self._next(answer)
            yield Page(items, answer.validators.etag, _answered_at(answer), following is None, moved)

    def one(self, url: str, form: type[_Form], refusal: Callable[[RawResponse], NotebotError | None]) -> _Form:
        """One object.

        Raises:
            NotebotError: as :meth:`pages`.
        """
        return self._get(url, lambda body: read_one(body, form), None, refusal)[1][-1]

    def write(
        self,
        verb: str,
        url: str,
        value: Mapping[str, object],
        form: type[_Form],
        refusal: Callable[[RawResponse], NotebotError | None],
    ) -> _Form:
        """What GitHub answers to a POST or PATCH, which is sent once.

        Raises:
            NotebotError: what ``refusal`` makes of the status: GitHub did not do it.
            ServiceError: no usable answer came, and GitHub may have done it.
        """
        self._rest()
        answer = self._http.write(
            verb,
            url,
            json.dumps(value, ensure_ascii=False).encode(),
            accept=(_JSON, "application/json"),
            max_bytes=_MAX_BYTES,
            service="GitHub",
            headers={**self._headers, "Content-Type": "application/json"},
            refusal=refusal,
        )
        self._rests_until = time.monotonic() + (exhausted_s(answer.headers) or 0.0)
        return read_one(answer.body, form)

    def _ask(
        self, url: str, form: type[_Form], etag: str | None, refusal: Callable[[RawResponse], NotebotError | None]
    ) -> tuple[Response, list[_Form]]:
        answer, found = self._get(url, lambda body: read_list(body, form), etag, refusal)
        return answer, found[-1] if found else []

    def _get(
        self,
        url: str,
        read: Callable[[bytes], _Form],
        etag: str | None,
        refusal: Callable[[RawResponse], NotebotError | None],
    ) -> tuple[Response, list[_Form]]:
        """The answer, and what was read of it; nothing on a 304."""
        self._rest()
        found: list[_Form] = []
        answer = self._http.get(
            url,
            accept=(_JSON, "application/json"),
            max_bytes=_MAX_BYTES,
            service="GitHub",
            validators=Validators(etag),
            headers=self._headers,
            refusal=refusal,
            check=lambda answer: found.append(read(answer.body)),
        )
        self._rests_until = time.monotonic() + (exhausted_s(answer.headers) or 0.0)
        return answer, found

    def _rest(self) -> None:
        rest_s = self._rests_until - time.monotonic()
        if rest_s > 0:
            raise self.asker.throttled(rest_s)

    def _next(self, answer: Response) -> str | None:
        """The next page's address by the ``Link`` header; it may not lead the token astray."""
        link = next_link(answer.headers.get("link", ""))
        if link is None:
            return None
        try:
            target = urljoin(answer.url, link)
            if origin(target) == origin(self._base_url):
                return target
        except ValueError:
            pass
        raise BadAnswerError("GitHub's list goes on at another host, where it is not followed; try again later")


def next_link(header: str) -> str | None:
    """The address of the next page in a ``Link`` header; ``None`` on the last page."""
    for address, parameters in _LINK.findall(header):
        named = (parameter.strip(" ,\t").partition("=") for parameter in parameters.split(";"))
        if any(name.strip().lower() == "rel" and "next" in value.strip('" ').split() for name, _, value in named):
            return str(address)
    return None


def checked_repo(repo: str) -> str:
    """The repository, if it is written ``OWNER/NAME``.

    Raises:
        UsageError: it is not.
    """
    if not _REPO.fullmatch(repo):
        raise UsageError(f"{repo!r} names no repository of GitHub; write it as OWNER/NAME")
    return repo


def checked_base(base_url: str) -> str:
    """The API's address without a slash at its end.

    Raises:
        UsageError: it is not https (http is for this machine alone), or holds more than host and path.
    """
    try:
        parts = urlsplit(base_url)
        safe = parts.scheme.lower() == "https" or (parts.scheme.lower() == "http" and is_loopback(base_url))
        if safe and parts.hostname and not (parts.query or parts.fragment or "@" in parts.netloc):
            return base_url.rstrip("/")
    except ValueError:
        pass
    raise UsageError("GitHub's address must be https without user, query or fragment; mend github_url in [archive]")


def checked_token(token: str | None, token_env: str) -> str | None:
    """The token without white space around it; ``None`` where there is none.

    Raises:
        UsageError: no token can be so; the sentence does not show it.
    """
    bare = (token or "").strip()
    if bare and not _TOKEN.fullmatch(bare):
        raise UsageError(f"{token_env} holds no token: a character in it can be in none; set it anew")
    return bare or None


def _headers(token: str | None) -> dict[str, str]:
    headers = {"Accept": _JSON, "X-GitHub-Api-Version": _API_VERSION}
    return headers | {"Authorization": f"Bearer {token}"} if token else headers


def _answered_at(answer: Response) -> datetime:
    return http_date(answer.headers.get("date", "")) or datetime.now(UTC)

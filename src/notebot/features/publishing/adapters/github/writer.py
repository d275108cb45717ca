"""The archive written to: every write in its turn, each sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from notebot.core.model.errors import NotFoundError, UsageError
from notebot.features.publishing.adapters.github.forms import Comment, Label, Listed, whole
from notebot.features.publishing.adapters.github.issue_listing import PAGE_SIZE
from notebot.features.publishing.adapters.github.request import Access
from notebot.features.publishing.adapters.github.write_refusal import WriteRefusal, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notebot.core.net.client import Http
    from notebot.features.publishing.adapters.github.write_rate_limit import WritePace
    from notebot.features.publishing.github_port import Edit, Issue

_Form = TypeVar("_Form")


class GitHubWriter:
    """See :class:`notebot.features.publishing.github_port.IssueArchive`.

    Args:
        base_url: GitHub's API: https, or http on this machine.
        repo: ``OWNER/NAME``.
        token: needs "Issues: read and write" on that repository; shown nowhere.
        token_env: the environment variable the token came from, for sentences.

    Raises:
        UsageError: one of them cannot be so, or there is no token.
    """

    def __init__(
        self, http: Http, base_url: str, repo: str, token: str | None, token_env: str, pace: WritePace
    ) -> None:
        self._access = Access(http, base_url, repo, token, token_env)
        self._pace = pace
        if not self._access.asker.has_token:
            raise UsageError(f'Writing to {repo} needs a token with "Issues: read and write" in {token_env}')

    @property
    def repo(self) -> str:
        return self._access.repo

    def newest(self, after: int | None = None) -> list[Issue]:
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": PAGE_SIZE}
        found: list[Listed] = []
        for page in self._access.pages(f"{self._url('issues')}?{urlencode(query)}", Listed):
            if page.moved:
                raise moved(self.repo)
            found += page.items
            if after is None or any(listed.number <= after for listed in page.items):
                break
        by_number = {listed.number: listed for listed in found if listed.pull_request is None}
        return [whole(by_number[number], ()) for number in sorted(by_number, reverse=True) if number > (after or 0)]

    def issue(self, number: int) -> Issue:
        refusal = self._refusal(f"read issue #{number}", number)
        listed = self._access.one(self._url("issues", str(number)), Listed, refusal)
        if listed.number != number or (listed.repo or self.repo).lower() != self.repo.lower():
            raise NotFoundError(f"Issue #{number} has moved away from {self.repo}; nothing was written")
        return whole(listed, self._comments(listed) if listed.comments else ())

    def labels(self) -> list[str]:
        pages = self._access.pages(f"{self._url('labels')}?per_page={PAGE_SIZE}", Label)
        return [label.name for page in pages for label in page.items if label.name]

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        value = {"title": title, "body": body, "labels": list(labels)}
        return whole(self._write("POST", ("issues",), value, Listed, self._refusal("open an issue")), ())

    def amend(self, number: int, decide: Callable[[Issue], Edit | None]) -> Issue | None:
        refusal = self._refusal(f"change issue #{number}", number)
        with self._pace.turn() as sent:
            edit = decide(self.issue(number))
            if edit is None:
                return None
            sent()
            told = self._access.write("PATCH", self._url("issues", str(number)), _fields(edit), Listed, refusal)
        return whole(told, ())

    def add_comment(self, number: int, body: str) -> None:
        refusal = self._refusal(f"add a comment to issue #{number}", number)
        self._write("POST", ("issues", str(number), "comments"), {"body": body}, Comment, refusal)

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        refusal = self._refusal(f"label issue #{number}", number)
        told = self._write("POST", ("issues", str(number), "labels"), {"labels": list(labels)}, list[Label], refusal)
        return tuple(label.name for label in told if label.name)

    def create_label(self, name: str, colour: str | None) -> None:
        value = {"name": name} | ({"color": colour} if colour else {})
        self._write("POST", ("labels",), value, Label, self._refusal(f"create the label {name!r}"))

    def _comments(self, listed: Listed) -> list[str]:
        url = f"{self._url('issues', str(listed.number), 'comments')}?per_page={PAGE_SIZE}"
        pages = self._access.pages(url, Comment, refusal=self._refusal("read comments", listed.number))
        comments = {comment.id: comment.body or "" for page in pages for comment in page.items}
        return [comments[number] for number in sorted(comments)]

    def _write(
        self, verb: str, path: Sequence[str], value: Mapping[str, object], form: type[_Form], refusal: WriteRefusal
    ) -> _Form:
        with self._pace.turn() as sent:
            sent()
            return self._access.write(verb, self._url(*path), value, form, refusal)

    def _url(self, *path: str) -> str:
        return self._access.url("repos", *self.repo.split("/"), *path)

    def _refusal(self, deed: str, number: int | None = None) -> WriteRefusal:
        return WriteRefusal(self._access.asker, deed, number)


def _fields(edit: Edit) -> dict[str, object]:
    labels = None if edit.labels is None else list(edit.labels)
    named = {"title": edit.title, "body": edit.body, "labels": labels}
    return {name: value for name, value in named.items() if value is not None}

"""Writes issues to GitHub: each request waits for its turn and is sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from notebot.core.model.errors import MoveError, NotFoundError, UsageError
from notebot.features.publishing.adapters.github.errors import WriteErrors, repository_renamed
from notebot.features.publishing.adapters.github.forms import Comment, Label, ListedIssue, to_issue
from notebot.features.publishing.adapters.github.issue_listing import PAGE_SIZE
from notebot.features.publishing.adapters.github.request import GitHubApi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notebot.core.net.client import Http
    from notebot.features.publishing.adapters.github.write_rate_limit import WritePace
    from notebot.features.publishing.archive_port import Edit, Issue

_Form = TypeVar("_Form")


class GitHubWriter:
    """Implements :class:`notebot.features.publishing.archive_port.IssueArchive`.

    Args:
        base_url: GitHub's API: https, or http on this machine.
        repo: ``OWNER/NAME``.
        token: needs "Issues: read and write" on that repository; never shown.
        token_env: the environment variable the token came from, for messages.

    Raises:
        UsageError: one of them is invalid, or there is no token.
    """

    def __init__(
        self, http: Http, base_url: str, repo: str, token: str | None, token_env: str, pace: WritePace
    ) -> None:
        self._api = GitHubApi(http, base_url, repo, token, token_env)
        self._pace = pace
        if not self._api.errors.has_token:
            raise UsageError(f'Writing to {repo} needs a token with "Issues: read and write" in {token_env}')

    @property
    def repo(self) -> str:
        return self._api.repo

    @property
    def import_command(self) -> str:
        return f"notebot import github {self.repo}"

    def newest(self, after: int | None = None) -> list[Issue]:
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": PAGE_SIZE}
        listed: list[ListedIssue] = []
        for page in self._api.pages(f"{self._url('issues')}?{urlencode(query)}", ListedIssue):
            if page.moved:  # a redirected POST would be lost, so nothing is written under the old name
                raise repository_renamed(self.repo)
            listed += page.items
            if after is None or any(issue.number <= after for issue in page.items):
                break
        by_number = {issue.number: issue for issue in listed if issue.pull_request is None}
        return [to_issue(by_number[number], ()) for number in sorted(by_number, reverse=True) if number > (after or 0)]

    def issue(self, number: int) -> Issue:
        errors = self._errors(f"read issue #{number}", number)
        listed = self._api.get_object(self._url("issues", str(number)), ListedIssue, errors.error_of)
        # a transferred issue is answered through a redirect, with its new number or repository
        if listed.number != number or (listed.repo or self.repo).lower() != self.repo.lower():
            raise NotFoundError(f"Issue #{number} has moved away from {self.repo}; nothing was written")
        if not listed.comments:
            return to_issue(listed, ())
        url = f"{self._url('issues', str(number), 'comments')}?per_page={PAGE_SIZE}"
        pages = self._api.pages(url, Comment, error_of=self._errors("read comments", number).error_of)
        # by id: a comment that is deleted meanwhile moves the others up, and one may come twice
        comments = {comment.id: comment.body or "" for page in pages for comment in page.items}
        return to_issue(listed, [comments[comment_id] for comment_id in sorted(comments)])

    def labels(self) -> list[str]:
        pages = self._api.pages(f"{self._url('labels')}?per_page={PAGE_SIZE}", Label)
        return [label.name for page in pages for label in page.items if label.name]

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        value = {"title": title, "body": body, "labels": list(labels)}
        listed = self._write(self._errors("open an issue"), ("issues",), value, ListedIssue)
        return to_issue(listed, ())

    def amend(self, number: int, decide: Callable[[Issue], Edit | None]) -> Issue | None:
        errors = self._errors(f"change issue #{number}", number)
        # the read is inside the turn, so that the wait for the turn does not come between read and write
        with self._pace.turn() as mark_sent:
            edit = decide(self.issue(number))
            if edit is None:
                return None
            fields = {"title": edit.title, "body": edit.body, "state": edit.state}
            mark_sent()
            changed = self._api.write(
                "PATCH",
                self._url("issues", str(number)),
                value={name: value for name, value in fields.items() if value is not None},
                form=ListedIssue,
                error_of=errors.error_of,
            )
        return to_issue(changed, ())

    def add_comment(self, number: int, body: str) -> None:
        errors = self._errors(f"add a comment to issue #{number}", number)
        self._write(errors, ("issues", str(number), "comments"), {"body": body}, Comment)

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        errors = self._errors(f"label issue #{number}", number)
        all_labels = self._write(errors, ("issues", str(number), "labels"), {"labels": list(labels)}, list[Label])
        return tuple(label.name for label in all_labels if label.name)

    def remove_label(self, number: int, label: str) -> None:
        # "." and ".." are removed from paths, and DELETE .../labels removes every label of the issue
        if not label.strip("."):
            raise MoveError(f"the label {label!r} of #{number} cannot be removed from here; remove it by hand")
        errors = self._errors(f"remove the label {label!r} of issue #{number}", number)
        try:
            self._write(errors, ("issues", str(number), "labels", label), None, list[Label], "DELETE")
        except NotFoundError:
            # the answer is the same for a missing issue and for a label that somebody removed meanwhile
            if label.lower() in (name.lower() for name in self.issue(number).labels):
                raise

    def create_label(self, name: str, colour: str | None) -> None:
        value = {"name": name} | ({"color": colour} if colour else {})
        self._write(self._errors(f"create the label {name!r}"), ("labels",), value, Label)

    def _write(
        self,
        errors: WriteErrors,
        path: Sequence[str],
        value: Mapping[str, object] | None,
        form: type[_Form],
        method: str = "POST",
    ) -> _Form:
        with self._pace.turn() as mark_sent:
            mark_sent()
            return self._api.write(method, self._url(*path), value=value, form=form, error_of=errors.error_of)

    def _url(self, *path: str) -> str:
        return self._api.url("repos", *self.repo.split("/"), *path)

    def _errors(self, action: str, number: int | None = None) -> WriteErrors:
        return WriteErrors(self._api.errors, action, number)

"""The newest open issues that a curator opened."""

from typing import Any

import msgspec
from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.net.client import Http
from notebot.features.publishing.adapters.github.errors import WriteErrors, repository_renamed
from notebot.features.publishing.adapters.github.forms import ListedIssue, to_issue
from notebot.features.publishing.adapters.github.request import GitHubApi
from notebot.features.publishing.fill.link_only_issues import OpenIssues

_CURATORS = ("OWNER", "MEMBER", "COLLABORATOR")
"""``author_association`` of people with write access; anybody may open issues in a public repository."""
_NEWEST = "state=open&sort=created&direction=desc&per_page=100"


class GitHubCuratorIssues(Struct, frozen=True):
    """Implements :class:`notebot.features.publishing.fill.CuratorIssues` for one repository."""

    http: Http
    api_url: str
    repo: str
    token: str | None
    token_env: str

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        """Requests one page."""
        api = GitHubApi(self.http, self.api_url, self.repo, self.token, self.token_env)
        url = f"{api.url('repos', *self.repo.split('/'), 'issues')}?{_NEWEST}"
        errors = WriteErrors(api.errors, "list issues")
        page = next(api.pages(url, dict[str, Any], etag, errors.error_of), None)
        if page is None:
            return None
        if page.moved:
            raise repository_renamed(self.repo)
        try:
            # strangers' issues are dropped before they are parsed: a malformed one must not stop the curator's
            by_curators = [item for item in page.items if self._is_by_curator(item)]
            listed = [msgspec.convert(item, ListedIssue) for item in by_curators]
        except msgspec.ValidationError as error:
            raise BadAnswerError(
                f"GitHub's list has an item that is not an issue ({error}); try again later"
            ) from error
        # GitHub's REST API lists pull requests among the issues
        return OpenIssues(tuple(to_issue(issue, ()) for issue in listed if issue.pull_request is None), page.etag)

    def _is_by_curator(self, item: dict[str, Any]) -> bool:
        user = item.get("user")
        login = str(user.get("login")) if isinstance(user, dict) else ""
        owner = self.repo.partition("/")[0]
        return login.lower() == owner.lower() or item.get("author_association") in _CURATORS

"""The newest open issues, by who opened them; see :class:`notebot.features.publishing.fill.CuratorIssues`."""

from typing import Any

import msgspec
from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.net.client import Http
from notebot.features.publishing.adapters.github.forms import Listed, whole
from notebot.features.publishing.adapters.github.request import Access
from notebot.features.publishing.adapters.github.write_refusal import WriteRefusal, moved
from notebot.features.publishing.fill import OpenIssues

_CURATORS = ("OWNER", "MEMBER", "COLLABORATOR")
"""What GitHub calls those who keep a repository; in a public one anybody may open issues."""
_NEWEST = "state=open&sort=created&direction=desc&per_page=100"


class OpenedByCurator(Struct, frozen=True):
    """The open issues of one repository that its keepers opened."""

    http: Http
    api_url: str
    repo: str
    token: str | None
    token_env: str

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        """One page; see the port."""
        access = Access(self.http, self.api_url, self.repo, self.token, self.token_env)
        url = f"{access.url('repos', *self.repo.split('/'), 'issues')}?{_NEWEST}"
        page = next(access.pages(url, dict[str, Any], etag, WriteRefusal(access.asker, "list issues")), None)
        if page is None:
            return None
        if page.moved:
            raise moved(self.repo)
        try:
            listed = [msgspec.convert(item, Listed) for item in page.items if self._is_curators(item)]
        except msgspec.ValidationError as error:
            raise BadAnswerError(f"GitHub's list holds what is no issue ({error}); try again later") from error
        return OpenIssues(tuple(whole(one, ()) for one in listed if one.pull_request is None), page.etag)

    def _is_curators(self, item: dict[str, Any]) -> bool:
        """Opened by the repository's owner, or by whom GitHub names among its keepers."""
        user = item.get("user")
        login = str(user.get("login")) if isinstance(user, dict) else ""
        owner = self.repo.partition("/")[0]
        return login.lower() == owner.lower() or item.get("author_association") in _CURATORS

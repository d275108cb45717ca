"""arXiv's metadata, through the ``arxiv`` package on a session that is ours.

The package alone would take an HTML page, a cut body or an error feed for "no such paper", and would keep
its own pace in each process. So requests go through :class:`~notebot.core.net.client.Http`, and a body
reaches the package's parser only after :mod:`~notebot.features.announcements.adapters.arxiv_api_answer` has passed it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.paper import Paper, SearchPage
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse
from notebot.features.announcements.adapters.arxiv_api_answer import Page, examine, examine_search, paper_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from notebot.core.net.client import Http
    from notebot.core.net.pace import Pace
    from notebot.core.net.response import Response

_BATCH = 100
_ACCEPT = ("application/atom+xml", "application/xml", "text/xml")
_BYTES_PER_PAPER = 1024 * 1024
_MOST_BYTES = 128 * 1024 * 1024
_SERVICE = "arXiv's API"
_WITHDRAWN = regex(
    r"(?:^|[.;:!?])\s*withdrawn\b|\b(?:has been|have been|is|was) withdrawn|\bwithdrawn by\b", re.IGNORECASE
)
"""Not every comment with the word: "extends a withdrawn submission" is about another paper."""


class ArxivApi:
    """The query API at ``api_url``, asked by ids or by a search."""

    def __init__(self, http: Http, api_url: str, pace: Pace) -> None:
        self._http = http
        self._api_url = api_url
        self._pace = pace

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers that exist, by the id as asked; without a version, the current one.

        One malformed id makes arXiv refuse a whole batch: the batch is then halved until it stands alone.
        """
        found: dict[str, Paper] = {}
        for batch in _batches(ids):
            found |= self._batch(batch)
        return found

    def search(self, query: str, start: int, size: int) -> SearchPage:
        """One page of a search in arXiv's own grammar, by submission of version 1, the oldest paper first.

        Raises:
            ServiceError: no answer, or one that is not this page of this search.
        """
        import arxiv  # type: ignore[import-untyped]

        order = {"sort_by": arxiv.SortCriterion.SubmittedDate, "sort_order": arxiv.SortOrder.Ascending}
        session = _GuardedSession(self._http, self._pace, size, lambda body: examine_search(body, query, start, size))
        papers = tuple(self._results(session, start, query=query, **order))
        return SearchPage(session.page.total, papers)

    def _batch(self, asked: Mapping[str, str]) -> dict[str, Paper]:
        ids = list(asked.values())
        session = _GuardedSession(self._http, self._pace, len(ids), lambda body: examine(body, ids))
        try:
            return {asked[paper.arxiv_id]: paper for paper in self._results(session, 0, id_list=ids)}
        except _MalformedIdError:
            if len(asked) == 1:
                return {}
        half = len(asked) // 2
        pairs = list(asked.items())
        return self._batch(dict(pairs[:half])) | self._batch(dict(pairs[half:]))

    def _results(self, session: _GuardedSession, start: int, **search: Any) -> Iterator[Paper]:
        """The one page's papers; the package would go on to ask for the next page by itself."""
        import arxiv

        client = arxiv.Client(page_size=session.most, delay_seconds=0.0, num_retries=0)
        client.query_url_format = self._api_url.replace("{", "{{").replace("}", "}}") + "?{}"
        client._session = session
        count = 0
        for result in client.results(arxiv.Search(**search, max_results=start + session.most), start):
            yield _paper(result)
            count += 1
            if count == session.page.papers:
                return
        if count < session.page.papers:
            raise _unread()


class _MalformedIdError(Exception):
    """arXiv refuses the request because an id in it has no proper form."""


class _Response(Struct, frozen=True):
    """As much of a ``requests`` response as the package looks at."""

    content: bytes
    status_code: int = 200


class _GuardedSession:
    """Stands where the package keeps its ``requests.Session``; ``examine`` passes a body, or raises."""

    def __init__(self, http: Http, pace: Pace, most: int, examine: Callable[[bytes], Page]) -> None:
        self.most = most
        self.page = Page(0, None, bad_id=False)
        self._http = http
        self._pace = pace
        self._examine = examine
        self._read = False

    def get(self, url: str, headers: Mapping[str, str]) -> _Response:
        """The body, checked; the package's own headers are not sent."""
        if self._read:
            raise _unread()
        answer = self._http.get(
            url,
            accept=_ACCEPT,
            max_bytes=min(_BYTES_PER_PAPER * (self.most + 1), _MOST_BYTES),
            service=_SERVICE,
            pace=self._pace,
            keep_statuses=(400,),
            check=self._check,
        )
        self._read = True
        if self.page.bad_id:
            raise _MalformedIdError
        if self.page.error is not None or answer.status != 200:
            raise BadAnswerError(f"{_SERVICE} refuses the request: {self.page.error or 'no reason given'}")
        return _Response(answer.body)

    def _check(self, answer: Response) -> None:
        self.page = self._examine(answer.body)


def _unread() -> BadAnswerError:
    return BadAnswerError(f"{_SERVICE} sent papers that the arxiv package does not read")


def _batches(ids: Iterable[str]) -> Iterator[dict[str, str]]:
    """Asked ids by paper, at most 100 together and no paper twice: answers come in any order."""
    waiting = list(dict.fromkeys(ids))
    while waiting:
        batch: dict[str, str] = {}
        for asked in waiting:
            if len(batch) < _BATCH:
                batch.setdefault(_base(asked), asked)
        yield batch
        taken = set(batch.values())
        waiting = [asked for asked in waiting if asked not in taken]


def _base(asked: str) -> str:
    head, _, version = asked.rpartition("v")
    return head if head and version.isdigit() else asked


def _paper(result: Any) -> Paper:
    base, version = paper_id(result.entry_id)
    comment = _collapsed(result.comment)
    return Paper(
        arxiv_id=base,
        version=version,
        title=_collapsed(result.title) or "",
        authors=tuple(filter(None, (_collapsed(author.name) for author in result.authors))),
        abstract=_collapsed(result.summary) or "",
        categories=tuple(dict.fromkeys(filter(None, (result.primary_category, *result.categories)))),
        published=result.published,
        updated=result.updated,
        comment=comment,
        journal_ref=_collapsed(result.journal_ref),
        doi=_collapsed(result.doi),
        withdrawn=_WITHDRAWN.search(comment or "") is not None,
    )


def _collapsed(text: str | None) -> str | None:
    return collapse(text or "") or None

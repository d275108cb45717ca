"""arXiv's metadata and search, parsed by the ``arxiv`` package on a guarded session.

The package alone would read an HTML page, a truncated body or an error feed as "no such paper", and each
process would keep its own pace. So requests go through :class:`~notebot.core.net.client.Http`, and a body
reaches the package's parser only after :mod:`~notebot.features.announcements.adapters.arxiv_api_answer` has checked it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.paper import Paper, SearchPage
from notebot.core.net.xml_safety import repair_document
from notebot.core.text.tex import collapse
from notebot.core.text.withdrawal import is_withdrawn
from notebot.features.announcements.adapters.arxiv_api_answer import (
    ApiPage,
    check_papers,
    check_search_page,
    paper_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from notebot.core.net.client import Http
    from notebot.core.net.pace import Turns
    from notebot.core.net.response import Response

_BATCH = 100
"""Ids per request, so that the address stays short."""
_ACCEPT = ("application/atom+xml", "application/xml", "text/xml")
# far above any real entry, authors in the thousands included; a larger answer is not from arXiv
_BYTES_PER_PAPER = 1024 * 1024
_MAX_BYTES = 128 * 1024 * 1024
_SERVICE = "arXiv's API"


class ArxivApi:
    """The query API at ``api_url``, for metadata by id and for searches."""

    def __init__(self, http: Http, api_url: str, pace: Turns) -> None:
        self._http = http
        self._api_url = api_url
        self._pace = pace

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers that exist, keyed by the id as asked; an id without a version gets the newest one.

        Raises:
            ServiceError: no answer, or one that is incomplete or not about these ids.
        """
        papers: dict[str, Paper] = {}
        waiting = list(dict.fromkeys(ids))
        while waiting:
            # answers come in any order and without the id as asked, so a batch may hold each paper only once
            batch: dict[str, str] = {}
            for asked in waiting:
                if len(batch) < _BATCH:
                    base, _, version = asked.rpartition("v")
                    batch.setdefault(base if base and version.isdigit() else asked, asked)
            papers |= self._batch(batch)
            taken = set(batch.values())
            waiting = [asked for asked in waiting if asked not in taken]
        return papers

    def search(self, query: str, start: int, size: int) -> SearchPage:
        """One page of a search in arXiv's own grammar, by submission of version 1, oldest first.

        Raises:
            ServiceError: no answer, or one that is not this page of this search.
        """
        import arxiv  # type: ignore[import-untyped]

        order = {"sort_by": arxiv.SortCriterion.SubmittedDate, "sort_order": arxiv.SortOrder.Ascending}
        session = _GuardedSession(
            self._http, self._pace, size, lambda body: check_search_page(body, query, start, size)
        )
        papers = tuple(self._results(session, start, query=query, **order))
        return SearchPage(session.page.total, papers)

    def _batch(self, asked: Mapping[str, str]) -> dict[str, Paper]:
        """The papers of one request; ``asked`` maps ids without version to the ids as asked."""
        ids = list(asked.values())
        session = _GuardedSession(self._http, self._pace, len(ids), lambda body: check_papers(body, ids))
        try:
            return {asked[paper.arxiv_id]: paper for paper in self._results(session, 0, id_list=ids)}
        except _MalformedIdError:
            if len(asked) == 1:
                return {}
        # one malformed id makes arXiv refuse the whole batch: halve it until that id is alone
        half = len(asked) // 2
        pairs = list(asked.items())
        return self._batch(dict(pairs[:half])) | self._batch(dict(pairs[half:]))

    def _results(self, session: _GuardedSession, start: int, **search: Any) -> Iterator[Paper]:
        """Yields the papers of one page."""
        import arxiv

        # `Http` waits and retries, with one pace for all processes; the package must not add its own
        client = arxiv.Client(page_size=session.max_papers, delay_seconds=0.0, num_retries=0)
        # the package calls `str.format` on its address, so braces in ours are doubled
        client.query_url_format = self._api_url.replace("{", "{{").replace("}", "}}") + "?{}"
        client._session = session
        count = 0
        for result in client.results(arxiv.Search(**search, max_results=start + session.max_papers), start):
            base, version = paper_id(result.entry_id)
            comment = _collapsed(result.comment)
            yield Paper(
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
                withdrawn=is_withdrawn(comment),
            )
            count += 1
            # stop here, or the package requests the next page by itself (services.md 1.1)
            if count == session.page.papers:
                return
        if count < session.page.papers:
            raise _unread_papers()


class _MalformedIdError(Exception):
    """arXiv refuses the request because it contains a malformed id."""


class _PackageResponse(Struct, frozen=True):
    """The attributes of a ``requests`` response that the package reads."""

    content: bytes
    status_code: int = 200


class _GuardedSession:
    """Replaces the package's ``requests.Session``; ``check`` accepts a body, or raises."""

    def __init__(self, http: Http, pace: Turns, max_papers: int, check: Callable[[bytes], ApiPage]) -> None:
        self.max_papers = max_papers
        self.page = ApiPage(0, None, bad_id=False)
        self._http = http
        self._pace = pace
        self._check = check
        self._is_used = False

    def get(self, url: str, headers: Mapping[str, str]) -> _PackageResponse:
        """Downloads and checks the body; the package's own headers are not sent."""
        if self._is_used:
            raise _unread_papers()

        body = b""

        def check(answer: Response) -> None:
            nonlocal body
            body = answer.body
            try:
                self.page = self._check(body)
            except BadAnswerError:
                # a control character in one abstract must not cost the other papers (rules.md 7.10)
                body = repair_document(body, _SERVICE) or b""
                if not body:
                    raise
                self.page = self._check(body)

        answer = self._http.get(
            url,
            accept=_ACCEPT,
            max_bytes=min(_BYTES_PER_PAPER * (self.max_papers + 1), _MAX_BYTES),
            service=_SERVICE,
            pace=self._pace,
            keep_statuses=(400,),  # arXiv sends its error feed with this status
            check=check,
        )
        self._is_used = True
        if self.page.bad_id:
            raise _MalformedIdError
        if self.page.error is not None or answer.status != 200:
            raise BadAnswerError(f"{_SERVICE} refuses the request: {self.page.error or 'no reason given'}")
        return _PackageResponse(body)


def _unread_papers() -> BadAnswerError:
    return BadAnswerError(f"{_SERVICE} sent papers that the arxiv package does not read")


def _collapsed(text: str | None) -> str | None:
    return collapse(text or "") or None

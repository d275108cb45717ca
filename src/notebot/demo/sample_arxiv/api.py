"""The query API: ``id_list`` with versions, searches, pages, error entries."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.demo.sample_arxiv.answer import ATOM, SampleAnswer
from notebot.demo.sample_arxiv.markup import DECLARATION, element, instant, optional, split_affiliation
from notebot.demo.sample_arxiv.search import InvalidSearchError, parse_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from notebot.demo.sample_arxiv.papers import Edition, SamplePaper

_ID = r"(\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?"
_FEED = (
    f'{DECLARATION}<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
    ' xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'
)
_SORTS = ("relevance", "lastUpdatedDate", "submittedDate")
_MAX_RESULTS = 30_000
"""The largest ``max_results`` that the API accepts (arXiv API user's manual)."""


class _BadRequestError(Exception):
    """A request that the service answers with HTTP 400 and an error entry."""


class _ApiQuery(Struct, frozen=True):
    search: str
    id_list: str
    start: int
    max_results: int
    sort_by: str
    descending: bool

    @property
    def echo(self) -> str:
        """The query as the feed's title repeats it."""
        return f"search_query={self.search}&id_list={self.id_list}&start={self.start}&max_results={self.max_results}"


def api_answer(papers: Iterable[SamplePaper], parameters: Mapping[str, str], day: date) -> SampleAnswer:
    """The answer of ``/api/query`` on ``day``; papers announced later do not exist yet."""
    asked_at = datetime.combine(day, time(22, 9, 26), UTC)
    try:
        query = _parse_parameters(parameters)
        editions = _matching_editions(papers, query, day)
    except (_BadRequestError, InvalidSearchError) as problem:
        return SampleAnswer(_error_feed(str(problem), asked_at).encode(), ATOM, status=400)
    digest = hashlib.sha256(query.echo.encode()).hexdigest()[:27]
    lines = [
        _FEED,
        element("id", f"https://arxiv.org/api/{digest}"),
        element("title", f"arXiv Query: {query.echo}"),
        element("updated", instant(asked_at)),
        element("link", href=f"https://arxiv.org/api/query?{query.echo}", type="application/atom+xml"),
        *_counts(query.max_results, len(editions), query.start),
    ]
    # the total counts every match, the entries are one page of them
    lines += [_entry(edition) for edition in editions[query.start : query.start + query.max_results]]
    return SampleAnswer("\n".join([*lines, "</feed>\n"]).encode(), ATOM)


def _parse_parameters(parameters: Mapping[str, str]) -> _ApiQuery:
    numbers = {}
    for name, default in (("start", "0"), ("max_results", "10")):
        text = parameters.get(name, default)
        if not re.fullmatch(r"-?\d+", text):
            raise _BadRequestError(f"{name} must be an integer")
        if int(text) < 0:
            raise _BadRequestError(f"{name} must be non-negative")
        numbers[name] = int(text)
    query = _ApiQuery(
        search=parameters.get("search_query", ""),
        id_list=parameters.get("id_list", ""),
        start=numbers["start"],
        max_results=numbers["max_results"],
        sort_by=parameters.get("sortBy", "relevance"),
        descending=parameters.get("sortOrder", "descending") == "descending",
    )
    if query.max_results > _MAX_RESULTS:
        raise _BadRequestError(f"max_results must be less than or equal to {_MAX_RESULTS}")
    if query.sort_by not in _SORTS:
        raise _BadRequestError(f"sortBy must be in: {', '.join(_SORTS)}")
    return query


def _matching_editions(papers: Iterable[SamplePaper], query: _ApiQuery, day: date) -> list[Edition]:
    """All editions that match, in the service's own order, which ignores the order of ``id_list``."""
    versions: dict[str, str | None] = {}
    for text in query.id_list.split(",") if query.id_list else ():
        # like arXiv: text that merely contains an id, such as a URL, is accepted and matches nothing
        if not re.search(_ID, text):
            raise _BadRequestError(f"incorrect id format for {text}")
        match = re.fullmatch(_ID, text)
        if match:
            versions[match[1]] = match[2]
    matches_search = parse_search(query.search) if query.search else None
    editions = []
    for paper in papers:
        current = paper.version_on(day)
        if current is None or (query.id_list and paper.arxiv_id not in versions):
            continue
        version = int(versions.get(paper.arxiv_id) or current)
        if 1 <= version <= current:
            edition = paper.edition(version)
            if matches_search is None or matches_search(edition):
                editions.append(edition)

    def rank(edition: Edition) -> tuple[datetime, str]:
        moment = edition.updated if query.sort_by == "lastUpdatedDate" else edition.paper.published
        return moment, edition.paper.arxiv_id

    return sorted(editions, key=rank, reverse=query.descending)


def _counts(per_page: int, total: int, start: int) -> list[str]:
    return [
        element("opensearch:itemsPerPage", str(per_page)),
        element("opensearch:totalResults", str(total)),
        element("opensearch:startIndex", str(start)),
    ]


def _entry(edition: Edition) -> str:
    paper = edition.paper
    name = f"{paper.arxiv_id}v{edition.version}"
    scheme = "http://arxiv.org/schemas/atom"
    lines = [
        "<entry>",
        element("id", f"http://arxiv.org/abs/{name}"),
        element("title", edition.title),
        element("updated", instant(edition.updated)),
        element("link", href=f"https://arxiv.org/abs/{name}", rel="alternate", type="text/html"),
        element("link", href=f"https://arxiv.org/pdf/{name}", rel="related", type="application/pdf", title="pdf"),
        element("summary", paper.abstract),
        *(element("category", term=category, scheme=scheme) for category in paper.categories),
        element("published", instant(paper.published)),
        *optional("arxiv:comment", edition.comment),
        element("arxiv:primary_category", term=paper.categories[0]),
        *optional("arxiv:journal_ref", paper.journal_ref),
    ]
    for author in paper.authors:
        author_name, affiliation = split_affiliation(author)
        parts = [element("name", author_name), *optional("arxiv:affiliation", affiliation)]
        lines.append(f"<author>{''.join(parts)}</author>")
    if paper.doi is not None:
        lines.append(element("arxiv:doi", paper.doi))
        lines.append(element("link", rel="related", href=f"https://doi.org/{paper.doi}", title="doi"))
    return "\n".join([*lines, "</entry>"])


def _error_feed(problem: str, asked_at: datetime) -> str:
    """An error as the service reports it: a total of 1, and one entry without ``published``."""
    url = f"https://arxiv.org/api/errors#{problem.replace(' ', '_')}"
    return "\n".join(
        [
            _FEED,
            element("id", "https://arxiv.org/"),
            element("title", "arXiv Search Results"),
            element("updated", instant(asked_at)),
            *_counts(1, 1, 0),
            "<entry>",
            element("id", url),
            element("title", "Error"),
            element("updated", instant(asked_at)),
            element("link", href=url, rel="alternate", type="text/html"),
            element("summary", problem),
            "<author><name>arXiv api core</name></author>",
            "</entry>",
            "</feed>\n",
        ]
    )

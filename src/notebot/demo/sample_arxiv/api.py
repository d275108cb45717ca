"""The query API: ``id_list`` with versions, searches, paging, error entries."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.demo.sample_arxiv.answer import ATOM, Answer, pages_of
from notebot.demo.sample_arxiv.markup import DECLARATION, element, instant, optional, split_affiliation
from notebot.demo.sample_arxiv.search import InvalidSearchError, search_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from notebot.demo.sample_arxiv.papers import Edition, SamplePaper

_ID = r"(\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?"
_FEED = (
    f'{DECLARATION}<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
    ' xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'
)
_SORTS = ("relevance", "lastUpdatedDate", "submittedDate")
_MOST_RESULTS = 30_000


class _BadRequestError(Exception):
    """What the service answers with HTTP 400 and an error entry."""


class _Query(Struct, frozen=True):
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


def api_answer(papers: Iterable[SamplePaper], parameters: Mapping[str, str], day: date) -> Answer:
    """What ``/api/query`` says on ``day``; papers announced later do not exist yet."""
    asked_at = datetime.combine(day, time(22, 9, 26), UTC)
    try:
        query = _read_query(parameters)
        found = _found(papers, query, day)
    except (_BadRequestError, InvalidSearchError) as problem:
        return Answer(_error_feed(str(problem), asked_at).encode(), ATOM, status=400)
    page = found[query.start : query.start + query.max_results]
    ends = query.start + len(page) >= len(found)
    body = _results_feed(query, page, len(found), asked_at)
    return Answer(body.encode(), ATOM, pages=pages_of(begins=query.start == 0, ends=ends))


def _read_query(parameters: Mapping[str, str]) -> _Query:
    query = _Query(
        search=parameters.get("search_query", ""),
        id_list=parameters.get("id_list", ""),
        start=_number(parameters, "start", 0),
        max_results=_number(parameters, "max_results", 10),
        sort_by=parameters.get("sortBy", "relevance"),
        descending=parameters.get("sortOrder", "descending") == "descending",
    )
    if query.max_results > _MOST_RESULTS:
        raise _BadRequestError(f"max_results must be less than or equal to {_MOST_RESULTS}")
    if query.sort_by not in _SORTS:
        raise _BadRequestError(f"sortBy must be in: {', '.join(_SORTS)}")
    return query


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not re.fullmatch(r"-?\d+", text):
        raise _BadRequestError(f"{name} must be an integer")
    if int(text) < 0:
        raise _BadRequestError(f"{name} must be non-negative")
    return int(text)


def _found(papers: Iterable[SamplePaper], query: _Query, day: date) -> list[Edition]:
    """All that the query asks for, in the service's own order, which is not that of ``id_list``."""
    wanted = _wanted_versions(query.id_list)
    passes = search_test(query.search) if query.search else None
    found = []
    for paper in papers:
        version = _version_asked(paper, wanted, day)
        edition = paper.edition(version) if version else None
        if edition and (passes is None or passes(edition)):
            found.append(edition)
    return sorted(found, key=lambda each: _rank(each, query.sort_by), reverse=query.descending)


def _rank(edition: Edition, sort_by: str) -> tuple[datetime, str]:
    moment = edition.updated if sort_by == "lastUpdatedDate" else edition.paper.published
    return moment, edition.paper.arxiv_id


def _wanted_versions(id_list: str) -> dict[str, str | None] | None:
    """Id → version asked for; text that merely holds an id, such as a URL, passes and is not found."""
    if not id_list:
        return None
    wanted = {}
    for text in id_list.split(","):
        if not re.search(_ID, text):
            raise _BadRequestError(f"incorrect id format for {text}")
        match = re.fullmatch(_ID, text)
        if match:
            wanted[match[1]] = match[2]
    return wanted


def _version_asked(paper: SamplePaper, wanted: Mapping[str, str | None] | None, day: date) -> int | None:
    current = paper.version_on(day)
    if wanted is None or current is None:
        return current
    if paper.arxiv_id not in wanted:
        return None
    asked = int(wanted[paper.arxiv_id] or current)
    return asked if 1 <= asked <= current else None


def _counts(per_page: int, total: int, start: int) -> list[str]:
    return [
        element("opensearch:itemsPerPage", str(per_page)),
        element("opensearch:totalResults", str(total)),
        element("opensearch:startIndex", str(start)),
    ]


def _results_feed(query: _Query, page: Sequence[Edition], total: int, asked_at: datetime) -> str:
    digest = hashlib.sha256(query.echo.encode()).hexdigest()[:27]
    head = [
        _FEED,
        element("id", f"https://arxiv.org/api/{digest}"),
        element("title", f"arXiv Query: {query.echo}"),
        element("updated", instant(asked_at)),
        element("link", href=f"https://arxiv.org/api/query?{query.echo}", type="application/atom+xml"),
        *_counts(query.max_results, total, query.start),
    ]
    return "\n".join([*head, *(_entry(edition) for edition in page), "</feed>\n"])


def _entry(edition: Edition) -> str:
    paper = edition.paper
    name = f"{paper.arxiv_id}v{edition.version}"
    scheme = "http://arxiv.org/schemas/atom"
    return "\n".join(
        [
            "<entry>",
            element("id", f"http://arxiv.org/abs/{name}"),
            element("title", edition.title),
            element("updated", instant(edition.updated)),
            element("link", href=f"https://arxiv.org/abs/{name}", rel="alternate", type="text/html"),
            _pdf_link(name),
            element("summary", paper.abstract),
            *(element("category", term=each, scheme=scheme) for each in paper.categories),
            element("published", instant(paper.published)),
            *optional("arxiv:comment", edition.comment),
            element("arxiv:primary_category", term=paper.categories[0]),
            *optional("arxiv:journal_ref", paper.journal_ref),
            *(_author(name) for name in paper.authors),
            *_doi(paper.doi),
            "</entry>",
        ]
    )


def _pdf_link(name: str) -> str:
    url = f"https://arxiv.org/pdf/{name}"
    return element("link", href=url, rel="related", type="application/pdf", title="pdf")


def _author(author: str) -> str:
    name, affiliation = split_affiliation(author)
    parts = [element("name", name), *optional("arxiv:affiliation", affiliation)]
    return f"<author>{''.join(parts)}</author>"


def _doi(doi: str | None) -> list[str]:
    if doi is None:
        return []
    link = element("link", rel="related", href=f"https://doi.org/{doi}", title="doi")
    return [element("arxiv:doi", doi), link]


def _error_feed(problem: str, asked_at: datetime) -> str:
    """The error as the service gives it: one entry without ``published``, and a total of 1."""
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

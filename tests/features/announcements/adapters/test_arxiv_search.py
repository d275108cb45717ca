"""arXiv's search: exactly the requested page, or an error."""

import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from notebot.core.model.errors import BadAnswerError, ServiceError, ThrottledError
from notebot.core.model.paper import SearchPage
from notebot.core.net.client import Http
from notebot.core.net.pace import Pace
from notebot.features.announcements.adapters.arxiv_api import ArxivApi
from paths import REAL_DATA
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv
from servers.loopback import Handler, Loopback, answer

RECORDED = REAL_DATA / "arxiv" / "api"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not in this checkout")

QUERY = '((cat:cs.CL OR cat:cs.LG) AND ti:"a b") AND submittedDate:[202605010000 TO 202605020000]'
AS_THE_SERVER_PUTS_IT = '( (cat:cs.CL OR cat:cs.LG) AND ti:"a b") AND submittedDate:"202605010000 TO 202605020000"'

Ask = Callable[..., tuple[SearchPage, Loopback]]


def entry(ref: str, title: str = "A title", published: str = "2026-05-01T10:00:00Z") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{ref}</id><title>{title}</title><updated>2026-05-01T10:00:00Z</updated>"
        f"<summary>Words.</summary><published>{published}</published><arxiv:primary_category term='cs.CL'/>"
        "<author><name>Ada Example</name></author></entry>"
    )


def feed(*entries: str, total: object = None, start: object = 0, query: str = QUERY) -> str:
    title = f"arXiv Query: search_query={query}&id_list=&start={start}&max_results=2"
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
      xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/api/x</id><title>{escape(title)}</title>
  <opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>{"".join(entries)}</feed>"""


def error_feed(reason: str) -> str:
    return feed(
        f"<entry><id>https://arxiv.org/api/errors#{reason.replace(' ', '_')}</id><title>Error</title>"
        f"<summary>{escape(reason)}</summary></entry>"
    )


ONE, TWO, THREE = (entry(f"2605.0000{number}v1") for number in (1, 2, 3))


def api(url: str, folder: Path, retry_s: float = 0.0) -> ArxivApi:
    stop = threading.Event()
    http = Http("notebot/9 (+mailto:curator@example.org)", 5.0, retry_s, stop)
    return ArxivApi(http, url, Pace(folder / "arxiv.lock", 0.0, False, stop))


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def search(
        *script: Handler, query: str = QUERY, start: int = 0, size: int = 2, retry_s: float = 0.0
    ) -> tuple[SearchPage, Loopback]:
        with Loopback(list(script)) as server:
            return api(f"{server.url}/api/query", tmp_path, retry_s).search(query, start, size), server

    return search


@pytest.mark.parametrize(
    ("start", "total", "entries"),
    [
        (0, 0, ()),
        (0, 1, (ONE,)),
        (0, 2, (ONE, TWO)),
        (0, 5, (ONE, TWO)),
        (2, 5, (ONE, TWO)),
        (4, 5, (THREE,)),
        (4, 3, ()),
    ],
)
def test_one_request_returns_one_whole_page(ask: Ask, start: int, total: int, entries: tuple[str, ...]) -> None:
    page, server = ask(answer(feed(*entries, total=total, start=start)), start=start)
    assert (page.total, len(page.papers)) == (total, len(entries))
    (asked,) = server.asked
    sent = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
    assert sent == {
        "search_query": QUERY,
        "start": str(start),
        "max_results": "2",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }


def test_papers_are_parsed_as_in_requests_by_id(ask: Ask) -> None:
    page, _ = ask(answer(feed(entry("2605.00001v2", "A\n title"), TWO)))
    first, second = page.papers
    assert (first.arxiv_id, first.version, first.title, first.categories) == ("2605.00001", 2, "A title", ("cs.CL",))
    assert (second.arxiv_id, second.published) == ("2605.00002", datetime(2026, 5, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize("echo", [QUERY, AS_THE_SERVER_PUTS_IT, QUERY.replace(" ", "\n  ")])
def test_blanks_and_quotes_around_a_date_range_may_differ_in_the_echo(ask: Ask, echo: str) -> None:
    assert ask(answer(feed(ONE, query=echo)))[0].total == 1


@pytest.mark.parametrize(
    "echo",
    [
        "",
        "all:x",
        QUERY.replace("AND ti", "OR ti"),
        QUERY.replace("submittedDate", "all"),
        QUERY.replace("202605020000", "202605030000"),
        QUERY.replace("(cat:cs.CL OR cat:cs.LG)", "cat:cs.CL OR cat:cs.LG"),
        f"all:x OR {QUERY}",
        f"{QUERY} OR all:x",
    ],
)
def test_an_answer_to_another_search_is_refused(ask: Ask, echo: str) -> None:
    with pytest.raises(BadAnswerError, match="another search"):
        ask(answer(feed(ONE, query=echo)))


@pytest.mark.parametrize(
    ("handler", "start", "kind", "reason"),
    [
        (answer(error_feed("Invalid query string: 'x'"), 400), 0, BadAnswerError, "Invalid query string: 'x'"),
        (answer(error_feed("incorrect id format for x"), 200), 0, BadAnswerError, "incorrect id format for x"),
        (answer(feed(total=7)), 0, BadAnswerError, "suspiciously empty"),
        (answer(feed(total=7, start=6)), 6, BadAnswerError, "suspiciously empty"),
        (answer(feed(ONE, total=7)), 0, BadAnswerError, "suspiciously incomplete"),
        (answer(feed(ONE, total=8, start=6)), 6, BadAnswerError, "suspiciously incomplete"),
        (answer(feed(ONE, TWO, total=7, start=6)), 6, BadAnswerError, "suspiciously many"),
        (answer(feed(ONE, TWO, THREE)), 0, BadAnswerError, "suspiciously many"),
        (answer(feed(ONE, TWO, total=7)), 2, BadAnswerError, "begins at paper 0, where 2"),
        (answer(feed(ONE, TWO, total=7, start="²")), 2, BadAnswerError, "not a result feed"),
        (answer(feed(ONE, TWO, total="9" * 5000)), 0, BadAnswerError, "not a result feed"),
        (answer(feed(ONE, TWO, total="-2")), 0, BadAnswerError, "not a result feed"),
        (answer(feed(ONE, entry("2605.00001v2"))), 0, BadAnswerError, "a paper twice"),
        (answer(feed(entry("what"))), 0, BadAnswerError, "not a paper's"),
        (answer(feed(entry("2605.00001v1", title=""))), 0, BadAnswerError, "without a title"),
        (answer(feed(entry("2605.00001v1", published="once"))), 0, BadAnswerError, "without a readable published"),
        (answer(feed(ONE)[:-30]), 0, BadAnswerError, "truncated"),
        (answer("<opml/>"), 0, BadAnswerError, "another search"),
        (answer(feed(ONE), kind="text/html"), 0, BadAnswerError, "text/html"),
        (answer("Rate exceeded."), 0, ThrottledError, "slow down"),
    ],
)
def test_an_incomplete_page_is_an_error(
    ask: Ask, handler: Handler, start: int, kind: type[ServiceError], reason: str
) -> None:
    with pytest.raises(kind, match=re.escape(reason)):
        ask(handler, start=start)


def test_an_incomplete_page_is_requested_again(ask: Ask) -> None:
    page, server = ask(answer(feed(total=1)), answer(feed(ONE)), retry_s=20.0)
    assert (page.total, len(server.asked)) == (1, 2)


def test_a_refused_search_is_not_retried(ask: Ask) -> None:
    with pytest.raises(BadAnswerError, match="start must be an integer"):
        ask(answer(error_feed("start must be an integer"), 400), answer(feed(ONE)), retry_s=20.0)


@pytest.mark.parametrize("first", [0, 1])
def test_a_paper_that_the_package_does_not_parse_is_an_error(ask: Ask, first: int) -> None:
    deep = "<x>" * 300 + "</x>" * 300
    entries = [ONE, TWO, THREE]
    entries[first] = entries[first].replace("<author>", f"{deep}<author>")
    with pytest.raises(BadAnswerError, match="does not read"):
        ask(answer(feed(*entries)), size=3)


def searches() -> list[dict[str, Any]]:
    """Recorded answers of arXiv's current server, each to one search."""
    known = json.loads((RECORDED / "index.json").read_text()) if RECORDED.is_dir() else []
    return [recording for recording in known if recording["file"].startswith(("arxivpy_q_", "radar", "sotawhat"))]


@recorded
@pytest.mark.parametrize("recording", searches(), ids=lambda recording: recording["file"])
def test_recorded_pages_are_parsed_completely(ask: Ask, recording: dict[str, Any]) -> None:
    body = (RECORDED / recording["file"]).read_text()
    echo = re.search(r"search_query=(.*?)&amp;id_list=&amp;start=(\d+)&amp;max_results=(\d+)", body)
    assert echo is not None
    query, start, size = echo[1], int(echo[2]), int(echo[3])
    page, _ = ask(answer(body), query=query, start=start, size=size)
    assert len(page.papers) == min(size, page.total - start)
    with pytest.raises(BadAnswerError, match="begins at"):
        ask(answer(body), query=query, start=start + 1, size=size)
    with pytest.raises(BadAnswerError, match="another search"):
        ask(answer(body), query=f"{query} AND ti:x", start=start, size=size)


def test_the_sample_arxiv_answers_searches_page_by_page(tmp_path: Path) -> None:
    query = "cat:cs.* AND submittedDate:[202604010000 TO 202606010000]"
    with FaultyArxiv() as arxiv:
        arxiv.day = date(2026, 5, 13)
        asking = api(arxiv.api_url, tmp_path)
        total = asking.search(query, 0, 5).total
        papers = [paper for start in range(0, total, 5) for paper in asking.search(query, start, 5).papers]
        assert len({paper.arxiv_id for paper in papers}) == total > 10
        assert papers == sorted(papers, key=lambda paper: paper.published)
        for kind in (FaultKind.EMPTY_PAGE, FaultKind.LOST_ENTRY, FaultKind.TRUNCATED, FaultKind.ENTITY_BOMB):
            arxiv.set_faults(Fault("api", kind))
            with pytest.raises(BadAnswerError):
                asking.search(query, 5, 5)

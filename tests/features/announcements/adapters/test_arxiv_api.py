"""arXiv's query API: every answer is complete or an error."""

import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from notebot.core.model.errors import BadAnswerError, ServiceError, ThrottledError, UnavailableError
from notebot.core.model.paper import Paper
from notebot.core.net.client import Http
from notebot.core.net.pace import Pace
from notebot.features.announcements.adapters.arxiv_api import ArxivApi
from paths import REAL_DATA
from servers.loopback import Handler, Loopback, answer

RECORDED = REAL_DATA / "arxiv" / "api"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not in this checkout")

Ask = Callable[..., tuple[dict[str, Paper], Loopback]]


def entry(ref: str = "2504.02807v2", extra: str = "", title: str = "A\n  Title", **facts: str) -> str:
    published = facts.get("published", "2025-04-03T17:52:07Z")
    return f"""<entry>
    <id>http://arxiv.org/abs/{ref}</id><title>{escape(title)}</title>
    <updated>2025-05-01T00:00:00Z</updated>
    <summary>  An abstract
over lines. </summary>
    <category term="cs.LG"/><category term="cs.CL"/><category term="I.2.7"/>
    <published>{published}</published><arxiv:primary_category term="cs.CL"/>
    <author><name>Fan  Zhou</name><arxiv:affiliation>Univ. A, B</arxiv:affiliation></author>
    <author><name>Bob Bates, Jr</name></author><author><name> </name></author>{extra}</entry>"""


def feed(*entries: str, total: object = None) -> str:
    count = len(entries) if total is None else total
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
      xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/api/x</id><title>arXiv Query: x</title>
  <opensearch:totalResults>{count}</opensearch:totalResults>{"".join(entries)}</feed>"""


def error_feed(reason: str) -> str:
    return feed(
        f"<entry><id>https://arxiv.org/api/errors#{reason.replace(' ', '_')}</id><title>Error</title>"
        f"<summary>{reason}</summary></entry>"
    )


def asked_ids(path: str) -> list[str]:
    return parse_qs(urlsplit(path).query)["id_list"][0].split(",")


def knows(*refs: str, malformed: tuple[str, ...] = (), status: int = 400) -> Handler:
    """An API with these versions, the first of each paper being its newest; it answers in reverse order."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        ids = asked_ids(request.path)
        bad = [ref for ref in ids if ref in malformed]
        if bad:
            answer(error_feed(f"incorrect id format for {bad[0]}"), status)(request)
            return
        known_refs = [
            next((ref for ref in refs if ref == arxiv_id or ref.startswith(f"{arxiv_id}v")), None) for arxiv_id in ids
        ]
        answer(feed(*[entry(ref) for ref in reversed(known_refs) if ref]))(request)

    return handle


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def papers(*script: Handler, ids: list[str], retry_s: float = 0.0) -> tuple[dict[str, Paper], Loopback]:
        stop = threading.Event()
        http = Http("notebot/9 (+mailto:curator@example.org)", 5.0, retry_s, stop)
        with Loopback(list(script)) as server:
            pace = Pace(tmp_path / "arxiv.lock", 0.0, False, stop)
            return ArxivApi(http, f"{server.url}/api/query", pace).papers(ids), server

    return papers


def test_all_fields_of_a_paper_are_parsed(ask: Ask) -> None:
    extra = """<arxiv:comment>12 pages,
      withdrawn? No: Withdrawn by the authors</arxiv:comment>
      <arxiv:journal_ref> J. 1 </arxiv:journal_ref><arxiv:doi>10.1/x</arxiv:doi>"""
    found, server = ask(answer(feed(entry(extra=extra))), ids=["2504.02807"])
    assert found == {
        "2504.02807": Paper(
            arxiv_id="2504.02807",
            version=2,
            title="A Title",
            authors=("Fan Zhou", "Bob Bates, Jr"),
            abstract="An abstract over lines.",
            categories=("cs.CL", "cs.LG", "I.2.7"),
            published=datetime(2025, 4, 3, 17, 52, 7, tzinfo=UTC),
            updated=datetime(2025, 5, 1, tzinfo=UTC),
            comment="12 pages, withdrawn? No: Withdrawn by the authors",
            journal_ref="J. 1",
            doi="10.1/x",
            withdrawn=True,
        )
    }
    query = parse_qs(urlsplit(server.asked[0].path).query)
    assert urlsplit(server.asked[0].path).path == "/api/query"
    assert (query["id_list"], query["max_results"], query["start"]) == (["2504.02807"], ["1"], ["0"])
    assert server.asked[0].headers["user-agent"].startswith("notebot/")


def test_missing_fields_of_a_paper_are_none(ask: Ask) -> None:
    found, _ = ask(answer(feed(entry())), ids=["2504.02807"])
    paper = found["2504.02807"]
    assert (paper.comment, paper.journal_ref, paper.doi, paper.withdrawn) == (None, None, None, False)


def test_papers_are_keyed_by_the_id_as_asked_in_any_order(ask: Ask) -> None:
    ids = ["2504.02807", "math/0309136", "hep-th/9711200v1", "0000.0000", "2504.02807"]
    found, server = ask(knows("2504.02807v2", "math/0309136v1", "hep-th/9711200v1"), ids=ids)
    assert {asked: (paper.arxiv_id, paper.version) for asked, paper in found.items()} == {
        "2504.02807": ("2504.02807", 2),
        "math/0309136": ("math/0309136", 1),
        "hep-th/9711200v1": ("hep-th/9711200", 1),
    }
    assert len(server.asked) == 1


def test_several_versions_of_a_paper_are_requested_separately(ask: Ask) -> None:
    ids = ["2504.02807", "2504.02807v1", "2504.02807v2"]
    found, server = ask(knows("2504.02807v3", "2504.02807v2", "2504.02807v1"), ids=ids)
    assert [found[asked].version for asked in ids] == [3, 1, 2]
    assert [asked_ids(asked.path) for asked in server.asked] == [[arxiv_id] for arxiv_id in ids]


def test_a_hundred_ids_go_into_one_request(ask: Ask) -> None:
    ids = [f"2504.{number:05}" for number in range(1, 251)]
    found, server = ask(knows(*[f"{arxiv_id}v1" for arxiv_id in ids]), ids=ids)
    assert sorted(found) == ids
    assert [len(asked_ids(asked.path)) for asked in server.asked] == [100, 100, 50]


def test_no_ids_make_no_request(ask: Ask) -> None:
    found, server = ask(answer("unused"), ids=[])
    assert (found, server.asked) == ({}, [])


@pytest.mark.parametrize("status", [400, 200])
def test_one_malformed_id_does_not_fail_the_batch(ask: Ask, status: int) -> None:
    ids = ["2504.00001", "2504.00002", "2513.99999", "2504.00003", "2504.00004"]
    known_refs = [f"{arxiv_id}v1" for arxiv_id in ids if not arxiv_id.startswith("2513")]
    found, _ = ask(knows(*known_refs, malformed=("2513.99999",), status=status), ids=ids)
    assert sorted(found) == ["2504.00001", "2504.00002", "2504.00003", "2504.00004"]


@pytest.mark.parametrize(
    ("handler", "kind", "reason"),
    [
        (answer(error_feed("max_results must be an integer"), 400), BadAnswerError, "max_results must be"),
        (answer(error_feed("too busy"), 200), BadAnswerError, "too busy"),
        (answer(feed(), 400), BadAnswerError, "no reason given"),
        (answer(feed(total=1)), BadAnswerError, "suspiciously empty"),
        (answer(feed(entry(), total=2)), BadAnswerError, "suspiciously incomplete"),
        (answer(feed(entry(), entry("2504.1v1"), entry(), total=3)), BadAnswerError, "suspiciously many"),
        (answer(feed(entry("2504.00009v1"))), BadAnswerError, "not asked for"),
        (answer(feed(entry("2504.02808v1"))), BadAnswerError, "not asked for"),
        (answer(feed(entry("what"))), BadAnswerError, "not a paper's"),
        (answer(feed(entry(title=""))), BadAnswerError, "without a title"),
        (answer(feed(entry(published="lately"))), BadAnswerError, "without a readable published time"),
        (answer(feed(entry()).replace("opensearch:total", "opensearch:x")), BadAnswerError, "not a result"),
        (answer("<opml/>"), BadAnswerError, "not a result feed"),
        (answer(feed(entry())[:-30]), BadAnswerError, "truncated"),
        (answer("<html>Just a moment</html>"), BadAnswerError, "HTML"),
        (answer("<html>Just a moment</html>", kind="text/html"), BadAnswerError, "text/html"),
        (answer("<html>Bad</html>", 400, kind="text/html"), BadAnswerError, "text/html"),
        (answer(""), BadAnswerError, "empty"),
        (answer("Rate exceeded.", kind="text/plain"), ThrottledError, "slow down"),
        (answer("no", 503), UnavailableError, "503"),
    ],
)
def test_an_incomplete_answer_is_an_error(ask: Ask, handler: Handler, kind: type[ServiceError], reason: str) -> None:
    with pytest.raises(kind, match=re.escape(reason)):
        ask(handler, ids=["2504.02807", "2504.02808v2"])


def test_an_incomplete_answer_is_requested_again(ask: Ask) -> None:
    found, server = ask(answer(feed(total=1)), answer(feed(entry())), ids=["2504.02807"], retry_s=20.0)
    assert list(found) == ["2504.02807"]
    assert len(server.asked) == 2


def test_a_paper_that_the_package_does_not_parse_is_an_error(ask: Ask) -> None:
    ids = ["2504.00001", "2504.00002", "2504.00003"]
    first, second, third = (f"{arxiv_id}v1" for arxiv_id in ids)
    deep = "<x>" * 300 + "</x>" * 300
    with pytest.raises(BadAnswerError, match="does not read"):
        ask(answer(feed(entry(first), entry(second, extra=deep), entry(third))), ids=ids)


WITHOUT_VERSION = "docs_typical_legacy.xml"
"""An example of the manual that arXiv never sends: its entry's id has no version."""
NOT_PAPERS = {
    "arxivpy_id_abc_s0_m100_b79c8dcf6bc3.xml",
    "docs_error_legacy.xml",
    "legacy2015_not_found.xml",
    "arxivpy_id_0000.0000_s0_m100_8b51d9633a68.xml",
    "arxivpy_id_0808.05394_s0_m100_7b0c7d0a7cdd.xml",
}


def recorded_answers() -> list[dict[str, Any]]:
    if not RECORDED.is_dir():
        return []
    known: list[dict[str, Any]] = json.loads((RECORDED / "index.json").read_text())
    return [recording for recording in known if recording["file"] != WITHOUT_VERSION]


@recorded
@pytest.mark.parametrize("recording", recorded_answers(), ids=lambda recording: recording["file"])
def test_recorded_answers_are_parsed_completely(ask: Ask, recording: dict[str, Any]) -> None:
    body = (RECORDED / recording["file"]).read_bytes()
    refs = re.findall(r"<id>https?://arxiv\.org/abs/([^<]+)</id>", body.decode())
    found, server = ask(answer(body, recording["status"] or 200), ids=refs or ["2504.02807"])
    assert sorted(found) == ([] if recording["file"] in NOT_PAPERS else sorted(refs))
    assert len(server.asked) == 1
    assert all(paper.title and paper.authors and paper.abstract for paper in found.values())
    assert all("  " not in paper.title + paper.abstract for paper in found.values())


@recorded
def test_a_recorded_answer_to_another_request_is_refused(ask: Ask) -> None:
    body = (RECORDED / "arxivpy_id_1605.08386_s0_m100_199195aa31ad.xml").read_bytes()
    with pytest.raises(BadAnswerError, match="not asked for"):
        ask(answer(body), ids=["2504.02807"])


@recorded
def test_an_entry_without_a_version_is_refused(ask: Ask) -> None:
    with pytest.raises(BadAnswerError, match="not a paper's"):
        ask(answer((RECORDED / WITHOUT_VERSION).read_bytes()), ids=["hep-ex/0307015"])


def test_a_control_character_in_one_record_costs_no_other_record(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    ids = [f"2504.{number:05}" for number in range(31)]
    entries = [entry(f"{each}v1", extra="<arxiv:comment>5 pages, MARK done</arxiv:comment>") for each in ids]
    entries[7] = entries[7].replace("MARK", "\x0b&#2;&nbsp;R&D")
    papers, _ = ask(answer(feed(*entries)), ids=ids)
    assert len(papers) == 31
    assert papers[ids[7]].comment == "5 pages, R&D done"
    assert papers[ids[8]].comment == "5 pages, MARK done"
    assert f"they are left out of the comment of http://arxiv.org/abs/{ids[7]}v1" in caplog.text

import http.client
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from servers.arxiv_client import LIST, OAI, OPENER, api, api_ids, ask, entries, error_code, feed, oai, oai_ids, total
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv


@pytest.fixture
def arxiv() -> Iterator[FaultyArxiv]:
    with FaultyArxiv() as server:
        yield server


# ------------------------------------------------------------------ faults


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        (FaultKind.TOO_MANY_REQUESTS, 429, "text/plain; charset=utf-8", b"Rate exceeded."),
        (FaultKind.UNAVAILABLE, 503, "text/plain; charset=utf-8", b"Rate exceeded."),
        (FaultKind.SERVER_ERROR, 500, "text/plain; charset=utf-8", b"Internal Server Error"),
        (FaultKind.NOT_ACCEPTABLE, 406, "text/plain; charset=utf-8", b"Not Acceptable"),
        (FaultKind.FORBIDDEN, 403, "text/html; charset=utf-8", None),
        (FaultKind.RATE_EXCEEDED, 200, "text/plain; charset=utf-8", b"Rate exceeded."),
        (FaultKind.REDIRECT, 301, "text/plain; charset=utf-8", b""),
        (FaultKind.EMPTY_BODY, 200, "application/atom+xml; charset=utf-8", b""),
        (FaultKind.BOT_WALL, 200, "text/html; charset=utf-8", None),
        (FaultKind.WRONG_TYPE, 200, "text/html; charset=utf-8", None),
    ],
)
def test_a_fault_breaks_one_answer(arxiv: FaultyArxiv, kind: Any, status: Any, content_type: str, body: Any) -> None:
    whole = feed(arxiv, "cs.CL")[2]
    arxiv.set_faults(Fault("feed", kind))
    spoilt = feed(arxiv, "cs.CL")
    assert (spoilt[0], spoilt[1]["Content-Type"]) == (status, content_type)
    assert body is None or spoilt[2] == body
    assert feed(arxiv, "cs.CL")[2] == whole
    assert [entry.status for entry in arxiv.log] == [200, status, 200]


@pytest.mark.parametrize("value", ["3", "Mon, 11 May 2026 05:00:00 GMT", "999999999999", "soon", None])
def test_retry_after_is_sent_as_it_was_given(arxiv: FaultyArxiv, value: str) -> None:
    arxiv.set_faults(Fault("api", FaultKind.TOO_MANY_REQUESTS, retry_after=value))
    assert ask(arxiv.api_url)[1]["Retry-After"] == value


def test_a_redirect_points_to_the_same_address(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("api", FaultKind.REDIRECT))
    assert ask(f"{arxiv.api_url}?id_list=abc")[1]["Location"] == f"{arxiv.api_url}?id_list=abc"


def test_a_redirect_can_point_to_a_host_that_does_not_resolve(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("oai", FaultKind.NO_SUCH_HOST))
    host = urllib.parse.urlsplit(ask(arxiv.oai_url)[1]["Location"]).hostname
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(host, 80)


@pytest.mark.parametrize(
    ("kind", "left", "promised"),
    [(FaultKind.EMPTY_PAGE, 0, 2), (FaultKind.NOTHING_FOUND, 0, 0), (FaultKind.LOST_ENTRY, 1, 2)],
)
def test_the_api_can_lose_entries_with_or_without_a_trace(
    arxiv: FaultyArxiv, kind: Any, left: Any, promised: Any
) -> None:
    arxiv.set_faults(Fault("api", kind))
    status, root = api(arxiv, id_list="2605.90001,2605.90002")
    assert (status, len(api_ids(root)), total(root)) == (200, left, promised)


@pytest.mark.parametrize("style", ["atom", "rss"])
def test_a_feed_can_lose_its_entries(arxiv: FaultyArxiv, style: str) -> None:
    whole = len(entries(arxiv, "cs.CL"))
    arxiv.set_faults(Fault("feed", FaultKind.LOST_ENTRY), Fault("feed", FaultKind.NOTHING_FOUND, nth=2))
    assert len(feedparser.parse(feed(arxiv, "cs.CL", style)[2]).entries) == whole - 1
    assert feedparser.parse(feed(arxiv, "cs.CL", style)[2]).entries == []


def test_oai_can_lose_records_and_tokens(arxiv: FaultyArxiv) -> None:
    arxiv.oai_page_size = 5
    arguments = LIST | {"set": "cs"}
    kinds = (FaultKind.EMPTY_PAGE, FaultKind.NOTHING_FOUND, FaultKind.BAD_TOKEN)
    arxiv.set_faults(*(Fault("oai", kind, nth=place) for place, kind in enumerate(kinds, 1)))
    empty = oai(arxiv, **arguments)
    assert oai_ids(empty) == []
    assert empty.findtext(f".//{OAI}resumptionToken")
    assert error_code(oai(arxiv, **arguments)) == "noRecordsMatch"
    assert error_code(oai(arxiv, **arguments)) == "badResumptionToken"


def test_a_truncated_body_has_the_length_it_claims_but_does_not_parse(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.TRUNCATED))
    status, headers, body = feed(arxiv, "cs.CL")
    assert (status, int(headers["Content-Length"])) == (200, len(body))
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(body)


def test_an_entity_bomb_is_a_small_document(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.ENTITY_BOMB))
    _, headers, body = feed(arxiv, "cs.CL")
    assert headers["Content-Type"].startswith("application/atom+xml")
    assert len(body) < 1000
    assert body.count(b"<!ENTITY") == 10


def test_a_connection_can_be_dropped_before_the_headers_and_in_the_body(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.DROPPED_BEFORE_HEADERS), Fault("feed", FaultKind.DROPPED_MID_BODY, nth=2))
    with pytest.raises(http.client.RemoteDisconnected):
        feed(arxiv, "cs.CL")
    with pytest.raises(http.client.IncompleteRead):
        feed(arxiv, "cs.CL")
    assert [entry.status for entry in arxiv.log] == [None, 200]


def test_a_hanging_request_ends_when_the_server_is_released(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("api", FaultKind.HANG))
    failed: list[Exception] = []

    def client() -> None:
        try:
            ask(arxiv.api_url)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=client)
    thread.start()
    assert arxiv.wait_for_requests(1)
    assert (arxiv.log[0].ended_at, arxiv.log[0].status) == (None, None)
    arxiv.release()
    thread.join(5)
    assert isinstance(failed[0], http.client.RemoteDisconnected)


def test_a_drip_sends_the_whole_body_slowly(arxiv: FaultyArxiv) -> None:
    whole = ask(arxiv.api_url + "?id_list=0000.0000")[2]
    arxiv.set_faults(Fault("api", FaultKind.DRIP, pause_s=0.001))
    assert ask(arxiv.api_url + "?id_list=0000.0000")[2] == whole


def test_a_released_drip_breaks_off(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("api", FaultKind.DRIP, pause_s=60))
    host, port = arxiv.base_url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    connection.request("GET", "/api/query")
    answer = connection.getresponse()
    assert answer.read(16).startswith(b"<?xml")
    arxiv.release()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_a_huge_answer_is_generated_while_sent_and_declares_no_length(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.HUGE, size_bytes=3_000_000))
    _, headers, body = feed(arxiv, "cs.CL")
    assert headers["Content-Length"] is None
    assert len(body) > 3_000_000
    assert body[:5] == b"<?xml"
    assert body[-3_000_000:].strip() == b""


def test_a_client_may_disconnect_during_a_huge_answer(arxiv: FaultyArxiv, capfd: pytest.CaptureFixture[str]) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.HUGE))
    with OPENER.open(f"{arxiv.base_url}/atom/cs.CL", timeout=5) as answer:
        assert len(answer.read(100_000)) == 100_000
    assert feed(arxiv, "cs.CL")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_fault_can_start_at_the_nth_request_and_last_for_several(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.SERVER_ERROR, nth=2, times=2))
    assert [feed(arxiv, "cs.CL")[0] for _ in range(5)] == [200, 500, 500, 200, 200]


def test_a_fault_can_last_until_the_faults_are_replaced(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.UNAVAILABLE, times=None))
    assert {feed(arxiv, "cs.CL")[0] for _ in range(4)} == {503}
    arxiv.set_faults()
    assert feed(arxiv, "cs.CL")[0] == 200


def test_a_fault_can_concern_one_category_of_feeds_and_of_oai(arxiv: FaultyArxiv) -> None:
    arxiv.oai_page_size = 2
    arxiv.set_faults(
        Fault("feed", FaultKind.SERVER_ERROR, category="cs.LG", times=None),
        Fault("oai", FaultKind.EMPTY_PAGE, category="cs.LG", times=None),
    )
    assert [feed(arxiv, name)[0] for name in ("cs.CL", "cs.LG", "cs.AI")] == [200, 500, 200]
    assert len(oai_ids(oai(arxiv, **LIST, set="cs:cs:CL"))) == 2
    page = oai(arxiv, **LIST, set="cs:cs:LG")
    assert oai_ids(page) == []
    token = page.findtext(f".//{OAI}resumptionToken")
    assert oai_ids(oai(arxiv, verb="ListRecords", resumptionToken=token)) == []


@pytest.mark.parametrize(("place", "spoilt"), [("first", [0]), ("middle", [1, 2]), ("last", [3])])
def test_a_fault_can_concern_a_place_in_a_paged_list(arxiv: FaultyArxiv, place: Any, spoilt: Any) -> None:
    size = -(-total(api(arxiv, search_query="cat:cs.CL")[1]) // 4)
    arxiv.set_faults(Fault("api", FaultKind.SERVER_ERROR, nth=place, times=None))
    url = f"{arxiv.api_url}?search_query=cat:cs.CL&max_results={size}&start="
    statuses = [ask(f"{url}{page * size}")[0] for page in range(4)]
    assert [number for number, status in enumerate(statuses) if status == 500] == spoilt


def test_a_single_page_is_first_and_last(arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(
        Fault("feed", FaultKind.SERVER_ERROR, nth="last"), Fault("oai", FaultKind.SERVER_ERROR, nth="first")
    )
    assert feed(arxiv, "cs.CL")[0] == 500
    assert ask(f"{arxiv.oai_url}?verb=Identify")[0] == 500


# ------------------------------------------------------------------ the log


def test_the_log_records_what_was_requested_by_whom_and_when(arxiv: FaultyArxiv) -> None:
    before = time.monotonic()
    ask(f"{arxiv.base_url}/atom/cs.CL?x=1", User_Agent="notebot/0 (mailto:a@example.org)")
    entry = arxiv.log[0]
    assert (entry.method, entry.path, entry.query, entry.status) == ("GET", "/atom/cs.CL", "x=1", 200)
    assert entry.user_agent == "notebot/0 (mailto:a@example.org)"
    assert before <= entry.started_at <= time.monotonic()


def test_connections_that_stay_open_are_counted(arxiv: FaultyArxiv) -> None:
    for _ in range(30):
        feed(arxiv, "cs.CL")
    assert arxiv.max_open == 1
    host, port = arxiv.base_url.removeprefix("http://").split(":")
    held = [http.client.HTTPConnection(host, int(port), timeout=5) for _ in range(3)]
    for connection in held:
        connection.request("GET", "/atom/cs.CL")
        connection.getresponse().read()
    assert arxiv.max_open == 3
    for connection in held:
        connection.close()


def test_waiting_for_requests_ends_without_them(arxiv: FaultyArxiv) -> None:
    assert not arxiv.wait_for_requests(1, timeout_s=0.01)


def test_the_server_stops_at_once_though_a_request_hangs() -> None:
    with FaultyArxiv() as arxiv:
        arxiv.set_faults(Fault("feed", FaultKind.HANG))
        host, port = arxiv.base_url.removeprefix("http://").split(":")
        client = socket.create_connection((host, int(port)), timeout=5)
        client.sendall(b"GET /atom/cs.CL HTTP/1.1\r\nHost: x\r\n\r\n")
        assert arxiv.wait_for_requests(1)
    with client:
        assert client.recv(1) == b""

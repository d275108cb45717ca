"""What a browser would not send: paths that climb, endless and slow requests, and many stale forms at once."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from urllib.parse import urlsplit

import pytest

from notebot.core.model.stub import StubStatus
from notebot.web.security import BODY_LIMIT, BODY_S
from notebot.web.server import HEADER_S
from web.served_desk import Browser, ServedDesk, ServedPage

CLIMBS = (
    *("../config.toml", "..%2fconfig.toml", "%2e%2e%2fconfig.toml", "..%5cconfig.toml", "..%252fconfig.toml"),
    *(
        "....//config.toml",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "/etc/passwd",
        "config.toml%00.md",
        "../state/notebot.db",
    ),
    *("..%c0%afconfig.toml", "..;/config.toml", "x/../../config.toml", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "%ff"),
)


def connected(page: ServedPage) -> socket.socket:
    parts = urlsplit(page.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def cookie_of(browser: Browser) -> str:
    return f"notebot_session={browser.client.cookies['notebot_session']}"


def answer_of(line: socket.socket) -> bytes:
    """All that comes until the server closes; a reset counts as closed."""
    answer = b""
    try:
        while part := line.recv(65_536):
            answer += part
    except ConnectionError:
        pass
    return answer


@pytest.mark.parametrize("place", ["/static/", "/digests/", "/papers/", "/archive/", "/feeds/", "/api/v1/stubs/", "/"])
def test_no_path_leads_to_another_file(place: str, page: ServedPage, browser: Browser, desk: ServedDesk) -> None:
    """The paths are sent as they are: a client would tidy them before."""
    assert "curator@example.org" in (desk.folder / "config.toml").read_text("utf-8")
    for climb in CLIMBS:
        with closing(connected(page)) as line:
            head = (
                f"GET {place}{climb} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie_of(browser)}\r\nConnection: close"
            )
            line.sendall(f"{head}\r\n\r\n".encode())
            answer = answer_of(line)
        status = int(answer.split(b" ")[1])
        assert status in (400, 401, 404), (climb, answer[:200])
        assert b"curator@example.org" not in answer
        assert b"root:" not in answer
        assert b"SQLite format" not in answer


@pytest.mark.parametrize("path", ["/decide", "/papers", "/drafts", "/kept/publish", "/language", "/start", "/nowhere"])
def test_a_body_in_chunks_ends_at_the_limit(path: str, page: ServedPage, browser: Browser) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    sent = 0
    with closing(connected(page)) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie_of(browser)}\r\nSec-Fetch-Site: same-origin"
        line.sendall(f"{head}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        # without an end: only the server can stop it
        while sent < 200 * BODY_LIMIT and not select.select([line], [], [], 0)[0]:
            try:
                line.sendall(chunk)
            except ConnectionError:
                break
            sent += len(chunk)
        answer = line.recv(65_536)
    assert sent < 200 * BODY_LIMIT
    assert answer.split(b" ")[1] == b"413"
    assert browser.client.get("/").status_code == 200


@pytest.mark.parametrize(
    "length", ["1e3", "-1", "0x10", "1,5", "9" * 400, "٣"], ids=["float", "negative", "hex", "two", "huge", "Arabic"]
)
def test_a_length_that_is_no_number_is_refused(length: str, page: ServedPage, browser: Browser) -> None:
    with closing(connected(page)) as line:
        head = f"POST /decide HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie_of(browser)}\r\nConnection: close"
        line.sendall(f"{head}\r\nContent-Length: {length}\r\n\r\nabc".encode())
        answer = answer_of(line)
    assert answer.split(b" ")[1] in (b"400", b"413"), answer[:200]
    assert browser.client.get("/").status_code == 200


@pytest.mark.slow
def test_slow_senders_are_closed(page: ServedPage, browser: Browser) -> None:
    """A byte per second for ever, in the headers, in a body and between chunks: each is closed in a bounded time."""
    stranger = b"POST /decide HTTP/1.1\r\nHost: localhost\r\n"
    signed_in = stranger + f"Cookie: {cookie_of(browser)}\r\nSec-Fetch-Site: same-origin\r\n".encode()
    beginnings = {
        "nothing at all": b"",
        "headers": b"GET / HTTP/1.1\r\nX-Slow: ",
        "foreign": stranger + b"Content-Length: 900000\r\n\r\n",
        "body": signed_in + b"Content-Length: 900000\r\n\r\n",
        "chunks": signed_in + b"Transfer-Encoding: chunked\r\n\r\n10000\r\n",
    }
    drips = {name: b"" if name == "nothing at all" else b"a" for name in beginnings}
    open_lines = {connected(page): name for name in beginnings}
    closed: dict[str, float] = {}
    answers: dict[str, bytes] = {}
    began = time.monotonic()
    for line, name in open_lines.items():
        line.sendall(beginnings[name])
    limit_s = BODY_S + 2 * HEADER_S + 10
    while open_lines and time.monotonic() - began < limit_s:
        for line in select.select(list(open_lines), [], [], 1.0)[0]:
            try:
                part = line.recv(65_536)
            except ConnectionError:
                part = b""
            name = open_lines[line]
            answers[name] = answers.get(name, b"") + part
            if not part:
                closed[name] = time.monotonic() - began
                del open_lines[line]
                line.close()
        for line, name in list(open_lines.items()):
            try:
                line.sendall(drips[name])
            except ConnectionError:
                closed[name] = time.monotonic() - began
                del open_lines[line]
    assert set(closed) == set(beginnings), closed
    statuses = {name: answers[name][9:12] for name in ("foreign", "body", "chunks")}
    assert statuses == {"foreign": b"403", "body": b"408", "chunks": b"408"}
    assert browser.client.get("/").status_code == 200


def test_of_many_stale_forms_at_once_one_decides(page: ServedPage, desk: ServedDesk) -> None:
    """Sixteen forms with the same card are sent at the same moment; all but one are shown what became of it."""
    browsers = [page.browser() for _ in range(4)]
    forms = [
        {"csrf": browser.csrf(), "key": desk.keys[0], "revision": "0", "action": action}
        for browser in browsers
        for action in ("keep", "skip", "later", "keep")
    ]
    together = Barrier(len(forms))

    def send(number: int) -> tuple[str, int]:
        client = page.stranger(**{"sec-fetch-site": "same-origin"})
        client.cookies.update(browsers[number // 4].client.cookies)
        together.wait(30)
        answer = client.post("/decide", data=forms[number])
        return forms[number]["action"], answer.status_code

    with ThreadPoolExecutor(len(forms)) as senders:
        answers = list(senders.map(send, range(len(forms))))
    assert Counter(status for _, status in answers) == {303: 1, 409: 15}
    (action,) = [action for action, status in answers if status == 303]
    (decision,) = desk.store.decisions.of(desk.keys[0])
    assert desk.stub(desk.keys[0]).status is (StubStatus.SKIPPED if action == "skip" else StubStatus.KEPT)
    assert decision.after is not None
    assert decision.after.status is desk.stub(desk.keys[0]).status


def test_the_forms_of_a_session_that_ended_are_refused(page: ServedPage, browser: Browser, desk: ServedDesk) -> None:
    old = browser.csrf()
    browser.post("/sign-out", {})
    anew = page.browser()
    fields = {"csrf": old, "key": desk.keys[0], "revision": "0", "action": "keep"}
    assert browser.client.post("/decide", data=fields).status_code == 401
    assert anew.client.post("/decide", data=fields).status_code == 403
    assert set(desk.statuses()) == {StubStatus.QUEUED}

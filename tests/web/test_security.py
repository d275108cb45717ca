"""What is refused before a page sees it: an attack, and the status of its answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from acceptance.command import Section
from notebot.core.model.stub import StubStatus
from notebot.web.security import BODY_LIMIT, HEADERS
from notebot.web.tokens import WRONG_PER_MINUTE, GuessLimit, TokenFile, TokenKind
from web.served_desk import Browser, ServedDesk, ServedPage


def keep(browser: Browser, desk: ServedDesk, **headers: str) -> httpx.Response:
    """Posts a correct decision with other headers."""
    fields = {"csrf": browser.csrf(), "key": desk.keys[0], "revision": "0", "action": "keep"}
    request = browser.client.build_request("POST", "/decide", data=fields)
    del request.headers["sec-fetch-site"]
    request.headers.update(headers)
    return browser.client.send(request)


def own_origin(page: ServedPage) -> str:
    return page.url.rstrip("/")


ORIGINS: dict[str, tuple[Callable[[str], dict[str, str]], int]] = {
    "the page itself": (lambda own: {"sec-fetch-site": "same-origin", "origin": own}, 303),
    "another site": (lambda own: {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, 403),
    "another port of this machine": (lambda own: {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:9"}, 403),
    "typed into the address bar": (lambda own: {"sec-fetch-site": "none"}, 403),
    "another site that claims our origin": (lambda own: {"sec-fetch-site": "cross-site", "origin": own}, 403),
    "no headers at all": (lambda own: {}, 403),
    "plain http on a LAN: our origin only": (lambda own: {"origin": own}, 303),
    "plain http on a LAN: another origin": (lambda own: {"origin": "http://evil.example"}, 403),
    "plain http on a LAN: a hidden origin": (lambda own: {"origin": "null"}, 403),
}


@pytest.mark.parametrize("case", ORIGINS)
def test_a_post_counts_only_from_the_page_itself(
    case: str, page: ServedPage, browser: Browser, desk: ServedDesk
) -> None:
    headers, status = ORIGINS[case]
    assert keep(browser, desk, **headers(own_origin(page))).status_code == status
    kept = desk.stub(desk.keys[0]).status is StubStatus.KEPT
    assert kept == (status == 303)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"]
)
def test_a_rebound_name_is_refused(host: str, page: ServedPage, browser: Browser, desk: ServedDesk) -> None:
    name = host.format(port=urlsplit(page.url).port)
    assert browser.client.get("/", headers={"host": name}).status_code in (400, 421)
    answer = keep(browser, desk, **{"host": name, "origin": f"http://{name}", "sec-fetch-site": "same-origin"})
    assert answer.status_code in (400, 421)
    assert set(desk.statuses()) == {StubStatus.QUEUED}


def test_the_names_of_the_config_are_accepted(tmp_path: Path) -> None:
    web: Section = {"allowed_hosts": ["notes.home"], "public_url": "https://notes.example.net"}
    desk = ServedDesk(tmp_path, web=web)
    with desk.serving() as page:
        stranger = page.stranger()
        accepted = [
            stranger.get("/", headers={"host": host}).status_code
            for host in ("notes.home", "Notes.Home:8765", "notes.example.net", "localhost:1", "127.0.0.1")
        ]
        start = stranger.get(page.server.start_url().replace("https://notes.example.net/", page.url))
    assert accepted == [401] * 5
    assert "Secure" in start.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/", "/card?key=arxiv:2605.00001", "/nowhere", "/api/v1/queue", "/feeds/x"])
def test_nothing_is_shown_without_a_session(path: str, page: ServedPage) -> None:
    answer = page.stranger().get(path)
    assert answer.status_code == 401
    assert "mathematics" not in answer.text


def test_a_sign_in_link_works_once(page: ServedPage) -> None:
    url = page.server.start_url()
    first, second = page.stranger(), page.stranger()
    assert first.get(url).status_code == 303
    assert second.get(url).status_code == 403
    assert second.get("/").status_code == 401
    cookie = first.get("/").request.headers["cookie"]
    assert cookie.startswith("notebot_session=")


def test_the_cookie_cannot_be_read_or_sent_by_other_sites(page: ServedPage) -> None:
    header = page.stranger().get(page.server.start_url()).headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in header.split(";")}


def test_a_link_in_a_mail_is_opened_once_more_with_the_cookie(page: ServedPage) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    assert page.stranger().get("/", headers=headers).headers["refresh"] == "0"
    # not for ever: a browser that has no session gets the sign-in page the second time
    assert "refresh" not in page.stranger().get("/", headers={"sec-fetch-site": "same-origin"}).headers


def test_signing_out_ends_the_session_on_the_server(browser: Browser) -> None:
    cookies = dict(browser.client.cookies)
    browser.post("/sign-out", {})
    browser.client.cookies.update(cookies)
    assert browser.client.get("/").status_code == 401


def test_tokens_are_hashed_at_rest_and_revoked_at_once(desk: ServedDesk, page: ServedPage, browser: Browser) -> None:
    secret = browser.client.cookies["notebot_session"]
    text = desk.config.web_token_file.read_text(encoding="utf-8")
    assert secret not in text
    assert desk.config.web_token_file.stat().st_mode & 0o077 == 0
    tokens = TokenFile(desk.config.web_token_file, desk.clock)  # as `notebot web token revoke`, another process, has it
    (session,) = [token for token in tokens.all() if token.kind is TokenKind.SESSION]
    tokens.revoke(session.id)
    assert browser.client.get("/").status_code == 401


def test_links_and_sessions_expire(desk: ServedDesk, page: ServedPage, browser: Browser) -> None:
    url = page.server.start_url()
    desk.later(days=1, seconds=1)
    assert page.stranger().get(url).status_code == 403
    assert browser.client.get("/").status_code == 200
    desk.later(days=180)
    assert browser.client.get("/").status_code == 401


def test_guessing_is_limited_and_locks_nobody_out_who_is_signed_in(page: ServedPage, browser: Browser) -> None:
    stranger, url = page.stranger(), page.server.start_url()
    statuses = [stranger.get(f"/start?token=wrong{number}").status_code for number in range(WRONG_PER_MINUTE + 1)]
    assert statuses == [403] * WRONG_PER_MINUTE + [429]
    assert stranger.get(url).status_code == 429
    assert stranger.get("/api/v1/queue", headers={"authorization": "Bearer x"}).status_code == 429
    assert stranger.get("/", headers={"cookie": "notebot_session=wrong"}).status_code == 429
    assert browser.client.get("/").status_code == 200


def test_the_limit_on_guesses_ends_after_a_minute() -> None:
    now = [0.0]
    limit = GuessLimit(lambda: now[0])
    for second in range(WRONG_PER_MINUTE):
        now[0] = second
        assert not limit.exceeded
        limit.count_wrong()
    assert limit.exceeded
    now[0] = 60.0
    assert not limit.exceeded
    limit.count_wrong()
    assert limit.exceeded


def test_a_session_cookie_is_neither_a_bearer_token_nor_a_link(page: ServedPage, browser: Browser) -> None:
    secret = browser.client.cookies["notebot_session"]
    stranger = page.stranger()
    assert stranger.get("/api/v1/queue", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert stranger.get(f"/start?token={secret}").status_code == 403


def test_a_form_without_its_csrf_token_is_refused(desk: ServedDesk, browser: Browser) -> None:
    fields = {"key": desk.keys[0], "revision": "0", "action": "keep"}
    for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 32}, {"csrf": "é"}):
        assert browser.client.post("/decide", data={**fields, **csrf}).status_code == 403
    as_json = browser.client.post("/decide", content=json.dumps(fields), headers={"content-type": "application/json"})
    as_text = browser.client.post("/decide", content="csrf=x", headers={"content-type": "text/plain"})
    assert (as_json.status_code, as_text.status_code) == (403, 403)
    assert set(desk.statuses()) == {StubStatus.QUEUED}


@pytest.mark.parametrize("path", ["/", "/start", "/nowhere", "/static/page.css"])
def test_every_answer_has_the_security_headers(path: str, page: ServedPage) -> None:
    for client in (page.stranger(), page.stranger(host="evil.example"), page.browser().client):
        headers = client.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/tokens.py",
        "/static/.hidden.css",
        "/static/server.py",
    ],
)
def test_no_path_leads_out_of_the_static_folder(path: str, page: ServedPage) -> None:
    with closing(socket.create_connection(address(page))) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = read_all(line)
    assert answer.split(b" ")[1] in (b"404", b"401"), answer[:200]


def test_bodies_above_the_limit_are_refused(page: ServedPage, browser: Browser) -> None:
    assert browser.client.post("/decide", content=b"x" * (BODY_LIMIT + 1)).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * (BODY_LIMIT // 20)

    assert browser.client.post("/decide", content=chunks()).status_code == 413
    assert browser.client.post("/decide", content="a=1&" * 400 + "csrf=1").status_code == 403


def test_many_slow_senders_delay_nobody(page: ServedPage, browser: Browser) -> None:
    halves = (b"GET / HTTP/1.1\r\nHost: loc", b"POST /start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
    lines = [socket.create_connection(address(page)) for _ in range(60)]
    try:
        for number, line in enumerate(lines):
            line.sendall(halves[number % 2])
        assert browser.client.get("/").status_code == 200
    finally:
        for line in lines:
            line.close()


def address(page: ServedPage) -> tuple[str, int]:
    parts = urlsplit(page.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def read_all(line: socket.socket) -> bytes:
    answer = b""
    while part := line.recv(65_536):
        answer += part
    return answer

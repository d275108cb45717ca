"""Other sites attack the review page from within the browser that is signed in to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from notebot.core.model.stub import StubStatus
from notebot.web.tokens import TokenFile, TokenKind
from real_browser import RealBrowser, needs_browser, real_browser
from web.served_desk import ServedDesk, ServedPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_browser]

EVIL, LAN = "evil.example", "desk.home"
SEND = """
const [address, mode, body, done] = arguments
const form = {method: 'POST', headers: {'content-type': 'application/x-www-form-urlencoded'}, body}
fetch(address, {mode, credentials: 'include', redirect: 'manual', ...(body ? form : {})})
    .then(async answer => done([answer.status, await answer.text()]), error => done([0, String(error)]))
"""
"""Sends a request, a form if there is a body, and answers with status and text as far as a script may see them."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[RealBrowser]:
    with real_browser(EVIL, LAN) as started:
        yield started


@pytest.fixture
def csrf(chromium: RealBrowser, page: ServedPage) -> str:
    """Signs the browser in; the token of its forms, which no attacker would have."""
    chromium.start_anew()
    chromium.open(page.server.start_url())
    return chromium.one('input[name="csrf"]').get_attribute("value") or ""


@contextmanager
def attacker(body: str) -> Iterator[int]:
    """A server of the attacker's on another port of this machine, with one page; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!DOCTYPE html><title>prize</title>{body}".encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(30)


def form(desk: ServedDesk, csrf: str) -> str:
    return f"csrf={csrf}&key={desk.keys[0].replace(':', '%3A')}&revision=0&action=keep"


def was_decided(desk: ServedDesk) -> bool:
    return set(desk.statuses()) != {StubStatus.QUEUED} or bool(desk.store.decisions.of(desk.keys[0]))


def test_the_same_request_from_the_page_itself_decides(
    chromium: RealBrowser, page: ServedPage, desk: ServedDesk, csrf: str
) -> None:
    """What the attacks below send would work, if it were not for where they come from."""
    chromium.driver.execute_async_script(SEND, "/decide", "same-origin", form(desk, csrf))
    assert desk.stub(desk.keys[0]).status is StubStatus.KEPT


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", EVIL])
def test_a_form_of_another_site_is_refused(
    host: str, chromium: RealBrowser, page: ServedPage, desk: ServedDesk, csrf: str
) -> None:
    """Another port is the same site, for which the browser sends the cookie; the other names are other sites."""
    fields = "".join(
        f'<input name="{name}" value="{value}">'
        for name, value in (pair.split("=") for pair in form(desk, csrf).split("&"))
    ).replace("%3A", ":")
    sends = f'<form method="post" action="{page.url}decide">{fields}<button>Win</button></form>'
    with attacker(sends) as port:
        chromium.open(f"http://{host}:{port}/")
        chromium.one("button").click()
        chromium.wait(lambda: "came from another site" in chromium.driver.page_source, "the form is refused")
        assert urlsplit(chromium.driver.current_url).path == "/decide"
        chromium.open(f"http://{host}:{port}/")
        for mode in ("no-cors", "cors"):
            status, text = chromium.driver.execute_async_script(SEND, f"{page.url}decide", mode, form(desk, csrf))
            assert (status, "csrf" in text) == (0, False)
            status, text = chromium.driver.execute_async_script(SEND, page.url, mode, "")
            assert (status, "mathematics" in text.lower()) == (0, False)
    assert not was_decided(desk)


def test_the_pages_own_forms_work_over_plain_http_in_a_local_network(chromium: RealBrowser, tmp_path: Path) -> None:
    """There the browser sends no ``Sec-Fetch-Site``, so the Origin of the form has to be the page's own."""
    desk = ServedDesk(tmp_path, web={"allowed_hosts": [LAN]})
    with desk.serving() as page:
        own = page.url.replace("127.0.0.1", LAN)
        chromium.start_anew()
        chromium.switch_script_off()
        chromium.open(page.server.start_url().replace("127.0.0.1", LAN))
        assert chromium.driver.execute_script("return isSecureContext") is False
        chromium.button("keep").click()
        chromium.wait(lambda: StubStatus.KEPT in desk.statuses(), "it is kept")
        chromium.open(f"{own}add?text=2605.00002")
        chromium.button("Put it into the inbox").click()
        chromium.wait(lambda: "It is in the inbox" in chromium.one("main").text, "it is stored")
        asked = page.stranger(host=urlsplit(own).netloc).get("/start").headers["referrer-policy"]
    assert asked == "no-referrer"  # to other sites nothing is sent


@pytest.mark.parametrize("host", ["127.0.0.1", EVIL])
def test_the_page_is_in_no_frame(
    host: str, chromium: RealBrowser, page: ServedPage, desk: ServedDesk, csrf: str
) -> None:
    with attacker(f'<iframe src="{page.url}" width="900" height="700"></iframe>') as port:
        chromium.open(f"http://{host}:{port}/")
        frame = chromium.one("iframe")
        chromium.driver.switch_to.frame(frame)
        assert chromium.all("article") == []
        assert "mathematics" not in chromium.driver.page_source
        chromium.driver.switch_to.default_content()
    assert any("frame" in complaint for complaint in chromium.complaints())


def test_a_rebound_name_reads_and_changes_nothing(
    chromium: RealBrowser, page: ServedPage, desk: ServedDesk, csrf: str
) -> None:
    """The attacker's script runs in an origin that leads to the page, so every request of it is same-origin."""
    port = urlsplit(page.url).port
    chromium.open(f"http://{EVIL}:{port}/")
    assert "allowed_hosts" in chromium.driver.page_source
    for path, body in (
        ("/", ""),
        ("/api/v1/queue", ""),
        ("/feeds/notes.atom", ""),
        ("/decide", form(desk, csrf)),
        ("/add", "text=x"),
        ("/start?token=x", ""),
    ):
        status, text = chromium.driver.execute_async_script(SEND, path, "same-origin", body)
        assert status == 421, (path, status, text)
        assert "mathematics" not in text.lower()
    assert not was_decided(desk)


@pytest.mark.parametrize("host", ["127.0.0.1", EVIL])
def test_another_site_adds_no_link_and_reads_no_feed(
    host: str, chromium: RealBrowser, page: ServedPage, desk: ServedDesk, csrf: str
) -> None:
    """It may open the form, where only a person can confirm."""
    body = f"csrf={csrf}&text=https%3A%2F%2Farxiv.org%2Fabs%2F2605.00009"
    fields = f'<input name="csrf" value="{csrf}"><input name="text" value="2605.00009">'
    with attacker(f'<form method="post" action="{page.url}add">{fields}<button>Win</button></form>') as port:
        chromium.open(f"http://{host}:{port}/")
        chromium.one("button").click()
        chromium.wait(lambda: "came from another site" in chromium.driver.page_source, "the form is refused")
        chromium.open(f"http://{host}:{port}/")
        for mode in ("no-cors", "cors"):
            for path, sent in (("add", body), ("feeds", body), ("add?text=2605.00009", ""), ("feeds/digests.atom", "")):
                answer = chromium.driver.execute_async_script(SEND, f"{page.url}{path}", mode, sent)
                assert (answer[0], "2605" in answer[1]) == (0, False)
    assert not desk.config.inbox_dir.exists()
    assert [token.kind for token in TokenFile(desk.config.web_token_file, desk.clock).all()] == [TokenKind.SESSION]

"""Links that are shared from a phone, a bookmarklet or a script: confirmed, then a whole file in the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import html5lib
import httpx
import pytest

from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.model.note import Note
from notebot.features.intake.adapters.inbox_folder import InboxFolder
from notebot.web.add import make_bookmarklet
from notebot.web.tokens import TokenFile, TokenKind
from web.hostile_text import PAYLOADS
from web.served_desk import Browser, ServedDesk, ServedPage

POST = "https://x.com/ada/status/1908000000000000000"


@pytest.fixture
def token(desk: ServedDesk) -> str:
    return TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.API, "shortcut")


@pytest.fixture
def script(page: ServedPage, token: str) -> Iterator[httpx.Client]:
    with page.stranger(authorization=f"Bearer {token}") as client:
        yield client


def lines(desk: ServedDesk) -> list[str]:
    """The lines that the daemon would read now."""
    return [item.text for item in InboxFolder(desk.config.inbox_dir).items()]


def typed(page: str) -> str:
    match = re.search(r"<textarea [^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert match is not None
    return unescape(match[1])


@pytest.mark.parametrize(
    ("shared", "line"),
    [
        ({"url": POST, "title": "A post", "text": ""}, f"A post {POST}"),
        ({"text": f"Look:\n{POST}", "title": "X"}, f"X Look: {POST}"),
        ({"url": POST, "text": f"Look: {POST}", "title": "Look"}, f"Look: {POST}"),
        ({"text": "２６０５．００００１"}, "２６０５．００００１"),
        ({"text": "a\u202eb\x00c\x1b[2J 2605.00001"}, "abc[2J 2605.00001"),
    ],
)
def test_what_is_shared_is_confirmed_and_becomes_one_line(
    shared: dict[str, str], line: str, desk: ServedDesk, browser: Browser
) -> None:
    page = browser.get(f"/add?{urlencode(shared)}")
    assert typed(page) == line
    assert lines(desk) == []  # opening the address stores nothing
    answer = browser.post("/add", {"text": typed(page)})
    assert answer.status_code == 303
    assert lines(desk) == [line]
    assert "It is in the inbox." in browser.get(answer.headers["location"])


def test_the_inbox_folder_is_created_and_only_whole_files_appear(desk: ServedDesk, browser: Browser) -> None:
    assert not desk.config.inbox_dir.exists()
    browser.post("/add", {"text": POST})
    (file,) = desk.config.inbox_dir.iterdir()
    assert file.read_text("utf-8") == f"{POST}\n"


def test_the_same_line_is_added_once(desk: ServedDesk, browser: Browser, script: httpx.Client) -> None:
    for _ in range(2):
        browser.post("/add", {"text": POST})
    answer = script.post("/add", json={"url": POST})
    assert (answer.json()["state"], answer.json()["message"][:32]) == ("waiting", "The same is in the inbox already")
    assert lines(desk) == [POST]


def test_the_page_says_what_became_of_a_line(desk: ServedDesk, browser: Browser) -> None:
    address = browser.post("/add", {"text": POST}).headers["location"]
    (file,) = desk.config.inbox_dir.iterdir()
    now = desk.clock()
    with desk.store.transaction():
        failure = InboxFailure(file.name, POST, "timeout", "X <b>did</b> not answer.", 1, now, now, now)
        desk.store.inbox.failed(failure)
    assert "X &lt;b&gt;did&lt;/b&gt; not answer." in browser.get(address)
    with desk.store.transaction():
        desk.store.inbox.forget([(file.name, POST)])
    folder = InboxFolder(desk.config.inbox_dir)
    folder.remove(folder.items())
    assert "It was taken in." in browser.get(address)


@pytest.mark.parametrize(
    "name", ["x", "..%2f..%2fconfig", "added-0123456789abcdeg", "added-0123456789abcdef.txt", "%00"]
)
def test_no_other_file_can_be_asked_for(name: str, browser: Browser) -> None:
    assert browser.client.get(f"/add?added={name}").status_code == 404


def test_papers_that_are_known_are_named(desk: ServedDesk, browser: Browser) -> None:
    note = Note(
        "[Paper Note] Noted <b>, A+, ACL'25", 7, arxiv_id="2505.00001", urls=("https://arxiv.org/abs/2505.00001",)
    )
    desk.save(desk.candidate("url:https://blog.example/a", arxiv_id="", url="https://blog.example/a", kind="article"))
    with desk.store.transaction():
        desk.store.notes.save(None, note, {"gh": note})
    page = browser.get(f"/add?{urlencode({'text': 'arXiv:2605.00001 https://arxiv.org/pdf/2505.00001v3'})}")
    assert 'Known already (queued): <a href="/papers/2605.00001">' in page
    assert 'Noted already: <a href="/archive/7">#7 [Paper Note] Noted &lt;b&gt;' in page
    assert "/papers/url:https://blog.example/a" in browser.get("/add?url=http://www.blog.example/a/%3Futm_source=x")
    assert "already" not in browser.get("/add?url=https://blog.example/b")


@pytest.mark.parametrize(
    "text", ["", "   ", "no link here", "https://", f"{POST} {'x' * 20_000}", "see 2605.1 " * 3000]
)
def test_what_cannot_be_read_stays_in_the_form(text: str, desk: ServedDesk, browser: Browser) -> None:
    answer = browser.post("/add", {"text": text})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert typed(answer.text) == " ".join(text.split())
    assert lines(desk) == []


def test_an_inbox_that_cannot_be_written_loses_no_word(desk: ServedDesk, browser: Browser) -> None:
    desk.config.inbox_dir.write_text("a file in the folder's place", "utf-8")
    answer = browser.post("/add", {"text": POST})
    assert answer.status_code == 503
    assert "cannot be written" in answer.text
    assert typed(answer.text) == POST


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_text_acts_on_the_form(language: str, desk: ServedDesk, browser: Browser) -> None:
    from acting_markup import what_acts

    browser.client.cookies.set("notebot_language", language)
    for payload in PAYLOADS:
        shared = {"title": payload, "text": f"{payload} 2605.00001", "url": f"https://a.example/?{payload}"}
        page = browser.get(f"/add?{urlencode(shared)}")
        document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
        assert list(what_acts(document)) == []
        assert not set(typed(page)) & set("\u202e\x00\t\n")
    page = browser.get("/add")
    html5lib.HTMLParser(strict=True).parse(page)
    assert ("受信箱" in page) is (language == "ja")


def test_the_bookmarklet_opens_a_window_with_the_page_and_asks_nothing_of_it(
    page: ServedPage, browser: Browser
) -> None:
    shown = unescape(browser.get("/add"))
    assert make_bookmarklet(page.url.rstrip("/")) in shown
    assert make_bookmarklet('https://a.example/"+alert(1)+"').count('"') == make_bookmarklet("https://a.example").count(
        '"'
    )


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"url": POST}},
        {"json": {"text": f"Look: {POST}", "title": ""}},
        {"data": {"url": POST}},
        {"files": {"url": (None, POST), "photo": ("a.png", b"\x89PNG", "image/png")}},
        {"content": f'{{"url": "{POST}"}}', "headers": {"content-type": "application/json; charset=utf-8"}},
    ],
)
def test_a_shortcut_sends_json_or_a_form(body: dict[str, Any], desk: ServedDesk, script: httpx.Client) -> None:
    answer = script.post("/add", **body)
    assert answer.status_code == 200
    document = answer.json()
    assert (document["state"], document["links"], document["known"]) == ("added", [POST], [])
    assert document["message"].startswith("It is in the inbox. It is read within 15 seconds")
    assert lines(desk) == [document["line"]]


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"url": 1}},
        {"json": {"link": POST}},
        {"json": []},
        {"content": b"\xff", "headers": {"content-type": "application/json"}},
        {"content": POST.encode(), "headers": {"content-type": "text/plain"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"--a\r\n\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"url=%ff\xff", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"content": b"a=1&" * 500, "headers": {"content-type": "application/x-www-form-urlencoded"}},
    ],
)
def test_a_wrong_body_is_answered_in_one_sentence(body: dict[str, Any], desk: ServedDesk, script: httpx.Client) -> None:
    answer = script.post("/add", **body)
    assert answer.status_code == 400
    assert answer.json()["error"]["kind"] == "config"
    assert "\n" not in answer.json()["error"]["message"]
    assert lines(desk) == []


@pytest.mark.parametrize("body", [{}, {"text": "nothing to read"}, {"url": "x" * 30_000}])
def test_a_share_without_a_link_is_answered_in_one_sentence(
    body: dict[str, str], desk: ServedDesk, script: httpx.Client
) -> None:
    for answer in (script.post("/add", json=body), script.post("/add", data={"url": "", **body})):
        assert (answer.status_code, answer.json()["error"]["kind"]) == (404, "invalid-ref")
    assert lines(desk) == []


def test_the_api_takes_links_too(desk: ServedDesk, script: httpx.Client) -> None:
    assert script.post("/api/v1/inbox", json={"text": "2605.00002"}).json()["known"][0]["key"] == desk.keys[1]
    assert lines(desk) == ["2605.00002"]


def test_a_read_only_page_stores_nothing(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, web={"read_only": True})
    token = TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.API, "test")
    with desk.serving() as page:
        browser = page.browser()
        assert "<button" not in browser.get(f"/add?url={POST}").partition("</h1>")[2]
        assert browser.post("/add", {"text": POST}).status_code == 403
        answer = page.stranger(authorization=f"Bearer {token}").post("/add", json={"url": POST})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (403, "refused")
    assert lines(desk) == []


ATTACKS: dict[str, tuple[dict[str, str], int]] = {
    "a cross-site form": ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, 403),
    "another port": ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:9"}, 403),
    "a plain-http origin": ({"origin": "http://evil.example"}, 403),
    "nobody": ({}, 401),
    "a guessed token": ({"authorization": "Bearer guess"}, 401),
    "another scheme": ({"authorization": "Basic Og=="}, 401),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("signed_in", [False, True])
def test_only_the_page_and_a_token_add_links(
    attack: str, signed_in: bool, page: ServedPage, browser: Browser, desk: ServedDesk
) -> None:
    headers, status = ATTACKS[attack]
    client = page.stranger()
    if signed_in:
        client.cookies.update(browser.client.cookies)
    answer = client.post("/add", data={"csrf": browser.csrf(), "text": POST}, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["error"]["kind"] == "refused"
    assert lines(desk) == []


def test_tokens_of_another_kind_add_nothing(page: ServedPage, browser: Browser, desk: ServedDesk) -> None:
    feed = TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.FEED, "reader")
    for secret in (feed, browser.client.cookies["notebot_session"]):
        client = page.stranger(authorization=f"Bearer {secret}")
        assert client.post("/add", json={"url": POST}).status_code == 401
    assert page.stranger().get(f"/add?token={feed}").status_code == 401
    assert browser.client.post("/add", data={"text": POST}).status_code == 403  # no CSRF token
    assert lines(desk) == []


def test_a_script_opens_no_page_beside_add(page: ServedPage, token: str) -> None:
    script = page.stranger(authorization=f"Bearer {token}")
    for path in ("/address", "/add/", "/add/x", "/apiary", "/"):
        assert script.get(path).status_code == 401, path
        assert script.post(path).status_code == 403, path
    assert script.get("/add").status_code == 200
    other = script.put("/add")
    assert (other.status_code, other.json()["error"]["kind"]) == (405, "refused")


def test_a_body_beyond_the_limit_is_refused(script: httpx.Client, browser: Browser, desk: ServedDesk) -> None:
    body = {"text": f"{POST} {'x' * 1_000_000}"}
    answer = script.post("/add", json=body)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (413, "refused")
    assert browser.post("/add", body).status_code == 413
    assert lines(desk) == []


def test_a_share_without_the_cookie_comes_back_to_the_form(page: ServedPage, desk: ServedDesk) -> None:
    """``SameSite=Strict``: what another site or app opens arrives without the cookie, so it is opened once more."""
    address = f"/add?{urlencode({'url': POST, 'title': 'Q&A'})}"
    arrived = page.stranger(**{"sec-fetch-site": "cross-site"}).get(address)
    assert (arrived.status_code, arrived.headers["refresh"]) == (401, "0")
    assert f'<a class="button" href="{address.replace("&", "&amp;")}">Continue</a>' in arrived.text
    back = re.search(
        r'action="/start">\s+<input type="hidden" name="back" value="([^"]+)"', page.stranger().get(address).text
    )
    assert back is not None
    assert unescape(back[1]) == address
    link = f"{page.server.start_url()}&{urlencode({'back': address})}"
    assert page.stranger().get(link).headers["location"] == address


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:1"]
)
def test_signing_in_leads_to_no_other_site(back: str, page: ServedPage) -> None:
    link = f"{page.server.start_url()}&{urlencode({'back': back})}"
    assert page.stranger().get(link).headers["location"] == "/"
    assert "evil" not in page.stranger().get("//evil.example/x").text.replace("evil.example/x&#34;", "")

"""The Atom feeds: well-formed, stable, conditional, opened by a feed's token alone, and harmless in a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from email.utils import format_datetime, parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import feedparser
import html5lib
import httpx
import pytest

from acceptance.command import MATHEMATICS
from notebot.app import digests
from notebot.app.resources import Resources
from notebot.core.model.note import Note
from notebot.core.model.stub import AttributedText, StubStatus
from notebot.web.tokens import TokenFile, TokenKind
from web.hostile_text import PAYLOADS
from web.served_desk import Browser, ServedDesk, ServedPage

PATHS = ("/feeds/digests.atom", "/feeds/notes.atom", "/feeds/topics/Mathematics.atom")
ATOM = "{http://www.w3.org/2005/Atom}"
TOPICS = (MATHEMATICS, {**MATHEMATICS, "name": "../a/b & <c>?#%2e日本"})


def make_desk(folder: Path, **web: object) -> ServedDesk:
    """A digest of two papers, a kept paper, a skipped one, and two notes."""
    folder.mkdir(exist_ok=True)
    desk = ServedDesk(folder, papers=4, topics=TOPICS, web=web)
    desk.save(desk.candidate(desk.keys[3], status=StubStatus.SKIPPED))
    resources = Resources(desk.config, now=desk.clock)
    digests.moves(resources, "cli").move("keep", [desk.keys[2].removeprefix("arxiv:")])
    digests.digest(resources)
    resources.close()
    with desk.store.transaction():
        for number in (1, 2):
            note = Note(
                f"[Paper Note] Note {number}, A+, ACL'25", number, date(2025, 3, number), comments=("**良い**。",)
            )
            desk.store.notes.save(None, note, {"gh": note})
    return desk


def feed_token(desk: ServedDesk) -> str:
    return TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.FEED, "reader")


@pytest.fixture
def desk(tmp_path: Path) -> ServedDesk:
    return make_desk(tmp_path)


@pytest.fixture
def reader(page: ServedPage, desk: ServedDesk) -> Iterator[httpx.Client]:
    """A feed reader: a token in every address, and no cookie."""
    with page.stranger() as client:
        client.params = httpx.QueryParams(token=feed_token(desk))
        yield client


def parsed(answer: httpx.Response) -> Any:
    """The feed as two parsers see it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        assert all(element.find(f"{ATOM}{name}") is not None for name in ("title", "id", "updated"))
    feed = feedparser.parse(answer.content, sanitize_html=False, resolve_relative_uris=False)
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    return feed


def ids(feed: Any) -> list[str]:
    return [feed.feed.id, *(entry.id for entry in feed.entries)]


def test_each_feed_has_what_it_says(page: ServedPage, reader: httpx.Client) -> None:
    own, token = page.url.rstrip("/"), reader.params["token"]
    written, notes, topic = (parsed(reader.get(path)) for path in PATHS)
    for feed, path in zip((written, notes, topic), PATHS, strict=True):
        links = {link.rel: link.href for link in feed.feed.links}
        assert links["self"] == f"{own}{path}?token={token}"
        assert links["alternate"].startswith(f"{own}/")
        assert all(entry.link.startswith(f"{own}/") for entry in feed.entries)
        assert all(entry.content[0].type == "text/html" for entry in feed.entries)
    (digest,) = written.entries
    assert (digest.title, digest.link) == ("2026-05-12", f"{own}/digests/2026-05-12")
    assert "<h3>[Paper Note] On mathematics, part 00001" in digest.content[0].value
    assert [entry.link for entry in notes.entries] == [
        *(f"{own}/papers/2605.00003", f"{own}/archive/2", f"{own}/archive/1")
    ]
    assert "<strong>良い</strong>" in notes.entries[1].content[0].value
    assert [entry.title.partition(",")[2][:11] for entry in topic.entries] == [
        " part 00003",
        " part 00002",
        " part 00001",
    ]
    assert "<p>We prove a thing. It holds. It is useful.</p>" in topic.entries[0].content[0].value


def test_ids_depend_on_neither_host_nor_token_nor_time(tmp_path: Path) -> None:
    before = make_desk(tmp_path / "a")
    after = make_desk(tmp_path / "b", public_url="https://notes.example.net/")
    with before.serving() as page, after.serving() as moved:
        for path in PATHS:
            old = page.stranger().get(path, params={"token": feed_token(before)}, headers={"host": "localhost:1"})
            after.later(days=2)
            new = moved.stranger().get(path, params={"token": feed_token(after)})
            assert ids(parsed(old)) == ids(parsed(new))
            assert {link.href.partition("/feeds")[0] for link in parsed(old).feed.links if link.rel == "self"} == {
                "http://localhost:1"
            }
            assert 'href="https://notes.example.net/' in new.text
            assert "127.0.0.1" not in new.text


@pytest.mark.parametrize("path", PATHS)
def test_a_reader_that_has_a_feed_is_sent_nothing(path: str, reader: httpx.Client, desk: ServedDesk) -> None:
    first = reader.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for known in (
        {"if-none-match": etag},
        {"if-none-match": f'"other", W/{etag}'},
        {"if-none-match": "*"},
        {"if-modified-since": modified},
        {"if-none-match": etag, "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = reader.get(path, headers=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag), known
        desk.later(hours=1)
    for unknown in (
        {"if-none-match": '"other"'},
        {"if-none-match": '"other"', "if-modified-since": modified},
        {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
        {"if-modified-since": f"Mon, 01 Jan {'9' * 25} 00:00:00 GMT"},
        {"if-none-match": "x," * 3000},
    ):
        assert reader.get(path, headers=unknown).status_code == 200, unknown
    assert reader.head(path).headers["etag"] == etag


def test_every_change_is_seen_also_within_one_second(reader: httpx.Client, desk: ServedDesk) -> None:
    path = PATHS[2]
    first = reader.get(path)
    key = desk.keys[0]
    desk.save(desk.candidate(key, status=StubStatus.DIGESTED, summary=AttributedText("New.", "model")))
    known = {"if-modified-since": first.headers["last-modified"]}
    second = reader.get(path, headers=known)
    assert second.status_code == 200
    assert parsedate_to_datetime(second.headers["last-modified"]) > parsedate_to_datetime(known["if-modified-since"])
    assert reader.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 200
    assert ids(parsed(first)) == ids(parsed(second))
    later = format_datetime(desk.clock(), usegmt=True)
    desk.save(desk.candidate(key, status=StubStatus.SKIPPED))
    desk.later(hours=1)
    assert len(parsed(reader.get(path, headers={"if-modified-since": later})).entries) == 2


def test_a_digest_stays_as_it_was_written(reader: httpx.Client, desk: ServedDesk) -> None:
    first = reader.get(PATHS[0])
    (file,) = desk.config.digest_dir.glob("*.md")
    file.write_text(f"{file.read_text('utf-8')}\nhalf a sen", "utf-8")
    assert reader.get(PATHS[0], headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_the_name_of_a_topic_may_have_any_character(reader: httpx.Client, browser: Browser) -> None:
    name = str(TOPICS[1]["name"])
    shown = browser.get("/feeds")
    html5lib.HTMLParser(strict=True).parse(shown)
    (path,) = re.findall(r'href="(/feeds/topics/[^"]+)"', shown)[1:]
    assert path == f"/feeds/topics/{quote(name, safe='')}.atom"
    feed = parsed(reader.get(path))
    assert (feed.feed.title, feed.entries) == (f"notebot: {name}", [])
    assert parsed(browser.client.get(path)).feed.title == f"notebot: {name}"


@pytest.mark.parametrize(
    "name",
    [
        *("../config", "..%2f..%2fconfig.toml", "%2e%2e/config", "/etc/passwd", "", "%00", "mathematics", "x" * 5_000),
        *("Mathematics.atom", "%3Cscript%3E", "..%5cconfig", "%ff", "Mathematics%00"),
    ],
)
def test_no_other_name_is_a_topic(name: str, reader: httpx.Client) -> None:
    answer = reader.get(f"/feeds/topics/{name}.atom")
    assert answer.status_code == 404
    assert "contact" not in answer.text
    assert "<nav" not in answer.text  # a reader can open none of the pages
    assert "<script>" not in answer.text


def test_only_a_feed_token_or_the_session_opens_feeds(page: ServedPage, browser: Browser, desk: ServedDesk) -> None:
    file = TokenFile(desk.config.web_token_file, desk.clock)
    feed, session = file.issue(TokenKind.FEED, "reader"), browser.client.cookies["notebot_session"]
    wrong = (file.issue(TokenKind.API, "script"), file.issue(TokenKind.LINK, "phone"), session, "guess")
    stranger = page.stranger()
    for path in PATHS:
        assert browser.client.get(path).status_code == 200
        assert browser.client.get(path).headers["cache-control"] == "no-store"
        assert stranger.get(path).status_code == 401
        assert stranger.get(path, headers={"authorization": f"Bearer {feed}"}).status_code == 401
        for secret in wrong:
            answer = stranger.get(path, params={"token": secret})
            assert (answer.status_code, "mathematics" in answer.text.lower()) == (401, False)
        assert stranger.post(path, params={"token": feed}).status_code == 403
    for path in (
        "/",
        "/digests",
        "/digests/2026-05-12",
        "/archive/1",
        "/feeds",
        "/feedsx",
        "/add",
        "/api/v1/queue",
        "/tags.json",
    ):
        answer = stranger.get(path, params={"token": feed})
        assert (answer.status_code, "mathematics" in answer.text.lower()) == (401, False), path
    cross_site = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert browser.client.post("/feeds", data={"csrf": browser.csrf()}, headers=cross_site).status_code == 403
    assert browser.client.post("/feeds", data={"csrf": "0" * 32}).status_code == 403
    assert [token.name for token in file.all() if token.kind is TokenKind.FEED] == ["reader"]


def test_a_token_is_made_on_the_page_shown_once_and_revoked(
    page: ServedPage, browser: Browser, desk: ServedDesk
) -> None:
    assert "token=" not in browser.get("/feeds")
    shown = browser.post("/feeds", {"name": "<b>Reader</b>"})
    html5lib.HTMLParser(strict=True).parse(shown.text)
    assert shown.headers["cache-control"] == "no-store"
    addresses = [unescape(each) for each in re.findall(r'<input readonly value="([^"]+)"', shown.text)]
    assert len(addresses) == 4
    for address in addresses:
        assert address.startswith(page.url)
        parsed(page.stranger().get(address))
    assert "token=" not in browser.get("/feeds")
    file = TokenFile(desk.config.web_token_file, desk.clock)
    (token,) = [each for each in file.all() if each.kind is TokenKind.FEED]
    assert token.name == "<b>Reader</b>"
    file.revoke(token.id)
    assert page.stranger().get(addresses[0]).status_code == 401


def test_feeds_are_found_from_every_page(browser: Browser) -> None:
    for path in ("/", "/digests", "/archive"):
        document = html5lib.parse(browser.get(path), namespaceHTMLElements=False)
        links = {each.get("href"): each.get("type") for each in document.iter("link") if each.get("rel") == "alternate"}
        assert links == dict.fromkeys(PATHS[:2], "application/atom+xml")
        assert "/feeds" in [each.get("href") for each in document.iter("a")]


def test_a_read_only_page_makes_no_token(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, read_only=True)
    with desk.serving() as page:
        browser = page.browser()
        assert "<form" not in browser.get("/feeds").partition("</header>")[2]
        assert browser.post("/feeds", {"name": "x"}).status_code == 403
        parsed(page.stranger().get(PATHS[0], params={"token": feed_token(desk)}))


CONTROLS = "\x00\x08\x0b\x1b\ufffe\uffff\ud800"


def test_no_text_acts_in_a_feed_reader(tmp_path: Path) -> None:
    """As a reader would show it: the content of each entry as a page."""
    from acting_markup import what_acts

    desk = ServedDesk(tmp_path, papers=len(PAYLOADS), sections={"digest": {"full": 100, "language": "en"}})
    controls = CONTROLS.replace("\ud800", "")
    for number, (key, payload) in enumerate(zip(desk.keys, PAYLOADS, strict=True), 1):
        hidden = controls.join(payload)  # removing them must not bring the attack back
        fields: dict[str, Any] = dict.fromkeys(("abstract", "comment", "journal_ref"), f"{payload} {hidden}")
        posts = (payload, f"https://x.com/a/status/1?{payload}")
        tags, summary = ("NLP", payload, hidden), AttributedText(f"{payload} {hidden}", payload)
        title, authors = f"{payload} {hidden}", (f"{payload} Author", hidden)
        desk.save(desk.candidate(key, title=title, authors=authors, tags=tags, posts=posts, summary=summary, **fields))
        body = f"# Abstract\n{payload}\n\n{hidden}\n\n[a](java\x01script:attacked)"
        note = Note(
            payload, number, date(2025, 3, 1), body=body, comments=(payload, f"元ポスト: {hidden}"), urls=(payload,)
        )
        with desk.store.transaction():
            desk.store.notes.save(None, note, {"gh": note})
    digests.digest(Resources(desk.config, now=desk.clock))
    with desk.serving() as page:
        for path in PATHS:
            answer = page.stranger().get(path, params={"token": feed_token(desk)})
            feed = parsed(answer)
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", answer.text)
            assert len(feed.entries) == (1 if path == PATHS[0] else len(PAYLOADS))
            for entry in feed.entries:
                content = f"<!DOCTYPE html><title>x</title><main>{entry.content[0].value}</main>"
                assert list(what_acts(html5lib.parse(content, namespaceHTMLElements=False))) == []
                assert entry.link.startswith(page.url)

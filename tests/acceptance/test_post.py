"""Posts by hand, the inbox under kills, and watched sources under the daemon, by the installed command."""

import json
import os
import plistlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from acceptance.command import (
    MATHEMATICS,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    Running,
    desk_with,
    sample_paper,
    wait_for,
)
from servers.faulty_arxiv import FaultyArxiv
from servers.loopback import QuietHandler, Server
from servers.x_server import CLIENT, XServer, bookmark

pytestmark = pytest.mark.slow

X = "https://x.com/ada/status/1800000000000000000"
BLUESKY = "https://bsky.app/profile/ben.example/post/3kaheyt6vpc22"
DAY = f"{TUESDAY}T14:00+09:00"


def abs_link(number: int) -> str:
    return f"https://arxiv.org/abs/2605.{number:05d}"


def papers(count: int) -> list[Any]:
    return [sample_paper(f"2605.{number:05d}", TUESDAY, f"On mathematics, part {number}") for number in range(1, count)]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose arXiv has a few papers; every post service is a port where nobody listens."""
    with desk_with(papers(6), tmp_path, topics=[MATHEMATICS]) as (arxiv, desk):
        arxiv.day = TUESDAY
        nowhere = "http://127.0.0.1:9"
        desk.sections["posts"] = {f"{name}_url": nowhere for name in ("bluesky", "hackernews", "huggingface")}
        yield desk


# notebot post


def test_a_post_brings_a_stub_of_each_paper_it_speaks_of(study: Desk) -> None:
    done = study.run("post", f"{X}?s=46&t=abc", "--text", f"see {abs_link(1)} and 2605.00002", "--json")
    assert done.code == 0, done
    first, second = done.json
    assert first["ref"] == f"{X}?s=46&t=abc"
    assert (first["error"], first["stub"]["arxiv_id"], second["stub"]["arxiv_id"]) == (None, "2605.00001", "2605.00002")
    assert (first["post"]["url"], first["post"]["fetched"], first["post"]["handle"]) == (X, False, "ada")
    assert "x_oembed" in first["post"]["reason"]
    assert first["post"]["posted_at"].startswith("2024-06-10")
    stubs = study.stubs()
    assert {name: (stub["status"], stub["posts"]) for name, stub in stubs.items()} == {
        "2605.00001": ("queued", [X]),
        "2605.00002": ("queued", [X]),
    }
    assert stubs["2605.00001"]["title_line"] == "[Paper Note] On mathematics, part 1, Ada Example+, arXiv'26, 2026.05"


def test_posts_are_in_the_curators_order_under_the_curators_words(study: Desk) -> None:
    study.run("post", BLUESKY, "--text", abs_link(1), "--as", "参考")
    study.run("post", X.replace("x.com", "twitter.com"), "--text", abs_link(1), "--as", "explained")
    study.run("post", "https://x.com/i/status/1800000000000000000", "--text", abs_link(1))
    study.run("post", "https://x.com/eve/status/1800000000000000009", "--text", abs_link(1))
    (stub,) = study.stubs().values()
    assert stub["posts"] == [BLUESKY, X, "https://x.com/eve/status/1800000000000000009"]
    path = Path(study.ok("digest").out.strip())
    text = path.read_text(encoding="utf-8")
    lines = [
        "Source post: https://x.com/eve/status/1800000000000000009",
        f"Explainer post: {X}",
        f"Reference post: {BLUESKY}",
    ]
    assert "**Comment**\n" + "\n".join(lines) + "\n" in text
    assert study.ok("collect", "--json").json[0]["untouched"] == 1
    path.write_text(text.replace("- [ ] keep", "- [x] keep"), encoding="utf-8")
    study.ok("collect")
    (note,) = study.ok("search", "--json").json
    # notes have the archive's own labels, whatever the language of the digest
    labels = ("元ポスト", "解説ポスト", "参考")
    assert note["comment"] == "\n".join(
        f"{label}:\n{line.partition(': ')[2]}" for label, line in zip(labels, lines, strict=True)
    )


def test_a_post_that_comes_after_the_digest_is_reported_once_and_outlives_collect(study: Desk) -> None:
    study.ok("fetch", "2605.00001", "--save", "--post", f"{X}?s=20")
    first = Path(study.ok("digest").out.strip())
    assert study.run("post", BLUESKY, "--text", abs_link(1), "--as", "author").code == 0
    assert study.ok("digest", "--json").json["updates"] == [
        {
            "key": "arxiv:2605.00001",
            "field": "post",
            "value": BLUESKY,
            "why": "a new post on a paper that you have",
        }
    ]
    assert study.ok("digest", "--json").json["path"] is None
    first.write_text(first.read_text(encoding="utf-8").replace("- [ ] keep", "- [x] keep"), encoding="utf-8")
    study.ok("collect")
    study.ok("collect")
    (stub,) = study.stubs().values()
    assert (stub["status"], stub["posts"]) == ("kept", [X, BLUESKY])
    assert stub["curator"]["post_words"] == [[BLUESKY, "著者ポスト:"]]


def test_a_skipped_paper_stays_so_and_an_unknown_one_is_an_error(study: Desk) -> None:
    study.ok("fetch", "2605.00001", "--save")
    study.ok("queue", "skip", "2605.00001")
    done = study.run("post", X, BLUESKY, "--text", abs_link(1))
    assert (done.code, "stays so" in done.err) == (0, True)
    assert study.stubs()["2605.00001"]["posts"] == []
    missing = study.run("post", BLUESKY, "--text", "arXiv:2605.09999", "--json")
    assert (missing.code, missing.json[0]["stub"], missing.json[0]["error"]["kind"]) == (1, None, "not-found")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ((X,), 1, "nothing else names a paper"),
        (("no link at all",), 1, "not a web address"),
        ((X, "--as", "a kind with far too many letters"), 2, "--as takes"),
        ((X, "--as", " "), 2, "--as takes"),
    ],
)
def test_what_comes_to_nothing_says_why(study: Desk, arguments: tuple[str, ...], code: int, word: str) -> None:
    done = study.run("post", *arguments)
    assert (done.code, word in done.err) == (code, True), done.err


# the inbox

BROKEN = [
    *(f"nothing to follow here, line {number}" for number in range(5)),
    *(f"https://x.com/eve/status/18000000000000010{number:02d}" for number in range(5)),
    *(f"https://arxiv.org/abs/2605.1{number:04d}" for number in range(5)),
    *(f"arXiv:2613.{number:05d}" for number in range(1, 6)),
]


def good_line(number: int) -> str:
    """One of eight forms."""
    link, name = abs_link(number), f"2605.{number:05d}"
    post = f"status/18000000000000{number:05d}"
    return (
        f"https://x.com/Ada/{post}?s=46&t=x {link}",
        f"https://twitter.com/i/{post} arXiv:{name}",
        link,
        name,
        f"- [ ] [a title]({link}v1)",
        f"Look: https://www.linkedin.com/posts/ada_activity-73500000000000{number:05d}-abcd {link}",
        f"https://huggingface.co/papers/{name}",
        f"論文。https://www.reddit.com/r/math/comments/abc{number:03d}/ {link}",
    )[number % 8]


def fill(folder: Path, lines: list[str]) -> None:
    """500 lines: a file of links, two files of the inbox with other line ends, shortcuts and a list of bookmarks."""
    inbox = folder / "inbox"
    inbox.mkdir()
    (folder / "links.txt").write_text("\n".join(lines[:200]) + "\n", encoding="utf-8")
    (inbox / "a.txt").write_bytes("\r\n".join(lines[200:350]).encode() + b"\r\n")
    (inbox / "b.md").write_text("# From the train\n\n" + "\n\n".join(lines[350:]) + "\n", encoding="utf-8")


def test_an_inbox_of_500_lines_killed_twice_ends_as_480_stubs_and_20_lines_with_their_reasons(tmp_path: Path) -> None:
    good = [good_line(number) for number in range(1, 481)]
    lines = list(good)
    for place, line in enumerate(BROKEN):
        lines.insert(place * 24, line)
    old = [sample_paper(f"2605.{number:05d}", MONDAY) for number in range(1, 481)]
    with desk_with(old, tmp_path, topics=[MATHEMATICS]) as (arxiv, desk):
        arxiv.day = TUESDAY  # so that no poll brings what the inbox is to bring
        desk.sections["posts"] = {"huggingface_url": "http://127.0.0.1:9"}
        desk.sections["inbox"] = {"file": "links.txt"}
        desk.sections["schedule"] = {"poll": "every 1h", "digest": "every 12h"}
        fill(tmp_path, lines)
        for stubs in (100, 300):
            with desk.start("run", now=DAY) as daemon:
                wait_for(lambda stubs=stubs: count(desk) >= stubs, f"{stubs} stubs")  # type: ignore[misc]
                daemon.process.kill()
                daemon.process.wait()
            assert stubs <= count(desk) < 480
            with (tmp_path / "inbox/a.txt").open("a", encoding="utf-8") as file:
                file.write(f"{good_line(stubs)}\n")
        with desk.start("run", now=DAY) as daemon:
            wait_for(lambda: len(failures(desk)) == 20 and standing(tmp_path) == sorted(BROKEN), "the end of the inbox")
            assert daemon.end() == 0
        stubs_by_id = desk.stubs()
    assert sorted(stubs_by_id) == [f"2605.{number:05d}" for number in range(1, 481)]
    assert sum(len(stub["posts"]) for stub in stubs_by_id.values()) == 300
    assert sorted(row["text"] for row in failures(desk)) == sorted(BROKEN)
    assert "# From the train" in (tmp_path / "inbox/b.md").read_text(encoding="utf-8")
    assert (tmp_path / "links.txt").exists()
    told = desk.run("status", now=DAY).out
    assert all(line in told for line in BROKEN)


def count(desk: Desk) -> int:
    return sum(row["n"] for row in desk.rows("SELECT count(*) AS n FROM stubs"))


def failures(desk: Desk) -> list[dict[str, Any]]:
    return desk.rows("SELECT * FROM inbox")


def standing(folder: Path) -> list[str]:
    files = [folder / "links.txt", folder / "inbox/a.txt", folder / "inbox/b.md"]
    lines = [line for file in files if file.exists() for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted(line for line in lines if line.strip() and not line.startswith("# "))


def test_a_poll_by_hand_looks_into_the_inbox_too(study: Desk, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "one.url").write_bytes(f"[InternetShortcut]\r\nURL={abs_link(1)}\r\n".encode())
    (inbox / "list.html").write_text(f'<ul><li><a href="{abs_link(2)}">x</a><li><a href="{abs_link(3)}">', "utf-8")
    (inbox / "rest.txt").write_text(f"{BLUESKY} {abs_link(4)}\nnothing\n", encoding="utf-8")

    def left() -> list[str]:
        study.ok("poll", now=DAY)
        return [path.name for path in sorted(inbox.glob("[!.]*"))]

    wait_for(lambda: left() == ["rest.txt"], "files that have come to rest")
    assert (inbox / "rest.txt").read_text(encoding="utf-8") == "nothing\n"
    assert set(study.stubs()) == {f"2605.0000{number}" for number in range(1, 6)}  # the fifth by the poll


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("from-iphone.txt", f"\n{X}?s=46&t=abc {abs_link(1)}\n{abs_link(2)}\n".encode()),  # Append to Text File
        ("from-android.txt", f"A title - {abs_link(1)}\r\n{abs_link(2)}".encode()),  # a title before it, no end of line
        ("notes.md", f"# to read\n- [ ] [A title]({abs_link(1)})\n- {abs_link(2)}\n".encode()),
        ("A title.url", f"[InternetShortcut]\r\nURL={abs_link(1)}\r\n".encode()),
        ("A title.webloc", plistlib.dumps({"URL": abs_link(1)}, fmt=plistlib.FMT_BINARY)),
        ("A title.desktop", f"[Desktop Entry]\nType=Link\nURL={abs_link(1)}\n".encode()),
        ("list.html", f'<ul><li><a href="{abs_link(1)}">one</a><li><a href="{abs_link(2)}">two</a>'.encode()),
    ],
)
def test_what_the_recipes_of_phone_md_leave_behind_is_taken_in(study: Desk, name: str, body: bytes) -> None:
    inbox = study.folder / "inbox"
    inbox.mkdir()
    (inbox / name).write_bytes(body)
    os.utime(inbox / name, (1, 1))  # the file came to rest long ago
    study.ok("poll", now=DAY)
    named = {found.decode() for found in re.findall(rb"2605\.[0-9]{5}", body)}
    assert named and named <= set(study.stubs())
    left = [path.read_text(encoding="utf-8") for path in inbox.iterdir() if not path.name.startswith(".")]
    assert left == (["# to read\n"] if name == "notes.md" else [])  # a heading is no link, and the curator's


# watched sources


class Web(Server):
    """Sources on loopback; what they show can be changed while they are watched."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.redirects: dict[str, str] = {}

    def __enter__(self) -> Self:
        outer = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 (as http.server names it)
                if self.path in outer.redirects:
                    self.send_response(302)
                    self.send_header("Location", outer.redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                kind, body = outer.pages.get(urlsplit(self.path).path, ("text/plain", ""))
                tag = f'"{hash(body)}"'
                self.send_response(304 if self.headers.get("If-None-Match") == tag else 200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("ETag", tag)
                self.end_headers()
                if self.headers.get("If-None-Match") != tag:
                    self.wfile.write(body.encode())

        self.serve(Handler)
        return self


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as made:
        yield made


def rss(*items: tuple[str, str, str]) -> tuple[str, str]:
    told = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>{title}</title><description>{text}</description></item>"
        for link, title, text in items
    )
    return "application/rss+xml", f'<rss version="2.0"><channel><title>T</title>{told}</channel></rss>'


def daily(*numbers: int) -> tuple[str, str]:
    rows = [
        {
            "paper": {"id": f"2605.{number:05d}", "title": "T", "upvotes": 40 + number},
            "publishedAt": "2026-05-12T00:00Z",
        }
        for number in numbers
    ]
    return "application/json", json.dumps(rows)


def account(*keys: tuple[str, int]) -> tuple[str, str]:
    rows = [
        {
            "post": {
                "uri": f"at://did:plc:abc/app.bsky.feed.post/{key}",
                "author": {"handle": "ben.example", "displayName": "Ben"},
                "record": {"text": f"Read arxiv.org/abs/2605.{number:05d}"},
                "indexedAt": "2026-05-12T01:00:00Z",
            }
        }
        for key, number in keys
    ]
    return "application/json", json.dumps({"feed": rows})


def sources(web: Web) -> str:
    tables = [
        ("Ben", "bluesky", "ben.example", "take_all = true"),
        ("A tag", "feed", f"{web.url}/tags/math.rss", ""),
        ("Daily", "huggingface", f"{web.url}/daily", 'topics = ["Mathematics"]'),
        ("Blog one", "feed", f"{web.url}/one.xml", "take_all = true"),
        ("Blog two", "feed", f"{web.url}/two.xml", ""),
    ]
    return "".join(
        f'[[sources]]\nname = "{name}"\nkind = "{kind}"\nurl = "{url}"\n{more}\n' for name, kind, url, more in tables
    )


class Watching(Desk):
    """A desk with sources in its config."""

    tables = ""

    def write_config(self) -> None:
        super().write_config()
        self.config.write_text(self.config.read_text(encoding="utf-8") + self.tables, encoding="utf-8")


@pytest.fixture
def watching(tmp_path: Path, web: Web) -> Iterator[Watching]:
    kitchen = sample_paper("2605.00009", MONDAY, "On cooking")
    known = [sample_paper(f"2605.{number:05d}", MONDAY) for number in range(1, 5)]
    with FaultyArxiv([*known, kitchen]) as arxiv:
        arxiv.day = TUESDAY
        urls = {"feed_url": arxiv.base_url, "api_url": arxiv.api_url, "oai_url": arxiv.oai_url}
        desk = Watching(tmp_path, urls, [MATHEMATICS])
        desk.tables = sources(web)
        desk.sections = {
            "schedule": {"poll": "every 2s", "digest": "every 3s"},
            "posts": {"bluesky_url": web.url},
        }
        web.pages = {
            "/app.bsky.feed.getAuthorFeed": account(("3kaheyt6vpc22", 1)),
            "/tags/math.rss": rss(("https://m.example/@eve/112345678901234567", "", f"see {abs_link(2)}")),
            "/daily": daily(1, 3, 9),
            "/one.xml": rss(("https://one.example/a", "How we did it", "no paper at all")),
            "/two.xml": rss(
                ("https://two.example/a", "A theorem explained", "by hand"), ("https://two.example/b", "Soup", "hot")
            ),
        }
        yield desk


def digested(desk: Desk) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in desk.digests())


def test_each_new_item_appears_once_in_the_next_digest_with_its_source(watching: Watching, web: Web) -> None:
    with watching.start("run", now=DAY) as daemon:
        wait_for(lambda: "How we did it" in digested(watching), "the first digest")
        wait_for(lambda: len(watching.rows("SELECT * FROM watched_items")) == 8, "every source")
        web.pages["/two.xml"] = rss(("https://two.example/c", "On proofs", f"see {abs_link(4)} and {abs_link(2)}"))
        wait_for(lambda: abs_link(4) in digested(watching), "the new item", 60)
        assert daemon.end() == 0, said(daemon)
    text = digested(watching)
    for link in (abs_link(1), abs_link(2), abs_link(3), abs_link(4)):
        assert text.count(f"\n{link}\n") == 1
    assert (text.count("\nhttps://one.example/a\n"), text.count("\nhttps://two.example/a\n")) == (1, 1)
    assert (abs_link(9) in text, "two.example/b" in text) == (False, False)
    assert f"Source post: {BLUESKY}\nReference post: https://huggingface.co/papers/2605.00001\n" in text
    assert "Source post: https://m.example/@eve/112345678901234567\n" in text
    assert "source: Ben, Daily · ▲41" in text
    assert "source: Blog two" in text
    assert text.count("arXiv:2605.00002 On mathematics: post https://two.example/c") == 1
    assert {row["category"] for row in watching.rows("SELECT category FROM ledger")} >= {"Ben", "Daily", "Blog one"}


def said(daemon: Running) -> str:
    return daemon.said


def test_a_poll_by_hand_asks_the_sources_and_counts_them(watching: Watching, web: Web) -> None:
    web.pages["/one.xml"] = ("text/html", "<p>gone")
    done = watching.run("poll", "--json", now=DAY)
    by_name = {one["source"]: one for one in done.json["sources"]}
    assert (done.code, done.json["status"]) == (1, "partial")
    assert by_name["Blog one"]["error"]["kind"] == "bad-answer"
    assert {name: by_name[name]["announced"] for name in ("Ben", "A tag", "Daily", "Blog two")} == {
        "Ben": 1,
        "A tag": 1,
        "Daily": 3,
        "Blog two": 2,
    }
    again = watching.run("poll", "--json", now=DAY)
    assert {one["source"]: one["announced"] for one in again.json["sources"]}["Daily"] == 0
    rows = {row["category"]: row for row in watching.ok("ledger", "--json").json}
    assert (rows["Daily"]["drafted"], rows["Daily"]["known"], rows["Daily"]["unmatched"]) == (1, 1, 1)
    assert (rows["Ben"]["state"], rows["Blog one"]["state"]) == ("fresh", "failed")
    named = [one["source"] for one in watching.run("status", "--json", now=DAY).json["sources"]]
    assert {"Ben", "A tag", "Daily", "Blog one", "Blog two"} <= set(named)


def test_a_person_is_told_what_each_source_is_instead_of_a_whole_feed(watching: Watching, web: Web) -> None:
    items = [
        f"<item><link>https://two.example/{n}</link><title>A theorem, part {n}</title>"
        f"<pubDate>{datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=n):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for n in range(505)
    ]
    web.pages["/two.xml"] = (
        "text/html",  # what many servers call a feed
        f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>',
    )
    web.pages["/one.xml"] = ("text/html", '<html><link rel="alternate" type="application/atom+xml" href="/atom">')
    web.redirects["/tags/math.rss"] = "http://127.0.0.1:1/secret.rss"
    done = watching.run("poll", now=DAY)
    assert done.code == 1
    assert f"Blog one sent a web page, not a feed; the page names {web.url}/atom: put that" in done.err
    assert "A tag redirects to http://127.0.0.1:1/secret.rss, which is not followed" in done.err
    assert "Blog two: Of 505 new items the 500 newest were taken, and the 5 oldest left out." in done.err
    titles = {stub["title"] for stub in watching.ok("queue", "list", "--json").json}
    assert "A theorem, part 504" in titles
    assert "A theorem, part 4" not in titles
    watching.ok("digest", now=DAY)
    coverage = digested(watching).partition("## Coverage")[2]
    assert "Of 505 new items the 500 newest were taken, and the 5 oldest left out." in coverage
    again = watching.run("poll", now=DAY)
    assert "oldest left out" not in again.err


# bookmarks on X


@pytest.fixture
def bookmarking(watching: Watching, tmp_path: Path) -> Iterator[tuple[Watching, XServer]]:
    with XServer() as x:
        watching.tables = '[[sources]]\nname = "Bookmarks"\nkind = "x_bookmarks"\ntake_all = true\n'
        watching.sections["x"] = {"client_id": CLIENT, "api_url": f"{x.url}/2", "daily_posts": 30}
        token = tmp_path / "x-token.json"
        token.write_text('{"refresh_token": "refresh-0"}', encoding="utf-8")
        token.chmod(0o600)
        yield watching, x


def test_what_was_bookmarked_on_x_is_in_the_next_digest_with_its_post(bookmarking: tuple[Watching, XServer]) -> None:
    desk, x = bookmarking
    x.bookmarks = [bookmark(2, abs_link(1), abs_link(2)), bookmark(1, "https://blog.example/soup")]
    done = desk.ok("-vv", "poll", "--json", now=DAY)
    by_name = {one["source"]: one for one in done.json["sources"]}
    assert (by_name["Bookmarks"]["state"], by_name["Bookmarks"]["announced"]) == ("fresh", 3)
    assert desk.stubs()["2605.00001"]["posts"] == ["https://x.com/i/status/1800000000000000002"]
    x.bookmarks.insert(0, bookmark(3, abs_link(3)))
    again = desk.ok("-vv", "poll", "--json", now=DAY)
    assert {one["source"]: one["announced"] for one in again.json["sources"]}["Bookmarks"] == 1
    desk.ok("digest", now=DAY)
    assert digested(desk).count("Source post: https://x.com/i/status/1800000000000000003") == 1
    assert "Read this" not in digested(desk)
    kept = [path for path in desk.folder.rglob("*") if path.is_file() and path.name != "x-token.json"]
    for secret in (b"refresh-", b"access-"):
        assert not any(secret in path.read_bytes() for path in kept)
        assert secret.decode() not in done.err + again.err


def test_an_expired_token_of_x_is_reported_as_a_failure_and_not_as_a_quiet_day(
    bookmarking: tuple[Watching, XServer],
) -> None:
    desk, x = bookmarking
    x.refresh = "refresh-7"
    done = desk.run("poll", "--json", now=DAY)
    (told,) = (one for one in done.json["sources"] if one["source"] == "Bookmarks")
    assert (done.code, told["state"], told["error"]["kind"]) == (1, "failed", "config")
    assert "authorise notebot again" in told["error"]["message"]
    assert "authorise notebot again" in desk.run("status", now=DAY).out


def test_a_day_of_many_bookmarks_warns_and_goes_on_tomorrow(bookmarking: tuple[Watching, XServer]) -> None:
    desk, x = bookmarking
    x.bookmarks = [bookmark(1)]
    desk.ok("poll", now=DAY)
    x.bookmarks = [bookmark(number) for number in range(41, 0, -1)]
    done = desk.ok("poll", "--json", now=DAY)
    (told,) = (one for one in done.json["sources"] if one["source"] == "Bookmarks")
    assert (told["state"], told["announced"]) == ("truncated", 29)
    assert "Bookmarks: No more than 30 bookmarks are read per day" in done.err
    (row,) = (row for row in desk.ok("ledger", "--json").json if row["category"] == "Bookmarks")
    assert (row["state"], row["announced"], row["unmatched"]) == ("truncated", 30, 30)
    assert "No more than 30 bookmarks are read per day" in row["explanation"]
    rest = []
    for day in (WEDNESDAY, THURSDAY):
        later = desk.ok("poll", "--json", now=f"{day}T14:00+09:00").json["sources"]
        rest += [(one["state"], one["announced"]) for one in later if one["source"] == "Bookmarks"]
    assert rest == [("fresh", 11), ("quiet", 0)]

"""What watched sources show: feeds of several kinds, JSON services, conditional requests, bodies that are no feed."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from notebot.core.model.errors import BadAnswerError, NotebotError
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http
from notebot.features.intake.adapters.source_feeds import SourceReaders
from notebot.features.intake.rules.source_item import SourceItem, draft_from_item, find_papers
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.intake.watched_sources import ItemAnswer
from paths import REAL_DATA
from servers.loopback import Handler, Loopback, answer

SHARED = REAL_DATA / "social"
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A lab</title>
<entry><id>tag:1</id><link href="/a"/><title>How &lt;b&gt;we&lt;/b&gt; did it</title><author><name>Ada</name></author>
<published>2026-05-12T10:00:00+09:00</published>
<content type="html">&lt;p&gt;See &lt;a href="https://arxiv.org/abs/2605.00001"&gt;it&lt;/a&gt;.&lt;/p&gt;</content></entry>
<entry><id>tag:1</id><link href="/a"/><title>Again</title></entry>
<entry><id>tag:2</id><link href="javascript:alert(1)"/><title>A trick</title></entry></feed>"""
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>#math</title><item>
<guid isPermaLink="true">https://m.example/@eve/112345678901234567</guid>
<link>https://m.example/@eve/112345678901234567</link><pubDate>Tue, 12 May 2026 01:00:00 +0000</pubDate>
<description>&lt;p&gt;Read &lt;a href="https://arxiv.org/abs/2605.00002"&gt;&lt;span class="invisible"&gt;https://&lt;/span&gt;
arxiv.org&lt;/a&gt; &lt;a class="mention hashtag" href="https://m.example/tags/math"&gt;#math&lt;/a&gt;&lt;/p&gt;</description>
</item></channel></rss>"""
NOTHING = Validators()
AT = datetime(2026, 5, 12, 1, tzinfo=UTC)


class NoBookmarks:
    """Shows nothing, and says that it was asked."""

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        return ItemAnswer((), Validators("asked"))


def read(
    script: list[Handler],
    kind: SourceKind = SourceKind.FEED,
    url: str | None = None,
    validators: Validators = NOTHING,
) -> tuple[ItemAnswer, list[Any]]:
    with Loopback(script) as server:
        http = Http("notebot/0 (test)", 5.0, 0.0, threading.Event())
        readers = SourceReaders(
            http, bluesky_url=f"{server.url}/xrpc", huggingface_url=f"{server.url}/api", bookmarks=NoBookmarks()
        )
        found = readers.read(WatchedSource("Source", kind, f"{server.url}/feed" if url is None else url), validators)
        return found, server.asked


def items(body: str, kind: SourceKind = SourceKind.FEED, media: str = "application/rss+xml") -> tuple[SourceItem, ...]:
    found, _ = read([answer(body, kind=media)], kind)
    assert found.items is not None
    return found.items


def test_an_atom_feed_is_read_with_its_words_links_and_times() -> None:
    (item,) = items(ATOM, media="application/atom+xml")
    assert (item.id, item.title, item.authors, item.published_at) == ("tag:1", "How we did it", ("Ada",), AT)
    assert item.url.endswith("/a")
    assert item.url.startswith("http://127.0.0.1:")
    assert (item.text, item.links) == ("See it.", ("https://arxiv.org/abs/2605.00001",))


def test_a_mastodon_feed_s_items_are_posts() -> None:
    (item,) = items(RSS)
    assert (item.url, item.title, item.published_at) == ("https://m.example/@eve/112345678901234567", "", AT)
    assert [str(paper) for paper in find_papers(item)] == ["2605.00002"]


def rss(*entries: str) -> str:
    listed = "".join(f"<item>{one}</item>" for one in entries)
    return f'<rss version="2.0"><channel><title>x</title>{listed}</channel></rss>'


def test_the_description_is_read_beside_the_content() -> None:
    body = rss(
        "<title>A</title><link>https://a.example/1</link><description>https://arxiv.org/abs/2605.00006</description>"
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">words</content:encoded>'
    )
    (item,) = items(body)
    assert [str(paper) for paper in find_papers(item)] == ["2605.00006"]


def test_an_atom_entry_has_all_authors_and_related_links_and_no_date_of_a_mere_update() -> None:
    (item,) = items(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>1</id><title>Old</title>'
        '<link href="https://a.example/1"/><link rel="related" href="https://arxiv.org/abs/2605.00007"/>'
        "<updated>2026-05-11T00:00:00Z</updated><author><name>Ann</name></author><author><name>Bob</name></author>"
        "</entry></feed>",
        media="application/atom+xml",
    )
    assert (item.authors, item.published_at) == (("Ann", "Bob"), None)
    assert [str(paper) for paper in find_papers(item)] == ["2605.00007"]


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2016/6/29 15:07:41", datetime(2016, 6, 29, 15, 7, 41, tzinfo=UTC)),
        ("2026年5月12日", datetime(2026, 5, 12, tzinfo=UTC)),
        ("1753000000", datetime(2025, 7, 20, 8, 26, 40, tzinfo=UTC)),
        ("1753000000000", datetime(2025, 7, 20, 8, 26, 40, tzinfo=UTC)),
        ("Thu, 30 Apr 2015 08:57:00 MEST", datetime(2015, 4, 30, 6, 57, tzinfo=UTC)),
        ("Thu, 03 Sep 15 00:01:01 +0200", datetime(2015, 9, 2, 22, 1, 1, tzinfo=UTC)),
        ("2026-05-12", datetime(2026, 5, 12, tzinfo=UTC)),
        ("2026", None),
        ("2016/13/29", None),
        ("Mon, 31 Feb 2025 00:00:00 GMT", None),
        ("12/5/2026 10:00", None),
    ],
)
def test_a_date_is_read_as_it_is_written_or_not_at_all(written: str, at: datetime | None) -> None:
    (item,) = items(rss(f"<title>A</title><link>https://a.example/1</link><pubDate>{written}</pubDate>"))
    assert item.published_at == at


def test_an_id_that_all_items_share_identifies_none_of_them() -> None:
    found = items(rss(*(f"<guid>same</guid><title>A</title><link>https://a.example/{n}</link>" for n in (1, 2, 3))))
    assert [item.id for item in found] == [f"https://a.example/{n}" for n in (1, 2, 3)]


def test_an_item_without_a_usable_link_is_read_by_its_text_or_reported() -> None:
    answered, _ = read([answer(rss(
        "<title>A</title><description>https://arxiv.org/abs/2605.00006</description>",
        "<title>B</title><link>\n https://a.example/b c \n</link>",
        "<title>C</title><link>javascript:alert(1)</link><description>https://a.example/d</description>",
        "<title>D</title><description>no link</description>",
    ), kind="text/xml")])  # fmt: skip
    assert answered.items is not None
    assert [item.url for item in answered.items] == ["https://arxiv.org/abs/2605.00006", "https://a.example/b%20c"]
    assert answered.left == "2 of its 4 items are damaged and could not be read."


@pytest.mark.parametrize(
    "author",
    ["ada@lab.science (Ada Abel)", "ada@lab.example.org (Ada Abel)", "Ada Abel &lt;ada@lab.science&gt;", "Ada Abel"],
)
def test_an_author_s_address_is_not_a_part_of_the_name(author: str) -> None:
    (item,) = items(rss(f"<title>A</title><link>https://a.example/1</link><author>{author}</author>"))
    assert item.authors == ("Ada Abel",)


def test_line_breaks_in_a_title_are_blanks() -> None:
    (item,) = items(rss("<title>\n  A\n  title </title><link>https://a.example/1</link>"))
    assert item.title == "A title"


def test_items_on_one_page_are_distinguished_by_their_fragments() -> None:
    found = items(rss(*(f"<title>Release {n}</title><link>https://a.example/log#r{n}</link>" for n in (1, 2))))
    stubs = [draft_from_item(item, ()) for item in found]
    assert [stub.url for stub in stubs] == ["https://a.example/log#r1", "https://a.example/log#r2"]
    assert len({stub.key for stub in stubs}) == 2
    (alone,) = items(rss("<title>A</title><link>https://a.example/log#top</link>"))
    assert draft_from_item(alone, ()).url == "https://a.example/log"


def test_a_post_without_a_paper_keeps_its_own_url() -> None:
    (item,) = items(rss("<title>Hi</title><link>https://nitter.net/Ada/status/1800000000000000000#m</link>"))
    assert draft_from_item(item, ()).url == "https://x.com/ada/status/1800000000000000000"


def test_a_request_is_conditional_and_304_means_nothing_new() -> None:
    first, _ = read([answer(RSS, kind="text/xml", ETag='"1"', Last_Modified="Tue, 12 May 2026 01:00:00 GMT")])
    assert first.validators == Validators('"1"', "Tue, 12 May 2026 01:00:00 GMT")
    second, asked = read([answer(status=304)], validators=first.validators)
    assert (second.items, second.validators) == (None, first.validators)
    assert asked[0].headers["if-none-match"] == '"1"'


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><rss version="2.0"><channel><item><link>https://a.example/&a;</link></item></channel></rss>'


@pytest.mark.parametrize(
    ("body", "media", "kind"),
    [
        ("<html><p>Log in", "text/html", SourceKind.FEED),
        ("<p>no feed at all", "text/xml", SourceKind.FEED),
        (BOMB, "text/xml", SourceKind.FEED),
        ("", "text/xml", SourceKind.FEED),
        ("<p>", "application/json", SourceKind.HUGGINGFACE),
        ("{}", "application/json", SourceKind.HUGGINGFACE),
        ("[]", "application/json", SourceKind.HACKERNEWS),
        ('{"feed": 1}', "application/json", SourceKind.BLUESKY),
        ("[" * 100_000, "application/json", SourceKind.BLUESKY),
    ],
)
def test_a_malformed_source_is_an_error_and_never_an_empty_source(body: str, media: str, kind: SourceKind) -> None:
    with pytest.raises(BadAnswerError, match="Source"):
        items(body, kind, media)


@pytest.mark.parametrize("status", [404, 403, 500])
def test_an_error_names_the_source(status: int) -> None:
    with pytest.raises(NotebotError, match="Source"):
        read([answer("x", status)])


def test_an_empty_feed_is_empty() -> None:
    assert items('<rss version="2.0"><channel><title>T</title></channel></rss>') == ()


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "A lab",
    "authors": [{"name": "The lab"}],
    "items": [
        {
            "id": "1",
            "url": "https://a.example/1",
            "title": "How <we> did it",
            "content_html": '<p>See <a href="https://arxiv.org/abs/2605.00001">it</a>.</p>',
            "summary": "In short.",
            "date_published": "2026-05-12T10:00:00+09:00",
            "date_modified": "2026-05-12T11:00:00+09:00",
            "authors": [{"name": "Ada"}, {"name": "Bob"}, {"url": "https://a.example/"}],
        },
        {"id": "1", "url": "https://a.example/again"},
        {"url": "https://a.example/no-id"},
        "nothing",
        {"id": 4, "external_url": "https://arxiv.org/abs/2605.00004", "content_text": "Words <b>.", "tags": ["x"]},
        {"id": "https://a.example/5", "date_published": "yesterday", "author": {"name": "Eve"}},
        {"id": "6", "url": "javascript:alert(1)"},
    ],
}


@pytest.mark.parametrize(
    "media", ["application/feed+json", "application/json", "text/html", "application/octet-stream"]
)
@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"])
def test_a_json_feed_is_read(version: str, media: str) -> None:
    body = "\ufeff" + json.dumps(JSON_FEED | {"version": version})
    found, _ = read([answer(body, kind=media)])
    assert found.items is not None
    first, link, bare = found.items
    assert (first.id, first.url, first.title) == ("1", "https://a.example/1", "How <we> did it")
    assert (first.text, first.links) == ("See it.\nIn short.", ("https://arxiv.org/abs/2605.00001",))
    assert (first.authors, first.published_at) == (("Ada", "Bob"), AT)
    assert first.changed_at == datetime(2026, 5, 12, 2, tzinfo=UTC)
    assert (link.id, link.url, link.text) == ("4", "https://arxiv.org/abs/2605.00004", "Words <b>.")
    assert (link.links, link.authors) == (("https://arxiv.org/abs/2605.00004",), ("The lab",))
    assert (bare.id, bare.url, bare.published_at, bare.authors) == ("https://a.example/5",) * 2 + (None, ("Eve",))
    assert found.left == "2 of its 6 items are damaged and could not be read."


@pytest.mark.parametrize("media", ["text/html", "text/plain", "application/octet-stream", "text/rss", "image/x-feed"])
@pytest.mark.parametrize("body", [ATOM, RSS])
def test_a_feed_is_read_whatever_its_server_calls_it(body: str, media: str) -> None:
    assert items(body, media=f"{media}; charset=utf-8")


PAGE = """<!DOCTYPE html><html><head><title>A lab</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml">
<link rel="alternate" type="application/json+oembed" href="/oembed.json">
<link rel="alternate stylesheet" type="text/css" href="/a.css">
<link rel="alternate" type="application/atom+xml" href="https://feeds.example/atom">
<link rel="alternate" type="application/feed+json" href="javascript:alert(1)"></head><body><p>Hello</body></html>"""


@pytest.mark.parametrize(
    ("body", "media", "advice"),
    [
        (
            PAGE,
            "text/html",
            "a web page, not a feed; the page names {}/feed.xml or https://feeds.example/atom: put that",
        ),
        (PAGE, "application/xhtml+xml", "the page names {}/feed.xml or https://feeds.example/atom"),
        ("<html><head/><body><p>Log in</p></body></html>", "text/html", "a web page that names no feed"),
        ("<p>Just a moment", "text/html", "a web page that names no feed"),
        ('<opml version="2.0"><body><outline/></body></opml>', "text/xml", "list of feeds (OPML)"),
        ("<urlset><url><loc>https://a.example/</loc></url></urlset>", "application/xml", "a sitemap"),
        ("%PDF-1.7", "application/pdf", "a PDF"),
        ("Hello.", "text/plain", "check its URL"),
        ('{"data": []}', "application/json", "JSON that is not a JSON Feed"),
        ("[1]", "application/json", "JSON that is not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/2", "items": []}', "application/json", "version '2'"),
        (
            '{"version": "https://jsonfeed.org/version/1"}',
            "application/json",
            "without a list of items; try again later",
        ),
        ('{"version": "https://jsonfeed.org', "application/json", "malformed JSON; try again later"),
        ("<rss><channel><item><title>a", "text/xml", "none of whose 1 items can be read; try again later"),
    ],
)
def test_the_advice_fits_what_was_sent_instead_of_a_feed(body: str, media: str, advice: str) -> None:
    with Loopback([answer(body, kind=media)]) as server:
        readers = SourceReaders(
            Http("notebot/0 (test)", 5.0, 0.0, threading.Event()),
            bluesky_url="",
            huggingface_url="",
            bookmarks=NoBookmarks(),
        )
        with pytest.raises(BadAnswerError) as caught:
            readers.read(WatchedSource("Source", SourceKind.FEED, f"{server.url}/"), NOTHING)
    assert advice.format(server.url) in str(caught.value)
    assert str(caught.value).startswith("Source ")
    assert ("try again later" in advice) == ("try again later" in str(caught.value))


def test_a_server_is_not_asked_for_a_web_page() -> None:
    _, asked = read([answer(RSS)])
    assert "application/feed+json" in asked[0].headers["accept"]
    assert "html" not in asked[0].headers["accept"]


def test_daily_papers_have_votes_but_no_machine_written_summary() -> None:
    paper = {"id": "2605.00001", "title": "T", "upvotes": 7, "summary": "x", "ai_summary": "y"}
    rows = [{"paper": paper, "publishedAt": "2026-05-12T01:00:00.000Z"}, {"paper": {"id": "none"}}, 5]
    (item,) = items(json.dumps(rows), SourceKind.HUGGINGFACE, "application/json")
    url = "https://huggingface.co/papers/2605.00001"
    assert item == SourceItem(
        "2605.00001", url, "T", links=("https://arxiv.org/abs/2605.00001",), published_at=AT, votes=7
    )


def test_stories_are_those_that_link_to_a_paper() -> None:
    hits = [
        {"objectID": "4", "url": "https://arxiv.org/abs/2605.00001", "title": "T", "points": 9, "author": "a"},
        {"objectID": "5", "url": "https://arxiv.example/", "points": 1},
        {"objectID": "x", "url": "https://arxiv.org/abs/2605.00001"},
        {},
    ]
    (item,) = items(json.dumps({"hits": hits}), SourceKind.HACKERNEWS, "application/json")
    assert (item.url, item.votes, item.authors) == ("https://news.ycombinator.com/item?id=4", 9, ("a",))


def bluesky(uri: str, text: str = "x", **author: object) -> dict[str, Any]:
    facet = {"features": [{"uri": "https://arxiv.org/abs/2605.00001"}]}
    told = {"handle": "ben.example", "displayName": "Ben", **author}
    record = {"text": text, "facets": [facet]}
    return {"post": {"uri": uri, "author": told, "record": record, "indexedAt": "2026-05-12T01:00:00Z"}}


def test_an_account_s_posts_are_read_and_its_author_s_wish_is_heeded() -> None:
    uri = "at://did:plc:abc/app.bsky.feed.post/3kaheyt6vpc22"
    hidden = bluesky(f"{uri[:-1]}3", labels=[{"val": "!no-unauthenticated"}])
    body = json.dumps({"feed": [bluesky(uri), hidden, bluesky("at://did:plc:abc/app.bsky.graph.list/1"), {}]})
    (item,) = items(body, SourceKind.BLUESKY, "application/json")
    assert (item.id, item.url) == (uri, "https://bsky.app/profile/ben.example/post/3kaheyt6vpc22")
    assert (item.links, item.authors, item.published_at) == (("https://arxiv.org/abs/2605.00001",), ("Ben",), AT)


@pytest.mark.parametrize("url", ["ben.example", "@ben.example", "https://bsky.app/profile/ben.example/"])
def test_an_account_is_asked_for_at_the_appview(url: str) -> None:
    _, asked = read([answer('{"feed": []}', kind="application/json")], SourceKind.BLUESKY, url)
    assert asked[0].path == "/xrpc/app.bsky.feed.getAuthorFeed?actor=ben.example&limit=50&filter=posts_no_replies"


def test_daily_papers_have_a_usual_place() -> None:
    _, asked = read([answer("[]", kind="application/json")], SourceKind.HUGGINGFACE, "")
    assert asked[0].path == "/api/daily_papers"


@pytest.mark.skipif(not SHARED.is_dir(), reason="recorded answers are not beside this checkout")
def test_recorded_daily_papers_are_read_whole() -> None:
    body = (SHARED / "huggingface/daily_papers_2026-06-12.json").read_text(encoding="utf-8")
    found = items(body, SourceKind.HUGGINGFACE, "application/json")
    assert len(found) == len({row["paper"]["id"] for row in json.loads(body)})
    assert all(item.votes is not None and len(find_papers(item)) == 1 for item in found)


def test_bookmarks_are_read_by_who_can() -> None:
    found, asked = read([answer("")], SourceKind.X_BOOKMARKS, "")
    assert (found.validators.etag, asked) == ("asked", [])

"""Lists of feeds as OPML: what feed readers write, hostile documents, and the way back."""

import tomllib
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.errors import UsageError
from notebot.features.intake.rules.opml import (
    MAX_BYTES,
    MOST_FEEDS,
    ListedFeed,
    feed_of,
    parse_opml,
    plan_sources,
    sources_toml,
    write_opml,
)
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Feeds</title></head><body>
<outline text="Blogs"><outline text="Folder in it">
<outline type="rss" text="Ada &amp; Ben" title="x" xmlUrl="https://blog.example/feed.xml" htmlUrl="https://blog.example"/>
</outline></outline>
<outline type="rss" title="Only a title" xmlurl=" https://other.example/rss "/>
<outline type="rss" text="" xmlUrl="https://nameless.example/rss"/>
<outline text="A bookmark" type="link" url="https://x.example"/>
</body></opml>"""


def test_feeds_come_from_all_folders_by_the_names_that_readers_write() -> None:
    assert parse_opml(LIST.encode()) == [
        ListedFeed("Ada & Ben", "https://blog.example/feed.xml"),
        ListedFeed("Only a title", "https://other.example/rss"),
        ListedFeed("nameless.example", "https://nameless.example/rss"),
    ]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings_are_read(codec: str) -> None:
    text = LIST.replace("Ada", "Zoë").replace("UTF-8", codec.replace("-sig", "").replace("latin-1", "iso-8859-1"))
    assert parse_opml(text.encode(codec))[0].name == "Zoë & Ben"


def test_what_xml_forbids_costs_nothing_but_itself() -> None:
    broken = LIST.replace("Ada &amp; Ben", "Ada & Ben \x0b&nbsp;").encode()
    assert [feed.url for feed in parse_opml(broken)] == [feed.url for feed in parse_opml(LIST.encode())]


BOMB = '<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><opml><outline xmlUrl="https://a.b/&b;"/></opml>'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (BOMB, "declares a document type"),
        ('<!DOCTYPE o SYSTEM "file:///etc/passwd"><opml/>', "declares a document type"),
        ("<html><body>Sign in</body></html>", "begins with <html>, not <opml>"),
        ("", "not well-formed"),
        ("<opml><outline", "not well-formed"),
        ("a" * (MAX_BYTES + 1), "larger than 5 MB"),
        ("<opml>" + '<outline xmlUrl="https://a.b"/>' * (MOST_FEEDS + 1) + "</opml>", "more than 2000 feeds"),
    ],
    ids=["bomb", "external", "page", "empty", "truncated", "large", "many"],
)
def test_what_is_no_list_of_feeds_is_refused_in_one_sentence(body: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        parse_opml(body.encode())
    assert "\n" not in str(raised.value)


def test_deep_nesting_is_read() -> None:
    depth = 50_000
    body = "<opml>" + "<outline>" * depth + '<outline xmlUrl="https://a.b"/>' + "</outline>" * depth + "</opml>"
    assert len(parse_opml(body.encode())) == 1


def test_known_feeds_arxivs_own_and_bad_addresses_are_left_out_with_a_reason() -> None:
    known = [WatchedSource("Blog", SourceKind.FEED, "http://www.blog.example/feed/")]
    urls = [
        "https://blog.example/feed",
        "https://new.example/rss",
        "https://NEW.example/rss/",
        "https://rss.arxiv.org/rss/cs.CL",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:secret@host.example/feed",
    ]
    plan = plan_sources([ListedFeed("Blog", url) for url in urls], known, ["cs.CL"])
    assert plan.sources == (ListedFeed("Blog (2)", "https://new.example/rss"),)
    assert [feed.why.partition(" ")[0] for feed in plan.skipped] == ["it", "it", "arXiv's", "its", "its", "its"]


TEXT = st.text(alphabet=st.sampled_from("ab<>&\"'[]=\n\r\0\x1b\u202e\u2028数{}#\\ "), max_size=30)


@given(st.lists(TEXT, max_size=4))
def test_any_name_survives_toml_and_opml(names: list[str]) -> None:
    feeds = [ListedFeed(name, f"https://a{place}.example/?a=1&b=2") for place, name in enumerate(names)]
    document = write_opml(feeds)
    outlines = ElementTree.fromstring(document).iter("outline")
    assert [outline.get("xmlUrl") for outline in outlines] == [feed.url for feed in feeds]
    plan = plan_sources(parse_opml(document.encode()), [], [])
    tables = tomllib.loads(sources_toml(plan.sources, ["Maths"], take_all=False)).get("sources", [])
    assert [(table["name"], table["url"]) for table in tables] == [(feed.name, feed.url) for feed in plan.sources]
    assert len({table["name"] for table in tables}) == len(tables) == len(feeds)


def test_only_what_a_feed_reader_can_read_is_exported() -> None:
    assert feed_of(WatchedSource("A", SourceKind.FEED, "https://a.example")) == "https://a.example"
    assert feed_of(WatchedSource("A", SourceKind.BLUESKY, "@a.example")) == "https://bsky.app/profile/a.example/rss"
    assert feed_of(WatchedSource("A", SourceKind.HACKERNEWS)) is None

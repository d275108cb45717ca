"""Feeds of any site: what breaks feedparser costs one item or is a bad answer."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from notebot.core.model.errors import BadAnswerError
from notebot.core.net.feed_document import FeedDocument, parse_feed_document
from notebot.core.text.xml_repair import repair_xml
from paths import REAL_DATA

ITEM = "<item><title>{}</title><link>/p</link><description>x</description></item>"


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'


def parse(text: str | bytes) -> FeedDocument:
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return parse_feed_document(body, "application/xml", "https://a.example/feed", "The feed")


def titles(text: str | bytes) -> list[str]:
    return [entry.title for entry in parse(text).entries]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A &amp; B", "A & B"),
        ("A & B", "A & B"),
        ("A &nbsp;B", "A \xa0B"),
        ("A\x0bB", "A B"),
        ("A&#11;B", "A B"),
        ("<![CDATA[A & \x01 B]]>", "A &   B"),
    ],
)
def test_a_feed_with_characters_that_xml_forbids_is_read(title: str, expected: str) -> None:
    assert titles(rss(ITEM.format("one"), ITEM.format(title), ITEM.format("three"))) == ["one", expected, "three"]


def test_an_item_that_is_not_well_formed_costs_no_other_item() -> None:
    feed = parse(rss(ITEM.format("one"), ITEM.format("<b>two"), ITEM.format("<p>" * 7_000), ITEM.format("four")))
    assert (feed.entries[0].title, feed.entries[-1].title) == ("one", "four")
    assert (len(feed.entries), feed.damaged) == (3, 1)
    assert feed.entries[0].link == "https://a.example/p"


def test_a_feed_that_ends_early_keeps_the_items_before() -> None:
    whole = rss(ITEM.format("one"), ITEM.format("two"))
    feed = parse(whole[: whole.index("two")])
    assert ([entry.title for entry in feed.entries], feed.damaged) == (["one"], 1)


@pytest.mark.parametrize("dates", ["rfc", "iso", "none"])
def test_of_a_long_malformed_feed_the_newest_items_are_read(dates: str) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)

    def item(number: int) -> str:
        at = start + timedelta(hours=number)
        date = {
            "rfc": f"<pubDate>{format_datetime(at)}</pubDate>",
            "iso": f"<dc:date>{at.isoformat()}</dc:date>",
            "none": "",
        }[dates]
        return ITEM.format(f"n{number}").replace("</item>", f"{date}</item>")

    feed = parse(rss(*map(item, range(700)), "<item><b>").removesuffix("</channel></rss>"))
    names = [entry.title for entry in feed.entries]
    newest_last = dates != "none"
    assert names == [f"n{number}" for number in (range(201, 700) if newest_last else range(500))]
    assert (feed.damaged, feed.left_out) == (1 if newest_last else 0, 201)


def test_a_web_page_and_a_sitemap_are_not_empty_feeds_even_if_they_are_well_formed() -> None:
    for body in ("<html><body><p>x</p></body></html>", "<urlset><url><loc>https://a.example/</loc></url></urlset>"):
        with pytest.raises(BadAnswerError):
            parse(body)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"<?encoding='\xfe'?>", b'<!DOCTYPE a [<!ENTITY b "c">]><rss/>', b"{}"]
)
def test_what_is_not_a_feed_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        parse(body)


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the recorded feeds are not in this checkout")
@pytest.mark.parametrize("name", ["feed_value_error.xml", "feed_unicode_error.xml"])
def test_a_feed_that_breaks_feedparser_is_a_bad_answer(name: str) -> None:
    with pytest.raises(BadAnswerError):
        parse((REAL_DATA / "field" / name).read_bytes())


def test_the_repair_names_the_record_and_leaves_good_xml_alone() -> None:
    good = "<a><![CDATA[&x; & <b>]]>&amp;&#65;&#x1F600;é\t</a>"
    assert repair_xml(good).text == good
    assert repair_xml("<r><id>7</id><t>a&b\x02</t></r>").places == ("the t of 7",)
    assert repair_xml("a<![CDATA[\x02]]>&q<![CDATA[").text == "a<![CDATA[ ]]>&amp;q<![CDATA["


def test_items_keep_their_order_whether_they_are_well_formed_or_not() -> None:
    items = [ITEM.format(f"<b>{number}" if number % 3 == 0 else number) for number in range(30)]
    assert [title.removeprefix("<b>") for title in titles(rss(*items))] == [str(number) for number in range(30)]


def test_a_prefix_without_a_declaration_costs_nothing() -> None:
    item = (
        "<item><title>A</title><link>/p</link><dc:creator>Ada Abel</dc:creator><media:content xlink:href='x'/></item>"
    )
    [entry] = parse(rss(item)).entries
    assert (entry.title, entry.author) == ("A", "Ada Abel")


def test_a_feed_of_malformed_items_only_is_read_up_to_a_number_and_the_rest_is_counted() -> None:
    feed = parse(rss(*(ITEM.format(f"<b>{number}") for number in range(250))))
    assert (len(feed.entries), feed.damaged) == (50, 200)

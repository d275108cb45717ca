"""The strict parser of announcement feeds, with feedparser as its oracle."""

import threading
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.entry import AnnounceType, Entry, FeedAnswer
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http
from notebot.core.net.pace import Pace
from notebot.features.announcements.adapters.arxiv_feed import ArxivFeed, parse_feed
from paths import REAL_DATA
from servers.loopback import Handler, Loopback, answer

RECORDED = REAL_DATA / "arxiv" / "rss"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded feeds are not in this checkout")

FIRST_TIME = Validators()
SAMPLE = Entry(
    arxiv_id="2511.00001",
    version=1,
    announce_type=AnnounceType.NEW,
    announced_on=date(2025, 11, 20),
    title="A Title with $x < y$ & more",
    abstract="We show things.",
    authors=("Ada Lovelace", "Bob Bates Jr"),
    categories=("cs.CL", "cs.LG"),
)


def atom_entry(entry: Entry, day: str | None = None, extra: str = "") -> str:
    when = f"{entry.announced_on}T00:00:00-05:00" if day is None else day
    head = f"arXiv:{entry.arxiv_id}v{entry.version} Announce Type: {entry.announce_type} \nAbstract: "
    terms = "".join(f"<category term={quoteattr(name)}/>" for name in entry.categories)
    return f"""<entry>
    <id>oai:arXiv.org:{entry.arxiv_id}v{entry.version}</id>
    <title>{escape(entry.title)}</title>
    <updated>2025-11-20T05:00:19+00:00</updated>
    <link href="https://arxiv.org/abs/{entry.arxiv_id}" rel="alternate" type="text/html"/>
    <summary>{escape(head + entry.abstract)}</summary>{terms}
    <published>{when}</published>
    <a:announce_type>{entry.announce_type}</a:announce_type>
    <dc:creator>{escape(", ".join(entry.authors))}</dc:creator>{extra}
  </entry>"""


def atom(*entries: str, title: str = "cs.CL updates on arXiv.org") -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:a="http://arxiv.org/schemas/atom"
      xmlns:dc="http://purl.org/dc/elements/1.1/">
  <id>http://rss.arxiv.org/atom/cs.CL</id>
  <title>{title}</title>
  <subtitle>what is new</subtitle>
  {"".join(entries)}
</feed>""".encode()


def rss(item: str) -> bytes:
    return f"""<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom"
     xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
  <title>math.OC updates on arXiv.org</title><link>http://rss.arxiv.org/rss/math.OC</link>
  <pubDate>Fri, 23 Feb 2024 00:00:00 -0500</pubDate>{item}</channel></rss>""".encode()


RSS_ITEM = """<item><title>Old   and
 good</title><link>https://arxiv.org/abs/math/0309136</link>
  <description>arXiv:math/0309136v3 Announce Type: replace-cross
Abstract: Some $\\int$ text.</description>
  <guid isPermaLink="false">oai:arXiv.org:math.GT/0309136v3</guid>
  <category>math.GT</category><category>math.OC</category>
  <pubDate>Fri, 23 Feb 2024 00:00:00 -0500</pubDate>
  <arxiv:announce_type>replace-cross</arxiv:announce_type>
  <arxiv:DOI>10.5802/jep.257</arxiv:DOI>
  <arxiv:journal_reference>J. Things 11 (2024)</arxiv:journal_reference>
  <dc:creator>Antonin Monteil (Univ. A, Inst. B), Paul Pegon</dc:creator></item>"""


def why_refused(body: bytes, category: str = "cs.CL") -> str:
    with pytest.raises(BadAnswerError) as caught:
        parse_feed(body, category)
    sentence = str(caught.value)
    assert sentence.startswith(f"arXiv's feed of {category} ")
    return sentence


def only_entry(body: bytes, category: str = "cs.CL") -> Entry:
    [entry] = parse_feed(body, category).entries
    return entry


def test_all_fields_of_an_atom_entry_are_parsed() -> None:
    extra = "<a:DOI> 10.1/x </a:DOI><a:journal_reference>J 1</a:journal_reference>"
    batch = parse_feed(atom(atom_entry(SAMPLE, extra=extra)), "cs.CL")
    assert batch.category == "cs.CL"
    assert batch.batch_date == date(2025, 11, 20)
    assert batch.entries == (replace(SAMPLE, doi="10.1/x", journal_ref="J 1"),)


def test_all_fields_of_an_rss_item_are_parsed() -> None:
    assert only_entry(rss(RSS_ITEM), "math.OC") == Entry(
        arxiv_id="math/0309136",
        version=3,
        announce_type=AnnounceType.REPLACE_CROSS,
        announced_on=date(2024, 2, 23),
        title="Old and good",
        abstract="Some $\\int$ text.",
        authors=("Antonin Monteil", "Paul Pegon"),
        categories=("math.GT", "math.OC"),
        journal_ref="J. Things 11 (2024)",
        doi="10.5802/jep.257",
    )


def test_an_empty_feed_is_a_batch_without_entries() -> None:
    for body, category in ((atom(), "cs.CL"), (rss(""), "math.OC")):
        batch = parse_feed(body, category)
        assert (batch.entries, batch.batch_date) == ((), None)


def test_the_batch_has_the_day_of_most_entries_in_the_feed_s_own_offset() -> None:
    days = ["2025-11-19T00:00:00-05:00", "2025-11-20T00:00:00-05:00", "2025-11-20T00:00:00-05:00", ""]
    batch = parse_feed(atom(*(atom_entry(SAMPLE, day) for day in days)), "cs.CL")
    assert batch.batch_date == date(2025, 11, 20)
    assert [entry.announced_on.day for entry in batch.entries] == [19, 20, 20, 20]


def test_id_and_announce_type_are_read_from_the_summary_if_their_elements_are_empty() -> None:
    body = atom(atom_entry(SAMPLE)).replace(b"oai:arXiv.org:2511.00001v1", b"tag:2511.00001")
    bare = body.replace(b"<a:announce_type>new</a:announce_type>", b"")
    assert only_entry(bare) == SAMPLE


@pytest.mark.parametrize(
    ("creators", "authors"),
    [
        ("Fan Zhou (Univ. A, Inst. B), Bob Bates Jr", ("Fan Zhou", "Bob Bates Jr")),
        ("A. One (1), B. Two (2) ((1) X, Y, (2) Z)", ("A. One", "B. Two")),
        ("A. One (never closed, B. Two", ("A. One (never closed", "B. Two")),
        (":, The Collaboration,  , 王 小明, 1", ("The Collaboration", "王 小明")),
        ("Ratna Kandala,\n  Deepti", ("Ratna Kandala", "Deepti")),
        ("", ()),
    ],
)
def test_authors_are_split_outside_parentheses(creators: str, authors: tuple[str, ...]) -> None:
    body = atom(atom_entry(replace(SAMPLE, authors=(creators,))))
    assert only_entry(body).authors == authors


def test_authors_may_have_elements_of_their_own() -> None:
    names = "".join(f"<author><name>{name}</name></author>" for name in ("Ada Lovelace", "Bob Bates Jr"))
    body = atom(atom_entry(SAMPLE, extra=names))
    assert only_entry(body.replace(b"dc:creator", b"dc:other")).authors == SAMPLE.authors


def test_markup_inside_a_title_is_left_out_but_its_text_is_kept() -> None:
    body = atom(atom_entry(SAMPLE)).replace(b"A Title", b"A <b>bold</b> Title")
    assert only_entry(body).title == "A bold Title with $x < y$ & more"


def test_an_abstract_that_mentions_abstracts_is_kept_whole() -> None:
    entry = replace(SAMPLE, abstract="Abstract: an Announce Type: new kind of arXiv:2401.00001")
    assert only_entry(atom(atom_entry(entry))).abstract == entry.abstract


@pytest.mark.parametrize("cut", [20, 100, 300, 700, -8, -1])
def test_a_truncated_feed_is_refused(cut: int) -> None:
    whole = atom(atom_entry(SAMPLE), atom_entry(SAMPLE))
    assert "truncated or not well-formed" in why_refused(whole[:cut])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!DOCTYPE html><html></html>", "HTML page"),
        (b"<html><body>busy</body></html>", "HTML page"),
        (b"busy", "not well-formed"),
        (b"<opml/>", "not a feed"),
        (b"<feed/>", "not a feed"),
        (
            atom().replace(b"arxiv.org/atom", b"x").replace(b"arXiv.org", b"y"),
            "does not say that it is arXiv's",
        ),
        (atom(title="Feed error for query: cs.XX").replace(b"what is new", b"Bad archive"), "Bad archive"),
        (atom(title="cs.LG updates on arXiv.org"), "another category: cs.LG"),
        (atom(title="cs.LG, cs.AI updates on arXiv.org"), "another category"),
        (atom(atom_entry(SAMPLE)).replace(b"2511.00001v1", b"2511.1"), "without an arXiv id"),
        (atom(atom_entry(replace(SAMPLE, title=" "))), "no title for 2511.00001"),
        (atom(atom_entry(SAMPLE)).replace(b"announce_type>new", b"announce_type>late"), "'late'"),
        (atom(atom_entry(SAMPLE)).replace(b"a:announce", b"a:x").replace(b"Announce", b"x"), "None"),
        (atom(atom_entry(SAMPLE, day="soon")), "no readable date"),
        (atom(atom_entry(SAMPLE, day="")), "no readable date in any entry"),
        (atom().decode().replace("UTF-8", "UTF-16").encode("utf-16"), "encoding"),
        (atom().replace(b"UTF-8", b"cp037"), "encoding"),
        (b'<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aaaa">]>' + atom().split(b"?>")[1], "entities"),
    ],
)
def test_anything_but_a_whole_arxiv_feed_of_the_category_is_refused(body: bytes, reason: str) -> None:
    assert reason in why_refused(body)


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("CS.CL updates on arXiv.org", "cs.cl"),
        ("cs.LG, cs.CL updates on arXiv.org", "cs.CL"),
        ("cs.NA updates on arXiv.org", "math.NA"),
        ("math-ph updates on arXiv.org", "math.MP"),
        ("Computation and Language updates on arXiv.org", "cs.CL"),
        ("what arXiv.org announced", "cs.CL"),
        ("cs.CL, cs.LG updates on arXiv.org", "cs.CL+cs.LG"),
    ],
)
def test_a_feed_that_may_be_the_one_asked_for_is_accepted(title: str, category: str) -> None:
    assert len(parse_feed(atom(atom_entry(SAMPLE), title=title), category).entries) == 1


def test_a_byte_order_mark_is_accepted() -> None:
    assert only_entry(b"\xef\xbb\xbf" + atom(atom_entry(SAMPLE))) == SAMPLE


text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), min_size=1)
words = text.map(str.split).map(" ".join).filter(bool)
author = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1)
entries = st.builds(
    Entry,
    arxiv_id=st.from_regex(r"[0-9]{4}\.[0-9]{5}", fullmatch=True).filter(str.isascii),
    version=st.integers(1, 99),
    announce_type=st.sampled_from(AnnounceType),
    announced_on=st.just(date(2025, 11, 20)),
    title=words,
    abstract=words,
    authors=st.lists(author, max_size=3).map(tuple),
    categories=st.lists(st.sampled_from(["cs.CL", "math-ph", "I.2.7"]), max_size=3).map(tuple),
)


@given(st.lists(entries, max_size=3))
def test_written_entries_round_trip(written: list[Entry]) -> None:
    assert list(parse_feed(atom(*map(atom_entry, written)), "cs.CL").entries) == written


def seen_by_oracle(body: bytes) -> list[tuple[str, str, str, list[str], str]]:
    """Feedparser's result without its HTML clean-up, because arXiv's text is not HTML."""
    parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    return [
        (
            entry.id.removeprefix("oai:arXiv.org:"),
            " ".join(entry.title.split()),
            " ".join(entry.summary.split()).partition("Abstract: ")[2],
            [tag.term for tag in entry.get("tags", [])],
            entry.arxiv_announce_type,
        )
        for entry in parsed.entries
    ]


def seen_by_us(body: bytes, category: str) -> list[tuple[str, str, str, list[str], str]]:
    return [
        (f"{e.arxiv_id}v{e.version}", e.title, e.abstract, list(e.categories), str(e.announce_type))
        for e in parse_feed(body, category).entries
    ]


def test_feedparser_reads_the_same_of_a_generated_feed() -> None:
    changed_entry = replace(SAMPLE, abstract="If $p < 0.05$ & <b>so on</b>, naïve “quotes” hold.")
    body = atom(atom_entry(SAMPLE), atom_entry(changed_entry)).replace(b"a:announce", b"arxiv:announce")
    body = body.replace(b"xmlns:a=", b"xmlns:arxiv=")
    assert seen_by_us(body, "cs.CL") == seen_by_oracle(body)


@recorded
@pytest.mark.parametrize(
    ("name", "category", "count"),
    [
        ("atom_cs.AI_2025-08-20.xml", "cs.AI", 7),
        ("docs_rss_spec_item.xml", "math.OC", 1),
        ("rss_cs.AI_2026-04-27.xml", "cs.AI", 3),
        ("rss_cs.CL_2026-04-27.xml", "cs.CL", 3),
        ("rss_cs.LG_2026-04-27.xml", "cs.LG", 3),
        ("rss_multi_2026-09-24.xml", "stat.ML", 4),
    ],
)
def test_feedparser_reads_the_same_of_a_recorded_feed(name: str, category: str, count: int) -> None:
    body = (RECORDED / name).read_bytes()
    ours = seen_by_us(body, category)
    assert len(ours) == count
    assert ours == seen_by_oracle(body)


def retrieve(
    tmp_path: Path, *script: Handler, validators: Validators = FIRST_TIME, retry_s: float = 0.0
) -> tuple[FeedAnswer, Loopback]:
    stop = threading.Event()
    http = Http("notebot/9 (+mailto:curator@example.org)", 5.0, retry_s, stop)
    with Loopback(list(script)) as server:
        feed = ArxivFeed(http, f"{server.url}/", Pace(tmp_path / "arxiv.lock", 0.0, False, stop))
        return feed.retrieve("cs.CL", validators), server


def test_a_feed_is_retrieved_with_its_validators(tmp_path: Path) -> None:
    got, server = retrieve(tmp_path, answer(atom(atom_entry(SAMPLE)), ETag='"a"', Last_Modified="today"))
    assert got.batch is not None
    assert got.batch.entries == (SAMPLE,)
    assert got.validators == Validators('"a"', "today")
    assert server.asked[0].path == "/atom/cs.CL"


def test_an_unchanged_feed_has_no_batch_and_keeps_its_validators(tmp_path: Path) -> None:
    known = Validators('"a"')
    got, server = retrieve(tmp_path, answer(status=304, kind=None), validators=known)
    assert got == FeedAnswer(None, known)
    assert server.asked[0].headers["if-none-match"] == '"a"'


def test_a_truncated_feed_is_requested_again(tmp_path: Path) -> None:
    whole = atom(atom_entry(SAMPLE))
    got, server = retrieve(tmp_path, answer(whole[:-20]), answer(whole), retry_s=20.0)
    assert got.batch is not None
    assert len(server.asked) == 2


def test_a_feed_that_stays_broken_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadAnswerError, match="truncated"):
        retrieve(tmp_path, answer(atom()[:-20]))


@pytest.mark.parametrize("day", ["Mon, 16 Nov 99999999999999999999 00:00:00 -0500", "99999-01-01", "soon"])
def test_an_unreadable_date_costs_its_entry_only_the_date(day: str, caplog: pytest.LogCaptureFixture) -> None:
    other = replace(SAMPLE, arxiv_id="2605.00009")
    batch = parse_feed(atom(atom_entry(SAMPLE), atom_entry(other, day=day)), "cs.CL")
    assert batch.entries == (SAMPLE, other)
    assert "no readable date for 2605.00009" in caplog.text


def test_a_control_character_costs_no_other_entry(caplog: pytest.LogCaptureFixture) -> None:
    other = replace(SAMPLE, arxiv_id="2605.00009", title="A MARK title")
    body = atom(atom_entry(SAMPLE), atom_entry(other)).replace(b"MARK", b"\x0b&eacute; R&D \xff")
    batch = parse_feed(body, "cs.CL")
    assert batch.entries == (SAMPLE, replace(other, title="A é R&D \ufffd title"))
    assert "left out of the title of oai:arXiv.org:2605.00009v" in caplog.text

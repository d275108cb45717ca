"""Pages read as they come: every kind of tags, charsets, PDFs, hostile ones, and through the guard from a server."""

import json
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.article import Article, FactSource, Media
from notebot.core.model.errors import BadAnswerError, NotFoundError, RefusedError, UnavailableError
from notebot.core.model.partial_date import PartialDate
from notebot.core.net.guard import Guard, GuardError
from notebot.features.intake.adapters.html_tokens import EndTag, StartTag, Text, Unclosed, tokenise_html
from notebot.features.intake.adapters.web_page import WebPages, read_html_page
from notebot.features.intake.adapters.web_page.charset import decode_page
from notebot.features.intake.adapters.web_page.media_tags import classify_media
from notebot.features.intake.adapters.web_page.oembed_and_feed import (
    OEMBED_ENDPOINTS,
    known_oembed_urls,
    read_feed,
    read_oembed,
)
from notebot.features.intake.adapters.web_page.pdf_metadata import read_pdf_metadata
from servers.loopback import Handler, Loopback, answer

URL = "https://site.example/posts/1"
DAY = PartialDate(2025, 7, 8)


def read(html: str, url: str = URL) -> Article:
    return read_html_page(html.encode(), "text/html; charset=utf-8", url).to_parsed_page().article


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


BLOG_POST = {
    "@context": "https://schema.org",
    "@type": "BlogPosting",
    "headline": "What a Small Model Remembers &amp; Forgets",
    "author": [{"@type": "Person", "name": "Ada Lovelace"}, {"@type": "Person", "name": "Emmy Noether"}],
    "publisher": {"@type": "Organization", "name": "OpenLab"},
    "datePublished": "2025-07-08T23:30:00-07:00",
    "dateModified": "2026-01-01",
    "inLanguage": "en",
    "description": "A study.",
}


def test_json_ld_tells_everything() -> None:
    article = read(ld(BLOG_POST))
    assert article.title == "What a Small Model Remembers & Forgets"
    assert article.authors == ("Ada Lovelace", "Emmy Noether")
    assert (article.company, article.language, article.description) == ("OpenLab", "en", "A study.")
    assert article.published_on == DAY
    assert (article.media, article.media_sure) == (Media.BLOG, True)
    assert set(article.evidence.values()) == {FactSource.JSON_LD}


def test_json_ld_in_a_graph_names_people_by_reference() -> None:
    graph = {
        "@graph": [
            {"@type": "WebSite", "name": "The Site", "@id": "#site"},
            {"@type": ["Article"], "headline": "T", "author": {"@id": "#ada"}, "publisher": {"@id": "#org"}},
            {"@type": "Person", "@id": "#ada", "name": "Ada Lovelace"},
            {"@type": "Organization", "@id": "#org", "name": "OpenLab"},
        ]
    }
    article = read(ld(graph))
    assert (article.title, article.authors, article.company) == ("T", ("Ada Lovelace",), "OpenLab")


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Lovelace", ("Ada Lovelace",)),
        (["Ada Lovelace", {"name": "Emmy Noether"}], ("Ada Lovelace", "Emmy Noether")),
        ({"@type": "Organization", "name": "OpenLab"}, ("OpenLab",)),
        ({"@value": "x"}, ()),
        ([[["deep"]]], ()),
        ({"name": 7}, ()),
        (None, ()),
    ],
)
def test_authors_of_json_ld_come_in_many_forms(author: object, names: tuple[str, ...]) -> None:
    assert read(ld({"@type": "Article", "headline": "T", "author": author})).authors == names


def test_of_several_articles_the_page_s_own_is_taken_or_none() -> None:
    others = [{"@type": "Article", "headline": f"Other {number}"} for number in range(3)]
    own = {"@type": "Article", "headline": "Own", "mainEntityOfPage": {"@id": URL + "/"}}
    assert read(ld([*others, own])).title == "Own"
    assert read(ld(others) + "<title>List</title>").title == "List"


def test_an_article_that_says_nothing_is_none() -> None:
    assert read(ld({"@type": "Organization", "name": "OpenLab"}, {"@type": "Article"})).title is None


@pytest.mark.parametrize(
    "script",
    [
        "{", "[" * 100_000, '{"@type":"Article","headline":' + "9" * 5_000 + "}", '{"@type":{}}', "7", "null", '"x"',
        '{"@type":"Article","headline":["a"],"datePublished":{"x":1},"author":[[]],"publisher":[]}', '{"@graph":{}}',
        '{"@id":[],"@type":"Article","url":"javascript:x"}', '{"@type":["Article",7],"url":"http://[::1"}',
    ],
)  # fmt: skip
def test_broken_json_ld_is_passed_over(script: str) -> None:
    page = f'<script type="application/ld+json">{script}</script><title>Seen</title>'
    assert read(page).title in ("Seen", "a")


def test_opengraph_tells_what_json_ld_does_not() -> None:
    article = read(
        '<html lang="ja"><meta property="og:title" content="小さなモデル | 技術ブログ">'
        '<meta property="og:site_name" content="技術ブログ"><meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2025-07-08T10:00:00+09:00">'
        '<meta property="article:author" content="https://social.example/ada">'
        '<meta property="article:author" content="Ada"><meta property="og:description" content="概要です。">'
    )
    assert (article.title, article.site, article.authors) == ("小さなモデル", "技術ブログ", ("Ada",))
    assert (article.published_on, article.language, article.description) == (DAY, "ja", "概要です。")
    assert (article.media, article.media_sure) == (Media.BLOG, False)
    assert article.evidence["title"] is FactSource.OPENGRAPH


def test_meta_tags_tell_the_rest() -> None:
    article = read(
        "<meta name=author content='Ada Lovelace'><META NAME=DC.Date CONTENT=2025-07-08>"
        "<meta name=description content='A study.'><meta name=twitter:title content=T>"
    )
    assert (article.title, article.authors, article.published_on) == ("T", ("Ada Lovelace",), DAY)
    assert set(article.evidence.values()) == {FactSource.META}


def test_what_a_reader_sees_comes_last() -> None:
    article = read(
        "<html lang=en><title> A &lt;Title&gt;\n of ours </title><a rel='author' href=/ada>Ada <b>Lovelace</b></a>"
        "<time datetime=2025-07-08 itemprop=datePublished>yesterday</time><time datetime=2026-01-01>now</time>"
    )
    assert (article.title, article.authors) == ("A <Title> of ours", ("Ada Lovelace",))
    assert (article.published_on, article.language) == (DAY, "en")
    assert set(article.evidence.values()) == {FactSource.VISIBLE}


@pytest.mark.parametrize(
    ("times", "on"),
    [
        ("<time datetime=2025-07-08>x</time>", DAY),
        ("<time datetime=2025-07-08>x</time><time datetime=2025-07-08T10:00>x</time>", DAY),
        ("<time datetime=2025-07-08>x</time><time datetime=2024-01-01>x</time>", None),
        ("<time>8 July 2025</time>", None),
        ("<time datetime=2025-07-08 class=entry-modified>x</time>", None),
        ("<time datetime=2025-07-08 pubdate>x</time><time datetime=2024-01-01>comment</time>", DAY),
        ("<time datetime=soon pubdate>x</time>", None),
    ],
)
def test_a_visible_time_counts_only_where_it_cannot_be_another_s(times: str, on: PartialDate | None) -> None:
    assert read(times).published_on == on


def test_a_bare_page_leaves_author_and_date_open() -> None:
    article = read("<h1>Hello</h1><p>Written by nobody in 2025.</p>")
    assert article == Article(URL)


def test_the_first_title_counts_and_none_of_a_picture() -> None:
    assert read("<title>A</title><svg><title>Logo</title></svg>").title == "A"


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("<link rel=canonical href=/clean>", "https://site.example/clean"),
        ('<meta property="og:url" content="https://site.example/graph">', "https://site.example/graph"),
        ("<link rel=canonical href=https://evil.example/x>", URL),
        ("<link rel=canonical href='http://[bad'>", URL),
        ("", URL),
    ],
)
def test_the_canonical_address_is_the_page_s_own(head: str, url: str) -> None:
    assert read(head, URL + "?utm_source=feed#top").url == url


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("論文".encode("cp932"), "text/html; charset=Shift_JIS", "論文"),
        ('<meta charset="euc-jp">論文'.encode("euc_jp"), "text/html", "論文"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">' + "①".encode("cp932"), "", "①"),
        ('<?xml version="1.0" encoding="euc-jp"?>論文'.encode("euc_jp"), "", "論文"),
        ("論文".encode("utf-8-sig"), "text/html; charset=shift_jis", "論文"),
        ("\ufeff論文".encode("utf-16-le"), "", "論文"),
        ("\ufeff論文".encode("utf-16-be"), "", "論文"),
        ("論文".encode(), "text/html; charset=no-such-thing", "論文"),
        ("論文".encode(), "", "論文"),
        (b"caf\xe9", "text/html; charset=ISO-8859-1", "café"),
        (b"\x93x\x94", "text/html; charset=latin1", "“x”"),
        (b"caf\xe9", "", "caf\ufffd"),
        (b"x", 'text/html; charset="idna"', "x"),
        (b"+AGE-", "text/html; charset=utf-7", "+AGE-"),
        (b'<meta charset="shift_jis">' + "ことば".encode("cp932"), "text/html; charset=utf-8", "ことば"),
        ("やさしいことば".encode("euc_jp"), "text/html", "やさしいことば"),
        ("やさしいことば".encode("cp932"), "text/html; charset=utf-8", "やさしいことば"),
        ("ことば".encode()[:-1], "text/html; charset=utf-8", "こと\ufffd"),
    ],
)
def test_charsets_are_read_by_mark_header_and_page(body: bytes, content_type: str, text: str) -> None:
    assert decode_page(body, content_type).endswith(text)


def test_tags_are_told_as_browsers_tell_them() -> None:
    page = (
        "<!doctype html><!-- <b> --><P Class='a b' id=x hidden data-x=\"1>2\">t &amp; u<br/></p><script>a<b</script >z"
    )
    assert list(tokenise_html(page)) == [
        StartTag("p", {"class": "a b", "id": "x", "hidden": "", "data-x": "1>2"}),
        Text("t & u"),
        StartTag("br"),
        EndTag("p"),
        StartTag("script", {}, "a<b"),
        EndTag("script"),
        Text("z"),
    ]


@pytest.mark.parametrize("rest", ["<!-- never", "<a href='x", "<a href", "</a", "<!x", "<![foo["])
def test_a_tag_that_never_closes_takes_the_rest_of_the_page(rest: str) -> None:
    assert list(tokenise_html("t" + rest)) == [Text("t"), Unclosed(rest)]


@pytest.mark.parametrize("text", ["<", "a < b", "1<2"])
def test_a_less_than_sign_that_starts_no_tag_is_text(text: str) -> None:
    assert "".join(token.text for token in tokenise_html(text) if isinstance(token, Text)) == text


def test_an_empty_attribute_and_an_unclosed_script_are_read() -> None:
    assert list(tokenise_html("<a b=>")) == [StartTag("a", {"b": ""})]
    assert list(tokenise_html("<script>x")) == [StartTag("script", {}, "x")]


def test_a_reference_with_a_number_too_long_stays() -> None:
    long = "&#" + "9" * 5_000 + ";"
    assert list(tokenise_html(long)) == [Text(long)]


@given(st.text(alphabet="<>/!-=\"' abtitlescr&#9;\n", max_size=200))
def test_any_page_is_read(page: str) -> None:
    read(f"<title>{page}</title>{page}")
    read(page)


HOSTILE = [
    "<", "<a ", '<a href="', "<!--", "<script type=application/ld+json>[", "<title>", "</", "<a b='",
    "<meta name=author content=x>", "<div class=abstract>", "&#99999999", "<a a=b a=b>", "<a>arXiv</a>", "<p =\"",
    "<link rel=canonical href=http://x.example/>", "<script>", "</script", "\n  ", "<x/<x/",
    "<a =  ", "<time datetime=2025>", "<![foo[", "<div>", "\0",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_page_takes_time_by_its_length_alone(unit: str) -> None:
    began = time.perf_counter()
    read(unit * (400_000 // len(unit)))
    assert time.perf_counter() - began < 5


def test_a_page_is_read_no_further_than_is_useful() -> None:
    assert read("x" * 2_100_000 + "<title>far</title>").title is None


@pytest.mark.parametrize(
    ("url", "types", "og_type", "media", "sure"),
    [
        ("https://zenn.dev/a/articles/b", (), "", Media.BLOG, True),
        ("https://someone.substack.com/p/x", (), "", Media.BLOG, True),
        ("https://tech-blog.example.com/x", (), "", Media.BLOG, True),
        ("https://company.example/blog/x", (), "", Media.BLOG, True),
        ("https://company.example/index/x", (), "article", Media.BLOG, False),
        ("https://company.example/index/x", ("NewsArticle",), "", Media.BLOG, False),
        ("https://company.example/index/x", ("BlogPosting",), "", Media.BLOG, True),
        ("https://github.com/a/b", (), "object", Media.REPOSITORY, True),
        ("https://speakerdeck.com/a/b", (), "", Media.SLIDE, True),
        ("https://www.youtube.com/watch?v=1", (), "", Media.VIDEO, True),
        ("https://company.example/product", (), "website", None, False),
        ("https://github.company.example/a", (), "", None, False),
    ],
)
def test_the_media_tag_follows_host_type_and_path(
    url: str, types: tuple[str, ...], og_type: str, media: Media | None, sure: bool
) -> None:
    assert classify_media(url, frozenset(types), og_type) == (media, sure)


def test_oembed_tells_title_and_author() -> None:
    found = read_oembed(b'{"title":"Slides","author_name":"Ada","provider_name":"Decks","html":"<b>"}')
    assert found is not None
    assert (found.title, found.authors, found.site) == ("Slides", ("Ada",), "Decks")
    assert [read_oembed(body) for body in (b"[]", b"{", b"<html>", b"[" * 90_000)] == [None] * 4
    slides = known_oembed_urls("https://speakerdeck.com/a/b?x=1", OEMBED_ENDPOINTS)
    assert slides == ("https://speakerdeck.com/oembed.json?url=https%3A%2F%2Fspeakerdeck.com%2Fa%2Fb%3Fx%3D1",)
    assert known_oembed_urls(URL, OEMBED_ENDPOINTS) == ()


FEED = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>The Site</title>
<entry><title>Other</title><link href="https://site.example/posts/2"/><author><name>X</name></author></entry>
<entry><title>T</title><link href="{URL}?utm_source=rss"/><author><name>Ada Lovelace</name></author>
<published>2025-07-08T10:00:00Z</published></entry></feed>"""


def test_a_feed_tells_of_the_page_among_its_entries() -> None:
    found = read_feed(FEED.encode(), URL)
    assert found is not None
    assert (found.title, found.authors, found.site, found.published_on) == ("T", ("Ada Lovelace",), "The Site", DAY)
    assert read_feed(FEED.encode(), "https://site.example/posts/3") is None
    bomb = FEED.replace("<feed", '<!DOCTYPE x [<!ENTITY a "b">]><feed', 1)
    assert [read_feed(body, URL) for body in (bomb.encode(), b"<html>", b"", b"\xff\xfe")] == [None] * 4


def pdf(info: bytes = b"", xmp: str = "", stream: bool = False) -> bytes:
    """A PDF as far as its metadata go."""
    obj = b"5 0 obj\n<<" + info + b">>\nendobj\n"
    if stream:
        inner = b"5 0 " + b"<<" + info + b">>"
        packed = zlib.compress(inner)
        obj = (
            b"9 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\n"
            + packed
            + b"\nendstream\nendobj\n"
        )
    packet = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{xmp}</x:xmpmeta>".encode() if xmp else b""
    return b"%PDF-1.5\n" + obj + packet + b"trailer\n<< /Root 1 0 R /Info 5 0 R >>\n%%EOF\n"


XMP = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"><rdf:Description xmp:CreateDate="2025-07-08T01:02:03Z">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">From XMP</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li><rdf:li>Emmy Noether</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF>"""
INFO = rb"/Title (A \(small\) Proof\056) /Author (Ada Lovelace and Emmy Noether) /CreationDate (D:20250708104500Z)"


@pytest.mark.parametrize("stream", [False, True])
def test_the_info_dictionary_tells_title_authors_and_date(stream: bool) -> None:
    found = read_pdf_metadata(pdf(INFO, stream=stream))
    assert (found.title, found.authors) == ("A (small) Proof.", ("Ada Lovelace", "Emmy Noether"))
    assert found.published_on == DAY


def test_xmp_is_believed_first() -> None:
    found = read_pdf_metadata(pdf(INFO, XMP))
    assert (found.title, found.authors, found.published_on) == ("From XMP", ("Ada Lovelace", "Emmy Noether"), DAY)


@pytest.mark.parametrize(
    ("info", "title"),
    [
        (b"/Title <FEFF8AD66587>", "論文"),
        (b"/Title (\xfe\xff\x8a\xd6\x65\x87)", "論文"),
        (b"/Title (\xef\xbb\xbf" + "論文".encode() + b")", "論文"),
        (b"/Title (\x8dx\x8e \x84 caf\xe9)", "“x” — café"),
        (rb"/Title (a\
b\tc\d)", "ab\tcd"),
        (b"/Title <41 4>", "A@"),
        (b"/Title (Microsoft Word - draft3.docx)", ""),
        (b"/Title (paper_final.tex)", ""),
        (b"/Title (untitled)", ""),
        (b"/Title (PowerPoint Presentation)", ""),
        (b"/Title 7 0 R", ""),
        (b"/Title (never closed", "never closed>>\n"),
        (b"", ""),
    ],
)  # fmt: skip
def test_strings_of_a_pdf_are_decoded(info: bytes, title: str) -> None:
    assert read_pdf_metadata(pdf(info)).title.strip() == title.strip()


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Lovelace, Emmy Noether", ("Ada Lovelace", "Emmy Noether")),
        ("Ada Lovelace ; Emmy Noether", ("Ada Lovelace", "Emmy Noether")),
        ("Lovelace, Ada", ("Lovelace, Ada",)),
        ("Administrator", ()),
        ("", ()),
    ],
)
def test_authors_of_a_pdf_are_told_apart(author: str, names: tuple[str, ...]) -> None:
    assert read_pdf_metadata(pdf(f"/Author ({author})".encode())).authors == names


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.4", b"", pdf(INFO).replace(b"trailer", b"/Encrypt 3 0 R trailer"),
        pdf(INFO).replace(b"5 0 obj", b"6 0 obj"),
        pdf(INFO, stream=True).replace(b"stream\n", b"stream\nxx"), pdf(INFO, stream=True).replace(b"/First 4", b""),
        pdf(b"", "<!ENTITY a 'b'>&a;"), pdf(b"", "<broken"), pdf(b"/CreationDate (yesterday)"),
        b"%PDF <x:xmpmeta" + b"x" * 300_000,
    ],
)  # fmt: skip
def test_what_a_pdf_does_not_tell_stays_open(body: bytes) -> None:
    found = read_pdf_metadata(body)
    assert (found.title, found.authors, found.published_on) == ("", (), None)


@pytest.mark.parametrize("unit", [b"/Info 1 0 R ", b"1 0 obj ", b"/Type /ObjStm stream\n", b"<x:xmpmeta", b"<<", b"("])
def test_a_hostile_pdf_takes_time_by_its_length_alone(unit: bytes) -> None:
    began = time.perf_counter()
    read_pdf_metadata(b"%PDF " + unit * (2_000_000 // len(unit)) + b"/Info 1 0 R 1 0 obj /Title ((((")
    assert time.perf_counter() - began < 5


def by_path(pages: dict[str, Handler]) -> Handler:
    """Serves pages by their path; no ``robots.txt`` unless there is one among them."""
    nothing = answer(status=404, kind=None)

    def handle(request: BaseHTTPRequestHandler) -> None:
        pages.get(request.path, nothing)(request)

    return handle


def source(max_bytes: int = 100_000, allow_loopback: bool = True, oembed: str | None = None) -> WebPages:
    guard = Guard("notebot/9 (+mailto:c@example.org)", 5.0, threading.Event(), allow_loopback=allow_loopback)
    return WebPages(guard, max_bytes, {"127.0.0.1": oembed} if oembed else {})


def page(html: str) -> Handler:
    return answer(html, kind="text/html; charset=utf-8")


def test_a_page_is_fetched_through_the_guard_and_read() -> None:
    with Loopback([by_path({"/a": page(ld(BLOG_POST))})]) as server:
        found = source().read(f"{server.url}/a")
        assert (found.article.url, found.article.published_on, found.paper) == (f"{server.url}/a", DAY, None)
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/a"]


@pytest.mark.parametrize("site", ["https://arxiv.org", "http://export.arxiv.org"])
def test_a_page_that_leads_to_arxiv_is_its_paper_and_arxiv_is_not_asked(site: str) -> None:
    away = answer(status=302, kind=None, Location=f"{site}/pdf/2605.00001v2.pdf")
    with Loopback([by_path({"/a": away})]) as server:
        paper = source().read(f"{server.url}/a").paper
        assert paper is not None
        assert (paper.arxiv_id, paper.arxiv_sure) == ("2605.00001", True)
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/a"]


def test_a_page_that_leads_to_no_paper_of_arxiv_is_refused() -> None:
    away = answer(status=302, kind=None, Location="https://arxiv.org/list/cs.CL/new")
    with Loopback([by_path({"/a": away})]) as server, pytest.raises(GuardError, match="rule arxiv"):
        source().read(f"{server.url}/a")


def test_what_the_page_lacks_its_oembed_and_feed_tell() -> None:
    head = (
        "<title>T</title><link rel=alternate type=application/json+oembed href=/oembed>"
        "<link rel=alternate type=application/atom+xml href=/feed>"
    )
    with Loopback([]) as server:
        feed = FEED.replace("https://site.example", server.url)
        oembed = answer('{"title":"Other","author_name":"Ada"}', kind="application/json")
        pages = {"/posts/1": page(head), "/oembed": oembed, "/feed": answer(feed, kind="application/atom+xml")}
        server.script.append(by_path(pages))
        article = source().read(f"{server.url}/posts/1").article
    assert (article.title, article.authors, article.published_on) == ("Other", ("Ada",), DAY)
    assert article.evidence["authors"] is FactSource.OEMBED
    assert article.evidence["published_on"] is FactSource.FEED


def test_a_further_source_that_fails_leaves_open_what_it_would_have_told() -> None:
    head = "<title>T</title><link rel=alternate type=application/rss+xml href=/feed>"
    with Loopback([by_path({"/a": page(head), "/feed": answer(status=500, kind=None)})]) as server:
        article = source().read(f"{server.url}/a").article
    assert (article.title, article.authors, article.published_on) == ("T", (), None)


@pytest.mark.parametrize("handler", [page("<p>No title, no author.</p>"), answer(status=403, kind=None)])
def test_a_site_that_is_known_for_its_oembed_is_asked_for_that(handler: Handler) -> None:
    oembed = answer('{"title":"Slides","author_name":"Ada"}', kind="application/json")
    with Loopback([]) as server:
        server.script.append(by_path({"/a": handler, "/o?u=" + quote(f"{server.url}/a", safe=""): oembed}))
        article = source(oembed=f"{server.url}/o?u={{url}}").read(f"{server.url}/a").article
    assert (article.title, article.authors) == ("Slides", ("Ada",))


def test_a_paper_s_page_is_asked_once() -> None:
    head = "<meta name=citation_title content=T><link rel=alternate type=application/rss+xml href=/feed>"
    with Loopback([by_path({"/a": page(head)})]) as server:
        found = source().read(f"{server.url}/a")
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/a"]
    assert (found.article.title, found.paper is not None) == ("T", True)


def test_a_site_whose_oembed_fails_too_is_closed() -> None:
    with Loopback([by_path({"/a": answer(status=403, kind=None)})]) as server, pytest.raises(RefusedError):
        source(oembed=f"{server.url}/o?u={{url}}").read(f"{server.url}/a")


def test_a_pdf_is_read_by_its_metadata() -> None:
    with Loopback([by_path({"/a.pdf": answer(pdf(INFO), kind="application/pdf")})]) as server:
        article = source().read(f"{server.url}/a.pdf").article
    assert (article.title, article.authors, article.published_on) == (
        "A (small) Proof.",
        ("Ada Lovelace", "Emmy Noether"),
        DAY,
    )
    assert (article.evidence["title"], article.media) == (FactSource.PDF, None)


def test_a_page_that_sends_us_to_log_in_is_refused() -> None:
    pages = {
        "/a": answer(status=302, kind=None, Location="/login?next=/a"),
        "/login?next=/a": page("<title>Sign in</title>"),
    }
    with Loopback([by_path(pages)]) as server, pytest.raises(RefusedError, match="logged in"):
        source().read(f"{server.url}/a")


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer(status=404, kind=None), NotFoundError),
        (answer(status=403, kind=None), RefusedError),
        (answer(status=503, kind=None), UnavailableError),
        (answer("{}", kind="application/json"), GuardError),
        (answer("plain words", kind="text/html"), BadAnswerError),
        (answer("x" * 200_000, kind="text/html"), GuardError),
        (answer("", kind="text/html"), BadAnswerError),
    ],
)
def test_what_is_no_page_is_an_error(handler: Handler, error: type[Exception]) -> None:
    with Loopback([by_path({"/a": handler})]) as server, pytest.raises(error):
        source().read(f"{server.url}/a")


def test_this_machine_is_not_asked_unless_a_test_allows_it() -> None:
    with pytest.raises(GuardError, match="loopback"):
        source(allow_loopback=False).read("http://127.0.0.1/a")

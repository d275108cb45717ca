"""Web pages: every kind of tags, charsets, PDFs, hostile pages, and pages fetched through the guard from a server."""

import json
import threading
import zlib
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.core.model.article import Article, FactSource, Media
from notebot.core.model.errors import BadAnswerError, NotFoundError, RefusedError, UnavailableError
from notebot.core.model.partial_date import PartialDate
from notebot.core.net.guard import Guard, GuardError
from notebot.core.text.charset import decode_page
from notebot.features.intake.adapters.web_page import WebPages, read_html_page
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


def test_json_ld_states_all_facts() -> None:
    article = read(ld(BLOG_POST))
    assert article.title == "What a Small Model Remembers & Forgets"
    assert article.authors == ("Ada Lovelace", "Emmy Noether")
    assert (article.company, article.language, article.description) == ("OpenLab", "en", "A study.")
    assert article.published_on == DAY
    assert (article.media, article.media_sure) == (Media.BLOG, True)
    assert set(article.evidence.values()) == {FactSource.JSON_LD}


def test_json_ld_references_in_a_graph_are_resolved() -> None:
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
def test_authors_in_json_ld_may_have_many_forms(author: object, names: tuple[str, ...]) -> None:
    assert read(ld({"@type": "Article", "headline": "T", "author": author})).authors == names


def test_of_several_json_ld_articles_only_the_page_s_own_counts() -> None:
    others = [{"@type": "Article", "headline": f"Other {number}"} for number in range(3)]
    own = {"@type": "Article", "headline": "Own", "mainEntityOfPage": {"@id": URL + "/"}}
    assert read(ld([*others, own])).title == "Own"
    assert read(ld(others) + "<title>List</title>").title == "List"


def test_an_empty_json_ld_article_is_ignored() -> None:
    assert read(ld({"@type": "Organization", "name": "OpenLab"}, {"@type": "Article"})).title is None


@pytest.mark.parametrize(
    "script",
    [
        "{", "[" * 100_000, '{"@type":"Article","headline":' + "9" * 5_000 + "}", '{"@type":{}}', "7", "null", '"x"',
        '{"@type":"Article","headline":["a"],"datePublished":{"x":1},"author":[[]],"publisher":[]}', '{"@graph":{}}',
        '{"@id":[],"@type":"Article","url":"javascript:x"}', '{"@type":["Article",7],"url":"http://[::1"}',
    ],
)  # fmt: skip
def test_malformed_json_ld_is_ignored(script: str) -> None:
    page = f'<script type="application/ld+json">{script}</script><title>Seen</title>'
    assert read(page).title in ("Seen", "a")


def test_opengraph_is_the_fallback_for_json_ld() -> None:
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


def test_meta_tags_are_the_fallback_for_opengraph() -> None:
    article = read(
        "<meta name=author content='Ada Lovelace'><META NAME=DC.Date CONTENT=2025-07-08>"
        "<meta name=description content='A study.'><meta name=twitter:title content=T>"
    )
    assert (article.title, article.authors, article.published_on) == ("T", ("Ada Lovelace",), DAY)
    assert set(article.evidence.values()) == {FactSource.META}


def test_visible_text_is_the_last_fallback() -> None:
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
def test_a_visible_date_counts_only_if_it_is_unambiguous(times: str, on: PartialDate | None) -> None:
    assert read(times).published_on == on


def test_a_page_without_metadata_has_no_author_and_date() -> None:
    article = read("<h1>Hello</h1><p>Written by nobody in 2025.</p>")
    assert article == Article(URL)


def test_the_first_title_counts_not_that_of_a_drawing() -> None:
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
def test_the_canonical_url_must_be_on_the_same_site(head: str, url: str) -> None:
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
        ("It’s café".encode(), "text/html; charset=ISO-8859-1", "It’s café"),
        ('<?xml version="1.0" encoding="us-ascii"?>“é”'.encode(), "", "“é”"),
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
def test_the_charset_comes_from_mark_header_or_page(body: bytes, content_type: str, text: str) -> None:
    assert decode_page(body, content_type).endswith(text)


@given(st.text(alphabet="<>/!-=\"' abtitlescr&#9;\n", max_size=200))
def test_any_text_can_be_read_as_a_page(page: str) -> None:
    assert read(f"<title>{page}</title>{page}").url == URL
    assert read(page).url == URL


HOSTILE = [
    "<", "<a ", '<a href="', "<!--", "<script type=application/ld+json>[", "<title>", "</", "<a b='",
    "<meta name=author content=x>", "<div class=abstract>", "&#99999999", "<a a=b a=b>", "<a>arXiv</a>", "<p =\"",
    "<link rel=canonical href=http://x.example/>", "<script>", "</script", "\n  ", "<x/<x/",
    "<a =  ", "<time datetime=2025>", "<![foo[", "<div>", "\0",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_page_is_read_in_linear_time(unit: str) -> None:
    assert grows_linearly(lambda size: read(repeated(unit, size)), 100_000)


def test_a_page_is_read_up_to_a_maximum_length() -> None:
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
def test_the_media_tag_depends_on_host_type_and_path(
    url: str, types: tuple[str, ...], og_type: str, media: Media | None, sure: bool
) -> None:
    assert classify_media(url, frozenset(types), og_type) == (media, sure)


def test_oembed_states_title_and_author() -> None:
    claims = read_oembed(b'{"title":"Slides","author_name":"Ada","provider_name":"Decks","html":"<b>"}')
    assert claims is not None
    assert (claims.title, claims.authors, claims.site) == ("Slides", ("Ada",), "Decks")
    assert [read_oembed(body) for body in (b"[]", b"{", b"<html>", b"[" * 90_000)] == [None] * 4
    slides = known_oembed_urls("https://speakerdeck.com/a/b?x=1", OEMBED_ENDPOINTS)
    assert slides == ("https://speakerdeck.com/oembed.json?url=https%3A%2F%2Fspeakerdeck.com%2Fa%2Fb%3Fx%3D1",)
    assert known_oembed_urls(URL, OEMBED_ENDPOINTS) == ()


FEED = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>The Site</title>
<entry><title>Other</title><link href="https://site.example/posts/2"/><author><name>X</name></author></entry>
<entry><title>T</title><link href="{URL}?utm_source=rss"/><author><name>Ada Lovelace</name></author>
<published>2025-07-08T10:00:00Z</published></entry></feed>"""


def test_a_feed_states_the_facts_of_the_page_among_its_entries() -> None:
    claims = read_feed(FEED.encode(), URL)
    assert claims is not None
    assert (claims.title, claims.authors, claims.site, claims.published_on) == ("T", ("Ada Lovelace",), "The Site", DAY)
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
def test_the_info_dictionary_states_title_authors_and_date(stream: bool) -> None:
    claims = read_pdf_metadata(pdf(INFO, stream=stream))
    assert (claims.title, claims.authors) == ("A (small) Proof.", ("Ada Lovelace", "Emmy Noether"))
    assert claims.published_on == DAY


def test_xmp_takes_precedence_over_the_info_dictionary() -> None:
    claims = read_pdf_metadata(pdf(INFO, XMP))
    assert (claims.title, claims.authors, claims.published_on) == ("From XMP", ("Ada Lovelace", "Emmy Noether"), DAY)


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
def test_pdf_strings_are_decoded(info: bytes, title: str) -> None:
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
def test_the_author_field_of_a_pdf_is_split_into_names(author: str, names: tuple[str, ...]) -> None:
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
def test_a_pdf_without_readable_metadata_has_no_facts(body: bytes) -> None:
    claims = read_pdf_metadata(body)
    assert (claims.title, claims.authors, claims.published_on) == ("", (), None)


@pytest.mark.parametrize("unit", [b"/Info 1 0 R ", b"1 0 obj ", b"/Type /ObjStm stream\n", b"<x:xmpmeta", b"<<", b"("])
def test_a_hostile_pdf_is_read_in_linear_time(unit: bytes) -> None:
    end = b"/Info 1 0 R 1 0 obj /Title (((("
    assert grows_linearly(lambda size: read_pdf_metadata(b"%PDF " + unit * (size // len(unit)) + end), 400_000)


def by_path(pages: dict[str, Handler]) -> Handler:
    """Serves pages by path, and 404 for any other path, ``robots.txt`` included."""
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
        parsed = source().read(f"{server.url}/a")
        assert (parsed.article.url, parsed.article.published_on, parsed.paper) == (f"{server.url}/a", DAY, None)
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/a"]


@pytest.mark.parametrize("site", ["https://arxiv.org", "http://export.arxiv.org"])
def test_a_redirect_to_arxiv_gives_the_paper_without_asking_arxiv(site: str) -> None:
    away = answer(status=302, kind=None, Location=f"{site}/pdf/2605.00001v2.pdf")
    with Loopback([by_path({"/a": away})]) as server:
        paper = source().read(f"{server.url}/a").paper
        assert paper is not None
        assert (paper.arxiv_id, paper.arxiv_sure) == ("2605.00001", True)
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/a"]


def test_a_redirect_to_another_page_of_arxiv_is_refused() -> None:
    away = answer(status=302, kind=None, Location="https://arxiv.org/list/cs.CL/new")
    with Loopback([by_path({"/a": away})]) as server, pytest.raises(GuardError, match="rule arxiv"):
        source().read(f"{server.url}/a")


def test_oembed_and_feed_complete_the_facts_of_a_page() -> None:
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


def test_a_failing_feed_does_not_fail_the_page() -> None:
    head = "<title>T</title><link rel=alternate type=application/rss+xml href=/feed>"
    with Loopback([by_path({"/a": page(head), "/feed": answer(status=500, kind=None)})]) as server:
        article = source().read(f"{server.url}/a").article
    assert (article.title, article.authors, article.published_on) == ("T", (), None)


@pytest.mark.parametrize("handler", [page("<p>No title, no author.</p>"), answer(status=403, kind=None)])
def test_known_oembed_endpoints_are_asked(handler: Handler) -> None:
    oembed = answer('{"title":"Slides","author_name":"Ada"}', kind="application/json")
    with Loopback([]) as server:
        server.script.append(by_path({"/a": handler, "/o?u=" + quote(f"{server.url}/a", safe=""): oembed}))
        article = source(oembed=f"{server.url}/o?u={{url}}").read(f"{server.url}/a").article
    assert (article.title, article.authors) == ("Slides", ("Ada",))


def test_the_page_of_a_paper_needs_no_other_source() -> None:
    head = "<meta name=citation_title content=T><link rel=alternate type=application/rss+xml href=/feed>"
    with Loopback([by_path({"/a": page(head)})]) as server:
        parsed = source().read(f"{server.url}/a")
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/a"]
    assert (parsed.article.title, parsed.paper is not None) == ("T", True)


def test_a_page_without_access_and_oembed_is_refused() -> None:
    with Loopback([by_path({"/a": answer(status=403, kind=None)})]) as server, pytest.raises(RefusedError):
        source(oembed=f"{server.url}/o?u={{url}}").read(f"{server.url}/a")


def test_a_pdf_gives_an_article_from_its_metadata() -> None:
    with Loopback([by_path({"/a.pdf": answer(pdf(INFO), kind="application/pdf")})]) as server:
        article = source().read(f"{server.url}/a.pdf").article
    assert (article.title, article.authors, article.published_on) == (
        "A (small) Proof.",
        ("Ada Lovelace", "Emmy Noether"),
        DAY,
    )
    assert (article.evidence["title"], article.media) == (FactSource.PDF, None)


def test_a_redirect_to_a_login_page_is_refused() -> None:
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
def test_an_unusable_answer_is_an_error(handler: Handler, error: type[Exception]) -> None:
    with Loopback([by_path({"/a": handler})]) as server, pytest.raises(error):
        source().read(f"{server.url}/a")


def test_loopback_is_refused_by_default() -> None:
    with pytest.raises(GuardError, match="loopback"):
        source(allow_loopback=False).read("http://127.0.0.1/a")

"""Every reader of text from outside, with the errors that it may raise and texts that once broke it."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct
from protego import Protego

from notebot.config import load_config
from notebot.core.model.article import article_key, canonical_url
from notebot.core.model.arxiv_id import find_ids, find_malformed_ids, parse_ref
from notebot.core.model.errors import BadAnswerError, InvalidRefError, NotebotError, QueryError, UsageError
from notebot.core.model.note import Note
from notebot.core.model.partial_date import parse_partial_date
from notebot.core.model.post_address import find_urls, parse_post
from notebot.core.model.resource_links import find_resource_links
from notebot.core.model.source_record import Validators
from notebot.core.model.stub import Stub
from notebot.core.model.wrapped_link import unwrap_link
from notebot.core.net.feed_document import entry_time
from notebot.core.net.guard.url_policy import check_url
from notebot.core.net.response import Response
from notebot.core.net.retry import http_date, retry_after_s
from notebot.core.note_format.issue_body import read_body, read_summary
from notebot.core.note_format.note_file import (
    NoteFile,
    append_comment,
    complete_file,
    parse_note_file,
    replace_own_line,
)
from notebot.core.note_format.tag_order import learn_order
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.schedule.schedule_text import parse_schedule
from notebot.core.text.charset import decode_page
from notebot.core.text.escaping import is_plain_url, neutralise, restore
from notebot.core.text.html_tokens import tokenise_html
from notebot.core.text.markdown_parser import plain_html
from notebot.core.text.person_names import parse_person
from notebot.core.text.search_tokens import build_fts_query, tokenise_for_index
from notebot.core.text.tex import decode_accents
from notebot.core.text.withdrawal import is_withdrawn
from notebot.core.text.words import split_words
from notebot.core.text.xml_repair import repair_xml
from notebot.features.announcements.adapters.arxiv_api_answer import check_papers, check_search_page
from notebot.features.announcements.adapters.arxiv_feed import parse_feed
from notebot.features.announcements.adapters.arxiv_oai import parse_page
from notebot.features.archive.adapters.formats import read_agent_docs, read_gh, read_notes, read_page, read_seed_text
from notebot.features.archive.rules.bibtex import Work, bibliography, read_authors
from notebot.features.archive.rules.citation import Citation, cite, csl_item, write_ris
from notebot.features.delivery.adapters.mail import compose_mail
from notebot.features.delivery.adapters.mail_templates import RenderedMail
from notebot.features.delivery.rules.delivery import Delivery
from notebot.features.delivery.rules.events import TrialMessage
from notebot.features.delivery.rules.message import Message
from notebot.features.delivery.rules.plain_text import one_line
from notebot.features.delivery.rules.target import DeliveryTarget, TargetKind
from notebot.features.digests.rules.read_back.read_digest import decode_digest, read_digest
from notebot.features.digests.rules.read_back.typed_fields import read_tags
from notebot.features.intake.adapters.post_services.bluesky import read_bluesky
from notebot.features.intake.adapters.post_services.hackernews import read_hackernews
from notebot.features.intake.adapters.post_services.huggingface import read_huggingface
from notebot.features.intake.adapters.post_services.mastodon import read_mastodon
from notebot.features.intake.adapters.post_services.post_html import read_post_html
from notebot.features.intake.adapters.post_services.x import read_x
from notebot.features.intake.adapters.source_feeds import parse_items
from notebot.features.intake.adapters.web_page import read_html_page
from notebot.features.intake.adapters.web_page.json_ld import read_json_ld
from notebot.features.intake.adapters.web_page.oembed_and_feed import read_feed, read_oembed
from notebot.features.intake.adapters.web_page.pdf_metadata import read_pdf_metadata
from notebot.features.intake.rules.inbox_lines import (
    InboxItem,
    compose_line,
    extract_links,
    split_lines,
    without_lines,
)
from notebot.features.intake.rules.opml import parse_opml, plan_sources
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.publishing.adapters.github.forms import ListedIssue, parse_list
from notebot.features.publishing.rules.link_only_issue import parse_link_only
from notebot.features.site.adapters.templates import make_site_parser as site_parser
from notebot.features.site.rules.citation import cite_note, coins
from notebot.features.site.rules.full_note import read_full_note
from notebot.features.site.rules.search_index import SearchIndex
from notebot.features.summaries.rules.extract import extract
from notebot.features.summaries.rules.faithfulness import find_doubts
from notebot.features.summaries.rules.prompts import ModelAnswer, Role, make_question, read_answer
from notebot.features.topics.rules.query import parse_query
from notebot.features.venues.adapters.accepted_lists.read import read_accepted
from notebot.features.venues.adapters.venue_table_file import load_venues
from notebot.features.venues.rules.detection import VenueTable, detect_venue
from notebot.features.zotero.rules.item import draft_item
from notebot.web.add import FORMS, read_form
from notebot.web.review import read_filters

# What parsers have taken more than linear time on, repeated.
HOSTILE = (
    "A", "a", "0", " ", "\n", "\t", "\u3000", "-", ".", ",", "(", ")", "[", "]", "{", "}", "<", ">", "\\", "$", "&",
    "'", '"', "`", "*", "_", "#", "@", "|", "é", "あ", "’", "–", "\u0301",
    "A ", "a ", "A-", "A.", "A, ", "a b", "1.", "1,", "1 ", "20", " 2025", "-20 ", "of the ", " and ", ", A and ",
    "<a ", "<a>", "<a href='", "<![foo[", "<!--", "</a", "<p>", "&#", "&amp;", "&#x41", "\\(", "\\[", "$$", "$a",
    "](", "[x]", "[a](", "![", "**a", "- ", "> ", "``", "“", "「",
    "http://", "http://a ", "www.", "arxiv:", "2504.",
    "2504.02807 ", "#1 ", "@a ", "a=b&", "/a", "\r\n", "\x0b", "\x00", "\ud800",
)  # fmt: skip


class Target(Struct, frozen=True):
    """One reader of text from outside."""

    read: Callable[[str], object]
    pieces: tuple[str, ...] = ()
    """Further pieces to repeat, and to build inputs from."""
    frames: tuple[tuple[str, str], ...] = (("", ""),)
    """What to put before and after the repeated piece."""
    errors: tuple[type[Exception], ...] = ()
    """The errors that the reader raises for bad text; no other may leave it."""
    seeds: tuple[str, ...] = ()
    """Good inputs, which are mutated."""
    grows: bool = True
    """False: its growth is measured in a test of its own, or it reads files of our own form only."""
    measured_to: int = 100_000
    """Characters up to which its growth is measured: a reader may cut its text, or fill the processor's cache."""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class _Answers:
    """A client whose every answer has the same body."""

    def __init__(self, text: str) -> None:
        self.answer = Response(200, _bytes(text), "application/json", Validators(), False, "https://a.example/", {})

    def get(self, url: str, **how: Any) -> Response:
        """Checks and returns the body."""
        if "check" in how:
            how["check"](self.answer)
        return self.answer

    fetch = get


def _post(reader: Callable[..., object], link: str) -> Callable[[str], object]:
    post = parse_post(link)
    assert post is not None
    return lambda text: reader(_Answers(text), "https://a.example", post)


def _file(reader: Callable[[Path], Any], name: str, *, reads_folder: bool = False) -> Callable[[str], object]:
    def read(text: str) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(_bytes(text))
            reading = reader(path.parent if reads_folder else path)
            return list(getattr(reading, "notes", ()) or ())

    return read


def _source(kind: SourceKind) -> Callable[[str], object]:
    source = WatchedSource("Source", kind, "https://a.example/feed")
    return lambda text: parse_items(source, _Answers(text).answer)


def _restored(text: str) -> str:
    assert restore(neutralise(text)) == text, "what was escaped is not restored"
    return text


def _lines_kept(text: str) -> object:
    """No line is lost: what is not removed is still there, byte for byte."""
    body = _bytes(text)
    items = split_lines(body, "a.txt")
    rest = without_lines(body, items[:1])
    left = split_lines(rest, "a.txt")
    assert {item.text for item in left} == {item.text for item in items[1:]}, "a line was lost"
    return [extract_links(item) for item in items[:50]]


def _shared_line(text: str) -> object:
    """What is shared becomes one line."""
    line = compose_line(text, text[: len(text) // 2], text[::-1])
    assert len(line.splitlines()) <= 1, "it is more than one line"
    return extract_links(InboxItem("", line))


def _mail(text: str) -> str:
    """Text of a paper adds no header to a mail, whatever it contains, and can always be sent."""
    now = datetime(2026, 5, 12, tzinfo=UTC)
    target = DeliveryTarget(name="me", kind=TargetKind.MAIL, events=frozenset(), to="a@b.org", sender="c@d.org")
    rendered = RenderedMail(one_line(text), html.escape(one_line(text)))
    message = Message("test", text, (), "")
    mail = compose_mail(target, Delivery("me", TrialMessage(now), now, now), message, rendered)
    again = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert again.keys() == mail.keys(), "a header was added"
    return str(again["Subject"])


def _cited(citations: Sequence[Citation]) -> object:
    """Every field is on a line of its own, and every record ends once."""
    text = write_ris(citations)
    lines = text.split("\r\n")
    assert sum(line.startswith("ER  - ") for line in lines) == len(citations), "a record ends in a field"
    assert all(len(line.splitlines()) <= 1 for line in lines), "a field has two lines"
    return text, [csl_item(citation) for citation in citations]


def _site_note(text: str) -> object:
    """A note of the site with the text in every field: taken apart, cited, indexed, and its Markdown rendered."""
    note = Note(text, 1, tags=(text[:100],), summary=text, comments=(text,), body=f"# Abstract\n{text}", refs=(12,))
    full = read_full_note(note)
    index = SearchIndex(1)
    index.add(0, "notes/1.html", full)
    for markdown in (*full.comments, full.prose):
        plain = plain_html(markdown)
        assert plain is None or plain == site_parser().render(markdown), "the parser renders it otherwise"
    return coins(cite_note(full, ()), full.abstract), full.snippet, full.links, list(index.files())


@cache
def _venues() -> VenueTable:
    return load_venues()


_HTML_PIECES = (
    "<a href=x>", "<b>x</b>", "<script>", "<script/>", "</script", "<title>", "<!-->", "<!", "<?", "</", "<a =",
    "<meta name=citation_author content=A>", "<link rel=canonical href=http://a.b/c>", "<time datetime=2025>",
    '<script type="application/ld+json">[', "<div id=abstract>", "<svg><title>", "&#99999999999999999999;", "]]>",
)  # fmt: skip

_VENUE_PIECES = (
    "Workshop ", "workshop at ACL 2025, ", "accepted at ", "Accepted at ACL 2025 ", "IEEE ", "Conference on A (", "(A-",
    ", AA", "upon A ", "code A ", "On the ", "May ", " Juneabc", "Track ", "Challenge ", "@ ", "(the ", "CVPRW ", "W ",
    "; ", ". ", "A (B) ", "co-located ", "\n \n", "Journal of ", "part of ",
)  # fmt: skip

_ABSTRACT = "We train a 7B model on 3.5 million images and improve accuracy by 12% on GLUE."
_CLAIM_PIECES = (
    "10%", "1e5 ", "Foo12 ", "one hundred ", "twenty-", "3.5万", "1万", "GPT-4 ", "Foo Bar ", "1,000,", "10^6 ", "2x ",
    "約1,200 ", "3分の1 ", "三つ", "half of ", "ABC ", "１", "a 12 ", "Xa-",
)  # fmt: skip

_JSON_FEED = (
    '{"version":"https://jsonfeed.org/version/1.1","authors":[{"name":"a"}],"items":[{"id":"1",'
    '"url":"https://a.example/1","content_html":"<a href=\\"b\\">c","date_published":"2026-05-12T00:00:00Z"}]}'
)
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><id>http://rss.arxiv.org/atom/cs.CL</id>
<title>cs.CL updates on arXiv.org</title><entry><id>oai:arXiv.org:2605.00001v1</id><title>A title</title>
<summary>arXiv:2605.00001v1 Announce Type: new Abstract: Words</summary><category term="cs.CL"/>
<published>2026-05-12T00:00:00-04:00</published><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>Ada A, Bob B (Univ. C)</dc:creator></entry></feed>"""
_API = """<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom"
 xmlns:arxiv="http://arxiv.org/schemas/atom"><title>arXiv Query: search_query=ti:a&amp;id_list=</title>
<opensearch:totalResults>1</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex>
<entry><id>http://arxiv.org/abs/2504.02807v1</id><title>T</title><summary>S</summary>
<published>2025-04-03T17:52:07Z</published><updated>2025-04-03T17:52:07Z</updated>
<arxiv:comment>5 pages</arxiv:comment></entry></feed>"""
_OAI = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request set="cs:cs:CL">x</request><ListRecords><record>
<header><identifier>oai:arXiv.org:2605.00001</identifier><datestamp>2026-05-12</datestamp></header><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2605.00001</id><created>2026-05-11</created><title>T</title>
<authors><author><keyname>A</keyname></author></authors><categories>cs.CL</categories><comments>c</comments>
<abstract>a</abstract></arXiv></metadata></record></ListRecords></OAI-PMH>"""
_SEED_TEXT = """Mathematics
#NLP
#LanguageModel
#COLM
Issue Date: 2025-07-10 [Paper Note] A title, Ada Abel+, COLM'25 SummaryAn abstract. Comment元ポスト:https://x.com/a/status/1
A remark about (2199).
#Survey
Issue Date: 2025-07-09 [Paper Note] B title, Bob Bell, arXiv'25 CommentAnother remark.
"""
_TAG_PAGE_PIECES = ('<div class="visible-content">', "</article>", "<summary>", "#### ", 'class="button"', "<br><br>")
_TAG_PAGE = """---
layout: default
title: NLP
---
<h2 id=NLP class="paper-head"> NLP</h2><div class="visible-content">
<article class="paper-entry">
<h3 id="a-title" class="title-link"><br><a href="https://github.com/a/b/issues/1" target="_blank">
[Paper Note] A title, Ada Abel+, arXiv'25, 2025.04</a></h3><br><a class="button" href="articles/NLP.html">#NLP</a>
<br><span class="issue_date">Issue Date: 2025-04-05</span>
<span class="snippet"><span>GPT Summary</span>- An abstract.</span>
<span class="snippet"><span>Comment</span><p>A remark.</p></span>
</article>
"""
_AGENT_DOCS = """<paper-list>
<paper-entry>
<title>[Paper Note] A title, Ada Abel+, arXiv'25, 2025.04</title>
<original-paper-blog-link>https://arxiv.org/abs/2504.02807</original-paper-blog-link>
<repo-issue-link>https://github.com/a/b/issues/1</repo-issue-link>
<tags>NLP, Survey</tags>
<repo-issue-date>2025-04-05</repo-issue-date>
<issue-body>- https://arxiv.org/abs/2504.02807</issue-body>
<maintainer-comment-text><p>A remark, #12</p></maintainer-comment-text>
</paper-entry>
</paper-list>
"""
_RSS = (
    '<rss version="2.0"><channel><title>t</title><item><title>x</title><link>https://arxiv.org/abs/2605.00001</link>'
    "<guid>1</guid><pubDate>Mon, 16 Nov 2026 00:00:00 GMT</pubDate><description>&lt;p&gt;y</description></item>"
    "<item><title>z</title></item></channel></rss>"
)
_XML_PIECES = (
    "<entry>", "</entry>", "<item>", "</item>", "<title>", "</title>", "<record>", "&nbsp;", "&foo;", "]]>",
    "<![CDATA[",
    '<?xml version="1.0" encoding="x"?>', "<!DOCTYPE a>", "<!ENTITY a 'b'>", "<published>", "99999999999999999999",
    "Mon, 16 Nov 99999999999999999999 00:00:00 -0500", "<a:b>", " xmlns:a='b'", "0001-01-01T00:00:00+14:00",
)  # fmt: skip
_JSON_PIECES = (
    "{", "}", "[", "]", '"', ":", ",", "null", "1e999", "-1", "true", '"key":', '"text":', "\\ud800", "\\u0000", "[[",
    '"2605.00001"', '"https://arxiv.org/abs/2605.00001"', "99999999999999999999", '"\\', "NaN",
)  # fmt: skip
_TITLE = "[Paper Note] A Title, Fan Zhou+, arXiv'25, 2025.04"
_DIGEST = "# Digest\n\n<!-- nb digest 2026-05-12 -->\n\n<!-- nb 2605.00001 -->\n### T\n\n- [ ] keep\n\n<!-- /nb -->\n"
_MARKDOWN_PIECES = (
    "- [x] ",
    "<!-- nb 2605.00001 -->",
    "<!-- /nb -->",
    "<!-- nb digest",
    "### ",
    "\\#",
    "元ポスト: ",
    "#A ",
)
_POSTS: dict[str, tuple[Callable[..., object], str, str]] = {
    "Bluesky": (
        read_bluesky,
        "https://bsky.app/profile/a.example/post/3kabc",
        '{"thread":{"post":{"uri":"at://a/b/3kabc"}}}',
    ),
    "Mastodon": (
        read_mastodon,
        "https://m.example/@ada/109000000000000000",
        '{"id":"109000000000000000","content":"<p>x"}',
    ),
    "Hacker News": (
        read_hackernews,
        "https://news.ycombinator.com/item?id=1",
        '{"id":1,"text":"<p>x","type":"comment"}',
    ),
    "Hugging Face": (read_huggingface, "https://huggingface.co/posts/ada/123456789012345", "[]"),
    "X": (read_x, "https://x.com/ada/status/1", '{"url":"https://x.com/ada/status/1","html":"<p>x</p>"}'),
}

TEXT_TARGETS = {
    "arXiv feed": Target(
        lambda t: parse_feed(_bytes(t), "cs.CL"), _XML_PIECES, errors=(BadAnswerError,), seeds=(_ATOM,)
    ),
    "arXiv API": Target(
        lambda t: check_papers(_bytes(t), ["2504.02807"]), _XML_PIECES, errors=(BadAnswerError,), seeds=(_API,)
    ),
    "arXiv search": Target(
        lambda t: check_search_page(_bytes(t), "ti:a", 0, 10), _XML_PIECES, errors=(BadAnswerError,), seeds=(_API,)
    ),
    "OAI-PMH": Target(
        lambda t: parse_page(_bytes(t), "cs.CL", []), _XML_PIECES, errors=(BadAnswerError,), seeds=(_OAI,)
    ),
    "XML repair": Target(repair_xml, _XML_PIECES, seeds=(_ATOM,)),
    "OPML": Target(
        lambda t: plan_sources(parse_opml(_bytes(t)), [], []),
        (*_XML_PIECES, '<outline xmlUrl="https://a.b/">', "<outline>", "&nbsp;"),
        errors=(UsageError,),
        seeds=('<opml><body><outline text="A" xmlUrl="https://a.example/rss"/></body></opml>',),
    ),
    "note of the site": Target(
        _site_note,
        (
            "# Abstract\n",
            "<img src=https://a.b/c>",
            "![a](https://a.b)",
            "[a](",
            "#12 ",
            "```",
            "> ",
            "- ",
            "|a|b|\n",
            "**",
        ),
        seeds=(_TITLE, "元ポスト:\nhttps://x.com/ada/status/1?s=20\n\n良い。"),
    ),
    "watched feed": Target(
        _source(SourceKind.FEED), (*_XML_PIECES, *_HTML_PIECES), errors=(BadAnswerError,), seeds=(_RSS, _ATOM)
    ),
    "watched JSON feed": Target(
        _source(SourceKind.FEED), (*_JSON_PIECES, *_HTML_PIECES), errors=(BadAnswerError,), seeds=(_JSON_FEED,)
    ),
    "feed of a page": Target(
        lambda t: read_feed(_bytes(t), "https://arxiv.org/abs/2605.00001"), _XML_PIECES, seeds=(_RSS, _ATOM)
    ),
    **{
        f"watched {kind}": Target(
            _source(kind),
            _JSON_PIECES,
            errors=(BadAnswerError,),
            seeds=(
                '[{"paper":{"id":"2605.00001","upvotes":3}}]',
                '{"hits":[{"objectID":"1"}]}',
                '{"feed":[{"post":{}}]}',
            ),
        )
        for kind in (SourceKind.HUGGINGFACE, SourceKind.HACKERNEWS, SourceKind.BLUESKY)
    },
    **{
        f"post on {name}": Target(
            _post(reader, link), (*_JSON_PIECES, *_HTML_PIECES), errors=(NotebotError,), seeds=(seed,)
        )
        for name, (reader, link, seed) in _POSTS.items()
    },
    "oEmbed": Target(lambda t: read_oembed(_bytes(t)), _JSON_PIECES, seeds=('{"title":"a","author_name":"b"}',)),
    "JSON-LD": Target(
        lambda t: read_json_ld([t], "https://a.example/b"), _JSON_PIECES, seeds=('{"@type":"Article","headline":"a"}',)
    ),
    "PDF metadata": Target(
        lambda t: read_pdf_metadata(b"%PDF-1.4\n" + _bytes(t)),
        (
            "<x:xmpmeta",
            "<rdf:Description",
            "/Title (",
            "/Author <FEFF",
            "stream",
            "endstream",
            "obj<<",
            ">>",
            "/Info 1 0 R",
        ),
        errors=(BadAnswerError,),
        seeds=("1 0 obj<</Title (A)/Author (B)>>endobj trailer<</Info 1 0 R>>",),
    ),
    "charset": Target(lambda t: decode_page(_bytes(t), t[:50]), ("<meta charset=", '<?xml encoding="', "\xff")),
    "inbox lines": Target(_lines_kept, ("arXiv:2605.00001", "https://x.com/a/status/1 ", "\ufeff", "# "), grows=False),
    "inbox links": Target(
        lambda t: extract_links(InboxItem("a.txt", t)), ("arXiv:2605.00001", "https://x.com/a/status/1 ")
    ),
    "shared line": Target(_shared_line, ("https://a.b ", "\u202e", "\u2028", "\x00")),
    "shared form": Target(
        lambda t: read_form(FORMS[0], _bytes(t)), ("url=", "&", "%", "text=%ff", "+"), errors=(UsageError,)
    ),
    "shared form in parts": Target(
        lambda t: read_form(f"{FORMS[1]}; boundary=b", _bytes(t)),
        ("--b\r\n", "--b--", 'Content-Disposition: form-data; name="url"\r\n\r\n', "\r\n", 'filename="'),
        errors=(UsageError,),
        seeds=('--b\r\nContent-Disposition: form-data; name="url"\r\n\r\nhttps://a.example\r\n--b--\r\n',),
    ),
    "shortcut": Target(lambda t: extract_links(InboxItem("a.url", t, is_file=True)), ("URL=", "URL=http://a\n")),
    "arXiv ids": Target(
        find_ids, ("arXiv:2605.00001v", "2605.00001 ", "hep-th/", "https://arxiv.org/abs/", "doi.org/10.48550/")
    ),
    "malformed ids": Target(find_malformed_ids, ("arXiv:2613.00001 ", "2605.1 ", "https://arxiv.org/abs/")),
    "one reference": Target(
        parse_ref, ("arXiv:", "2605.00001", "v1"), errors=(InvalidRefError,), seeds=("2605.00001v2",)
    ),
    "links": Target(find_urls, ("https://a.b/c ", "https://", "(https://a.b/(c)")),
    "a post's link": Target(parse_post, ("https://x.com/a/status/1", "https://m.example/@a/", "?a=b&", "#!/")),
    "a page's link": Target(
        lambda t: (canonical_url(t), article_key(t)) if is_plain_url(t) else None,
        ("https://a.b/c", "?utm_a=b&", "[::1]", "%zz", "//"),
    ),
    "a wrapped link": Target(
        unwrap_link, ("https://www.google.com/url?q=", "%25", "https://web.archive.org/web/1/", "&url=")
    ),
    "link guard": Target(
        lambda t: check_url(t, allow_loopback=False),
        ("http://", "127.", "0x7f", "[", "::1", "@", "%00", "。"),
        errors=(NotebotError,),
        seeds=("https://a.example/b",),
    ),
    "title line": Target(
        parse_title_line, ("[Paper Note] ", ", arXiv'25", ", 2025.04", "(w/ ", "N/A", "’25"), seeds=(_TITLE,)
    ),
    "issue body": Target(
        lambda t: (read_body(t), read_summary(t, [t])), ("## URL\n", "- https://a.b\n", "Summary (by", "#12 ")
    ),
    "link-only issue": Target(
        parse_link_only, ("- https://arxiv.org/abs/2605.00001\n", "[x](", "https://x.com/a/status/1")
    ),
    "note file": Target(
        lambda t: parse_note_file(t, "0012-x"),
        (
            "---\n",
            "tags: [a, ",
            "tags:\n- a\n",
            'title_line: "',
            "key:: value\n",
            "# Comment\n",
            "number: 12\n",
            "\\# Comment",
        ),
        seeds=('---\nnumber: 12\ntitle_line: "A, B+, ACL\'25"\ntags: ["NLP"]\n---\n\n# URL\n- x\n\n# Comment\n\nx\n',),
    ),
    "changed note file": Target(
        lambda t: (
            replace_own_line(t, {'tags: ["NLP"]'}, "tags", "tags: []"),
            append_comment(t, t),
            complete_file(t, NoteFile("A", 12, body=t)),
        ),
        ("---\n", 'tags: ["NLP"]\n', "# Comment\n", "key:: value\n"),
        errors=(NotebotError,),
    ),
    "digest read back": Target(
        lambda t: read_digest(_DIGEST, t), _MARKDOWN_PIECES, errors=(NotebotError,), seeds=(_DIGEST,), grows=False
    ),
    "digest as bytes": Target(
        lambda t: decode_digest(_bytes(t)), (), errors=(NotebotError, UnicodeDecodeError), grows=False
    ),
    "mail": Target(_mail, ("\nBcc: x@y.org", "=?utf-8?q?x?=", "\r\n\r\n", "=?b?", ";", "\u2028", "<x@y.org>")),
    "config": Target(
        _file(load_config, "config.toml"),
        ("[[topics]]\n", "query = '", "[notebot]\n", "contact = 1\n", "= "),
        errors=(NotebotError,),
        seeds=('[notebot]\ncontact = "a@b.c"\n[[topics]]\nname = "A"\nquery = "ti:b"\n',),
        grows=False,
    ),
    "notes JSONL": Target(
        _file(read_notes, "a.jsonl"),
        _JSON_PIECES,
        errors=(NotebotError,),
        grows=False,
        seeds=('{"number":1,"title_line":"A, B, 2025.04","urls":["https://a.b"]}\n',),
    ),
    "gh export": Target(
        _file(read_gh, "a.json"),
        _JSON_PIECES,
        errors=(NotebotError,),
        seeds=(
            '[{"number":1,"title":"A, B, 2025.04","body":"- https://arxiv.org/abs/2504.02807","labels":[{"name":"NLP"}],'
            '"createdAt":"2025-04-03T00:00:00Z","comments":[{"body":"c","author":{"login":"a"}}],'
            '"url":"https://github.com/a/b/issues/1","state":"OPEN"}]',
        ),
    ),
    "seed text": Target(
        _file(read_seed_text, "a.txt"),
        (
            "#NLP\n",
            "Issue Date: 2025-07-10 ",
            "[Paper Note] ",
            " Summary",
            " Comment",
            "元ポスト:https://x.com/a/status/1",
        ),
        errors=(NotebotError,),
        seeds=(_SEED_TEXT,),
    ),
    "tag page": Target(
        _file(read_page, "a.md"), (*_HTML_PIECES, *_TAG_PAGE_PIECES), errors=(NotebotError,), seeds=(_TAG_PAGE,)
    ),
    "agent docs": Target(
        _file(read_agent_docs, "A.xml", reads_folder=True),
        (
            "<paper-list>",
            "<paper-entry>\n",
            "\n</paper-entry>",
            "<title>",
            "</title>",
            "<tags>",
            "#1234 ",
            "- https://a.b/",
        ),
        errors=(NotebotError,),
        seeds=(_AGENT_DOCS,),
    ),
    "Retry-After": Target(
        lambda t: (retry_after_s(t, None), retry_after_s("9", t), http_date(t)),
        ("Thu, 01 Jan ", "99999", " GMT", "00:00:00", "+0000", "1.5"),
        seeds=("120", "Wed, 21 Oct 2099 07:28:00 GMT"),
    ),
    "date of a feed": Target(
        lambda t: entry_time({"published": t, "published_parsed": (2026, 5, 12, 0, 0, 0, 1, 132, 0)}, "published"),
        ("2016/", "年", "月", "1753000000", "12:", " UTC", "May "),
        seeds=("2016/6/29 15:07:41", "2026年5月12日", "1753000000"),
    ),
    "exported BibTeX": Target(
        lambda t: bibliography([Work(Note(t[:300], 1), (t,), t, t)], ()),
        ("$x_1$", "{", "}", "\\input{", "%", " and ", "et al."),
        seeds=("[Paper Note] A $x$, Ada Abel+, ACL'25, 2025.04",),
    ),
    "exported RIS and CSL-JSON": Target(
        lambda t: _cited(cite([Work(Note(t[:300], 1, tags=(t,)), (t,), t, t)], ())),
        ("$x_1$", "\nER  - ", "et al.", " van "),
        seeds=("[Paper Note] A $x$, Ada Abel+, ACL'25, 2025.04",),
    ),
    "item for Zotero": Target(
        lambda t: draft_item(Stub("arxiv:1", "1", 1, "", t, (t,), t, (), tags=(t,)), t[:300]),
        ("$x_1$", "et al.", " van ", "\u202e"),
        seeds=("[Paper Note] A $x$, Ada Abel+, ACL'25, 2025.04",),
    ),
    "filters of the review page": Target(
        lambda t: read_filters(dict(parse_qsl(t))),
        ("topic=", "state=queued&", "%zz", "%ff", "text=", "&", ";"),
        seeds=("topic=NLP&state=queued&text=a+b",),
    ),
    "tag line": Target(
        lambda t: read_tags(t, frozenset({"Author Thread-Post"})),
        ("#NLP ", "#Author Thread-Post ", "?", "、", "\\#", "# "),
        seeds=("#NLP #Author Thread-Post? #mid-training",),
    ),
    "order of tags": Target(
        lambda t: learn_order([line.split() for line in t.splitlines()[:2_000]]),
        ("a b\n", "b a\n", "b c d\n", "d a\n"),
        grows=False,
    ),
    "accepted list": Target(
        _file(read_accepted, "a.bib"),
        ("@inproceedings{a,", "title={", "author = {A and B}", "}"),
        errors=(NotebotError,),
        seeds=("@inproceedings{a, title={A {B}}, author={C, D and E F}}",),
        grows=False,
    ),
    "accepted feed": Target(
        _file(read_accepted, "a.xml"), _XML_PIECES, errors=(NotebotError,), seeds=(_RSS,), grows=False
    ),
    "accepted JSON": Target(_file(read_accepted, "a.json"), _JSON_PIECES, errors=(NotebotError,), grows=False),
    "authors of a body": Target(read_authors, ("## Authors\n", "- A\n", " and ")),
    "query": Target(
        parse_query,
        ("ti:", "AND ", "OR ", "ANDNOT ", "(", ")", '"', "abs:a*", "cat:cs.*"),
        errors=(QueryError,),
        seeds=("ti:a AND (abs:b OR cat:cs.CL)",),
    ),
    "schedule": Target(
        lambda t: parse_schedule(t, "poll", "UTC"),
        ("mon-fri ", "23:00", "every ", "9s", "complete, latest "),
        errors=(NotebotError, ValueError),
        seeds=("mon-fri 23:00",),
    ),
    "answer of a model": Target(
        lambda t: read_answer(make_question(Role.SUMMARY, "m", "en", "T", "A"), ModelAnswer(t, "m")),
        (*_JSON_PIECES, "<think>", "</think>", "```json", '"summary":'),
        errors=(BadAnswerError,),
        seeds=('{"summary":"x"}',),
    ),
    "extract": Target(lambda t: extract(t, "T"), (". ", "e.g. ", "! A")),
    "robots.txt": Target(
        lambda t: Protego.parse(t).can_fetch("https://a.b/c", "notebot"), ("User-agent: *\n", "Disallow: /*a*\n", "*")
    ),
    "GitHub's answer": Target(
        lambda t: parse_list(_bytes(t), ListedIssue),
        _JSON_PIECES,
        errors=(BadAnswerError,),
        seeds=(
            '[{"number":1,"title":"a","state":"open","labels":[],"comments":0,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}]',
        ),
    ),
    "TeX": Target(decode_accents, ("\\H{o}", "{\\'", "$\\", "\\(\\", "$$a", "\\mathbb{")),
    "words": Target(
        lambda t: (split_words(t), tokenise_for_index(t), build_fts_query(t)),
        ("語", "サーバー", "が"),
        measured_to=30_000,
    ),
    "escaping": Target(_restored, ("{{", "{%", "@a", "#1", "](", "&#x41;", "\u2060", "- ", "Summary (by")),
    "withdrawal": Target(
        is_withdrawn, ("has been withdrawn ", "withdrawn. ", "is being ", "by the authors ", "from ICLR ")
    ),
    "dates": Target(parse_partial_date, ("2025-", "年", "月", "Jan ", "T", "99999")),
    "person": Target(parse_person, ("A, ", "Jr", "(B)", "¹")),
    "doubts about a summary": Target(lambda text: find_doubts(text, _ABSTRACT), _CLAIM_PIECES, measured_to=50_000),
    "doubts with a long abstract": Target(
        lambda text: find_doubts(text[: len(text) // 2], text[len(text) // 2 :]), _CLAIM_PIECES, grows=False
    ),
    "venue of a comment": Target(
        lambda text: detect_venue(text, None, _venues(), 2025),
        _VENUE_PIECES,
        (
            ("", ""),
            ("Accepted at the ", " workshop at ACL 2025"),
            ("Accepted at CVPRW", " 2025!"),
            ("Conference on A (A", " "),
            ("Accepted, ", "!"),
        ),
        measured_to=3_900,
    ),
    "venue of a journal reference": Target(
        lambda text: detect_venue(None, text, _venues(), 2025),
        _VENUE_PIECES,
        (("", ""), ("Proceedings of the ", " workshop at ACL 2025"), ("CVPRW", " 2025!")),
        measured_to=3_900,
    ),
    "HTML tokens": Target(lambda text: list(tokenise_html(text)), _HTML_PIECES),
    "HTML of a post": Target(read_post_html, _HTML_PIECES),
    "saved page": Target(lambda text: extract_links(InboxItem("a.html", text, is_file=True)), _HTML_PIECES),
    "web page": Target(
        lambda text: read_html_page(text.encode("utf-8", "replace"), "text/html", "https://a.example/b"), _HTML_PIECES
    ),
    "links of an abstract": Target(
        lambda text: find_resource_links(text, text),
        ("code at http://a.b ", "code -", "https://github.com/a/b "),
        (("", ""), ("code ", " https://a.bc/d")),
    ),
}

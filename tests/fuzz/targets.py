"""Every reader of text from outside, with the errors that it may raise and texts that once broke it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from msgspec import Struct

from notebot.core.model.resource_links import find_resource_links
from notebot.core.text.html_tokens import tokenise_html
from notebot.features.intake.adapters.post_services.post_html import read_post_html
from notebot.features.intake.adapters.web_page import read_html_page
from notebot.features.intake.rules.inbox_lines import InboxItem, extract_links
from notebot.features.summaries.rules.faithfulness import find_doubts
from notebot.features.venues.adapters.venue_table_file import load_venues
from notebot.features.venues.rules.detection import VenueTable, detect_venue

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
    """Further pieces to repeat."""
    frames: tuple[tuple[str, str], ...] = (("", ""),)
    """What to put before and after the repeated piece."""
    errors: tuple[type[Exception], ...] = ()
    """The errors that the reader raises for bad text; no other may leave it."""


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

TEXT_TARGETS = {
    "doubts about a summary": Target(lambda text: find_doubts(text, _ABSTRACT), _CLAIM_PIECES),
    "doubts with a long abstract": Target(lambda text: find_doubts(text[:50_000], text[:50_000]), _CLAIM_PIECES),
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
    ),
    "venue of a journal reference": Target(
        lambda text: detect_venue(None, text, _venues(), 2025),
        _VENUE_PIECES,
        (("", ""), ("Proceedings of the ", " workshop at ACL 2025"), ("CVPRW", " 2025!")),
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

"""Markdown from outside: no HTML, no pictures, and addresses that are links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.core.text.markdown_parser import NOTES, make_parser, plain_html

PIECES = ("数学", "a", "B", "。", "1.", "1)", "-", "- ", "+", "=", " ", "\n", "\n\n", "\n\n\n", "\u3000", "\xa0", "\t")
ADDRESSES = ("https://x.com/ann/status/12?s=20", "http://a.example/", "https://A.example", "https://é.example/(x)")
SIGNS = (
    "://",
    "#1",
    "# ",
    "*",
    "_",
    "`",
    "<b>",
    "&amp;",
    "&",
    "\\",
    "~~",
    "|",
    "[a](b)",
    "![",
    '"',
    "'",
    "!",
    "(c)",
    "...",
)


def rendered(text: str) -> str:
    """By the parser, with the attribute that the site adds to its links."""
    return str(make_parser().render(text)).replace('">http', '" rel="noopener noreferrer">http')


@given(st.lists(st.sampled_from(PIECES + ADDRESSES + SIGNS), max_size=12).map("".join))
def test_plain_paragraphs_are_rendered_as_the_parser_renders_them(text: str) -> None:
    html = plain_html(text)
    if html is not None:
        assert html == rendered(text)


@pytest.mark.parametrize(
    "text",
    [
        "元ポスト:\nhttps://x.com/ann/status/12?s=20",
        "良い証明。\n\n二段落目。\n(続く)",
        "It's: so! https://a.example/b。",
    ],
)
def test_usual_comments_are_plain(text: str) -> None:
    assert plain_html(text) == rendered(text)


def test_a_number_is_a_link_only_if_it_is_a_note_and_not_in_code_or_a_link() -> None:
    text = "#12 と #13、`#12` と [#12](https://a.example)、a#12、https://a.example/#12"
    html = make_parser().render(text, {NOTES: {"12": "12.html"}})
    assert html.count('<a href="12.html">#12</a>') == 1
    assert "#13" in html


@pytest.mark.parametrize("piece", ["https://a.example ", "a\n\n", "#1 ", "数"])
@pytest.mark.slow
def test_rendering_takes_time_in_proportion_to_the_text(piece: str) -> None:
    parser = make_parser()
    assert grows_linearly(lambda size: plain_html(repeated(piece, size)), 100_000)
    assert grows_linearly(lambda size: parser.render(repeated(piece, size), {NOTES: {"1": "1.html"}}), 50_000)

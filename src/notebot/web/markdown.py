"""Renders the curator's Markdown for a preview, safely: HTML in it is text, and what comes out is sanitised."""

from __future__ import annotations

from functools import cache

from notebot.core.text.markdown_parser import make_parser

TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
} | {*("s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul")}


def render_markdown(text: str) -> str:
    """HTML of a Markdown text; pictures become links, because the page loads nothing from other sites."""
    import nh3

    # the parser has HTML switched off already; this protects the page if the parser has a bug
    return nh3.clean(
        _parser().render(text),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )


_parser = cache(make_parser)

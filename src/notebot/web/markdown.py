"""Renders the curator's Markdown for a preview, safely: HTML in it is text, and what comes out is sanitised."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

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

# ends before Japanese punctuation and closing brackets, which often follow an address without a blank
_ADDRESS = re.compile(r"(https?://[^\s<>\"'()、。）」]{1,2000})")


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


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # the preset that GitHub's Markdown is nearest to, without HTML
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    # the parser's own linkify would need one more package
    parser.core.ruler.push("bare_links", _link_addresses)
    return parser


def _link_addresses(state: StateCore) -> None:
    """Makes addresses that are typed without any marks into links, as GitHub does."""
    from markdown_it.token import Token

    for block in state.tokens:
        if block.type != "inline" or "://" not in block.content:
            continue
        children: list[Token] = []
        depth = 0
        for token in block.children or []:
            depth += token.nesting if token.type in ("link_open", "link_close") else 0
            # inside a link, an address is the text of that link
            if token.type != "text" or depth:
                children.append(token)
                continue
            # the odd pieces of a split by a group are what the group matched
            for place, piece in enumerate(_ADDRESS.split(token.content)):
                text = Token("text", "", 0, content=piece)
                if place % 2:
                    opened = Token("link_open", "a", 1, attrs={"href": state.md.normalizeLink(piece)})
                    children += [opened, text, Token("link_close", "a", -1)]
                elif piece:
                    children.append(text)
        block.children = children

"""A parser for Markdown from outside: HTML in it is text, pictures are links, and bare addresses are links too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

NOTES = "notes"
"""The key of the parser's environment under which the page of each note number is, by number as text."""

# ends before Japanese punctuation and closing brackets, which often follow an address without a blank
_ADDRESS = regex(r"(https?://[^\s<>\"'()、。）」]{1,2000})")
_ADDRESS_OR_NOTE = regex(rf"{_ADDRESS.pattern}|(?<![A-Za-z0-9_/&#.=?%-])#(?P<note>[1-9][0-9]{{0,8}})(?![A-Za-z0-9_])")

# a sign that may be Markdown, HTML or a note, a line that may begin a list, heading or code, and a line break by blanks
_MARKED = regex(r"[^\S\n ]|[*_`\[\]<>&\"\\~|#\0\r]|^ |^[-+=]|^[0-9]+[.)]|\ (?:\n|\Z)", re.MULTILINE)
_PLAIN_ADDRESS = regex(r"https?://[a-z0-9./?=-]+", re.ASCII)


def plain_html(text: str) -> str | None:
    """What the parser renders for paragraphs without any Markdown but addresses; ``None`` for other texts.

    Most comments are such paragraphs, and the parser takes ten times as long.
    """
    if _MARKED.search(text) or not text:
        return None
    parts: list[str] = []
    for place, piece in enumerate(_ADDRESS.split(text)):
        # the odd pieces of a split by a group are what the group matched
        if place % 2 and not _PLAIN_ADDRESS.fullmatch(piece):
            return None
        parts.append(f'<a href="{piece}" rel="noopener noreferrer">{piece}</a>' if place % 2 else piece)
    paragraphs = (each for each in "".join(parts).split("\n\n") if each.strip("\n"))
    return "".join(f"<p>{each.strip()}</p>\n" for each in paragraphs)


def make_parser() -> MarkdownIt:
    """The preset that GitHub's Markdown is nearest to, without HTML and without pictures."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    # the parser's own linkify would need one more package
    parser.core.ruler.push("bare_links", _link_addresses)
    return parser


def _link_addresses(state: StateCore) -> None:
    """Makes addresses that are typed without any marks into links, as GitHub does, and ``#12`` if it is a note."""
    notes: Mapping[str, str] = state.env.get(NOTES, {})
    for block in state.tokens:
        if block.type != "inline" or not ("://" in block.content or (notes and "#" in block.content)):
            continue
        children: list[Token] = []
        depth = 0
        for token in block.children or []:
            depth += token.nesting if token.type in ("link_open", "link_close") else 0
            # inside a link, an address is the text of that link
            if token.type != "text" or depth:
                children.append(token)
            else:
                children += _with_links(token.content, state, notes)
        block.children = children


def _with_links(text: str, state: StateCore, notes: Mapping[str, str]) -> list[Token]:
    from markdown_it.token import Token

    tokens: list[Token] = []
    end = 0
    for match in _ADDRESS_OR_NOTE.finditer(text):
        href = notes.get(match["note"]) if match["note"] else state.md.normalizeLink(match[0])
        if href is None:
            continue
        if match.start() > end:
            tokens.append(Token("text", "", 0, content=text[end : match.start()]))
        opened = Token("link_open", "a", 1, attrs={"href": href})
        tokens += [opened, Token("text", "", 0, content=match[0]), Token("link_close", "a", -1)]
        end = match.end()
    if end < len(text):
        tokens.append(Token("text", "", 0, content=text[end:]))
    return tokens

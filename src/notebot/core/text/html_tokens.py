"""Splits HTML into tags and text the way browsers do, in time linear in its length.

Web pages, posts, feeds and saved pages share this tokeniser. ``html.parser`` takes quadratic time on tags and comments
that never close (8 s for 20,000 characters of ``<a ``) and raises ``AssertionError`` on ``<![foo[``. Parsers in C were
measured too: lexbor takes quadratic time on nested tags, and libxml2 drops the rest of a page below a depth of 254.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 2_000_000
RAW_TEXT_TAGS = frozenset({"script", "style", "title", "textarea", "noscript", "iframe", "template", "xmp"})
"""Elements that contain no markup, or only markup that a reader does not see."""
_CHARACTERS_PER_TOKEN = 10
"""The least average of a real page; a page of shorter tokens is cut."""
# bounds of what a hostile tag may cost; a meta tag may contain a whole abstract, so values get more room
_MAX_ATTRIBUTES = 40
_MAX_NAME_CHARACTERS = 100
_MAX_VALUE_CHARACTERS = 20_000

_OPEN = regex(r"<(?:(?P<end>/)?(?P<name>[A-Za-z][^\s/>]{0,40})|(?P<comment>!--)|(?=[!?/]))")
# Possessive quantifiers: a part that does not match is never tried again from its middle, which keeps this linear.
_ATTRIBUTE = regex(
    r"""[\s/]*+ (?: (?P<close>>)
      | (?P<name>[^\s/>][^\s/>=]*+)
        (?: \s*+=\s*+ (?: "(?P<double>[^"]*+)"? | '(?P<single>[^']*+)'? | (?P<bare>[^\s>]*+) ) )? )""",
    re.VERBOSE,
)
_RAW_TEXT_END = {name: regex(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in RAW_TEXT_TAGS}


class StartTag(Struct, frozen=True):
    """A start tag."""

    name: str
    """In lower case."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Names in lower case, values with character references resolved; the first of two equal names counts."""
    raw: str | None = None
    """The content up to the end tag if it is raw text, e.g. of a script; character references are not resolved."""


class EndTag(Struct, frozen=True):
    """An end tag."""

    name: str
    """In lower case."""


class Text(Struct, frozen=True):
    """Text between tags, with character references resolved."""

    text: str


class Unclosed(Struct, frozen=True):
    """The rest of the HTML, starting with a tag or comment that never closes."""

    text: str


def tokenise_html(
    page: str, raw_text_tags: frozenset[str] = RAW_TEXT_TAGS, *, max_characters: int = MAX_CHARACTERS
) -> Iterator[StartTag | EndTag | Text | Unclosed]:
    """The tokens of a page in order, without comments and declarations.

    Args:
        raw_text_tags: a subset of :data:`RAW_TEXT_TAGS`; their content is not tokenised but given as ``raw``.
        max_characters: anything after them is ignored.
    """
    page, position = page[:max_characters], 0
    for _ in range(max_characters // _CHARACTERS_PER_TOKEN):
        opening = _OPEN.search(page, position)
        if opening is None:
            break
        if opening.start() > position:
            yield Text(unescape_html(page[position : opening.start()]))
        attributes: dict[str, str] = {}
        closed_at: int | None
        if opening["name"] is not None:
            attributes, closed_at = _parse_attributes(page, opening.end())
        else:
            terminator = "-->" if opening["comment"] else ">"
            found_at = page.find(terminator, opening.start() + 2)
            closed_at = found_at + len(terminator) if found_at >= 0 else None
        if closed_at is None:
            # Looking for tags in the rest would start over at each `<` and take quadratic time.
            yield Unclosed(page[opening.start() :])
            return
        position = closed_at
        if opening["name"] is None:
            continue
        name = opening["name"].lower()
        if opening["end"]:
            yield EndTag(name)
        elif name in raw_text_tags:
            end = _RAW_TEXT_END[name].search(page, position)
            start, position = position, end.start() if end else len(page)
            yield StartTag(name, attributes, page[start:position])
        else:
            yield StartTag(name, attributes)
    if position < len(page):
        yield Text(unescape_html(page[position:]))


def unescape_html(text: str) -> str:
    """Resolves character references; returns a text unchanged if it has a number too long for Python's ``int``."""
    try:
        return html.unescape(text)
    except ValueError:
        return text


def _parse_attributes(page: str, position: int) -> tuple[dict[str, str], int | None]:
    """The attributes of a tag and the position after it, or ``None`` if the tag never closes."""
    attributes: dict[str, str] = {}
    while True:
        match = _ATTRIBUTE.match(page, position)
        if match is None:
            return attributes, None
        position = match.end()
        if match["close"]:
            return attributes, position
        name = match["name"][:_MAX_NAME_CHARACTERS].lower()
        if len(attributes) < _MAX_ATTRIBUTES and name not in attributes:
            value = match["double"] or match["single"] or match["bare"] or ""
            attributes[name] = unescape_html(value[:_MAX_VALUE_CHARACTERS]).strip()

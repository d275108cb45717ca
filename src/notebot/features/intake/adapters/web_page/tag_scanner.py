"""Tags and texts of a page, as browsers tell them apart, in time that grows with its length alone.

Python's own parser takes time by the square of what never closes; here whatever does not close ends the page.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LETTERS = 2_000_000
_MOST_TOKENS = 200_000
_MOST_ATTRIBUTES = 40
_LONGEST_VALUE = 20_000

_OPEN = regex(r"<(?:(?P<end>/)?(?P<name>[A-Za-z][^\s/>]{0,40})|(?P<comment>!--)|(?=[!?/]))")
_ATTRIBUTE = regex(
    r"""[\s/]*+ (?: (?P<close>>)
      | (?P<name>[^\s/>][^\s/>=]*+)
        (?: \s*+=\s*+ (?: "(?P<double>[^"]*+)"? | '(?P<single>[^']*+)'? | (?P<bare>[^\s>]*+) ) )? )""",
    re.VERBOSE,
)
_RAW = {
    name: regex(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "noscript", "iframe", "template", "xmp")
}


class Tag(Struct, frozen=True):
    """A tag that opens."""

    name: str
    """Lower case."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Names in lower case, references resolved; of two the first counts."""
    raw: str | None = None
    """All up to the closing tag, where that is no markup: of a script, of a title."""


class EndTag(Struct, frozen=True):
    """A tag that closes."""

    name: str


class Text(Struct, frozen=True):
    """What stands between tags, references resolved."""

    text: str


def tokens(page: str) -> Iterator[Tag | EndTag | Text]:
    """The page in pieces; comments and what is broken off are passed over."""
    page, at = page[:MOST_LETTERS], 0
    for _ in range(_MOST_TOKENS):
        found = _OPEN.search(page, at)
        if found is None:
            break
        if found.start() > at:
            yield Text(unescaped(page[at : found.start()]))
        if found["name"] is None:
            end = page.find("-->" if found["comment"] else ">", found.start() + 2)
            if end < 0:
                return
            at = end + (3 if found["comment"] else 1)
            continue
        attributes, closed_at = _attributes(page, found.end())
        if closed_at is None:
            return
        at = closed_at
        name = found["name"].lower()
        if found["end"]:
            yield EndTag(name)
            continue
        raw, at = _raw(page, at, name)
        yield Tag(name, attributes, raw)
    if at < len(page):
        yield Text(unescaped(page[at:]))


def unescaped(text: str) -> str:
    """References resolved; a text with a number too long for Python stays as it is."""
    try:
        return html.unescape(text)
    except ValueError:
        return text


def _attributes(page: str, at: int) -> tuple[dict[str, str], int | None]:
    """The attributes, and where the tag ends; ``None`` where it does not."""
    found: dict[str, str] = {}
    while True:
        part = _ATTRIBUTE.match(page, at)
        if part is None:
            return found, None
        at = part.end()
        if part["close"]:
            return found, at
        name = part["name"][:100].lower()
        if len(found) < _MOST_ATTRIBUTES and name not in found:
            value = part["double"] or part["single"] or part["bare"] or ""
            found[name] = unescaped(value[:_LONGEST_VALUE]).strip()


def _raw(page: str, at: int, name: str) -> tuple[str | None, int]:
    closing = _RAW.get(name)
    if closing is None:
        return None, at
    end = closing.search(page, at)
    stop = end.start() if end else len(page)
    return page[at:stop], stop

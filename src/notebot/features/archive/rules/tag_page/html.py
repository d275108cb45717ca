"""Renders text from outside as HTML that browsers, Liquid and Markdown all treat as plain text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from notebot.core.model.post_address import find_urls
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.tag_page.entry_parts import clean_lines, issue_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_IMAGE = regex(r"<img\b(?P<rest>[^<>]*)>|!\[[^\[\]\n]*\]\((?P<address>[^()\s]*)\)", re.IGNORECASE)
_SOURCE = regex(r"""\bsrc=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HEADING = regex(r"#{1,6} (?P<text>.*)")
_REFERENCE = regex(r"(?<![A-Za-z0-9_/&#.=?%-])#([1-9][0-9]{0,8})(?![A-Za-z0-9_])")


def escape(text: str) -> str:
    """The text escaped for an element or a quoted attribute."""
    # much faster on Japanese text than `str.translate`
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("'", "&#39;").replace("{", "&#123;").replace("}", "&#125;")


def anchor(address: str, shown: str, attributes: str = "") -> str:
    """A link whose text is escaped."""
    return f'<a {attributes}href="{escape(address)}">{escape(shown)}</a>'


def lines_html(text: str) -> str:
    """Escaped lines joined by ``<br>``, because an empty line would end an HTML block in Markdown."""
    return "<br>".join(map(escape, clean_lines(text)))


# Markdown and XML show the same comments and are rendered one after the other; a large cache would cost memory.
@lru_cache(maxsize=16)
def comments_html(comments: tuple[str, ...], refs: tuple[int, ...], repo: str | None) -> str:
    """Each comment as a paragraph, with links, images, headings, and links to the notes in ``refs``."""
    drawn = ("<br>".join(_line_html(line, refs, repo) for line in clean_lines(text)) for text in comments)
    return "".join(f"<p>{text}</p>" for text in drawn if text)


def _line_html(line: str, refs: Collection[int], repo: str | None) -> str:
    heading = _HEADING.fullmatch(line) if line.startswith("#") else None
    text = heading["text"] if heading else line
    parts: list[str] = []
    at = 0
    for image in _IMAGE.finditer(text):
        parts += _linked(text[at : image.start()], refs, repo)
        source = _SOURCE.search(image["rest"] or "")
        address = (source[1] or source[2] or "") if source else image["address"] or ""
        parts.append(f'<img src="{escape(address)}" alt="image">' if is_plain_url(address) else escape(image[0]))
        at = image.end()
    parts += _linked(text[at:], refs, repo)
    html = "".join(parts)
    return f"<strong>{html}</strong>" if heading else html


def _linked(text: str, refs: Collection[int], repo: str | None) -> Iterator[str]:
    if "://" not in text:  # true for most lines; the search for URLs is slow
        yield _referring(text, refs, repo)
        return
    at = 0
    for link in find_urls(text):
        start = text.index(link, at)
        yield _referring(text[at:start], refs, repo)
        yield anchor(link, link) if is_plain_url(link) else escape(link)
        at = start + len(link)
    yield _referring(text[at:], refs, repo)


def _referring(text: str, refs: Collection[int], repo: str | None) -> str:
    """``#12`` becomes a link only if ``refs`` contains it, because it may also be a rank."""

    if "#" not in text:
        return escape(text)

    def linked(found: re.Match[str]) -> str:
        number = int(found[1])
        return anchor(issue_address(repo, number), found[0]) if repo and number in refs else found[0]

    return _REFERENCE.sub(linked, escape(text))

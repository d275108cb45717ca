"""Parses what people drop into the inbox (lines, shortcuts, saved pages), and schedules retries."""

from __future__ import annotations

import codecs
import re
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.arxiv_id import find_ids, find_malformed_ids
from notebot.core.model.inbox_failure import SHORTCUTS, InboxFailure
from notebot.core.model.post_address import find_urls, parse_post
from notebot.core.text.escaping import remove_hidden
from notebot.core.text.html_tokens import StartTag, Unclosed, tokenise_html
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

LINES = (".txt", ".md")
"""Files that are read line by line; any other file is one item."""
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")
_SYSTEM = ("desktop.ini", "thumbs.db", "icon\r")
_SHORTCUT_URL = regex(r"^[ \t]*URL[ \t]*=[ \t]*(\S{1,4000})", re.IGNORECASE | re.MULTILINE)
_HEADING = regex(r"#{1,6}\s")
MAX_LINKS = 2_000
"""Links in one file; a page with more was hardly dropped on purpose."""
LINE_LIMIT = 20_000
"""Characters; a longer line was hardly typed."""
_RAW_TEXT_TAGS = frozenset({"script", "style", "title", "textarea"})
_SAVED_FROM = regex(r"<!--\s*+saved from url=\(\d+\)(\S{1,4000})")
"""The comment that browsers write into a saved page: ``saved from url=(0041)https://…``."""
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class InboxItem(Struct, frozen=True):
    """One line, or one whole file."""

    place: str
    """The file's name."""
    text: str
    """The line unchanged, or the text of a whole file."""
    is_file: bool = False
    trouble: str = ""
    """Why it cannot be read, in one sentence; empty if it can."""

    @property
    def key(self) -> tuple[str, str]:
        """Identifies the item's stored failure while the line exists."""
        return self.place, self.text


class SharedLink(Struct, frozen=True):
    """A link to read, with what the curator typed about it."""

    url: str
    typed: str = ""


def is_inbox_file(name: str) -> bool:
    """Tells whether a file is read: hidden, unfinished and system files are not."""
    low = name.lower()
    return not (low.startswith((".", "~$")) or low.endswith(_UNFINISHED) or low in _SYSTEM)


def why_no_links(item: InboxItem) -> str:
    """Returns why no link can be read from an item, in one sentence."""
    if item.trouble:
        return item.trouble
    if item.is_file and len(page_links(item.text)) > MAX_LINKS:
        return f"It has more than {MAX_LINKS} links; split it, or put the links on lines of a .txt file."
    if len(item.text) > LINE_LIMIT:
        return f"The line is longer than {LINE_LIMIT:,} characters; split it."
    return "It has no link and no arXiv id."


def split_lines(body: bytes, place: str) -> list[InboxItem]:
    """Returns the lines of a file, deduplicated, without blank lines and Markdown headings."""
    lines = map(_decode_line, _as_utf8(body).splitlines())
    items = (line for line in lines if line.strip() and not (place.endswith(".md") and _HEADING.match(line)))
    return [InboxItem(place, line) for line in dict.fromkeys(items)]


def extract_links(item: InboxItem) -> tuple[SharedLink, ...]:
    """Returns the links to read, posts first; empty if the item has none or too many."""
    if item.is_file and item.place.lower().endswith(SHORTCUTS):
        return tuple(SharedLink(url) for url in _SHORTCUT_URL.findall(item.text)[:1])
    if item.is_file:
        links = page_links(item.text)
        return tuple(SharedLink(url) for url in links) if len(links) <= MAX_LINKS else ()
    line = item.text
    links = list(dict.fromkeys(find_urls(line)))
    posts = [link for link in links if parse_post(link) is not None]
    # Japanese keyboards type digits and full stops in full width
    plain = unicodedata.normalize("NFKC", line)
    # a malformed id becomes a link too: it fails, and its line stays for the curator to correct
    malformed = tuple(SharedLink(f"https://arxiv.org/abs/{name}") for name in find_malformed_ids(plain))
    if posts:
        # the whole line is the typed text, so that a paper on the same line counts as the post's paper
        return (*(SharedLink(link, line) for link in posts), *malformed) if len(line) <= LINE_LIMIT else ()
    papers = tuple(SharedLink(paper.url) for paper in find_ids(plain))
    return (*papers, *malformed) or tuple(SharedLink(link, line) for link in links)


def compose_line(title: str, text: str, url: str) -> str:
    """One line of the inbox from what a browser or phone shares; what another part repeats is left out."""
    # blanks first: a line end is a control character, too
    parts = [remove_hidden(" ".join(part.split())) for part in (title, text, url)]
    distinct = dict.fromkeys(part for part in parts if part)
    return " ".join(part for part in distinct if not any(part in other for other in distinct if other != part))


def page_links(html: str) -> list[str]:
    """Returns the page's own URL if it has one, otherwise its links, as in an exported list of bookmarks."""
    own_urls, links = _SAVED_FROM.findall(html), []
    # every token has at least one character, so that no link at the end of a large file is left out
    for token in tokenise_html(html, _RAW_TEXT_TAGS, max_characters=10 * len(html)):
        if isinstance(token, Unclosed):
            links += find_urls(token.text)
        if not isinstance(token, StartTag):
            continue
        values = token.attributes
        if token.name == "link" and "canonical" in values.get("rel", "").lower().split():
            own_urls.append(values.get("href", ""))
        elif token.name == "meta" and values.get("property") == "og:url":
            own_urls.append(values.get("content", ""))
        elif token.name == "a" and values.get("href"):
            links.append(values["href"])
    urls = own_urls[:1] or links
    return [url for url in dict.fromkeys(urls) if url.lower().startswith(("http://", "https://"))]


# first and longest wait between two tries, for errors that may pass and for errors that seem permanent
_SOON = (timedelta(minutes=1), timedelta(hours=6))
_LATER = (timedelta(days=1), timedelta(days=30))
_PERMANENT_KINDS = ("invalid-ref", "not-found", "refused")


def next_failure(previous: InboxFailure | None, item: InboxItem, *, kind: str, why: str, now: datetime) -> InboxFailure:
    """Returns the record of one more failure, with the time of the next try (exponential backoff)."""
    tries = previous.tries + 1 if previous else 1
    first, most = _LATER if kind in _PERMANENT_KINDS else _SOON
    # the exponent is limited, because a timedelta overflows
    wait = min(first * 2 ** min(tries - 1, 20), most)
    return InboxFailure(
        item.place, item.text, kind, why, tries, previous.first_at if previous else now, now, now + wait
    )


def due_items(items: Iterable[InboxItem], failures: Iterable[InboxFailure], now: datetime | None) -> list[InboxItem]:
    """Returns the items to try now; all of them if ``now`` is ``None``, because a person asks."""
    # a clock that was set back (tried_at > now) makes an item due at once
    waiting = {
        (failure.place, failure.text)
        for failure in failures
        if now is not None and failure.tried_at <= now < failure.next_at
    }
    return [item for item in items if item.key not in waiting]


def without_lines(body: bytes, done: Iterable[InboxItem]) -> bytes:
    """Removes finished lines and leaves every other byte; if only blank lines remain, returns nothing."""
    gone = {item.text for item in done}
    kept = [line for line in _as_utf8(body).splitlines(keepends=True) if _decode_line(line) not in gone]
    rest = b"".join(kept) if any(line.strip() for line in kept) else b""
    return rest.decode("utf-8", "replace").encode("utf-16") if rest and body.startswith(_UTF16_BOMS) else rest


def without_unfinished_line(body: bytes) -> bytes:
    """Returns a file up to its last line end; all of a UTF-16 file, where a byte does not tell a line end."""
    if body.startswith(_UTF16_BOMS):
        return body
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]


def _as_utf8(body: bytes) -> bytes:
    """Converts UTF-16, which Windows calls "Unicode", to UTF-8; returns any other encoding unchanged."""
    return body.decode("utf-16", "replace").encode() if body.startswith(_UTF16_BOMS) else body


def _decode_line(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip("\r\n\ufeff")

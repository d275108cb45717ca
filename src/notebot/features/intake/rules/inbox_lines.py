"""What a person drops into the inbox: lines of text with links in them, and what is to be made of each."""

from __future__ import annotations

import codecs
import re
import unicodedata
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.arxiv_id import find_ids, find_malformed_ids
from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.model.post_address import find_urls, parse_post
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

LINES = (".txt", ".md")
"""Files that are lines, as the file of links is; any other file of the inbox is one thing as a whole."""
SHORTCUTS = (".url", ".desktop", ".webloc")
"""What Windows, Linux and macOS make of a link that is dragged into a folder."""
WHOLE = (*SHORTCUTS, ".html", ".htm")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")
_SYSTEM = ("desktop.ini", "thumbs.db", "icon\r")
_SHORTCUT = regex(r"^[ \t]*URL[ \t]*=[ \t]*(\S{1,4000})", re.IGNORECASE | re.MULTILINE)
_HEADING = regex(r"#{1,6}\s")
MOST_LINKS = 2_000
"""In one file; a page with more was hardly meant."""
_TOLD_LIMIT = 20_000
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class InboxItem(Struct, frozen=True):
    """One line, or one whole file."""

    place: str
    """The file's name."""
    text: str
    """The line as it stands there; of a whole file its text."""
    is_file: bool = False
    trouble: str = ""
    """Why it cannot be read at all, in one sentence."""

    @property
    def key(self) -> tuple[str, str]:
        """By which a failure is remembered while the line stands there."""
        return self.place, self.text


class Lead(Struct, frozen=True):
    """A link to follow, and what stands beside it."""

    url: str
    told: str = ""


def is_for_us(name: str) -> bool:
    """Whether a file lies in the inbox to be read: no hidden one, none that is still copied, none of the system's."""
    low = name.lower()
    return not (low.startswith((".", "~$")) or low.endswith(_UNFINISHED) or low in _SYSTEM)


def why_nothing(item: InboxItem) -> str:
    """Why an item asks for nothing, in one sentence."""
    if item.trouble:
        return item.trouble
    if item.is_file and len(page_links(item.text)) > MOST_LINKS:
        return f"It holds more than {MOST_LINKS} links; divide it, or put the links on lines of a .txt file."
    if len(item.text) > _TOLD_LIMIT:
        return f"The line is longer than {_TOLD_LIMIT:,} characters; divide it."
    return "It holds no link and no arXiv id."


def shown_line(place: str, text: str) -> str:
    """A file and the beginning of the line in it that is meant; of a file that is meant as a whole its name."""
    if not text or place.lower().endswith(WHOLE):
        return place
    line = " ".join(text.split())
    return f"{place}: " + (line if len(line) <= 120 else f"{line[:119]}…")


def lines_of(body: bytes, place: str) -> list[InboxItem]:
    """The lines of a file, each once; blank ones and Markdown's headings ask for nothing."""
    lines = map(_shown, _as_utf8(body).splitlines())
    asked = (line for line in lines if line.strip() and not (place.endswith(".md") and _HEADING.match(line)))
    return [InboxItem(place, line) for line in dict.fromkeys(asked)]


def leads_of(item: InboxItem) -> tuple[Lead, ...]:
    """What an item asks for, the posts before all else; none where it names nothing."""
    if not item.is_file:
        return _of_line(item.text)
    if item.place.lower().endswith(SHORTCUTS):
        return tuple(Lead(url) for url in _SHORTCUT.findall(item.text)[:1])
    links = page_links(item.text)
    return tuple(Lead(url) for url in links) if len(links) <= MOST_LINKS else ()


def _of_line(line: str) -> tuple[Lead, ...]:
    """A post is read with the whole line beside it; a paper that stands beside a post is its paper.

    What looks like an id and is none is a lead too, so that its line stays.
    """
    links = list(dict.fromkeys(find_urls(line)))
    posts = [link for link in links if parse_post(link) is not None]
    plain = unicodedata.normalize("NFKC", line)
    wrong = tuple(Lead(f"https://arxiv.org/abs/{name}") for name in find_malformed_ids(plain))
    if posts:
        return (*(Lead(link, line) for link in posts), *wrong) if len(line) <= _TOLD_LIMIT else ()
    papers = tuple(Lead(paper.url) for paper in find_ids(plain))
    return (*papers, *wrong) or tuple(Lead(link, line) for link in links)


def page_links(html: str) -> list[str]:
    """The page's own address where it names one; else what it links to, as a list of bookmarks does."""
    reader = _Page()
    reader.feed(html)
    reader.close()
    found = reader.own[:1] or reader.links
    return [url for url in dict.fromkeys(found) if url.lower().startswith(("http://", "https://"))]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.own: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: (value or "").strip() for name, value in attrs}
        if tag == "link" and "canonical" in named.get("rel", "").lower().split():
            self.own.append(named.get("href", ""))
        elif tag == "meta" and named.get("property") == "og:url":
            self.own.append(named.get("content", ""))
        elif tag == "a" and named.get("href"):
            self.links.append(named["href"])

    def handle_comment(self, data: str) -> None:
        """Browsers that save a page say so: ``saved from url=(0041)https://…``."""
        found = re.match(r"\s*saved from url=\(\d+\)(\S{1,4000})", data)
        if found:
            self.own.append(found[1])


_SOON = (timedelta(minutes=1), timedelta(hours=6))
_LATER = (timedelta(days=1), timedelta(days=30))
_LASTING = ("invalid-ref", "not-found", "refused")


def failed_again(before: InboxFailure | None, item: InboxItem, kind: str, why: str, now: datetime) -> InboxFailure:
    """What is remembered of one more failure; what may pass is tried sooner than what seems to last."""
    tries = before.tries + 1 if before else 1
    first, most = _LATER if kind in _LASTING else _SOON
    wait = min(first * 2 ** min(tries - 1, 20), most)
    return InboxFailure(item.place, item.text, kind, why, tries, before.first_at if before else now, now, now + wait)


def due_items(items: Iterable[InboxItem], failures: Iterable[InboxFailure], now: datetime | None) -> list[InboxItem]:
    """The items to try now; all of them where ``now`` is ``None``, because a person asks."""
    waiting = {(one.place, one.text) for one in failures if now is not None and one.tried_at <= now < one.next_at}
    return [item for item in items if item.key not in waiting]


def without_lines(body: bytes, done: Iterable[InboxItem]) -> bytes:
    """A file without the lines that are done; all else stays as it is, and nothing but blank lines is nothing."""
    gone = {item.text for item in done}
    kept = [line for line in _as_utf8(body).splitlines(keepends=True) if _shown(line) not in gone]
    left = b"".join(kept) if any(line.strip() for line in kept) else b""
    return left.decode("utf-8", "replace").encode("utf-16") if left and body.startswith(_WIDE) else left


def whole_lines(body: bytes) -> bytes:
    """A file up to the end of its last finished line; in UTF-16, whose ends are not told so, all of it."""
    if body.startswith(_WIDE):
        return body
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]


def _as_utf8(body: bytes) -> bytes:
    """A file in UTF-16, as Windows saves "Unicode", in UTF-8; any other as it is."""
    return body.decode("utf-16", "replace").encode() if body.startswith(_WIDE) else body


def _shown(line: bytes) -> str:
    """A line as :func:`lines_of` reads it."""
    return line.decode("utf-8", "replace").strip("\r\n\ufeff")

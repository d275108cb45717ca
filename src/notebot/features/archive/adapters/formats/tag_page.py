"""Reads a published tag page of the archive's site: the layout of August 2025 and, as far as possible, other years."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note, UnparsedPassage
from notebot.core.model.post_address import find_posts
from notebot.core.note_format.issue_body import first_arxiv_id, note_kind, note_refs
from notebot.core.text.patterns import regex
from notebot.features.archive.adapters.formats.read_result import Reading, day, load_text
from notebot.features.archive.adapters.formats.rendered_comment import read_rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWN_TAG = (
    regex(r'^title: *"?(?P<tag>[^\n"]{1,200}?)に関する論文・技術記事メモの一覧', re.MULTILINE),
    regex(r"^## (?P<tag>[^\n<>]{1,200})$", re.MULTILINE),
    regex(r"<h2\b[^<>]*>(?P<tag>[^<>]{1,200}?)(?: \(\d+\) — \d+/\d+)?</h2>"),
)
_DATE = regex(r'<span class="issue_date">\s*Issue Date: *(\d{4}-\d\d-\d\d)\s*</span>', re.ASCII)
# Attributes are looked for in a tag already found whole: one pattern for both would backtrack over hostile text.
_ANCHOR = regex(r"<a\s(?P<rest>[^<>]*)>(?P<shown>[^<>]*)")
_HREF = regex(r'\bhref="([^"]*)"')
_BUTTON, _BADGE, _TITLE = 'class="button"', 'class="external-link-badge"', 'class="title-link"'
_ARTICLE, _ARTICLE_END = '<article class="paper-entry">', "</article>"
_SNIPPET = regex(r'<span class="snippet">(?:<span>(?P<label>[^<>]*)</span>)?')
_ISSUE = regex(r"/([\w.-]+/[\w.-]+)/issues/([1-9][0-9]{0,8})$", re.ASCII)
_HEADING = regex(r"<h[1-6]\b(?P<rest>[^<>]*)>(?P<shown>[^<]*)</h[1-6]>")
_ENTITY = regex(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE | re.ASCII)
_END = '<button onclick="hideContent'
_CUT = " ..."
_EMPTY = ("", "No description ...", "No comments ...")
_HEAD_PARTS = regex(rf"<a\s[^<>]*>[^<>]*</a>|{_HEADING.pattern}|{_DATE.pattern}", re.ASCII)
_FURNITURE = regex(
    r"<button\b[^<>]*>[^<>]*</button>|</?(?:div|span|p|br|article)\b[^<>]*>|\{% (?:end)?raw %\}|\s+", re.IGNORECASE
)


class _Head(Struct, frozen=True):
    """The part of an entry before its snippets."""

    title: str
    repo: str
    """``owner/name``."""
    number: int
    issued: date
    tags: tuple[str, ...]
    links: tuple[str, ...]
    """Links to the paper itself; only newer pages have them."""


def read_page(path: Path) -> Reading:
    """Every note of the page, with the page's own tag after its other tags.

    Pages of 2023 show only the beginning of each comment; these are reported as unread.

    Raises:
        UsageError: the file is missing, too large, not text, or shows no entry.
    """
    text = load_text(path)
    reading = Reading()
    head = text[:10_000]
    found = next((found for pattern in _OWN_TAG if (found := pattern.search(head))), None)
    own = _unescaped(found["tag"]).strip() if found else None
    if own is None:
        reading.unread.append(UnparsedPassage("head", text[:200], "The page does not say which tag it is of."))
    for line, entry in _entries(text):
        _take(entry, line, own, reading)
    if not reading.notes:
        raise UsageError(f"{path} is not a published tag page: it has no entry with an issue date and a title.")
    return reading


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Yields each entry with the number of its first line."""
    line, at = 1, 0
    for start, end in list(_articles(text)) or _runs(text):
        line += text.count("\n", at, start)
        at = start
        yield line, text[start:end]


def _articles(text: str) -> Iterator[tuple[int, int]]:
    """Yields start and end of each entry on pages since late 2025, which enclose them in an element."""
    start = text.find(_ARTICLE)
    while start >= 0:
        following = text.find(_ARTICLE, start + 1)
        limit = following if following >= 0 else len(text)
        end = text.find(_ARTICLE_END, start, limit)
        yield start, end if end >= 0 else limit
        start = following


def _runs(text: str) -> list[tuple[int, int]]:
    """Start and end of each entry on older pages: from its first tag or date to that of the next entry."""
    buttons = [found.start() for found in _ANCHOR.finditer(text) if _BUTTON in found["rest"]]
    starts: list[int] = []
    before = 0
    for found in _DATE.finditer(text):
        first = bisect_left(buttons, before)
        own = first < len(buttons) and buttons[first] < found.start()
        starts.append(buttons[first] if own else found.start())
        before = found.end()
    end = text.rfind(_END, before)
    return list(pairwise([*starts, end if end >= 0 else len(text)]))


def _take(entry: str, line: int, own: str | None, reading: Reading) -> None:
    places = [0, *(found.start() for found in _SNIPPET.finditer(entry)), len(entry)]
    start, *snippets = [entry[begin:end] for begin, end in pairwise(places)]
    head, where = _read_head(start), f"line {line}"
    if head is None:
        reading.unread.append(UnparsedPassage(where, entry, "The entry has no date, no title or no issue."))
        return
    reader = _SnippetReader(head.repo, where, reading.unread)
    reader.check_rest(_HEAD_PARTS.sub("", start))
    for snippet in snippets:
        reader.read(snippet)
    reading.notes.append(_note(head, reader, own))


def _read_head(html: str) -> _Head | None:
    """Parses the text before the snippets; ``None`` without date, title or issue."""
    issue: tuple[str, int] | None = None
    title, links, tags = "", list[str](), list[str]()
    for found in _ANCHOR.finditer(html):
        href = _HREF.search(found["rest"])
        named = _ISSUE.search(href[1]) if href else None
        if _BUTTON in found["rest"]:
            tags.append(_unescaped(found["shown"]).removeprefix("#"))
        elif named and issue is None:
            issue, title = (named[1], int(named[2])), html[found.start("shown") :].partition("</a>")[0]
        elif href and _BADGE in found["rest"] and not named:
            links.append(_unescaped(href[1]))
    heading, dated = _HEADING.search(html), _DATE.search(html)
    if heading and _TITLE in heading["rest"]:
        title = heading["shown"]
    issued = day(dated[1]) if dated else None
    if issue is None or issued is None or not title.strip():
        return None
    title = " ".join(filter(None, map(str.strip, _unescaped(title).splitlines())))  # a line break in HTML is a blank
    return _Head(title, *issue, issued, tuple(dict.fromkeys(tags)), tuple(links))


class _SnippetReader:
    """Collects summary, comments and references from the snippets of an entry."""

    def __init__(self, repo: str, where: str, unread: list[UnparsedPassage]) -> None:
        self.summary: str | None = None
        self.comments: list[str] = []
        self.refs: list[int] = []
        self._repo, self._where, self._unread = repo, where, unread

    def read(self, snippet: str) -> None:
        start = _SNIPPET.match(snippet)
        assert start is not None
        inner, _, behind = snippet[start.end() :].rpartition("</span>")
        self.check_rest(behind)
        if inner.strip() in _EMPTY:
            return
        label = (start["label"] or "").removeprefix("GPT ")
        written = read_rendered(inner, self._repo)
        texts = [_unescaped(text) for text in written.texts]
        if inner.endswith(_CUT) or label not in {"Summary", "Comment"}:
            self._note_unread(inner, "Only the beginning of a text is here, so it is neither summary nor comment.")
        elif label == "Summary":
            self.summary = "\n".join(texts).strip().removeprefix("- ") or None
        else:
            self.comments += texts
            self.refs += written.refs

    def check_rest(self, rest: str) -> None:
        """Reports text of the entry that is neither one of its parts nor page layout."""
        text = _FURNITURE.sub(" ", rest).strip()
        if text:
            self._note_unread(text, "This text is in an entry but belongs to none of its parts.")

    def _note_unread(self, text: str, why: str) -> None:
        self._unread.append(UnparsedPassage(self._where, text, why))


def _note(head: _Head, reader: _SnippetReader, own: str | None) -> Note:
    left_out = own if own not in head.tags else None
    refs = (*reader.refs, *note_refs(reader.comments, head.number))
    return Note(
        title_line=head.title,
        number=head.number,
        issue_date=head.issued,
        tags=(*head.tags, left_out) if left_out else head.tags,
        page_tag=left_out,
        urls=head.links,
        arxiv_id=first_arxiv_id(head.links),
        summary=reader.summary,
        comments=tuple(reader.comments),
        posts=tuple(find_posts("\n".join(reader.comments))),
        refs=tuple(dict.fromkeys(ref for ref in refs if ref != head.number)),
        kind="article" if "Article" in (own, *head.tags) else note_kind(head.title),
    )


def _unescaped(text: str) -> str:
    """The text with complete character references resolved; ``&copy=1`` in a URL is not one."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)

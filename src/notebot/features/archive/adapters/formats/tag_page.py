"""A published tag page of the archive's site: of August 2025, and as far as they agree, of other years."""

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
    """What an entry shows before its texts."""

    title: str
    repo: str
    """``owner/name``."""
    number: int
    issued: date
    tags: tuple[str, ...]
    links: tuple[str, ...]
    """To the paper itself; only newer pages have them."""


def read_page(path: Path) -> Reading:
    """Every note of the page, with the page's own tag behind its others.

    The beginnings of comments that pages of 2023 show are listed as unread, for they are no comments.

    Raises:
        UsageError: the file is missing, too large, not text, or shows no entry.
    """
    text = load_text(path)
    reading = Reading()
    own = _own_tag(text)
    if own is None:
        reading.unread.append(UnparsedPassage("head", text[:200], "The page does not say which tag it is of."))
    for line, entry in _entries(text):
        _take(entry, line, own, reading)
    if not reading.notes:
        raise UsageError(f"{path} is not a published tag page: no entry with an issue date and a title stands in it.")
    return reading


def _own_tag(text: str) -> str | None:
    head = text[:10_000]
    found = next((found for pattern in _OWN_TAG if (found := pattern.search(head))), None)
    return _unescaped(found["tag"]).strip() if found else None


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Each entry with its line."""
    line, at = 1, 0
    for start, end in list(_articles(text)) or _runs(text):
        line += text.count("\n", at, start)
        at = start
        yield line, text[start:end]


def _articles(text: str) -> Iterator[tuple[int, int]]:
    """The pages since late 2025 fence their entries."""
    start = text.find(_ARTICLE)
    while start >= 0:
        following = text.find(_ARTICLE, start + 1)
        limit = following if following >= 0 else len(text)
        end = text.find(_ARTICLE_END, start, limit)
        yield start, end if end >= 0 else limit
        start = following


def _runs(text: str) -> list[tuple[int, int]]:
    """On older pages an entry runs from its first tag, or from its date, to that of the next."""
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
    start, *snippets = _cut_at(entry, [found.start() for found in _SNIPPET.finditer(entry)])
    head, where = _read_head(start), f"line {line}"
    if head is None:
        reading.unread.append(UnparsedPassage(where, entry, "The entry has no date, no title or no issue."))
        return
    told = _Told(head.repo, where, reading.unread)
    told.check_rest(_HEAD_PARTS.sub("", start))
    for snippet in snippets:
        told.read(snippet)
    reading.notes.append(_note(head, told, own))


def _cut_at(text: str, places: list[int]) -> list[str]:
    return [text[start:end] for start, end in pairwise([0, *places, len(text)])]


def _read_head(html: str) -> _Head | None:
    """What stands before the snippets; ``None`` where it lacks what makes a note."""
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
    return _Head(_unescaped(title), *issue, issued, tuple(dict.fromkeys(tags)), tuple(links))


class _Told:
    """What the snippets of an entry say."""

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
            self._note_unread(inner, "Only the beginning of a text stands there, which is neither summary nor comment.")
        elif label == "Summary":
            self.summary = "\n".join(texts).strip().removeprefix("- ") or None
        else:
            self.comments += texts
            self.refs += written.refs

    def check_rest(self, rest: str) -> None:
        """Lists what is left of the entry beside its parts and the furniture of the page."""
        text = _FURNITURE.sub(" ", rest).strip()
        if text:
            self._note_unread(text, "This stands with an entry and belongs to none of its parts.")

    def _note_unread(self, text: str, why: str) -> None:
        self._unread.append(UnparsedPassage(self._where, text, why))


def _note(head: _Head, told: _Told, own: str | None) -> Note:
    left_out = own if own not in head.tags else None
    refs = (*told.refs, *note_refs(told.comments, head.number))
    return Note(
        title_line=head.title,
        number=head.number,
        issue_date=head.issued,
        tags=(*head.tags, left_out) if left_out else head.tags,
        page_tag=left_out,
        urls=head.links,
        arxiv_id=first_arxiv_id(head.links),
        summary=told.summary,
        comments=tuple(told.comments),
        posts=tuple(find_posts("\n".join(told.comments))),
        refs=tuple(dict.fromkeys(ref for ref in refs if ref != head.number)),
        kind="article" if "Article" in (own, *head.tags) else note_kind(head.title),
    )


def _unescaped(text: str) -> str:
    """Character references resolved where they are whole: ``&copy=1`` in an address is none."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)

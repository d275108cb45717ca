"""A tag page for Jekyll, in the layout of the archive's site in August 2025 (format.md c)."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from notebot.core.text.escaping import neutralise
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.tag_page.entry_parts import clean, issue_link, shown_title
from notebot.features.archive.rules.tag_page.html import anchor, comments_html, escape, lines_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from notebot.features.archive.rules.tag_page.selection import PageNote

VISIBLE = 3
"""Entries above the ``more`` button."""

_PLAIN_YAML = regex(r"\w[\w .()/+&'・-]*")
_ANGLES = str.maketrans("<>", "＜＞")


class MarkdownForm(Struct, frozen=True):
    """Front matter, the first entries, and the rest behind a button of the site's own script."""

    repo: str | None
    stems: Mapping[str, str]
    """The file name, without extension, of each tag's page."""

    version = 1

    def facts(self, item: PageNote) -> object:
        note = item.note
        links = [(tag, self.stems.get(tag)) for tag in item.tags]
        return self.repo, links, note.number, note.issue_date, note.title_line, note.summary, note.comments, note.refs

    def render_tag(self, tag: str) -> str:
        if tag not in self.stems:
            return f'<span class="button">#{escape(clean(tag))}</span>'
        return anchor(f"articles/{quote(self.stems[tag], safe='()+,')}.html", f"#{clean(tag)}", 'class="button" ')

    def render_entry(self, item: PageNote) -> str:
        note = item.note
        date = f'<span class="issue_date">Issue Date: {note.issue_date}</span>' if note.issue_date else ""
        link, title = issue_link(note, self.repo), shown_title(note)
        parts = [
            f"<br>{date}",
            anchor(link, title) if link else escape(title),
            _snippet("Summary", lines_html(note.summary or "")),
            _snippet("Comment", comments_html(note.comments, note.refs, self.repo)),
        ]
        return "".join(f"{part}\n" for part in parts if part)

    def render_page(self, label: str, entries: Iterable[bytes], items: Sequence[PageNote]) -> Iterator[bytes]:
        head = [*self._front_matter(label), f"## {neutralise(clean(label))}", '<div class="visible-content">']
        yield ("\n".join(head) + "\n").encode()
        remaining = iter(entries)
        yield from islice(remaining, VISIBLE)
        yield b"</div>\n"
        if len(items) > VISIBLE:
            # The site's script counts the buttons of a page from 0, and a page has one.
            yield b'<button onclick="showMore(0)">more</button>\n\n<div class="hidden-content">\n'
            yield from remaining
            yield b'<button onclick="hideContent(0)" style="display: none;">hide</button>\n</div>\n'

    def _front_matter(self, label: str) -> list[str]:
        # Site layouts print the title unescaped, so it must not contain angle brackets.
        title = clean(f"{label}に関する論文・技術記事メモの一覧").translate(_ANGLES)
        scalar = title if _PLAIN_YAML.fullmatch(title) else _quoted(title)
        author = [f"author: {_quoted(self.repo.partition('/')[0])}"] if self.repo else []
        return ["---", "layout: post", f"title: {scalar}", *author, "---"]


def _snippet(name: str, html: str) -> str:
    return f'<span class="snippet"><span>{name}</span>{html}</span>' if html else ""


def _quoted(text: str) -> str:
    """A YAML scalar; every JSON string is one."""
    return json.dumps(text, ensure_ascii=False)

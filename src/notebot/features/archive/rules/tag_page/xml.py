"""A tag page as the XML that the archive keeps for agents, but well-formed (format.md e)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import display_form
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.tag_page.entry_parts import issue_link
from notebot.features.archive.rules.tag_page.html import comments_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from notebot.features.archive.rules.tag_page.selection import PageNote

NOTHING = "None"
"""The text of a field without a link, date or comment, as in the archive's own files."""

_FORBIDDEN = regex("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlForm(Struct, frozen=True):
    """Every entry with all its tags, including hidden ones and the page's own, and its raw body."""

    repo: str | None

    version = 1

    def facts(self, item: PageNote) -> object:
        note = item.note
        what = (note.number, note.issue_date, note.title_line, note.url, note.body, note.comments, note.refs)
        return self.repo, item.labels, *what

    def render_entry(self, item: PageNote) -> str:
        note = item.note
        fields = {
            "title": display_form(note.title_line),
            "original-paper-blog-link": note.url if note.url and is_plain_url(note.url) else NOTHING,
            "repo-issue-link": issue_link(note, self.repo) or NOTHING,
            "tags": ", ".join(item.labels),
            "repo-issue-date": str(note.issue_date or NOTHING),
            "issue-body": note.body or "",
            "maintainer-comment-text": comments_html(note.comments, note.refs, self.repo) or NOTHING,
        }
        lines = (f"<{name}>{_escape(value)}</{name}>\n" for name, value in fields.items())
        return "".join(("<paper-entry>\n", *lines, "</paper-entry>\n"))

    def render_page(self, label: str, entries: Iterable[bytes], items: Sequence[PageNote]) -> Iterator[bytes]:
        newest = max((item.note.issue_date for item in items if item.note.issue_date), default=NOTHING)
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<paper-list last-updated="{newest}">\n'.encode()
        yield from entries
        yield b"\n</paper-list>\n"


def _escape(text: str) -> str:
    text = normalise_line_ends(text)
    if not text.replace("\n", "").isprintable():  # what is printable is not forbidden, and most texts are
        text = _FORBIDDEN.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

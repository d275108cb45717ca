"""Selects the notes of each tag page and orders them (format.md c)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.note import Note
from notebot.core.note_format.tag_order import TagOrder
from notebot.core.note_format.title_line import sort_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ARTICLE = "Article"
"""Printed first among the tags of a note without venue year, even if the note does not have this tag."""

_NEWEST = 10**9


class PageRules(Struct, frozen=True):
    """Settings shared by all tag pages."""

    order: TagOrder
    hidden: frozenset[str] = frozenset()
    """Tags that have no page and are not printed on other pages."""
    repo: str | None = None
    """``owner/name`` of the archive; without it entries link to no issue."""


class PageNote(Struct, frozen=True, eq=False):
    """A note as pages show it."""

    note: Note
    """The full note when an entry is rendered; otherwise only what selects and orders it."""
    position: int
    """The index of the note in the list that was selected from."""
    labels: tuple[str, ...]
    """All its tags, in the archive's order."""
    tags: tuple[str, ...]
    """The tags that are printed: without hidden ones, ``Article`` first if the title has no venue year."""


def select(notes: Iterable[Note], rules: PageRules) -> dict[str, list[PageNote]]:
    """The open notes of every tag that has a page, in the page's order; tags by first use in the archive."""
    shown = [_page_note(note, position, rules) for position, note in enumerate(notes) if note.state != "closed"]
    pages: dict[str, list[PageNote]] = {}

    def age(item: PageNote) -> tuple[int, date, str]:
        note = item.note
        return note.number or _NEWEST, note.issue_date or date.max, note.title_line

    def place(item: PageNote) -> tuple[int, date, int, str]:
        # a note without number is newer than all that have one
        note = item.note
        return sort_year(note.title_line), note.issue_date or date.min, note.number or _NEWEST, note.title_line

    for item in sorted(shown, key=age):
        for tag in _paged(item, rules):
            pages.setdefault(tag, [])
    for item in sorted(shown, key=place, reverse=True):
        for tag in _paged(item, rules):
            pages[tag].append(item)
    return pages


def _page_note(note: Note, position: int, rules: PageRules) -> PageNote:
    labels = rules.order.sort(dict.fromkeys(tag for tag in note.tags if tag.strip()))
    printed = [tag for tag in labels if tag not in rules.hidden]
    if sort_year(note.title_line) == 0 and ARTICLE not in rules.hidden:
        printed = [ARTICLE, *(tag for tag in printed if tag != ARTICLE)]
    tags = tuple(printed)
    # Nearly every note has its tags in this order already: equal tuples are kept once per note, not three times.
    labels = note.tags if labels == note.tags else labels
    return PageNote(note, position, labels, labels if tags == labels else tags)


def _paged(item: PageNote, rules: PageRules) -> Sequence[str]:
    return [tag for tag in item.labels if tag not in rules.hidden]

"""Merges what several sources say about a note, and recognises stored notes (rules.md 7)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from notebot.core.model.note import KnownNote, Note
from notebot.core.note_format.issue_body import note_kind
from notebot.core.note_format.title_line import title_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SOURCES = ("github", "folder", "gh", "notes", "page", "agent-docs", "seed-text")
"""The most faithful first."""
WHOLE_SOURCES = ("github", "folder", "gh")
"""These show an issue completely: a field that is empty there is empty in the note."""
_DERIVED = ("kind", "page_tag")


def merge(by_source: Mapping[str, Note]) -> Note:
    """Each field from the most faithful source in which it is not empty."""
    present = [source for source in SOURCES if source in by_source]
    ranked = [by_source[source] for source in present]
    if present[0] in WHOLE_SOURCES:
        return ranked[0]
    merged: dict[str, Any] = {}
    for name in Note.__struct_fields__:
        if name not in _DERIVED:
            values = [getattr(note, name) for note in ranked]
            merged[name] = next(filter(None, values), values[0])
    tagged = next((note for note in ranked if note.tags), ranked[0])
    return replace(ranked[0], **merged, kind=note_kind(merged["title_line"]), page_tag=tagged.page_tag)


class Register:
    """All notes of the archive, indexed by number, arXiv id, URL, and date with title."""

    def __init__(self, known: Iterable[KnownNote]) -> None:
        self._numbers: dict[int, int] = {}
        self._papers: dict[str, list[KnownNote]] = {}
        self._lines: dict[tuple[date | None, str], list[KnownNote]] = {}
        for one in known:
            self.add(one)

    def add(self, known: KnownNote) -> None:
        """Adds a note, or replaces it after a change."""
        if known.number is not None:
            self._numbers[known.number] = known.id
        for key in (known.arxiv_id, known.url):
            if key:
                _put(self._papers.setdefault(key, []), known)
        _put(self._lines.setdefault((known.issue_date, known.title_key), []), known)

    def drop(self, note_id: int) -> None:
        """Removes a note that was merged into another."""
        for places in (*self._papers.values(), *self._lines.values()):
            places[:] = [one for one in places if one.id != note_id]

    def find(self, note: Note) -> list[int]:
        """The ids of the stored notes that are the same note; a paper with two numbers is two notes.

        There are two ids if one stored note has the number and another, without a number, has the same paper or line.
        """
        line = (note.issue_date, title_key(note.title_line))
        same_paper = [one for key in (note.arxiv_id, note.url) if key for one in self._papers.get(key, [])]
        same_line = self._lines.get(line, []) if note.issue_date is not None else []
        same = sorted(same_paper, key=lambda one: (one.issue_date, one.title_key) != line) + same_line
        if note.number is None:
            return [one.id for one in same[:1]]
        numbered = [self._numbers[note.number]] if note.number in self._numbers else []
        return [*numbered, *(one.id for one in same if one.number is None)][:2]


def _put(places: list[KnownNote], known: KnownNote) -> None:
    places[:] = [one for one in places if one.id != known.id] + [known]


def noted_twice(notes: Iterable[Note]) -> list[tuple[Note, ...]]:
    """Notes of the same paper, by arXiv id or by link, each group ordered by number; a note is in one group only."""
    groups: dict[str, list[Note]] = {}
    for note in notes:
        key = note.arxiv_id or note.url
        if key:
            groups.setdefault(key, []).append(note)
    return [tuple(sorted(group, key=lambda note: note.number or 0)) for group in groups.values() if len(group) > 1]


def oldest_first(notes: Iterable[Note]) -> list[Note]:
    """Notes by number, then date, in the order in which habits are learned: the newest last."""
    return sorted(notes, key=lambda note: (note.number is None, note.number or 0, note.issue_date or date.min))


def tag_lists(notes: Sequence[Note]) -> list[tuple[str, ...]]:
    """The tags of every note, oldest note first, without a page's own tag, whose place is unknown."""
    return [tuple(tag for tag in note.tags if tag != note.page_tag) for note in oldest_first(notes)]

"""Which pages the site has, and which notes each of them lists."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.archive.rules.tag_page.page_file_names import file_stems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from notebot.core.model.note import Note

PAGE_SIZE = 50
"""Notes of each page of a list but the first, which also has the newest ones that fill no page yet."""

_UNNUMBERED = 10**9
"""Notes without a number are kept papers that wait for publishing, so they are newer than all others of their day."""


class BareNote(Struct, frozen=True, gc=False):
    """What the outline needs of a note; all of them are in memory at once."""

    key: int
    """Of the note where it is read from."""
    number: int | None
    title_line: str
    issue_date: date | None
    tags: tuple[str, ...]
    """Those that are shown, in the note's order."""
    refs: tuple[int, ...]
    identity: str
    """What names the note's page if it has no number: arXiv id, link or title line."""


class ListPage(Struct, frozen=True):
    """One page of a list of notes."""

    file: str
    members: tuple[int, ...]
    """Indexes of notes, the newest first."""
    newer: str | None = None
    """The file of the page with newer notes."""
    older: str | None = None


class NoteList(Struct, frozen=True):
    """The notes of a tag, or all notes, on one or several pages."""

    label: str
    """The tag; empty for all notes."""
    stem: str
    """The file of the first page, without its ending."""
    pages: tuple[ListPage, ...]
    """The page with the newest notes first."""

    @property
    def file(self) -> str:
        """The page with the newest notes."""
        return f"{self.stem}.html"

    @property
    def feed(self) -> str:
        """The feed of the newest notes."""
        return f"{self.stem}.xml"

    @property
    def total(self) -> int:
        """How many notes it lists."""
        return sum(len(page.members) for page in self.pages)


class Outline(Struct, frozen=True):
    """All notes and all lists of the site; notes are named by their index, the oldest first."""

    notes: tuple[BareNote, ...]
    files: tuple[str, ...]
    """The page of each note."""
    everything: NoteList
    tags: dict[str, NoteList]
    """By tag, in the order in which the archive began to use them."""
    numbered: dict[int, int]
    """The index of the note with each number."""
    referring: dict[int, tuple[int, ...]]
    """The indexes of the notes that refer to a note, by its index, the newest first."""

    def related(self, index: int) -> tuple[int, ...]:
        """The notes that a note refers to, in its order; references to unknown notes and itself are left out."""
        named = (self.numbered.get(number) for number in dict.fromkeys(self.notes[index].refs))
        return tuple(other for other in named if other is not None and other != index)


def bare_note(key: int, note: Note, hidden: Collection[str], known: dict[str, str]) -> BareNote:
    """The part of a note that the outline needs.

    Args:
        known: keeps one copy of each tag for all notes; each JSON document yields its own.
    """
    tags = (tag for tag in dict.fromkeys(note.tags) if tag.strip() and tag not in hidden)
    return BareNote(
        key,
        note.number,
        note.title_line,
        note.issue_date,
        tuple(known.setdefault(tag, tag) for tag in tags),
        note.refs,
        note.arxiv_id or note.url or note.title_line if note.number is None else "",
    )


def make_outline(notes: Iterable[BareNote]) -> Outline:
    """Plans the pages of all notes."""
    ordered = tuple(sorted(notes, key=_age))
    by_tag: dict[str, list[int]] = {}
    for index, note in enumerate(ordered):
        for tag in note.tags:
            by_tag.setdefault(tag, []).append(index)
    stems = file_stems(by_tag, "_")
    numbered = {note.number: index for index, note in enumerate(ordered) if note.number is not None}
    referring: dict[int, list[int]] = {}
    for index in reversed(range(len(ordered))):
        for number in dict.fromkeys(ordered[index].refs):
            target = numbered.get(number)
            if target is not None and target != index:
                referring.setdefault(target, []).append(index)
    return Outline(
        ordered,
        tuple(_note_files(ordered)),
        note_list("", "notes/all", range(len(ordered))),
        {tag: note_list(tag, f"tags/{stems[tag]}", members) for tag, members in by_tag.items()},
        numbered,
        {target: tuple(sources) for target, sources in referring.items()},
    )


def note_list(label: str, stem: str, members: Sequence[int]) -> NoteList:
    """A list on as many pages as it needs.

    Pages are counted from the oldest note, so that a new note changes the first page only, and the address of every
    other page stays. ``~`` is in no name of a tag's file.
    """
    full = max(1, len(members) // PAGE_SIZE)
    starts = [PAGE_SIZE * place for place in range(full)]
    files = [f"{stem}~{place}.html" for place in range(1, full)] + [f"{stem}.html"]
    pages = [
        ListPage(
            files[place],
            tuple(reversed(members[start : start + PAGE_SIZE] if place < full - 1 else members[start:])),
            newer=files[place + 1] if place < full - 1 else None,
            older=files[place - 1] if place else None,
        )
        for place, start in enumerate(starts)
    ]
    return NoteList(label, stem, tuple(reversed(pages)))


def most_used(tags: Mapping[str, NoteList]) -> list[NoteList]:
    """The tags with most notes first; equal ones by name."""
    return sorted(tags.values(), key=lambda each: (-each.total, each.label))


def _age(note: BareNote) -> tuple[date, int, str, int]:
    number = note.number if note.number is not None else _UNNUMBERED
    return note.issue_date or date.min, number, note.title_line, note.key


def _note_files(notes: Iterable[BareNote]) -> Iterator[str]:
    taken: set[str] = set()
    for note in notes:
        if note.number is not None:
            yield f"notes/{note.number}.html"
            continue
        mark = hashlib.blake2b(note.identity.encode(errors="surrogatepass"), digest_size=6).hexdigest()
        name, turn = f"notes/x{mark}.html", 1
        while name in taken:  # two notes of one paper
            turn += 1
            name = f"notes/x{mark}-{turn}.html"
        taken.add(name)
        yield name

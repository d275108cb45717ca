"""Writes the files of the site that changed, and removes those of notes and tags that no longer exist.

    notes -> outline -> fingerprint of each file | written before, and the file is there -> unchanged
                                                 | else render -> file

The notes are read twice if anything changed: first for the outline and the fingerprints, then, one at a time, for the
files that have to be written. What a list or feed shows of a note is rendered once, and kept outside memory.
"""

from __future__ import annotations

import hashlib
from array import array
from contextlib import contextmanager
from enum import Enum, StrEnum
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct, field

from notebot.core.model.errors import UnexpectedError
from notebot.core.supervisor import supervised
from notebot.features.site.rules.full_note import read_full_note
from notebot.features.site.rules.outline import bare_note, make_outline, most_used
from notebot.features.site.rules.search_index import SearchIndex, index_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from notebot.core.model.note import Note
    from notebot.core.model.stub import Stub
    from notebot.features.archive.tag_pages import EntrySpool
    from notebot.features.site.rules.full_note import FullNote
    from notebot.features.site.rules.outline import ListPage, NoteList, Outline

    ReadNotes = Callable[[], Iterable[tuple[int, Note, Stub | None]]]
    """Reads all notes; a kept paper that waits for publishing has its stub.

    Each note has a key that stays the same in the next reading, whatever another process stores in between.
    """

NEWEST = 20
"""Notes on the first page, and in each feed."""
INDEX_PAGE = "index.html"


class EntryKind(StrEnum):
    """Where a note is shown beside others."""

    LIST = "list"
    FIRST_PAGE = "first page"
    """It is in another folder than the lists, so that its links are other ones."""
    FEED = "feed"


class FileOutcome(Enum):
    """What became of a file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    LEFT = "left"
    """Something else is there: a file that notebot did not write, or that was changed since."""


class SiteFiles(Protocol):
    """The folder of the site; names are paths below it, with ``/``."""

    def is_current(self, name: str, fingerprint: str) -> bool:
        """True if the file was written with this fingerprint and is still there."""

    def write(self, name: str, fingerprint: str, content: bytes) -> FileOutcome:
        """Replaces a file as a whole, but only if notebot wrote it.

        Raises:
            StateError: the folder cannot be written.
        """

    def remove_others(self, keep: Collection[str]) -> Iterator[tuple[str, FileOutcome]]:
        """Removes the files that notebot wrote and that are no longer wanted; ``WRITTEN`` means removed."""

    def open_spool(self) -> EntrySpool:
        """An empty spool on the disk of the site."""


class SiteRenderer(Protocol):
    """Renders the files; ``index`` is the place of a note in the outline."""

    @property
    def version(self) -> str:
        """Changes with the templates and the settings: all files are then written again."""

    def note(self, outline: Outline, index: int, full: FullNote) -> bytes:
        """The page of a note."""

    def entry(self, outline: Outline, index: int, full: FullNote, kind: EntryKind) -> bytes:
        """A note among others."""

    def list_page(self, outline: Outline, notes: NoteList, page: ListPage, entries: bytes) -> bytes:
        """A page of a list."""

    def feed(self, outline: Outline, notes: NoteList, entries: bytes) -> bytes:
        """The feed of a list."""

    def first_page(self, outline: Outline, entries: bytes) -> bytes:
        """``index.html``."""

    def other_pages(self, outline: Outline, index_revision: str) -> dict[str, Callable[[], bytes]]:
        """The pages and files that show no notes, by name; ``index_revision`` changes with the search index."""

    def facts_of_other_pages(self, outline: Outline, index_revision: str) -> object:
        """What the other pages depend on, besides the version."""


class SiteReport(Struct):
    """What became of the files."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    left: list[str] = field(default_factory=list)
    """Files in the way that notebot did not write, or that were changed since; they stay as they are."""
    failures: list[str] = field(default_factory=list)
    """One sentence for each file or note that could not be rendered; the others are complete."""


class _PlannedList(Struct):
    """A file that shows several notes and has to be written."""

    name: str
    fingerprint: str
    kind: EntryKind
    members: Sequence[int]
    render: Callable[[bytes], bytes]


class _Entries:
    """What lists of one kind show of the notes, by index, outside memory."""

    def __init__(self, spool: EntrySpool, count: int) -> None:
        self._spool = spool
        self._offsets = array("q", [-1]) * count
        self._sizes = array("q", [0]) * count

    def add(self, index: int, text: bytes) -> None:
        self._offsets[index] = self._spool.append(text)
        self._sizes[index] = len(text)

    def has(self, index: int) -> bool:
        return self._offsets[index] >= 0

    def read(self, index: int) -> bytes:
        return self._spool.read(self._offsets[index], self._sizes[index])


def build_site(
    read_notes: ReadNotes, *, hidden: Collection[str], renderer: SiteRenderer, files: SiteFiles
) -> SiteReport:
    """Writes what changed.

    Args:
        hidden: tags without a page.

    Raises:
        StateError: the folder cannot be written; the files before that are complete.
    """
    known: dict[str, str] = {}
    digests: dict[int, bytes] = {}
    bare = []
    for key, note, stub in read_notes():
        if note.state != "closed":
            bare.append(bare_note(key, note, hidden, known))
            digests[key] = _digest(note, stub)
    outline = make_outline(bare)
    build = _Build(outline, [digests[note.key] for note in outline.notes], renderer, files)
    stale_notes, stale_lists, index_is_stale = build.plan()
    if stale_notes or stale_lists or index_is_stale:
        spool = files.open_spool()
        try:
            entries, index = build.render_notes(read_notes, stale_notes, stale_lists, spool, index_is_stale)
            build.write_lists(stale_lists, entries)
            build.write_index(index)
        finally:
            spool.close()
    build.write_other_pages()
    for name, outcome in files.remove_others(build.wanted):
        if outcome is FileOutcome.WRITTEN:
            build.report.removed += 1
        else:
            build.report.left.append(name)
    return build.report


class _Build:
    """One run."""

    def __init__(self, outline: Outline, digests: Sequence[bytes], renderer: SiteRenderer, files: SiteFiles) -> None:
        self.report = SiteReport()
        self.wanted: set[str] = set()
        self._outline = outline
        self._renderer = renderer
        self._files = files
        self._version = renderer.version
        # what every page shows of a note: its texts, its address, and the addresses of its tags
        self._shown = [
            _fingerprint((digest, name, [outline.tags[tag].stem for tag in note.tags]))
            for digest, name, note in zip(digests, outline.files, outline.notes, strict=True)
        ]
        self._index_revision = self._fingerprint("search", range(len(outline.notes)))

    def plan(self) -> tuple[dict[int, str], list[_PlannedList], bool]:
        """What has to be written: the pages of notes with their fingerprints, the lists and feeds, the index."""
        outline, renderer = self._outline, self._renderer
        notes = {
            index: fingerprint
            for index, name in enumerate(outline.files)
            if self._is_stale(name, fingerprint := self._note_fingerprint(index))
        }
        lists: list[_PlannedList] = []

        def plan_list(
            name: str, kind: EntryKind, members: Sequence[int], facts: object, render: Callable[[bytes], bytes]
        ) -> None:
            fingerprint = self._fingerprint((kind, facts), members)
            if self._is_stale(name, fingerprint):
                lists.append(_PlannedList(name, fingerprint, kind, members, render))

        for each in (outline.everything, *outline.tags.values()):
            for page in each.pages:
                facts = (each.label, each.total, page.newer, page.older)
                plan_list(
                    page.file, EntryKind.LIST, page.members, facts, partial(renderer.list_page, outline, each, page)
                )
            newest = each.pages[0].members[:NEWEST]
            plan_list(each.feed, EntryKind.FEED, newest, each.label, partial(renderer.feed, outline, each))
        common = [(each.label, each.total, each.stem) for each in most_used(outline.tags)]
        newest = outline.everything.pages[0].members[:NEWEST]
        plan_list(INDEX_PAGE, EntryKind.FIRST_PAGE, newest, common, partial(renderer.first_page, outline))
        index = [self._is_stale(name, self._index_revision) for name in index_files(len(outline.notes))]
        return notes, lists, any(index)

    def render_notes(
        self,
        read_notes: ReadNotes,
        stale_notes: dict[int, str],
        stale_lists: Sequence[_PlannedList],
        spool: EntrySpool,
        index_is_stale: bool,
    ) -> tuple[dict[EntryKind, _Entries], SearchIndex | None]:
        """Reads the notes one by one; writes their pages, and collects what lists and the search index need."""
        outline, count = self._outline, len(self._outline.notes)
        places = {note.key: index for index, note in enumerate(outline.notes)}
        entries = {kind: _Entries(spool, count) for kind in EntryKind}
        needed = {kind: set[int]() for kind in EntryKind}
        for planned in stale_lists:
            needed[planned.kind].update(planned.members)
        search = SearchIndex(count) if index_is_stale else None
        for key, note, stub in read_notes():
            index = places.get(key)
            kinds = [kind for kind in EntryKind if index in needed[kind]]
            if index is None or not (index in stale_notes or kinds or search):
                continue
            with self._reported(f"The note {note.title_line[:100]!r}"):
                full = read_full_note(note, stub)
                for kind in kinds:
                    entries[kind].add(index, self._renderer.entry(outline, index, full, kind))
                if search is not None:
                    search.add(index, outline.files[index], full)
                if index in stale_notes:
                    page = self._renderer.note(outline, index, full)
                    self._store(outline.files[index], stale_notes[index], page)
        return entries, search

    def write_lists(self, stale_lists: Iterable[_PlannedList], entries: dict[EntryKind, _Entries]) -> None:
        """Writes the lists and feeds, without notes that failed."""
        for planned in stale_lists:
            stored = entries[planned.kind]
            present = [index for index in planned.members if stored.has(index)]
            # without its fingerprint, a list that lacks a note is written again next time
            fingerprint = planned.fingerprint if len(present) == len(planned.members) else ""
            with self._reported(f"The file {planned.name}"):
                content = planned.render(b"".join(map(stored.read, present)))
                self._store(planned.name, fingerprint, content)

    def write_index(self, index: SearchIndex | None) -> None:
        """Writes the files of the search."""
        if index is not None:
            fingerprint = self._index_revision if index.is_complete else ""
            for name, content in index.files():
                self._store(name, fingerprint, content)

    def write_other_pages(self) -> None:
        """Writes the pages that show no notes."""
        arguments = self._outline, self._index_revision
        fingerprint = self._fingerprint(self._renderer.facts_of_other_pages(*arguments))
        for name, render in self._renderer.other_pages(*arguments).items():
            if self._is_stale(name, fingerprint):
                with self._reported(f"The file {name}"):
                    self._store(name, fingerprint, render())

    def _is_stale(self, name: str, fingerprint: str) -> bool:
        """Counts a file as wanted; True if it has to be written."""
        self.wanted.add(name)
        if self._files.is_current(name, fingerprint):
            self.report.unchanged += 1
            return False
        return True

    def _store(self, name: str, fingerprint: str, content: bytes) -> None:
        outcome = self._files.write(name, fingerprint, content)
        if outcome is FileOutcome.LEFT:
            self.report.left.append(name)
        elif outcome is FileOutcome.WRITTEN:
            self.report.written += 1
        else:
            self.report.unchanged += 1

    def _note_fingerprint(self, index: int) -> str:
        """Of the page of a note, which also names the notes related to it."""
        outline = self._outline
        related = [
            [(outline.files[other], outline.notes[other].title_line, outline.notes[other].issue_date) for other in side]
            for side in (outline.related(index), outline.referring.get(index, ()))
        ]
        return self._fingerprint(related, [index])

    def _fingerprint(self, facts: object, notes: Iterable[int] = ()) -> str:
        """A hash that changes if a file with these facts and notes would be rendered differently."""
        return _fingerprint((self._version, facts, [self._shown[index] for index in notes]))

    @contextmanager
    def _reported(self, unit: str) -> Iterator[None]:
        """Adds an unexpected failure of one unit to the report; the others go on."""
        try:
            with supervised(unit):
                yield
        except UnexpectedError as error:
            self.report.failures.append(str(error))


def _digest(note: Note, stub: Stub | None) -> bytes:
    """A hash that changes if the note would be shown differently."""
    texts = (stub.authors, stub.abstract, stub.translation, stub.doi) if stub else ()
    return hashlib.blake2b(msgspec.msgpack.encode((note, texts)), digest_size=16).digest()


def _fingerprint(facts: object) -> str:
    return hashlib.blake2b(msgspec.msgpack.encode(facts), digest_size=16).hexdigest()

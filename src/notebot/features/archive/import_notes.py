"""Imports notes: recognises stored ones, merges what several sources say, and searches the result."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.errors import UnexpectedError
from notebot.core.model.note import NoteQuery, UnparsedPassage
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.note_from_stub import make_note
from notebot.core.note_format.note_identity import make_known_note
from notebot.core.note_format.tag_order import TagOrder, learn_order
from notebot.core.supervisor import supervised
from notebot.core.text.search_tokens import contains_all_words
from notebot.features.archive.rules.merge import Register, merge, tag_lists

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from notebot.core.model.note import Note
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, Progress, Store
    from notebot.features.topics.rules.topic import Topic

BATCH = 500
"""Notes per transaction."""


class ImportReport(Struct):
    """What an import did; ``read = new + changed + unchanged``."""

    source: str
    name: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    unread: list[UnparsedPassage] = field(default_factory=list)
    """Passages that could not be parsed; they are stored unchanged."""


class Importer:
    """Imports the notes of one source; importing the same notes again changes nothing.

    Args:
        replaces: a source that is out of date where this one has the note: the place where the archive was before.
    """

    def __init__(
        self, store: Store, clock: Clock, source: str, name: str, progress: Progress, *, replaces: str = ""
    ) -> None:
        self._store = store
        self._clock = clock
        self._progress = progress
        self._replaces = replaces
        self._read_register()
        self.report = ImportReport(source, name)
        self.failed: list[UnparsedPassage] = []
        """Notes that failed unexpectedly; :meth:`keep_raw` stores them."""

    def take(self, notes: Collection[Note], cursor: str | None = None) -> None:
        """Stores notes in transactions of ``BATCH``; the last one moves the cursor of a live source."""
        remaining = iter(notes)
        for start in range(0, max(len(notes), 1), BATCH):
            self._progress(self.report.source, start, len(notes))
            # read before the transaction begins, so that a file that fails now rolls nothing back
            part = list(islice(remaining, BATCH))
            last_cursor = cursor if start + BATCH >= len(notes) else None
            before = replace(self.report)
            try:
                with supervised("A batch of notes"):
                    self._take_batch(part, last_cursor)
            except UnexpectedError:
                # the transaction is rolled back; one by one, each note alone can fail
                self.report = before
                self._read_register()
                self._take_each(part)
                self._take_batch([], last_cursor)
        self._progress(self.report.source, len(notes), len(notes))

    def _take_batch(self, notes: Sequence[Note], cursor: str | None) -> None:
        with self._store.transaction():
            # Notes of another process may have come since, and a number is given only once.
            if self._store.commits_elsewhere() != self._commits_elsewhere:
                self._read_register()
            for note in notes:
                self._take(note)
            self._number_stubs(notes)
            if cursor is not None:
                self._store.notes.move_cursor(self.report.source, self.report.name, cursor)

    def _take_each(self, notes: Iterable[Note]) -> None:
        for note in notes:
            name = f"#{note.number}" if note.number is not None else note.title_line[:100]
            before = replace(self.report)
            try:
                with supervised(f"The note {name}"):
                    self._take_batch([note], None)
            except UnexpectedError as error:
                self.report = before
                self._read_register()
                text = "\n".join(filter(None, (note.title_line, note.body, note.comment)))
                self.failed.append(UnparsedPassage(name, text, str(error)))

    def keep_raw(self, passages: Sequence[UnparsedPassage]) -> None:
        """Stores passages that could not be parsed and notes that failed, in place of earlier ones of the source."""
        passages = [*passages, *self.failed]
        with self._store.transaction():
            self._store.notes.replace_unread(self.report.source, self.report.name, passages)
        self.report.unread.extend(passages)

    def _read_register(self) -> None:
        # The number first: what is committed between the two is then read again.
        self._commits_elsewhere = self._store.commits_elsewhere()
        self._register = Register(self._store.notes.known())

    def _take(self, note: Note) -> None:
        self.report.read += 1
        found = self._register.find(note)
        note_id = found[0] if found else None
        sources = self._store.notes.sources_of(note_id) if note_id is not None else {}
        # Two match if one has the number and the other, imported without one, has the same paper or title line.
        for twin in found[1:]:
            sources = {**self._store.notes.sources_of(twin), **sources}
            self._store.notes.drop(twin)
            self._register.drop(twin)
        # Even an unchanged note is saved again if it merged twins, because these were dropped above.
        if len(found) < 2 and sources.get(self.report.source) == note and self._replaces not in sources:
            self.report.unchanged += 1
            return
        if note_id is None:
            self.report.new += 1
        else:
            self.report.changed += 1
        sources[self.report.source] = note
        if self._replaces in sources and note_id is not None:
            del sources[self._replaces]
            self._store.notes.drop_source(note_id, self._replaces)
        merged = merge(sources)
        note_id = self._store.notes.save(note_id, merged, sources)
        for source_note in sources.values():
            self._register.add(make_known_note(note_id, merged.number, source_note))

    def _number_stubs(self, notes: Iterable[Note]) -> None:
        """Stores the note number in stubs whose paper is now in the archive."""
        numbers = {note.arxiv_id: note.number for note in notes if note.arxiv_id and note.number is not None}
        for arxiv_id, stub in self._store.stubs.by_ids(list(numbers)).items():
            # A number is final: a second note about the same paper does not move the stub to it.
            if stub.note_number is None:
                self._store.stubs.save(replace(stub, note_number=numbers[arxiv_id]), self._clock())


def all_notes(store: Store, style: NoteStyle) -> list[Note]:
    """Kept stubs that are not in the archive yet, then its notes, newest first."""
    # A kept stub counts as a note without a number until the archive has it (rules.md 5.3).
    kept = [make_note(stub, style) for stub in store.stubs.all(StubStatus.KEPT) if stub.note_number is None]
    return [*kept, *store.notes.all()]


def search(store: Store, style: NoteStyle, words: str, tag: str | None) -> Iterator[Note]:
    """Notes without bodies that contain all the words, the best first; all notes if there are no words."""
    kept = [make_note(stub, style) for stub in store.stubs.all(StubStatus.KEPT) if stub.note_number is None]
    matching = (note for note in kept if not words.strip() or contains_all_words(words, _text(note)))
    matches = chain(matching, store.notes.find(NoteQuery(words, tag or "")))
    return (note for note in matches if tag is None or tag in note.tags)


def _text(note: Note) -> str:
    return "\n".join((note.title_line, *note.tags, note.summary or "", *note.comments))


def known_tags(notes: Sequence[Note], topics: Sequence[Topic]) -> TagOrder:
    """Every tag of the archive and the topics in the archive's order; tags that only topics have come last."""
    order = learn_order(tag_lists(notes))
    of_topics = (tag for topic in topics for tag in topic.tags)
    return TagOrder(tuple(dict.fromkeys((*order, *of_topics))))

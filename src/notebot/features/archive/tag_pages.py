"""Writes the tag pages that changed, and removes pages of tags that no longer exist.

    notes -> selection per tag -> fingerprint of each page | stored and the file exists -> unchanged
                                                           | else render -> file -> store the fingerprint

A fingerprint is stored after its file is complete, so a killed run leaves only whole pages and the next run
writes the rest. A large archive does not fit in memory: the notes are read up to three times, and of each note
only what selection and order need is kept.
"""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.errors import StateError, UnexpectedError, UsageError
from notebot.core.model.note import Note
from notebot.core.supervisor import supervised
from notebot.features.archive.rules.tag_page import FORMS, PageForm, PageNote, PageRules, make_form, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

BATCH = 100
"""Pages whose fingerprints are stored together; a killed run repeats at most this many."""


class EntrySpool(Protocol):
    """Rendered entries outside memory, each stored once for all pages that show it."""

    def append(self, entry: bytes) -> int:
        """Stores an entry; returns its offset.

        Raises:
            StateError: the disk is full.
        """

    def read(self, offset: int, size: int) -> bytes:
        """The bytes that were stored there."""

    def close(self) -> None:
        """Deletes all entries."""


class PageFiles(Protocol):
    """The folder of the pages; names are paths below it, with ``/``."""

    def exists(self, name: str) -> bool:
        """True if there is a file with this name that is not empty."""

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Replaces the file as a whole; a reader never sees an incomplete page.

        Raises:
            StateError: the folder cannot be written, or the name leads out of it.
        """

    def remove(self, name: str) -> None:
        """Removes a file if it exists.

        Raises:
            StateError: the folder cannot be written, or the name leads out of it.
        """

    def open_spool(self) -> EntrySpool:
        """An empty spool on the disk of the pages.

        Raises:
            StateError: the folder cannot be written.
        """


class PageFingerprints(Protocol):
    """The fingerprints of the pages that notebot wrote, by file name."""

    def fingerprints(self) -> dict[str, str]:
        """All of them."""

    def store(self, changed: Mapping[str, str]) -> None:
        """Adds or replaces some."""

    def forget(self, names: Sequence[str]) -> None:
        """Deletes the fingerprints of these pages, because the pages were removed."""


class PagesReport(Struct):
    """How many pages were written, unchanged and removed; a tag has one page per form."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    """Pages of tags that no longer exist."""
    failures: list[str] = field(default_factory=list)
    """One sentence for each page that could not be written and each note that is missing on its pages."""


class _FormPages(Struct):
    """The state of one form during a run; the arrays are indexed by ``PageNote.position``."""

    form: PageForm
    digests: list[bytes]
    offsets: array[int]
    sizes: array[int]
    changed: dict[str, str]
    """The new fingerprint of each tag whose page must be written."""


def read_bare_notes(read_notes: Callable[[], Iterable[tuple[int, Note]]]) -> dict[int, Note]:
    """All notes by key, each with only the fields that decide where it is listed."""
    # Each JSON document yields its own copies of the tags: 60,000 notes with eight tags would take 30 MB.
    known: dict[str, str] = {}
    return {
        key: Note(
            title_line=note.title_line,
            number=note.number,
            issue_date=note.issue_date,
            tags=tuple(known.setdefault(tag, tag) for tag in note.tags),
            page_tag=note.page_tag,
            state=note.state,
        )
        for key, note in read_notes()
    }


def write_tag_pages(
    bare_notes: Mapping[int, Note],
    *,
    read_notes: Callable[[], Iterable[tuple[int, Note]]],
    rules: PageRules,
    files: PageFiles,
    fingerprints: PageFingerprints,
) -> PagesReport:
    """Writes every page that changed, in all forms, and removes pages of tags that are gone.

    ``bare_notes`` are the notes of :func:`read_bare_notes`, and ``read_notes`` reads them in full. A note that
    changes between two reads gets a stale fingerprint, so the next run writes its pages again.

    Raises:
        StateError: no page can be written. Of some that fail, the report has a sentence each.
    """
    pages = select(bare_notes.values(), rules)
    positions = {key: position for position, key in enumerate(bare_notes)}
    items = {item.position: item for page in pages.values() for item in page}

    def full_items() -> Iterator[PageNote]:
        for key, note in read_notes():
            item = items.get(positions.get(key, -1))
            if item is not None:
                yield replace(item, note=note)

    previous = fingerprints.fingerprints()
    size = len(bare_notes)
    states = [
        _FormPages(make_form(name, pages, rules), [b""] * size, array("q", [-1]) * size, array("q", [0]) * size, {})
        for name in FORMS
    ]
    report = PagesReport()
    for item in full_items():
        with _reported(f"The note {item.note.title_line[:100]!r} on its pages", report):
            for state in states:
                state.digests[item.position] = state.form.digest(item)
    page_positions = {label: array("I", [item.position for item in page]) for label, page in pages.items()}
    for state in states:
        for label, page in page_positions.items():
            name = state.form.files[label]
            fingerprint = state.form.fingerprint(label, map(state.digests.__getitem__, page))
            # the file is checked too: a page that the curator deleted comes back
            if previous.get(name) != fingerprint or not files.exists(name):
                state.changed[label] = fingerprint
        report.unchanged += len(pages) - len(state.changed)
    if any(state.changed for state in states):
        spool = files.open_spool()
        try:
            _render_entries(states, page_positions, full_items(), spool, report)
            for state in states:
                _write_pages(state, pages, spool, files, fingerprints, report)
        finally:
            spool.close()
    wanted = {name for state in states for name in state.form.files.values()}
    # Only files that notebot wrote are removed; others in the folder are the curator's.
    removed = [name for name in previous if name not in wanted]
    for name in removed:
        files.remove(name)
    if removed:
        fingerprints.forget(removed)
    report.removed = len(removed)
    # One failed page is reported beside the others; a run that wrote nothing at all fails as a whole.
    if report.failures and not report.written:
        raise StateError(report.failures[0])
    return report


def _render_entries(
    states: Sequence[_FormPages],
    page_positions: Mapping[str, Sequence[int]],
    items: Iterable[PageNote],
    spool: EntrySpool,
    report: PagesReport,
) -> None:
    """Renders each note of a changed page once per form, however many pages show it."""
    needed = [set[int]().union(*(page_positions[label] for label in state.changed)) for state in states]
    for item in items:
        with _reported(f"The note {item.note.title_line[:100]!r} on its pages", report):
            for state, positions in zip(states, needed, strict=True):
                if item.position in positions:
                    entry = state.form.render_entry(item)
                    state.offsets[item.position] = spool.append(entry)
                    state.sizes[item.position] = len(entry)


def _write_pages(
    state: _FormPages,
    pages: Mapping[str, Sequence[PageNote]],
    spool: EntrySpool,
    files: PageFiles,
    fingerprints: PageFingerprints,
    report: PagesReport,
) -> None:
    labels = list(state.changed)
    offsets, sizes = state.offsets, state.sizes
    for start in range(0, len(labels), BATCH):
        batch = {}
        for label in labels[start : start + BATCH]:
            name = state.form.files[label]
            # An offset of -1 is a note that was deleted after it was selected, or that failed.
            page = [item for item in pages[label] if offsets[item.position] >= 0]
            entries = (spool.read(offsets[item.position], sizes[item.position]) for item in page)
            try:
                with supervised(f"The page {name}"):
                    files.write(name, state.form.render_page(label, page, entries))
            except (UnexpectedError, StateError) as error:
                report.failures.append(str(error))
                continue
            # without its fingerprint, a page that lacks a note is written again next time
            batch[name] = state.changed[label] if len(page) == len(pages[label]) else ""
            report.written += 1
        fingerprints.store(batch)


@contextmanager
def _reported(unit: str, report: PagesReport) -> Iterator[None]:
    """Adds an unexpected failure of one note or page to the report; the others go on."""
    try:
        with supervised(unit):
            yield
    except UnexpectedError as error:
        report.failures.append(str(error))


def page_text(
    label: str,
    form: str,
    bare_notes: Mapping[int, Note],
    *,
    read_notes: Callable[[], Iterable[tuple[int, Note]]],
    rules: PageRules,
) -> str:
    """One tag's page in one of ``FORMS``, as its file would contain it.

    Raises:
        UsageError: the tag has no page, or there is no such form.
    """
    if form not in FORMS:
        raise UsageError(f"There is no form {form}; the forms are {', '.join(FORMS)}.")
    pages = select(bare_notes.values(), rules)
    if label not in pages:
        raise UsageError(_explain_missing_page(label, pages, rules))
    page_form = make_form(form, pages, rules)
    items = {item.position: item for item in pages[label]}
    positions = {key: position for position, key in enumerate(bare_notes)}
    entries: dict[int, bytes] = {}
    for key, note in read_notes():
        item = items.get(positions.get(key, -1))
        if item is not None:
            entries[item.position] = page_form.render_entry(replace(item, note=note))
    page = [item for item in pages[label] if item.position in entries]
    return b"".join(page_form.render_page(label, page, (entries[item.position] for item in page))).decode()


def _explain_missing_page(label: str, pages: Mapping[str, Sequence[PageNote]], rules: PageRules) -> str:
    if label in rules.hidden:
        return f"The tag {label} is hidden, so it has no page; hidden_tags of [archive] names such tags."
    folded = {tag.casefold(): tag for tag in pages}
    near = get_close_matches(label.casefold(), folded, 1)
    suggestion = f"; did you mean {folded[near[0]]}?" if near else "."
    return f"No open note of the archive has the tag {label}{suggestion}"

"""Imports, searches, checks and exports the archive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from notebot.app import publishing, statistics, suggestions
from notebot.core.model.errors import UnexpectedError
from notebot.core.model.note import UnparsedPassage
from notebot.core.supervisor import supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from notebot.app.resources import Resources
    from notebot.core.model.note import Note, NoteQuery
    from notebot.core.ports import Progress
    from notebot.features.archive.import_notes import ImportReport
    from notebot.features.archive.rules.audit import AuditFinding
    from notebot.features.archive.rules.tag_page import PageRules
    from notebot.features.archive.tag_pages import PagesReport

PLOTS = "stats"
"""The folder of the plots beside the tag pages."""


def import_file(resources: Resources, kind: str, path: Path, progress: Progress) -> ImportReport:
    """Imports notes from a file or folder in one of the archive's formats.

    Raises:
        UsageError: it cannot be read, or is of another form.
    """
    from notebot.features.archive.adapters import formats as archive_formats
    from notebot.features.archive.import_notes import Importer

    readers: dict[str, Callable[[Path], archive_formats.Reading | archive_formats.StreamedReading]] = {
        "gh": archive_formats.read_gh,
        "agent-docs": archive_formats.read_agent_docs,
        "notes": archive_formats.read_notes,
        "seed-text": archive_formats.read_seed_text,
        "page": archive_formats.read_page,
    }
    reading = readers[kind](path)
    progress("waiting for another import", 0, len(reading.notes))
    # Two imports at once would be correct, but each would read all notes again after every batch of the other.
    with resources.lock("import"):
        importer = Importer(resources.store, resources.clock, kind, path.name, progress)
        importer.take(reading.notes)
        importer.keep_raw(reading.unread)
    suggestions.refresh_interest(resources)
    return importer.report


def import_github(resources: Resources, repo: str, progress: Progress) -> ImportReport:
    """Imports the archive from GitHub; each page is stored when it is read, and a later run continues from there.

    Raises:
        UsageError: the repository's name or the token has no proper form.
        ServiceError: GitHub did not answer; what was read before is kept.
    """
    from notebot.features.archive.import_notes import Importer
    from notebot.features.publishing.adapters.github import GitHubIssues

    archive = resources.config.archive
    token = os.environ.get(archive.token_env) or None
    github = GitHubIssues(resources.http, archive.github_url, repo, token, archive.token_env)
    replaces = "folder" if repo.lower() == archive.repo.lower() else ""
    importer = Importer(resources.store, resources.clock, "github", repo, progress, replaces=replaces)
    for page in github.changed_since(resources.store.notes.cursor("github", repo)):
        notes = []
        for issue in page.issues:
            try:
                with supervised(f"The issue #{issue.number}"):
                    notes.append(publishing.read_note(issue, page.repo))
            except UnexpectedError as error:
                importer.failed.append(UnparsedPassage(f"#{issue.number}", issue.title, str(error)))
        importer.take(notes, page.cursor)
    if importer.failed:
        importer.keep_raw(())
    suggestions.refresh_interest(resources)
    return importer.report


def import_folder(resources: Resources, folder: Path, progress: Progress) -> ImportReport:
    """Imports the notes of a folder with one Markdown file per note, and of no other file in it.

    Raises:
        UsageError: there is no such folder, or it cannot be read.
    """
    from notebot.features.archive.adapters.note_folder import fingerprint, read_note_folder
    from notebot.features.archive.import_notes import Importer

    is_archive = folder.resolve() == resources.config.archive_dir
    # taken before the files are read: one that is saved meanwhile is read again by the next import
    cursor = fingerprint(folder)
    reading = read_note_folder(folder, resources.note_folder().number_of if is_archive else None)
    with resources.lock("import"):
        name, replaces = str(folder.resolve()), "github" if is_archive else ""
        importer = Importer(resources.store, resources.clock, "folder", name, progress, replaces=replaces)
        importer.take(reading.notes, cursor)
        importer.keep_raw(reading.unread)
    suggestions.refresh_interest(resources)
    return importer.report


def import_changed_folder(resources: Resources) -> ImportReport | None:
    """Imports the archive's folder if a file has changed since the last import; ``None`` if none has."""
    from notebot.features.archive.adapters.note_folder import fingerprint

    folder = resources.config.archive_dir
    if folder is None or not folder.is_dir():
        return None
    if resources.store.notes.cursor("folder", str(folder)) == fingerprint(folder):
        return None
    return import_folder(resources, folder, lambda what, done, total: None)


def export(resources: Resources, form: str) -> str:
    """Exports notes and kept stubs as ``md``, ``bibtex``, ``ris``, ``csl``, ``gh`` or ``atom``."""
    from notebot.features.archive import export
    from notebot.features.venues.rules.detection import VenueKind

    store, style, repo = resources.store, resources.config.note, resources.config.archive.repo or None
    citations = {"bibtex": export.export_bibtex, "ris": export.export_ris, "csl": export.export_csl}
    if form in citations:
        journals = {row.name for row in resources.venues.rows if row.kind is VenueKind.JOURNAL}
        return citations[form](store, style, journals)
    if form == "gh":
        return export.export_gh(store, repo)
    return export.export_atom(store, style, repo) if form == "atom" else export.export_markdown(store, style)


def search(resources: Resources, words: str, tag: str | None) -> Iterator[Note]:
    """Yields the notes that contain all the words."""
    from notebot.features.archive.import_notes import search

    return search(resources.store, resources.config.note, words, tag)


def find_notes(resources: Resources, query: NoteQuery, start: int, limit: int) -> tuple[list[Note], bool]:
    """The notes that match, from the given place on, and whether there are more."""
    from itertools import islice

    notes = list(islice(resources.store.notes.find(query), start, start + limit + 1))
    return notes[:limit], len(notes) > limit


def note(resources: Resources, number: int) -> Note:
    """The note of one issue.

    Raises:
        NotFoundError: the archive has no such note.
    """
    from notebot.core.model.errors import NotFoundError

    found = resources.store.notes.with_number(number)
    if found is None:
        raise NotFoundError(f"The archive has no note #{number}; `notebot import` brings notes in.")
    return found


def notes_with_numbers(resources: Resources, numbers: Sequence[int]) -> list[Note]:
    """Those notes of the archive that have these numbers, in the order given."""
    found = (resources.store.notes.with_number(number) for number in numbers)
    return [note for note in found if note is not None]


def pages(resources: Resources) -> PagesReport:
    """Writes every tag page that changed, in all forms, and the plots of the statistics beside them."""
    from notebot.features.archive.adapters.page_folder import PageFolder
    from notebot.features.archive.tag_pages import read_bare_notes, write_tag_pages

    read_notes = _page_notes(resources)
    bare_notes = read_bare_notes(read_notes)
    with resources.lock("digest"):
        if bare_notes:
            statistics.write_plots(resources, resources.config.pages_dir / PLOTS)
        return write_tag_pages(
            bare_notes,
            read_notes=read_notes,
            rules=_page_rules(resources, list(bare_notes.values())),
            files=PageFolder(resources.config.pages_dir),
            fingerprints=resources.store.pages,
        )


def page_forms() -> tuple[str, ...]:
    """The forms in which a tag page is written."""
    from notebot.features.archive.rules.tag_page import FORMS

    return FORMS


def page_text(resources: Resources, tag: str, form: str) -> str:
    """One tag's page.

    Raises:
        UsageError: no note has this tag, or it is hidden.
    """
    from notebot.features.archive.tag_pages import page_text, read_bare_notes

    read_notes = _page_notes(resources)
    bare_notes = read_bare_notes(read_notes)
    rules = _page_rules(resources, list(bare_notes.values()))
    return page_text(tag, form, bare_notes, read_notes=read_notes, rules=rules)


def _page_notes(resources: Resources) -> Callable[[], Iterator[tuple[int, Note]]]:
    """Reads kept stubs that are not in the archive yet, then its notes, each with a key that stays the same."""
    from itertools import chain

    from notebot.core.model.stub import StubStatus
    from notebot.core.note_format.note_from_stub import make_note

    stubs = resources.store.stubs.all(StubStatus.KEPT)
    kept = [make_note(stub, resources.config.note) for stub in stubs if stub.note_number is None]
    # Ids of the store are positive.
    return lambda: chain(((-key, note) for key, note in enumerate(kept, 1)), resources.store.notes.with_ids())


def _page_rules(resources: Resources, notes: Sequence[Note]) -> PageRules:
    from notebot.features.archive.import_notes import known_tags
    from notebot.features.archive.rules.tag_page import PageRules

    archive = resources.config.archive
    order = known_tags(notes, resources.config.topics)
    return PageRules(order, frozenset(archive.hidden_tags), archive.repo or None)


def duplicates(resources: Resources) -> list[tuple[Note, ...]]:
    """Papers that are noted twice."""
    from notebot.features.archive.import_notes import all_notes
    from notebot.features.archive.rules.merge import noted_twice

    return noted_twice(all_notes(resources.store, resources.config.note))


def audit(resources: Resources) -> list[AuditFinding]:
    """Finds untidy notes; findings that are new also appear under *Updates* of the next digests."""
    from notebot.features.archive.audit_archive import audit
    from notebot.features.archive.rules.audit import sure_abbreviations

    abbreviations = sure_abbreviations(resources.venues.rows)
    return audit(resources.store, resources.clock, resources.config.archive.hidden_tags, abbreviations)

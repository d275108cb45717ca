"""The archive's tag pages out: only those that changed are written, and only our own are removed.

    notes -> pages of tags -> fingerprint of each | same as stored and the file is there -> unchanged
                                                  | else draw -> file -> store the fingerprint

A fingerprint is stored after its file is whole, so a run that is killed leaves whole pages and a rest to do.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.errors import UsageError
from notebot.features.archive.rules.tag_page import FORMS, PageForm, PageNote, PageRules, make_form, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from notebot.core.model.note import Note

BATCH = 100
"""Pages per storing of fingerprints: what a kill makes notebot write again."""


class PageFiles(Protocol):
    """The folder of the pages; names are paths below it, with ``/``."""

    def exists(self, name: str) -> bool:
        """Whether a file of this name is there."""

    def write(self, name: str, text: str) -> None:
        """Puts the whole text in place of what is there; a reader never sees a part of it.

        Raises:
            StateError: the folder cannot be written, or the name leads out of it.
        """

    def remove(self, name: str) -> None:
        """Removes a file; one that is not there is no error.

        Raises:
            StateError: the folder cannot be written, or the name leads out of it.
        """


class PageFingerprints(Protocol):
    """What is known of the pages that notebot wrote, by name."""

    def fingerprints(self) -> dict[str, str]:
        """All of them."""

    def store(self, changed: Mapping[str, str]) -> None:
        """Adds or replaces some."""

    def forget(self, names: Sequence[str]) -> None:
        """Drops some."""


class PagesReport(Struct):
    """What became of every page; a tag has one page in each form."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    """Pages of tags that are no more."""


class Pages:
    """Writes every tag's page in every form."""

    def __init__(self, notes: Iterable[Note], rules: PageRules, files: PageFiles, known: PageFingerprints) -> None:
        self._pages = select(notes, rules)
        self._rules = rules
        self._files = files
        self._known = known

    def run(self) -> PagesReport:
        """Brings all page files up to date.

        Raises:
            StateError: a page cannot be written; those before it are.
        """
        report = PagesReport()
        before = self._known.fingerprints()
        wanted: set[str] = set()
        for name in FORMS:
            form = make_form(name, self._pages, self._rules)
            wanted.update(form.files.values())
            changed = dict(self._changed(form, before))
            report.unchanged += len(self._pages) - len(changed)
            report.written += self._write(form, changed)
        report.removed = self._remove([name for name in before if name not in wanted])
        return report

    def _changed(self, form: PageForm, before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Tags whose page is to be written, with its fingerprint."""
        for label, items in self._pages.items():
            name, fingerprint = form.files[label], form.fingerprint(label, items)
            if before.get(name) != fingerprint or not self._files.exists(name):
                yield label, fingerprint

    def _write(self, form: PageForm, changed: Mapping[str, str]) -> int:
        labels = list(changed)
        for start in range(0, len(labels), BATCH):
            batch = labels[start : start + BATCH]
            for label in batch:
                self._files.write(form.files[label], form.draw(label, self._pages[label]))
            self._known.store({form.files[label]: changed[label] for label in batch})
        return len(labels)

    def _remove(self, names: Sequence[str]) -> int:
        for name in names:
            self._files.remove(name)
        if names:
            self._known.forget(names)
        return len(names)


def page_text(label: str, form: str, notes: Iterable[Note], rules: PageRules) -> str:
    """One tag's page in one of ``FORMS``, as its file would hold it.

    Raises:
        UsageError: the tag has no page, or there is no such form.
    """
    if form not in FORMS:
        raise UsageError(f"There is no form {form}; the forms are {', '.join(FORMS)}.")
    pages = select(notes, rules)
    if label not in pages:
        raise UsageError(_no_page(label, pages, rules))
    return make_form(form, pages, rules).draw(label, pages[label])


def _no_page(label: str, pages: Mapping[str, Sequence[PageNote]], rules: PageRules) -> str:
    if label in rules.hidden:
        return f"The tag {label} is hidden, so it has no page; hidden_tags of [archive] names such tags."
    folded = {tag.casefold(): tag for tag in pages}
    near = get_close_matches(label.casefold(), folded, 1)
    meant = f"; did you mean {folded[near[0]]}?" if near else "."
    return f"No open note of the archive has the tag {label}{meant}"

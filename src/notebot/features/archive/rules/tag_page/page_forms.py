"""The forms a page is written in, and what tells two states of a page apart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from notebot.features.archive.rules.tag_page.markdown import MarkdownForm
from notebot.features.archive.rules.tag_page.page_file_names import file_stems
from notebot.features.archive.rules.tag_page.text import TextForm
from notebot.features.archive.rules.tag_page.xml import XmlForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from notebot.features.archive.rules.tag_page.entry_parts import Pieces
    from notebot.features.archive.rules.tag_page.selection import PageNote, PageRules

FORMS = ("text", "markdown", "xml")

_FILES = {
    "text": ("text", "_", ".txt"),
    "markdown": ("_articles", "_", ".markdown"),
    "xml": ("agent_docs", "-", ".xml"),
}
"""Folder, what stands for ``/`` in a name, and ending."""


class _Drawing(Protocol):
    @property
    def version(self) -> int:
        """Raised when the form draws the same facts another way."""

    def facts(self, item: PageNote) -> object:
        """All that the entry is drawn from, as a value with a ``repr``."""

    def draw(self, item: PageNote) -> Pieces: ...

    def frame(self, label: str, entries: Sequence[str], items: Sequence[PageNote]) -> str:
        """The page of a tag around its entries."""


class PageForm:
    """One form of all pages; a note is looked at and drawn once, on however many pages it stands."""

    def __init__(self, name: str, drawing: _Drawing, files: Mapping[str, str]) -> None:
        self.name = name
        self.files = files
        """The path of each tag's page below the folder of all pages."""
        self._drawing = drawing
        self._pieces: dict[PageNote, Pieces] = {}
        self._digests: dict[PageNote, bytes] = {}

    def fingerprint(self, label: str, items: Sequence[PageNote]) -> str:
        """Equal as long as the page would come out the same."""
        whole = hashlib.blake2b(repr((self.name, self._drawing.version, label)).encode(), digest_size=16)
        whole.update(b"".join(map(self._digest, items)))
        return whole.hexdigest()

    def draw(self, label: str, items: Sequence[PageNote]) -> str:
        """The page of a tag; ``items`` in its order."""
        return self._drawing.frame(label, [self._drawn(item).without(label) for item in items], items)

    def _digest(self, item: PageNote) -> bytes:
        found = self._digests.get(item)
        if found is None:
            facts = repr(self._drawing.facts(item)).encode()
            found = self._digests[item] = hashlib.blake2b(facts, digest_size=16).digest()
        return found

    def _drawn(self, item: PageNote) -> Pieces:
        found = self._pieces.get(item)
        if found is None:
            found = self._pieces[item] = self._drawing.draw(item)
        return found


def make_form(name: str, labels: Iterable[str], rules: PageRules) -> PageForm:
    """A form for the pages of these tags, those that the archive used first in front.

    Raises:
        KeyError: there is no form of this name.
    """
    folder, slash, ending = _FILES[name]
    stems = file_stems(labels, slash)
    drawings: dict[str, _Drawing] = {
        "text": TextForm(),
        "markdown": MarkdownForm(rules.repo, stems),
        "xml": XmlForm(rules.repo),
    }
    return PageForm(name, drawings[name], {label: f"{folder}/{stem}{ending}" for label, stem in stems.items()})

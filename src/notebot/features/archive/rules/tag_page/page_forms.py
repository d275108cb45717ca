"""The forms of a tag page, and the fingerprints that detect a changed page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from notebot.features.archive.rules.tag_page.markdown import MarkdownForm
from notebot.features.archive.rules.tag_page.page_file_names import file_stems
from notebot.features.archive.rules.tag_page.text import TextForm
from notebot.features.archive.rules.tag_page.xml import XmlForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from notebot.features.archive.rules.tag_page.selection import PageNote, PageRules

FORMS = ("text", "markdown", "xml")

_FILES = {
    "text": ("text", "_", ".txt"),
    "markdown": ("_articles", "_", ".markdown"),
    "xml": ("agent_docs", "-", ".xml"),
}
"""Folder, replacement of ``/`` in a file name, and extension."""


class _Renderer(Protocol):
    @property
    def version(self) -> int:
        """Increased when the form renders the same facts differently."""

    def facts(self, item: PageNote) -> object:
        """Everything that an entry is rendered from, as a value that MessagePack can hold."""

    def render_entry(self, item: PageNote) -> str:
        """The entry of a full note, without the tags in front of it."""

    def render_page(self, label: str, entries: Iterable[bytes], items: Sequence[PageNote]) -> Iterator[bytes]:
        """The page of a tag around its entries."""


@runtime_checkable
class _TagRenderer(Protocol):
    def render_tag(self, tag: str) -> str:
        """A tag as it is shown in front of an entry."""


class _RenderedTags(dict[str, bytes]):
    """Renders each tag once, although a tag is on thousands of notes; 60,000 notes show a million tags."""

    def __init__(self, renderer: _TagRenderer) -> None:
        super().__init__()
        self._renderer = renderer

    def __missing__(self, tag: str) -> bytes:
        rendered = self[tag] = self._renderer.render_tag(tag).encode()
        return rendered


class PageForm:
    """One form of all pages."""

    def __init__(self, name: str, renderer: _Renderer, files: Mapping[str, str]) -> None:
        self.name = name
        self.files = files
        """The path of each tag's page below the folder of all pages."""
        self._renderer = renderer
        self._tags = _RenderedTags(renderer) if isinstance(renderer, _TagRenderer) else None

    def digest(self, item: PageNote) -> bytes:
        """Equal as long as the entry of this full note would be rendered the same."""
        # Not `repr`, which escapes each character of a text and takes ten times as long.
        return hashlib.blake2b(msgspec.msgpack.encode(self._renderer.facts(item)), digest_size=16).digest()

    def fingerprint(self, label: str, digests: Iterable[bytes]) -> str:
        """Equal as long as the page with these entries would be rendered the same."""
        page = hashlib.blake2b(repr((self.name, self._renderer.version, label)).encode(), digest_size=16)
        page.update(b"".join(digests))
        return page.hexdigest()

    def render_entry(self, item: PageNote) -> bytes:
        """What all pages show of this full note: everything but its tags."""
        return self._renderer.render_entry(item).encode()

    def render_page(self, label: str, items: Sequence[PageNote], entries: Iterable[bytes]) -> Iterator[bytes]:
        """The page of a tag in chunks; ``entries`` are those of ``items``, in the same order."""
        tags = self._tags
        if tags is not None:
            entries = (
                b"".join([tags[tag] for tag in item.tags if tag != label]) + entry
                for item, entry in zip(items, entries, strict=True)
            )
        return self._renderer.render_page(label, entries, items)


def make_form(name: str, labels: Iterable[str], rules: PageRules) -> PageForm:
    """A form for the pages of these tags, which are ordered by first use.

    Raises:
        KeyError: there is no form of this name.
    """
    folder, slash, ending = _FILES[name]
    stems = file_stems(labels, slash)
    renderers: dict[str, _Renderer] = {
        "text": TextForm(),
        "markdown": MarkdownForm(rules.repo, stems),
        "xml": XmlForm(rules.repo),
    }
    return PageForm(name, renderers[name], {label: f"{folder}/{stem}{ending}" for label, stem in stems.items()})

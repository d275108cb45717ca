"""Collects the tags of a page that can state its title, authors, date and URL, without judging them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.text.html_tokens import EndTag, StartTag, Text, tokenise_html, unescape_html

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bounds for hostile pages; a paper may have thousands of authors, each with a tag.
_MAX_METAS = 6_000
_MAX_LINKS = 3_000
_MAX_SCRIPTS = 40
_MAX_TIMES = 50
_MAX_VISIBLE_CHARACTERS = 20_000
_MAX_LINE_CHARACTERS = 300
_MAX_ABSTRACT_CHARACTERS = 6_000
_ABSTRACT_NAMES = frozenset({"abstract", "acl-abstract", "abstract-content", "articleabstract"})
_ABSTRACT_TAGS = frozenset({"div", "section", "p", "blockquote"})
_ABSTRACT_HEADINGS = ("abstract", "summary", "概要")
_INLINE_TAGS = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "font", "i", "q", "small", "span", "strong", "sub", "sup", "tt", "u"}
)


class Anchor(Struct):
    """A link that a reader sees."""

    href: str
    rel: frozenset[str]
    text: str = ""


class TimeTag(Struct, frozen=True):
    """A ``<time>`` element."""

    value: str
    """The ``datetime`` attribute as written."""
    is_publication: bool
    """True if its attributes mark it as the time of publication."""


class Document(Struct):
    """The informative tags of a page, in document order."""

    language: str = ""
    title: str = ""
    metas: list[tuple[str, str]] = field(default_factory=list)
    """Name (or property) in lower case, and content."""
    links: list[tuple[frozenset[str], str, str]] = field(default_factory=list)
    """``rel`` in lower case, type, href."""
    json_ld_scripts: list[str] = field(default_factory=list)
    times: list[TimeTag] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    abstract: str = ""
    visible_text: str = ""
    """The beginning of what a reader sees."""

    def meta_values(self, *names: str) -> list[str]:
        """The contents of all metas with the first of ``names`` that the page has."""
        for name in names:
            values = [content for meta, content in self.metas if meta == name and content]
            if values:
                return values
        return []

    def meta_value(self, *names: str) -> str:
        """The first of :meth:`meta_values`, or an empty string."""
        return next(iter(self.meta_values(*names)), "")

    def link_targets(self, rel: str, kind: str = "") -> Iterator[str]:
        """The ``href`` of each ``<link>`` with this relation and, if given, this type."""
        return (href for rels, link_kind, href in self.links if rel in rels and kind in ("", link_kind) and href)


def read_document(page: str) -> Document:
    """Collects the informative tags of a page."""
    collector = _Collector()
    for token in tokenise_html(page):
        if isinstance(token, Text):
            collector.add_text(token.text)
        elif isinstance(token, EndTag):
            collector.end_tag(token.name)
        elif isinstance(token, StartTag):
            collector.start_tag(token)
    return collector.finish()


class _Collector:
    """Fills a document from tokens, keeping track of the open link and the open abstract."""

    def __init__(self) -> None:
        self._document = Document()
        self._anchor: Anchor | None = None
        self._visible: list[str] = []
        self._visible_room = _MAX_VISIBLE_CHARACTERS
        self._abstract: list[str] = []
        self._abstract_room = _MAX_ABSTRACT_CHARACTERS
        self._abstract_tag = ""
        """The tag of the element that contains the abstract, while it is open."""
        self._abstract_depth = 0
        """How many elements with that tag are open."""

    def start_tag(self, tag: StartTag) -> None:
        document, attributes = self._document, tag.attributes
        self._separate_words(tag.name)
        if tag.name == "html":
            document.language = document.language or attributes.get("lang", "")
        elif tag.name == "title":
            # The first one counts: drawings (SVG) within the page have titles too.
            document.title = document.title or unescape_html(tag.raw or "")[:_MAX_LINE_CHARACTERS]
        elif tag.name == "meta":
            name = (attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or "").lower()
            if name and len(document.metas) < _MAX_METAS:
                document.metas.append((name, attributes.get("content", "")))
        elif tag.name == "link" and len(document.links) < _MAX_LINKS:
            kind, href = attributes.get("type", "").lower(), attributes.get("href", "")
            document.links.append((_split_words(attributes.get("rel", "")), kind, href))
        elif tag.name == "script" and attributes.get("type", "").lower().startswith("application/ld+json"):
            if len(document.json_ld_scripts) < _MAX_SCRIPTS:
                document.json_ld_scripts.append(tag.raw or "")
        elif tag.name == "time":
            names = f"{attributes.get('itemprop', '')} {attributes.get('class', '')}".lower()
            if attributes.get("datetime") and len(document.times) < _MAX_TIMES and "modified" not in names:
                is_publication = "pubdate" in attributes or "publish" in names
                document.times.append(TimeTag(attributes["datetime"], is_publication))
        elif tag.name == "a":
            self._anchor = None
            if attributes.get("href") and len(document.anchors) < _MAX_LINKS:
                self._anchor = Anchor(attributes["href"], _split_words(attributes.get("rel", "")))
                document.anchors.append(self._anchor)
        self._track_abstract(tag)

    def end_tag(self, name: str) -> None:
        self._separate_words(name)
        if name == "a":
            self._anchor = None
        if name == self._abstract_tag:
            self._abstract_depth -= 1
            if not self._abstract_depth:
                self._abstract_tag = ""

    def add_text(self, text: str) -> None:
        if self._anchor is not None and len(self._anchor.text) < _MAX_LINE_CHARACTERS:
            self._anchor.text += text[:_MAX_LINE_CHARACTERS]
        if self._visible_room > 0:
            self._visible.append(text[: self._visible_room])
            self._visible_room -= len(text)
        if self._abstract_tag and self._abstract_room > 0:
            self._abstract.append(text[: self._abstract_room])
            self._abstract_room -= len(text)

    def finish(self) -> Document:
        self._document.visible_text = "".join(self._visible)
        abstract = " ".join("".join(self._abstract).split())
        for heading in _ABSTRACT_HEADINGS:
            if abstract.lower().startswith(heading):
                abstract = abstract[len(heading) :].lstrip(" .:：—-")
                break
        self._document.abstract = abstract
        return self._document

    def _track_abstract(self, tag: StartTag) -> None:
        if self._abstract_tag == "p":
            # A block ends a paragraph even if nobody closed it.
            self._abstract_tag = "p" if tag.name in _INLINE_TAGS else ""
        elif self._abstract_tag == tag.name:
            self._abstract_depth += 1
        elif not self._abstract_tag and not self._abstract and tag.name in _ABSTRACT_TAGS:
            names = _split_words(f"{tag.attributes.get('id', '')} {tag.attributes.get('class', '')}")
            if names & _ABSTRACT_NAMES:
                self._abstract_tag, self._abstract_depth = tag.name, 1

    def _separate_words(self, tag_name: str) -> None:
        """A tag separates two words; in the abstract, inline tags do not ("H<sub>2</sub>O")."""
        self._visible.append(" ")
        if self._abstract_tag and tag_name not in _INLINE_TAGS:
            self._abstract.append(" ")


def _split_words(text: str) -> frozenset[str]:
    return frozenset(text[:_MAX_LINE_CHARACTERS].lower().split())

"""What of a page can tell title, author, date and address: its tags, without any judgement of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.features.intake.adapters.html_tokens import EndTag, StartTag, Text, tokenise_html, unescape_html

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_METAS = 6_000
_MOST_LINKS = 3_000
_MOST_SCRIPTS = 40
_MOST_TIMES = 50
_MOST_WORDS = 20_000
_LONGEST_TEXT = 300
_LONGEST_ABSTRACT = 6_000
_ABSTRACTS = frozenset({"abstract", "acl-abstract", "abstract-content", "articleabstract"})
_INLINE = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "font", "i", "q", "small", "span", "strong", "sub", "sup", "tt", "u"}
)
_HEADINGS = ("abstract", "summary", "概要")


class Anchor(Struct):
    """A link that a reader sees."""

    href: str
    rel: frozenset[str]
    text: str = ""


class Time(Struct, frozen=True):
    """A ``<time>``, or what takes its place."""

    written: str
    marked: bool
    """It is marked as that of the publication."""


class Document(Struct):
    """The telling tags of a page, in order."""

    language: str = ""
    title: str = ""
    metas: list[tuple[str, str]] = field(default_factory=list)
    """Name (or property) in lower case, and content."""
    links: list[tuple[frozenset[str], str, str]] = field(default_factory=list)
    """``rel`` in lower case, type, href."""
    scripts: list[str] = field(default_factory=list)
    """The texts of JSON-LD."""
    times: list[Time] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    abstract: str = ""
    words: str = ""
    """What a reader sees first."""

    def all(self, *names: str) -> list[str]:
        """The contents of the metas of the first of these names that the page has."""
        for name in names:
            found = [content for meta, content in self.metas if meta == name and content]
            if found:
                return found
        return []

    def one(self, *names: str) -> str:
        """The first of them, else empty."""
        return next(iter(self.all(*names)), "")

    def linked(self, rel: str, kind: str = "") -> Iterator[str]:
        """Where the page's ``<link>`` tags of a relation lead."""
        return (href for rels, told, href in self.links if rel in rels and kind in ("", told) and href)


def read_document(page: str) -> Document:
    """Collects the telling tags."""
    return _Collector().collected(page)


class _Collector:
    def __init__(self) -> None:
        self.document = Document()
        self._anchor: Anchor | None = None
        self._inside = ""
        self._depth = 0
        self._words: list[str] = []
        self._room = _MOST_WORDS
        self._abstract: list[str] = []
        self._abstract_room = _LONGEST_ABSTRACT

    def collected(self, page: str) -> Document:
        for token in tokenise_html(page):
            if isinstance(token, Text):
                self._text(token.text)
            elif isinstance(token, EndTag):
                self._end(token.name)
            elif isinstance(token, StartTag):
                self._start(token)
        self.document.words = "".join(self._words)
        self.document.abstract = _without_heading(" ".join("".join(self._abstract).split()))
        return self.document

    def _start(self, tag: StartTag) -> None:
        document, told = self.document, tag.attributes
        self._break(tag.name)
        if tag.name == "html":
            document.language = document.language or told.get("lang", "")
        elif tag.name == "title":
            document.title = document.title or unescape_html(tag.raw or "")[:_LONGEST_TEXT]
        elif tag.name == "meta":
            self._meta(told)
        elif tag.name == "link" and len(document.links) < _MOST_LINKS:
            document.links.append((_words(told.get("rel")), told.get("type", "").lower(), told.get("href", "")))
        elif tag.name == "script" and told.get("type", "").lower().startswith("application/ld+json"):
            if len(document.scripts) < _MOST_SCRIPTS:
                document.scripts.append(tag.raw or "")
        elif tag.name == "time":
            self._time(told)
        elif tag.name == "a":
            self._open(told)
        self._deeper(tag)

    def _meta(self, told: dict[str, str]) -> None:
        name = (told.get("name") or told.get("property") or told.get("itemprop") or "").lower()
        if name and len(self.document.metas) < _MOST_METAS:
            self.document.metas.append((name, told.get("content", "")))

    def _time(self, told: dict[str, str]) -> None:
        named = f"{told.get('itemprop', '')} {told.get('class', '')}".lower()
        marked = "pubdate" in told or "publish" in named
        if told.get("datetime") and len(self.document.times) < _MOST_TIMES and "modified" not in named:
            self.document.times.append(Time(told["datetime"], marked))

    def _open(self, told: dict[str, str]) -> None:
        self._anchor = None
        if told.get("href") and len(self.document.anchors) < _MOST_LINKS:
            self._anchor = Anchor(told["href"], _words(told.get("rel")))
            self.document.anchors.append(self._anchor)

    def _deeper(self, tag: StartTag) -> None:
        if self._inside == "p":
            self._inside = "p" if tag.name in _INLINE else ""  # a block ends a paragraph that nobody closed
        elif self._inside == tag.name:
            self._depth += 1
        elif not self._inside and not self._abstract and tag.name in ("div", "section", "p", "blockquote"):
            named = _words(f"{tag.attributes.get('id', '')} {tag.attributes.get('class', '')}")
            if named & _ABSTRACTS:
                self._inside, self._depth = tag.name, 1

    def _break(self, name: str) -> None:
        """Words on both sides of a tag are two, but for inline tags in a running text."""
        self._words.append(" ")
        if self._inside and name not in _INLINE:
            self._abstract.append(" ")

    def _end(self, name: str) -> None:
        self._break(name)
        if name == "a":
            self._anchor = None
        if name == self._inside:
            self._depth -= 1
            if not self._depth:
                self._inside = ""

    def _text(self, text: str) -> None:
        if self._anchor is not None and len(self._anchor.text) < _LONGEST_TEXT:
            self._anchor.text += text[:_LONGEST_TEXT]
        if self._room > 0:
            self._words.append(text[: self._room])
            self._room -= len(text)
        if self._inside and self._abstract_room > 0:
            self._abstract.append(text[: self._abstract_room])
            self._abstract_room -= len(text)


def _words(text: str | None) -> frozenset[str]:
    return frozenset((text or "")[:_LONGEST_TEXT].lower().split())


def _without_heading(text: str) -> str:
    for heading in _HEADINGS:
        if text.lower().startswith(heading):
            return text[len(heading) :].lstrip(" .:：—-")
    return text

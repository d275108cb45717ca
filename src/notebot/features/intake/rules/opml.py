"""Lists of feeds as OPML 2.0 (https://opml.org/spec2.opml), which feed readers export and import.

A document type declaration is refused as a whole: entity bombs and external entities both need one. The parser keeps no
tree, so that neither depth nor number of elements costs memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from notebot.core.model.errors import UsageError
from notebot.core.text.charset import decode_page
from notebot.core.text.escaping import is_plain_url, remove_hidden
from notebot.core.text.patterns import regex
from notebot.core.text.toml_text import toml_list, toml_string
from notebot.core.text.xml_repair import repair_xml
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

MAX_BYTES = 5_000_000
MOST_FEEDS = 2_000
LONGEST_NAME = 60
_DECLARATION = regex(r"\A\s*+<\?[^>]*+>")
_ARXIV_FEEDS = frozenset({"rss.arxiv.org", "export.arxiv.org", "arxiv.org"})


class ListedFeed(Struct, frozen=True):
    """One feed of a list."""

    name: str
    url: str


class SkippedFeed(Struct, frozen=True):
    """A feed that is not taken, and why."""

    name: str
    url: str
    why: str


class NewSources(Struct, frozen=True):
    """What a list adds to the config."""

    sources: tuple[ListedFeed, ...]
    skipped: tuple[SkippedFeed, ...]


def parse_opml(body: bytes) -> list[ListedFeed]:
    """The feeds of a list in their order, from all folders in it; outlines without a feed are left out.

    Characters and references that XML forbids are left out, as some feed readers write them.

    Raises:
        UsageError: it is too large, not an OPML document, or has a document type declaration.
    """
    if len(body) > MAX_BYTES:
        raise UsageError(f"The list is larger than {MAX_BYTES // 1_000_000} MB.")
    text = _DECLARATION.sub("", decode_page(body, ""), count=1)
    try:
        return _parse(text)
    except expat.ExpatError:
        pass
    try:
        return _parse(repair_xml(text).text)
    except expat.ExpatError as error:
        raise UsageError(f"The list is not well-formed XML: {error}.") from error


def plan_sources(feeds: Iterable[ListedFeed], known: Sequence[WatchedSource], taken: Collection[str]) -> NewSources:
    """Which feeds become sources, each with a name of its own.

    Args:
        known: the sources of the config.
        taken: further names that a source must not have.
    """
    urls = {_same_address(source.url) for source in known if source.url}
    names = {*taken, *(source.name for source in known)}
    sources: list[ListedFeed] = []
    skipped: list[SkippedFeed] = []
    for feed in feeds:
        address, why = _same_address(feed.url), ""
        if not is_plain_url(feed.url):
            why = "its address is not a web address"
        elif urlsplit(feed.url).hostname in _ARXIV_FEEDS:
            why = "arXiv's announcements are watched by the categories of the topics"
        elif address in urls:
            why = "it is watched already, or twice in the list"
        if why:
            skipped.append(SkippedFeed(feed.name, feed.url, why))
            continue
        urls.add(address)
        name, number = feed.name, 1
        while name in names:
            number += 1
            name = f"{feed.name} ({number})"
        names.add(name)
        sources.append(ListedFeed(name, feed.url))
    return NewSources(tuple(sources), tuple(skipped))


def sources_toml(feeds: Iterable[ListedFeed], topics: Sequence[str], *, take_all: bool) -> str:
    """The sources as tables for config.toml.

    Args:
        topics: the names of the topics that decide what is taken; none for all topics.
    """
    choice = "take_all = true\n" if take_all else f"topics = {toml_list(topics)}\n" if topics else ""
    return "\n".join(
        f"[[sources]]\nname = {toml_string(feed.name)}\nkind = {toml_string(SourceKind.FEED)}\n"
        f"url = {toml_string(feed.url)}\n{choice}"
        for feed in feeds
    )


def feed_of(source: WatchedSource) -> str | None:
    """The address under which a feed reader can read a source; ``None`` if there is none."""
    if source.kind is SourceKind.FEED:
        return source.url
    if source.kind is SourceKind.BLUESKY and "/" not in source.url:
        return f"https://bsky.app/profile/{source.url.removeprefix('@')}/rss"
    return None


def write_opml(feeds: Iterable[ListedFeed]) -> str:
    """The feeds as an OPML document."""
    outlines = [
        f'    <outline type="rss" text={_attribute(feed.name)} title={_attribute(feed.name)} '
        f"xmlUrl={_attribute(feed.url)}/>\n"
        for feed in feeds
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head><title>notebot</title></head>\n'
    return f"{head}  <body>\n{''.join(outlines)}  </body>\n</opml>\n"


def _parse(text: str) -> list[ListedFeed]:
    feeds: list[ListedFeed] = []
    root: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if not root:
            root.append(tag)
            if tag.lower() != "opml":
                raise UsageError(
                    f"The file is not a list of feeds: it begins with <{remove_hidden(tag[:40])}>, not <opml>."
                )
        if tag.lower() != "outline":
            return
        # some programs write xmlurl or XMLURL
        values = {name.lower(): value for name, value in attributes.items()}
        url = values.get("xmlurl", "").strip()
        if url:
            if len(feeds) == MOST_FEEDS:
                raise UsageError(f"The list has more than {MOST_FEEDS} feeds.")
            name = _line(values.get("text") or values.get("title") or "") or _line(_host(url)) or "Feed"
            feeds.append(ListedFeed(name[:LONGEST_NAME].strip(), url))

    def refuse(*_: object) -> None:
        raise UsageError("The list declares a document type, which no list of feeds needs; it is not read.")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(text.encode("utf-8", "replace"), True)
    return feeds


def _host(url: str) -> str:
    """The host of a URL; empty if it is malformed."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _same_address(url: str) -> str:
    """A form in which addresses of the same feed are equal: without scheme, ``www.``, and slash at the end."""
    _, _, rest = url.strip().partition("://")
    host, slash, path = rest.partition("/")
    return f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")


def _line(text: str) -> str:
    return " ".join(remove_hidden(" ".join(text.split())).split())


def _attribute(text: str) -> str:
    return quoteattr(_line(text))

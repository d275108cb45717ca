"""Writes Atom feeds (RFC 4287)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

# characters that XML 1.0 forbids, even as references
_FORBIDDEN = regex("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# every entry needs a date (RFC 4287, section 4.1.2); one without is sorted last
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeedEntry(Struct, frozen=True):
    """One entry, before its content is rendered."""

    name: str
    """What its id is derived from: equal names are the same entry, at any host and at any time."""
    title: str
    updated: datetime
    link: str | None
    """The page about it; a path is joined to the base of the feed."""
    parts: tuple[str, ...]
    """Its content, in the form that the function given to :func:`write_atom` renders."""


class Feed(Struct, frozen=True):
    """A feed, the newest entry first."""

    name: str
    """What its id is derived from."""
    title: str
    author: str
    entries: tuple[FeedEntry, ...]


def write_atom(
    feed: Feed,
    content_type: str,
    render: Callable[[FeedEntry], str],
    base: str = "",
    links: dict[str, str] | None = None,
) -> str:
    """The feed as XML; of several entries with one id, the first.

    Args:
        content_type: ``text`` or ``html``, what ``render`` returns.
        links: the feed's own links: relation → address.
    """
    # the review page imports this file when it starts, and writes its first feed later
    from xml.etree import ElementTree

    entries: dict[str, FeedEntry] = {}
    for entry in feed.entries:
        entries.setdefault(entry.name, entry)
    root = ElementTree.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(root, "title", feed.title)
    _add(root, "id", _urn(feed.name))
    _add(root, "updated", format_instant(max((entry.updated for entry in feed.entries), default=_EPOCH)))
    for relation, address in (links or {}).items():
        ElementTree.SubElement(root, "link", rel=relation, href=remove_forbidden(address))
    _add(ElementTree.SubElement(root, "author"), "name", feed.author)
    for entry in entries.values():
        element = ElementTree.SubElement(root, "entry")
        _add(element, "title", entry.title)
        _add(element, "id", _urn(entry.name))
        _add(element, "updated", format_instant(entry.updated))
        if entry.link:
            address = base + entry.link if entry.link.startswith("/") else entry.link
            ElementTree.SubElement(element, "link", rel="alternate", href=remove_forbidden(address))
        # declared as text, markup is shown by feed readers and not rendered (RFC 4287, section 4.1.3.3)
        _add(element, "content", render(entry)).set("type", content_type)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def remove_forbidden(text: str) -> str:
    """The text without characters that no XML document may contain."""
    return _FORBIDDEN.sub("", text)


def midnight(day: date | None) -> datetime:
    """The time of an entry of which only the day is known, or not even that."""
    return datetime.combine(day, time(), UTC) if day else _EPOCH


def format_instant(at: datetime) -> str:
    """The time as RFC 3339 in UTC, in whole seconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _add(parent: Element, name: str, text: str) -> Element:
    from xml.etree.ElementTree import SubElement

    child = SubElement(parent, name)
    child.text = remove_forbidden(text)
    return child


def _urn(name: str) -> str:
    from uuid import NAMESPACE_URL, uuid5

    # RFC 4287, section 4.2.6: an id never changes, else feed readers show the entry again as a new one.
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'notebot {name}')}"

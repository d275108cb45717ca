"""Parses RSS and Atom feeds of any site with feedparser; an item that cannot be parsed costs no other item.

feedparser raises whatever its helpers raise (``UnicodeDecodeError`` and ``ValueError`` were seen), and takes quadratic
time on what is not well-formed (4 s for 120 KB of ``<p>``) and on the HTML that it cleans (15 s for 480 KB). So it
gets well-formed documents whole; of any other one the well-formed items together and the rest one by one, up to a size.
It cleans nothing; callers read HTML themselves.
"""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from itertools import pairwise
from typing import Any
from xml.parsers import expat

from msgspec import Struct, field

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.newest import choose_newest
from notebot.core.text.charset import decode_page
from notebot.core.text.patterns import regex
from notebot.core.text.xml_repair import repair_xml

_MAX_ITEM_CHARACTERS = 20_000
"""Longest item that is read from a malformed feed; feedparser takes 0.1 s for as much hostile text."""
_MAX_HEAD_CHARACTERS = 2_000
_MAX_ITEMS = 500
"""Items that are read of a malformed feed."""
_MAX_MALFORMED_ITEMS = 50
"""Malformed items that are read of a feed; feedparser takes two milliseconds to begin with each."""
_DECLARATION = regex(r"\A\s*+<\?[^>]*+>")
_ENTITY = regex(r"<!\s{0,20}ENTITY", re.IGNORECASE)
_ITEM_START = regex(r"<(?:[A-Za-z]{1,20}:)?(?:item|entry)(?=[\s>])")
_ITEM_END = regex(r"</(?:[A-Za-z]{1,20}:)?(?:item|entry)\s{0,20}>")
_DATE = regex(r"<(?:pubDate|published|updated|dc:date)(?:\s[^<>]{0,100})?>([^<>]{1,60})<", re.IGNORECASE)
_ROOT = regex(r"<(rss|feed|[A-Za-z]{1,20}:RDF|channel)(?=[\s>])[^<>]*+>", re.IGNORECASE)
_FIRST_TAG = regex(r"<[A-Za-z][\w:.-]{0,60}(?=[\s>])")
_PREFIX = regex(r"(?:<|\s)([A-Za-z_][\w.-]{0,30}):[A-Za-z_]")
_DECLARED_PREFIX = regex(r"\sxmlns:([\w.-]{1,31})\s{0,5}=")


_YEAR_FIRST = regex(
    r"([0-9]{4})[/.年]([0-9]{1,2})[/.月]([0-9]{1,2})日?"
    r"(?:[ T]{1,3}([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?(?: ?(?:Z|UTC|GMT))?"
)
_UNIX_SECONDS = regex(r"([0-9]{9,10})(?:[0-9]{3})?")
_NAMES_A_MONTH = regex(r"[A-Za-z]{3}|[0-9]{4}-?[0-9]{2}")


class FeedDocument(Struct, frozen=True):
    """A parsed feed."""

    version: str
    """feedparser's name of the format, such as ``rss20``."""
    feed: Any
    """feedparser's dictionary of the feed's own elements."""
    entries: list[Any] = field(default_factory=list)
    """feedparser's dictionaries of the items that could be parsed."""
    damaged: int = 0
    """Items that could not be parsed."""
    left_out: int = 0
    """The oldest items of a malformed feed, which were not parsed because there are so many."""


def parse_feed_document(body: bytes, content_type: str, url: str, whose: str) -> FeedDocument:
    """Parses a feed.

    Args:
        content_type: the header with its charset.
        url: where it came from, to which its relative links refer.
        whose: the beginning of the error message.

    Raises:
        BadAnswerError: it is not a feed, or declares entities.
    """
    text = _DECLARATION.sub("", decode_page(body, content_type), count=1)
    # entities can expand to gigabytes ("billion laughs")
    if _ENTITY.search(text):
        raise BadAnswerError(f"{whose} sent a feed that declares XML entities, which is refused.")
    if not _is_well_formed(text):
        text = _declare_prefixes(repair_xml(text).text)
    if _is_well_formed(text):
        parsed = _parse(text, url)
        # a web page or a sitemap can be well-formed too; feedparser finds neither version nor entries in it
        if parsed is not None and (parsed.get("version") or parsed.entries):
            return FeedDocument(parsed.get("version") or "", parsed.feed, list(parsed.entries))
    return _parse_item_by_item(text, url, whose)


def entry_time(entry: Any, kind: str) -> datetime | None:
    """A time of a feed's entry in UTC; ``None`` if it is missing or cannot be read.

    feedparser makes up what it cannot read: of ``2016/6/29`` and of seconds since 1970 it takes a year, and today's
    month.

    Args:
        kind: ``published`` or ``updated``; one never stands for the other.
    """
    written = str(dict.get(entry, kind) or "").strip()
    parts: Any = dict.get(entry, f"{kind}_parsed")
    with suppress(ValueError, OverflowError, TypeError):
        if found := _YEAR_FIRST.fullmatch(written):
            year, month, day, hour, minute, second = (int(digits or 0) for digits in found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if found := _UNIX_SECONDS.fullmatch(written):
            return datetime.fromtimestamp(int(found[1]), UTC)
        if _NAMES_A_MONTH.search(written):
            return datetime.fromtimestamp(calendar.timegm(parts), UTC)
    return None


def _declare_prefixes(text: str) -> str:
    """Declares each prefix that is used without a declaration, as ``media:`` often is; any address will do."""
    root = _FIRST_TAG.search(text)
    known = {"xml", "xmlns", *_DECLARED_PREFIX.findall(text)}
    unknown = [prefix for prefix in dict.fromkeys(_PREFIX.findall(text)) if prefix not in known][:20]
    if root is None:
        return text
    declarations = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in unknown)
    return text[: root.end()] + declarations + text[root.end() :]


def _parse_item_by_item(text: str, url: str, whose: str) -> FeedDocument:
    starts = [match.start() for match in _ITEM_START.finditer(text)]
    root_tags = list(_ROOT.finditer(text[: starts[0] if starts else 0]))
    roots = "".join(match[0] for match in root_tags)
    head = _parse(roots, url) if 0 < len(roots) <= _MAX_HEAD_CHARACTERS else None
    if head is None or not head.get("version"):
        raise BadAnswerError(f"{whose} did not send a readable feed; check its URL in the config.")
    spans = list(pairwise([*starts, len(text)]))
    dates = [_date_in(text, start, end) for start, end in spans] if len(spans) > _MAX_ITEMS else [None] * len(spans)
    read, left_out = choose_newest(spans, dates, _MAX_ITEMS, datetime.now(UTC))
    items = []
    for start, end in read:
        closing = _ITEM_END.search(text, start, end)
        items.append(text[start : closing.end() if closing else end])

    ends = "".join(f"</{match[1]}>" for match in reversed(root_tags))
    well_formed = [place for place, item in enumerate(items) if _is_well_formed(roots + item + ends)]
    together = _parse(roots + "".join(items[place] for place in well_formed) + ends, url) if well_formed else None
    parsed: dict[int, Any] = {}
    if together is not None and len(together.entries) == len(well_formed):
        parsed = dict(zip(well_formed, together.entries, strict=True))
    one_by_one = [
        place for place, item in enumerate(items) if place not in parsed and len(item) <= _MAX_ITEM_CHARACTERS
    ]
    for place in one_by_one[:_MAX_MALFORMED_ITEMS]:
        alone = _parse(roots + items[place], url)
        if alone is not None and alone.entries:
            parsed[place] = alone.entries[0]
    entries = [entry for _, entry in sorted(parsed.items(), key=lambda pair: pair[0]) if entry]
    damaged = len(items) - len(entries)
    if not entries:
        raise BadAnswerError(f"{whose} sent a feed none of whose {damaged} items can be read; try again later.")
    return FeedDocument(head["version"], head.feed, entries, damaged, len(left_out))


def _date_in(text: str, start: int, end: int) -> datetime | None:
    """The first date of publication or change between two places; ``None`` if there is none that can be read."""
    match = _DATE.search(text, start, end)
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, OverflowError, TypeError, IndexError):
            moment = parse(match[1].strip()) if match else None
            if moment is not None:
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _is_well_formed(text: str) -> bool:
    """Whether it is XML and every prefix in it is declared."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return False
    return True


def _parse(text: str, url: str) -> Any:
    """feedparser's result; ``None`` if it raised anything."""
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        return feedparser.parse(
            BytesIO(text.encode("utf-8", "replace")),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:  # a parser of others' making; its callers report what could not be read
        return None

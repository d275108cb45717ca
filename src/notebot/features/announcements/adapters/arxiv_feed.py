"""Reads arXiv's announcement feeds; a feed is used whole or not at all.

A feed that is truncated, malformed or another category's raises an error. It never looks like a day without papers.
"""

from __future__ import annotations

import logging
import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.category import ALIASES
from notebot.core.model.entry import AnnounceType, Batch, Entry, FeedAnswer
from notebot.core.model.errors import BadAnswerError
from notebot.core.net.xml_safety import raise_if_unsafe_xml, repair_document
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.core.model.source_record import Validators
    from notebot.core.net.client import Http
    from notebot.core.net.pace import Turns

logger = logging.getLogger(__name__)
_ACCEPT = ("application/atom+xml", "application/xml", "text/xml", "application/rss+xml")
_MAX_BYTES = 64 * 1024 * 1024

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_CREATOR: Final = "{http://purl.org/dc/elements/1.1/}creator"
_AUTHOR: Final = f"{_ATOM}author"
_AUTHOR_NAME: Final = f"{_ATOM}name"
_CATEGORIES: Final = frozenset([f"{_ATOM}category", "category"])
_ANNOUNCE_TYPE: Final = f"{_ARXIV}announce_type"
# the first is the feed's name of the element, the second the API's
_JOURNAL_REFS: Final = (f"{_ARXIV}journal_reference", f"{_ARXIV}journal_ref")
_DOIS: Final = (f"{_ARXIV}DOI", f"{_ARXIV}doi")
_UNDATED: Final = date.min

_ID = regex(r"(?:oai:arXiv\.org|arXiv):(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})v([1-9]\d*)(?!\S)")
_OLD_CLASS = regex(r"\.[A-Z]{2}(?=/)")
_TEXT = regex(r"\s*(?:arXiv:\S+\s+)?(?:Announce\s+Type:\s*(?P<type>\S+)\s*)?(?:Abstract:)?(?P<abstract>.*)", re.DOTALL)
_TITLE_END = regex(r" updates on (?:the )?arXiv", re.IGNORECASE)
_CATEGORY = regex(r"(?i)[a-z-]+(\.[a-z-]+)?")
_OTHER_NAMES = {alias.lower(): name.lower() for alias, name in ALIASES.items()}
_PARENTHESES = regex(r"\([^()]*\)")


class _MalformedFeedError(Exception):
    """Why a feed cannot be used, worded to follow the feed's name."""


class _FeedFormat(Struct, frozen=True):
    """Tag names of one of the two formats in which arXiv announces."""

    entry: str
    id: str
    title: str
    text: str
    day: str
    about: str


_FORMATS = {
    f"{_ATOM}feed": _FeedFormat(
        *(f"{_ATOM}{name}" for name in ("entry", "id", "title", "summary", "published", "subtitle"))
    ),
    "rss": _FeedFormat("item", "guid", "title", "description", "pubDate", "description"),
}


class ArxivFeed:
    """arXiv's Atom feeds below ``base_url``, one category per request."""

    def __init__(self, http: Http, base_url: str, pace: Turns) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._pace = pace

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        """Downloads and parses the category's batch of the day.

        Raises:
            ServiceError: no answer, or one that :func:`parse_feed` refuses.
        """
        batches: list[Batch] = []
        answer = self._http.get(
            f"{self._base_url}/atom/{quote(category, safe='+')}",
            accept=_ACCEPT,
            max_bytes=_MAX_BYTES,
            service=f"arXiv's feed of {category}",
            validators=validators,
            pace=self._pace,
            # parsed within the request, so that the client retries a truncated or malformed answer
            check=lambda answer: batches.append(parse_feed(answer.body, category)),
        )
        return FeedAnswer(None if answer.not_modified else batches[-1], answer.validators)


def parse_feed(body: bytes, category: str) -> Batch:
    """Parses an Atom or RSS 2.0 feed into one category's batch.

    Raises:
        BadAnswerError: the feed is truncated, not arXiv's, an error feed, or another category's, or an
            entry lacks its id, title, announcement type or day.
    """
    service = f"arXiv's feed of {category}"
    raise_if_unsafe_xml(body, service)
    try:
        try:
            root = ET.fromstring(body)
        except ET.ParseError:
            repaired = repair_document(body, service)
            if repaired is None:
                raise
            root = ET.fromstring(repaired)
        entries = _parse_entries(root, category)
        batch_date = _batch_date(entries)
    except ET.ParseError as error:
        raise BadAnswerError(f"{service} is truncated or not well-formed ({error}); try again later") from error
    except _MalformedFeedError as flaw:
        raise BadAnswerError(f"{service} {flaw}; none of it is used, try again later") from flaw
    return Batch(
        category,
        batch_date,
        tuple(
            replace(entry, announced_on=batch_date) if entry.announced_on is _UNDATED and batch_date else entry
            for entry in entries
        ),
    )


def _batch_date(entries: Sequence[Entry]) -> date | None:
    """The day of most entries, for a feed contains one batch; ``None`` without entries."""
    days = Counter(entry.announced_on for entry in entries if entry.announced_on is not _UNDATED)
    if entries and not days:
        raise _MalformedFeedError("has no readable date in any entry")
    return max(days, key=lambda day: (days[day], day), default=None)


def _parse_entries(root: ET.Element, category: str) -> list[Entry]:
    form = _FORMATS.get(root.tag)
    if form is None:
        raise _MalformedFeedError(f"is not a feed: its root is <{root.tag}>")
    channel = root.find("channel")
    # a feed without entries is checked too, or an error feed would look like a quiet day
    _check_head(root if channel is None else channel, form, category)
    return [_parse_entry(element, form) for element in root.iter(form.entry)]


def _check_head(head: ET.Element, form: _FeedFormat, category: str) -> None:
    """Raises unless this is the head of an arXiv feed of the category.

    Raises:
        _MalformedFeedError: it is an error feed, not arXiv's, or another category's.
    """
    children = [child for child in head if child.tag != form.entry]
    title = next((_text_of(child) for child in children if child.tag == form.title), "")
    if title.lower().startswith("feed error"):
        reason = next((_text_of(child) for child in children if child.tag == form.about), "")
        raise _MalformedFeedError(f"is an error message: {title} {reason}".rstrip())
    everything = " ".join(text for child in children for text in (_text_of(child), *child.attrib.values()))
    if "arxiv.org" not in everything.lower():
        raise _MalformedFeedError("does not say that it is arXiv's")
    # a title such as "cs.CL, cs.LG updates on arXiv.org"; a title of any other form proves nothing
    end = _TITLE_END.search(title)
    names = title[: end.start()].split(",") if end is not None else []
    is_readable = bool(names) and all(_CATEGORY.fullmatch(name.strip()) for name in names)
    if is_readable and not _canonical(category.split("+")) <= _canonical(names):
        raise _MalformedFeedError(f"is about another category: {title}")


def _canonical(names: Iterable[str]) -> set[str]:
    """Category names in lower case, with arXiv's aliases (``cs.NA`` for ``math.NA``) resolved."""
    return {_OTHER_NAMES.get(name.strip().lower(), name.strip().lower()) for name in names}


def _parse_entry(element: ET.Element, form: _FeedFormat) -> Entry:
    texts: dict[str, str] = {}
    creators: list[str] = []
    names: list[str] = []
    categories: list[str] = []
    summary = ""
    for child in element:
        tag = child.tag
        if tag in _CATEGORIES:
            categories.append(child.get("term") or _text_of(child))
        elif tag == _CREATOR:
            creators.append(_text_of(child))
        elif tag == _AUTHOR:
            names.append(child.findtext(_AUTHOR_NAME) or "")
        elif tag == form.text:
            # collapsed below, without what precedes the abstract: it is most of a feed
            summary = summary or _raw_text(child)
        elif tag not in texts:
            texts[tag] = _text_of(child)
    id_text = texts.get(form.id, "")
    # the summary repeats both (services.md 1.2): "arXiv:2605.01234v1 Announce Type: new"
    identity = _ID.match(id_text) or _ID.match(summary.lstrip())
    if identity is None:
        raise _MalformedFeedError(f"has an entry without an arXiv id and version: {id_text[:80]!r}")
    arxiv_id = _OLD_CLASS.sub("", identity[1])
    if not texts.get(form.title):
        raise _MalformedFeedError(f"has no title for {arxiv_id}")
    parts = _TEXT.match(summary)
    announce_type = texts.get(_ANNOUNCE_TYPE) or (parts and parts["type"])
    try:
        kind = AnnounceType((announce_type or "").lower())
    except ValueError:
        raise _MalformedFeedError(f"has no known announcement type for {arxiv_id}, but {announce_type!r}") from None
    day = texts.get(form.day, "")
    try:
        announced_on = _parse_day(day) if day else _UNDATED
    except ValueError:
        # the entry takes the day of the others; a feed without any readable date is refused
        logger.warning(
            "arXiv's feed has no readable date for %s, but %r; the day of the batch is used", arxiv_id, day[:40]
        )
        announced_on = _UNDATED
    return Entry(
        arxiv_id=arxiv_id,
        version=int(identity[2]),
        announce_type=kind,
        announced_on=announced_on,
        title=texts[form.title],
        abstract=collapse(parts["abstract"]) if parts is not None else "",
        authors=tuple(author for line in creators or names for author in _split_authors(line)),
        categories=tuple(filter(None, categories)),
        journal_ref=next(filter(None, map(texts.get, _JOURNAL_REFS)), None),
        doi=next(filter(None, map(texts.get, _DOIS)), None),
    )


def _text_of(element: ET.Element) -> str:
    """An element's text without the markup inside it, white space collapsed."""
    return collapse(_raw_text(element))


def _raw_text(element: ET.Element) -> str:
    return "".join(element.itertext()) if len(element) else element.text or ""


@lru_cache(maxsize=64)
def _parse_day(text: str) -> date:
    """The calendar day in the offset that the feed itself uses (midnight US Eastern)."""
    try:
        # Atom has ISO times (RFC 3339), RSS 2.0 has those of mail (RFC 822)
        moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (OverflowError, TypeError) as error:  # a year of twenty digits, a part that is missing
        raise ValueError(text[:40]) from error
    return moment.date()


def _split_authors(line: str) -> list[str]:
    """The names between commas, without affiliations and without parts that have no letter."""
    # affiliations nest: "(Univ. A (Dept. B))"; each pass removes the innermost level
    while "(" in line and (shorter := _PARENTHESES.sub(" ", line)) != line:
        line = shorter
    # the colon of a team ("Kumo Team, :") is not an author
    return [collapse(name) for name in line.split(",") if any(map(str.isalpha, name))]

"""arXiv's announcement feeds: one category's batch of the day, whole or not at all."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.category import ALIASES
from notebot.core.model.entry import AnnounceType, Batch, Entry
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.source_record import FeedAnswer, Validators
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from notebot.core.net.client import Http
    from notebot.core.net.pace import Pace

_ACCEPT = ("application/atom+xml", "application/xml", "text/xml", "application/rss+xml")
_MAX_BYTES = 64 * 1024 * 1024

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_CREATOR: Final = "{http://purl.org/dc/elements/1.1/}creator"
_UNDATED: Final = date.min

_ID = regex(r"(?:oai:arXiv\.org|arXiv):(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})v([1-9]\d*)(?!\S)")
_OLD_CLASS = regex(r"\.[A-Z]{2}(?=/)")
_TEXT = regex(r"\s*(?:arXiv:\S+\s+)?(?:Announce Type:\s*(?P<type>\S+)\s*)?(?:Abstract:)?(?P<abstract>.*)", re.DOTALL)
_TITLE = regex(r"\s*(\S.*?)\s+updates on (?:the )?arXiv", re.IGNORECASE)
_CATEGORY = regex(r"(?i)[a-z-]+(\.[a-z-]+)?")
_OTHER_NAMES = {alias.lower(): name.lower() for alias, name in ALIASES.items()}
_PARENTHESES = regex(r"\([^()]*\)")


class _FlawError(Exception):
    """What is wrong with a feed, worded to follow its name."""


class _Form(Struct, frozen=True):
    """The words of one of the two formats in which arXiv announces."""

    entry: str
    id: str
    title: str
    text: str
    day: str
    about: str


_FORMS = {
    f"{_ATOM}feed": _Form(*(f"{_ATOM}{word}" for word in ("entry", "id", "title", "summary", "published", "subtitle"))),
    "rss": _Form("item", "guid", "title", "description", "pubDate", "description"),
}


class ArxivFeed:
    """arXiv's Atom feeds below ``base_url``, one category per request."""

    def __init__(self, http: Http, base_url: str, pace: Pace) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._pace = pace

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        """The category's batch; parsed within the request, so that a broken answer is asked for again."""
        batches: list[Batch] = []
        answer = self._http.get(
            f"{self._base_url}/atom/{quote(category, safe='+')}",
            accept=_ACCEPT,
            max_bytes=_MAX_BYTES,
            service=f"arXiv's feed of {category}",
            validators=validators,
            pace=self._pace,
            check=lambda answer: batches.append(parse_feed(answer.body, category)),
        )
        return FeedAnswer(None if answer.not_modified else batches[-1], answer.validators)


def parse_feed(body: bytes, category: str) -> Batch:
    """One category's batch from the bytes of its Atom or RSS 2.0 feed.

    Raises:
        BadAnswerError: cut short, not a feed of arXiv's, an error feed, another category's, or an
            entry without id, title, announcement type or day.
    """
    whose = f"arXiv's feed of {category}"
    raise_if_unsafe_xml(body, whose)
    try:
        return _batch(category, list(_entries(body, category)))
    except ET.ParseError as error:
        raise BadAnswerError(f"{whose} is cut short or not well-formed ({error}); try again later") from error
    except _FlawError as flaw:
        raise BadAnswerError(f"{whose} {flaw}; none of it is used, try again later") from flaw


def _batch(category: str, entries: list[Entry]) -> Batch:
    """The batch bears the day of most of its entries; an entry without a day of its own takes that."""
    days = Counter(entry.announced_on for entry in entries if entry.announced_on is not _UNDATED)
    if entries and not days:
        raise _FlawError("bears no date in any entry")
    batch_date = max(days, key=lambda day: (days[day], day), default=None)
    return Batch(
        category,
        batch_date,
        tuple(
            replace(entry, announced_on=batch_date) if entry.announced_on is _UNDATED and batch_date else entry
            for entry in entries
        ),
    )


def _entries(body: bytes, category: str) -> Iterator[Entry]:
    """Entries one by one; each element is emptied when it has been read, so that memory stays low."""
    events = iter(ET.iterparse(BytesIO(body), ("start", "end")))
    _, head = next(events)
    form = _FORMS.get(head.tag)
    if form is None:
        raise _FlawError(f"is not a feed: its root is <{head.tag}>")
    checked = False
    for event, element in events:
        if event == "start" and element.tag == "channel":
            head = element
        elif event == "end" and element.tag == form.entry:
            checked = checked or _check_head(head, form, category)
            yield _entry(element, form)
            element.clear()
    if not checked:
        _check_head(head, form, category)


def _check_head(head: ET.Element, form: _Form, category: str) -> bool:
    """True for the head of an arXiv feed that speaks of the category."""
    told = [child for child in head if child.tag != form.entry]
    title = next((_words(child) for child in told if child.tag == form.title), "")
    if title.lower().startswith("feed error"):
        reason = next((_words(child) for child in told if child.tag == form.about), "")
        raise _FlawError(f"is an error message: {title} {reason}".rstrip())
    everything = " ".join(text for child in told for text in (_words(child), *child.attrib.values()))
    if "arxiv.org" not in everything.lower():
        raise _FlawError("does not say that it is arXiv's")
    named = _named(title)
    if named and not _canonical(category.split("+")) <= named:
        raise _FlawError(f"speaks of another category: {title}")
    return True


def _named(title: str) -> set[str]:
    """The categories of a title such as ``cs.CL, cs.LG updates on arXiv.org``; none where it is unclear."""
    match = _TITLE.match(title)
    named = match[1].split(",") if match is not None else []
    return _canonical(named) if all(_CATEGORY.fullmatch(name.strip()) for name in named) else set()


def _canonical(names: Iterable[str]) -> set[str]:
    """arXiv may call a category by its other name; a name that is not known here stands for itself."""
    return {_OTHER_NAMES.get(name.strip().lower(), name.strip().lower()) for name in names}


def _entry(element: ET.Element, form: _Form) -> Entry:
    texts: dict[str, str] = {}
    creators: list[str] = []
    names: list[str] = []
    categories: list[str] = []
    for child in element:
        tag = child.tag
        if tag in (f"{_ATOM}category", "category"):
            categories.append(child.get("term") or _words(child))
        elif tag == _CREATOR:
            creators.append(_words(child))
        elif tag == f"{_ATOM}author":
            names.append(child.findtext(f"{_ATOM}name") or "")
        else:
            texts.setdefault(tag, _words(child))
    arxiv_id, version = _identity(texts.get(form.id, ""), texts.get(form.text, ""))
    told = _TEXT.match(texts.get(form.text, ""))
    title = texts.get(form.title, "")
    if not title:
        raise _FlawError(f"has no title for {arxiv_id}")
    return Entry(
        arxiv_id=arxiv_id,
        version=version,
        announce_type=_announced_as(texts.get(f"{_ARXIV}announce_type") or (told and told["type"]), arxiv_id),
        announced_on=_day(texts.get(form.day, ""), arxiv_id),
        title=title,
        abstract=told["abstract"].strip() if told is not None else "",
        authors=tuple(author for line in creators or names for author in _authors(line)),
        categories=tuple(filter(None, categories)),
        journal_ref=texts.get(f"{_ARXIV}journal_reference") or texts.get(f"{_ARXIV}journal_ref") or None,
        doi=texts.get(f"{_ARXIV}DOI") or texts.get(f"{_ARXIV}doi") or None,
    )


def _words(element: ET.Element) -> str:
    """An element's text, markup inside it left out, white space collapsed."""
    text = "".join(element.itertext()) if len(element) else element.text or ""
    return collapse(text)


def _identity(*places: str) -> tuple[str, int]:
    """The canonical id and the version, from the first place that holds both."""
    for place in places:
        match = _ID.match(place)
        if match is not None:
            return _OLD_CLASS.sub("", match[1]), int(match[2])
    raise _FlawError(f"has an entry without an arXiv id and version: {places[0][:80]!r}")


def _announced_as(word: str | None, arxiv_id: str) -> AnnounceType:
    try:
        return AnnounceType((word or "").lower())
    except ValueError:
        raise _FlawError(f"does not say how {arxiv_id} is announced, but {word!r}") from None


def _day(text: str, arxiv_id: str) -> date:
    try:
        return _date(text) if text else _UNDATED
    except ValueError:
        raise _FlawError(f"bears no readable date for {arxiv_id}: {text[:40]!r}") from None


@lru_cache(maxsize=64)
def _date(text: str) -> date:
    """The calendar day in the offset that the feed itself uses (midnight US Eastern)."""
    moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    return moment.date()


def _authors(line: str) -> Iterator[str]:
    """Names between commas, affiliations in parentheses taken off; nothing that has no letter."""
    while "(" in line and (bare := _PARENTHESES.sub(" ", line)) != line:
        line = bare
    for part in line.split(","):
        if any(character.isalpha() for character in part):
            yield collapse(part)

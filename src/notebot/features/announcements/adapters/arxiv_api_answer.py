"""One answer of arXiv's query API, checked before anyone takes it for a list of papers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOSE = "arXiv's answer about papers"
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_SEARCH: Final = "{http://a9.com/-/spec/opensearch/1.1/}"

_ID = regex(r"https?://(?:[\w-]+\.)?arxiv\.org/abs/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})v([1-9]\d*)")
_FACTS = ("title", "summary", "published", "updated")
_OLD_CLASS = regex(r"\.[A-Z]{2}(?=/)")
_LOOSE = regex(r"(?<=\() | (?=\))")
_RANGE = regex(r'(submittedDate:)"(\d{12} TO \d{12})"')


class Page(Struct, frozen=True):
    """What a well-formed answer holds."""

    papers: int
    """Entries that are papers; an entry that only repeats an unknown id is none."""
    error: str | None
    """The sentence of an error feed, which is no paper."""
    bad_id: bool
    """The error is that an id is malformed."""
    total: int = 0
    """Papers that a whole search finds, of which this is a part."""


def paper_id(url: str) -> tuple[str, int]:
    """The canonical id and version of an entry's address, such as ``http://arxiv.org/abs/2504.02807v1``.

    Raises:
        BadAnswerError: it is no such address.
    """
    match = _ID.fullmatch(url.strip())
    if match is None:
        raise BadAnswerError(f"{_WHOSE} holds an entry whose id is not a paper's: {url[:80]!r}")
    return _OLD_CLASS.sub("", match[1]), int(match[2])


def examine(body: bytes, asked: Sequence[str]) -> Page:
    """The page, if it is whole: arXiv's own count agrees, and it holds only papers that were asked for.

    Args:
        body: the answer to a query by ids.
        asked: the ids, canonical, each with or without its version.

    Raises:
        BadAnswerError: it is not; a zero, a part or another's papers are never taken for an answer.
    """
    feed = _feed(body)
    entries = feed.findall(f"{_ATOM}entry")
    refusal = next(filter(None, map(_error, entries)), None)
    if refusal is not None:
        return Page(0, refusal, "incorrect id format" in refusal)
    _check_count(feed, len(entries), len(asked))
    papers = [entry for entry in entries if any(_text(entry, word) for word in _FACTS)]
    for entry in papers:
        _check_asked(entry, asked)
        _check_paper(entry)
    return Page(len(papers), None, bad_id=False)


def examine_search(body: bytes, query: str, start: int, size: int) -> Page:
    """The page, if it is the whole page asked for of the search asked for, by arXiv's own count and words.

    Args:
        body: the answer to a search.
        query: as it was sent.
        start: the place of the first paper, from 0.
        size: the papers that a full page holds.

    Raises:
        BadAnswerError: it is not.
    """
    feed = _feed(body)
    entries = feed.findall(f"{_ATOM}entry")
    refusal = next(filter(None, map(_error, entries)), None)
    if refusal is not None:
        return Page(0, refusal, bad_id=False)
    _check_echo(feed, query)
    _check_span(feed, len(entries), start, size)
    for entry in entries:
        _check_paper(entry)
    if len({paper_id(_text(entry, "id"))[0] for entry in entries}) < len(entries):
        raise BadAnswerError(f"{_WHOSE} holds a paper twice")
    return Page(len(entries), None, bad_id=False, total=_number(feed, "totalResults"))


def _feed(body: bytes) -> ET.Element:
    raise_if_unsafe_xml(body, _WHOSE)
    try:
        return ET.fromstring(body)
    except ET.ParseError as error:
        raise BadAnswerError(f"{_WHOSE} is cut short or not well-formed ({error}); try again later") from error


def _error(entry: ET.Element) -> str | None:
    if "/api/errors" not in _text(entry, "id"):
        return None
    return _text(entry, "summary") or _text(entry, "id").replace("_", " ")


def _number(feed: ET.Element, name: str) -> int:
    told = (feed.findtext(f"{_SEARCH}{name}") or "").strip()
    if feed.tag != f"{_ATOM}feed" or not re.fullmatch(r"[0-9]{1,9}", told):
        raise BadAnswerError(f"{_WHOSE} is not a result feed of arXiv's")
    return int(told)


def _check_echo(feed: ET.Element, query: str) -> None:
    """The server rewrites what it does not understand, and says in the title what it looked for."""
    title = _normal(feed.findtext(f"{_ATOM}title") or "")
    if f"search_query={_normal(query)}&id_list=" not in title:
        raise BadAnswerError(f"{_WHOSE} is to another search than the one sent: {title[:300]!r}")


def _normal(text: str) -> str:
    """A search with the liberties taken that the server takes: blanks, and quotation marks round a date range."""
    return _RANGE.sub(r"\1[\2]", _LOOSE.sub("", collapse(text)))


def _check_span(feed: ET.Element, held: int, start: int, size: int) -> None:
    total, begins = _number(feed, "totalResults"), _number(feed, "startIndex")
    if begins != start:
        raise BadAnswerError(f"{_WHOSE} begins at paper {begins}, where {start} was asked for")
    due = max(0, min(size, total - start))
    if held != due:
        raise BadAnswerError(
            f"{_WHOSE} holds {held} entries from {start} on where it counts {total} in all: suspiciously "
            + ("empty" if held == 0 else "incomplete" if held < due else "many")
        )


def _check_count(feed: ET.Element, held: int, asked: int) -> None:
    told = _number(feed, "totalResults")
    if held != min(told, asked):
        raise BadAnswerError(
            f"{_WHOSE} holds {held} entries where it counts {told} (asked for {asked}): suspiciously "
            + ("empty" if held == 0 else "incomplete" if held < told else "many")
        )


def _check_asked(entry: ET.Element, asked: Sequence[str]) -> None:
    base, version = paper_id(_text(entry, "id"))
    if base not in asked and f"{base}v{version}" not in asked:
        raise BadAnswerError(f"{_WHOSE} holds {base}v{version}, which was not asked for")


def _check_paper(entry: ET.Element) -> None:
    base, _ = paper_id(_text(entry, "id"))
    if not _text(entry, "title"):
        raise BadAnswerError(f"{_WHOSE} holds {base} without a title")
    for word in ("published", "updated"):
        try:
            datetime.fromisoformat(_text(entry, word))
        except ValueError:
            raise BadAnswerError(f"{_WHOSE} holds {base} without a readable {word} time") from None


def _text(entry: ET.Element, word: str) -> str:
    return (entry.findtext(f"{_ATOM}{word}") or "").strip()

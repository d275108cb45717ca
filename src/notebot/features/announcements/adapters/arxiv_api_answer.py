"""Checks answers of arXiv's query API, so that only complete lists of papers are used."""

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

_SERVICE = "arXiv's answer about papers"
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH: Final = "{http://a9.com/-/spec/opensearch/1.1/}"

_ID = regex(r"https?://(?:[\w-]+\.)?arxiv\.org/abs/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})v([1-9]\d*)")
_PAPER_FIELDS = ("title", "summary", "published", "updated")
_OLD_CLASS = regex(r"\.[A-Z]{2}(?=/)")
_BLANKS_IN_PARENTHESES = regex(r"(?<=\() | (?=\))")
_QUOTED_RANGE = regex(r'(submittedDate:)"(\d{12} TO \d{12})"')


class ApiPage(Struct, frozen=True):
    """What a well-formed answer contains."""

    papers: int
    """Entries that are papers; an entry that only repeats an unknown id does not count."""
    error: str | None
    """The message of an error feed, which contains no papers."""
    bad_id: bool
    """The error is a malformed id."""
    total: int = 0
    """Papers that match the whole search, of which this page is a part."""


def paper_id(url: str) -> tuple[str, int]:
    """The canonical id and version in an entry's address, such as ``http://arxiv.org/abs/2504.02807v1``.

    Raises:
        BadAnswerError: the text is not such an address.
    """
    match = _ID.fullmatch(url.strip())
    if match is None:
        raise BadAnswerError(f"{_SERVICE} has an entry whose id is not a paper's: {url[:80]!r}")
    return _OLD_CLASS.sub("", match[1]), int(match[2])


def check_papers(body: bytes, asked: Sequence[str]) -> ApiPage:
    """Checks the answer to a query by ids.

    It has to be complete by arXiv's own count, and to contain only papers that were asked for.

    Args:
        body: the answer.
        asked: the canonical ids, each with or without its version.

    Raises:
        BadAnswerError: a check failed. An empty or partial answer never counts as "no such paper".
    """
    feed, entries, error = _parse(body)
    if error is not None:
        return ApiPage(0, error, "incorrect id format" in error)
    total = _number(feed, "totalResults")
    # arXiv at times sends empty or short lists with status 200 (services.md 1.1)
    if len(entries) != min(total, len(asked)):
        raise BadAnswerError(
            f"{_SERVICE} has {len(entries)} entries where it counts {total} (asked for {len(asked)}): "
            f"{_suspicion(len(entries), total)}"
        )
    # for an id that does not exist, arXiv may send an entry with nothing but the id
    papers = [entry for entry in entries if any(_text(entry, name) for name in _PAPER_FIELDS)]
    for entry in papers:
        base, version = paper_id(_text(entry, "id"))
        if base not in asked and f"{base}v{version}" not in asked:
            raise BadAnswerError(f"{_SERVICE} has {base}v{version}, which was not asked for")
        _check_fields(entry)
    return ApiPage(len(papers), None, bad_id=False)


def check_search_page(body: bytes, query: str, start: int, size: int) -> ApiPage:
    """Checks one page of a search: the search that was sent, complete by arXiv's own count.

    Args:
        body: the answer.
        query: the search as it was sent.
        start: the position of the first paper, from 0.
        size: the number of papers on a full page.

    Raises:
        BadAnswerError: a check failed.
    """
    feed, entries, error = _parse(body)
    if error is not None:
        return ApiPage(0, error, bad_id=False)
    # the server rewrites what it does not understand, and repeats in the title what it searched for
    title = _normalise_search(feed.findtext(f"{_ATOM}title") or "")
    if f"search_query={_normalise_search(query)}&id_list=" not in title:
        raise BadAnswerError(f"{_SERVICE} is about another search than the one sent: {title[:300]!r}")
    total, first = _number(feed, "totalResults"), _number(feed, "startIndex")
    if first != start:
        raise BadAnswerError(f"{_SERVICE} begins at paper {first}, where {start} was asked for")
    expected = max(0, min(size, total - start))
    if len(entries) != expected:
        raise BadAnswerError(
            f"{_SERVICE} has {len(entries)} entries from {start} on where it counts {total} in all: "
            f"{_suspicion(len(entries), expected)}"
        )
    for entry in entries:
        _check_fields(entry)
    if len({paper_id(_text(entry, "id"))[0] for entry in entries}) < len(entries):
        raise BadAnswerError(f"{_SERVICE} has a paper twice")
    return ApiPage(len(entries), None, bad_id=False, total=total)


def _parse(body: bytes) -> tuple[ET.Element, list[ET.Element], str | None]:
    """The feed, its entries, and the message if it is an error feed."""
    raise_if_unsafe_xml(body, _SERVICE)
    try:
        feed = ET.fromstring(body)
    except ET.ParseError as error:
        raise BadAnswerError(f"{_SERVICE} is truncated or not well-formed ({error}); try again later") from error
    entries = feed.findall(f"{_ATOM}entry")
    for entry in entries:
        address = _text(entry, "id")
        # an error feed looks like one paper, and the old backend sent it with status 200 (services.md 1.1)
        if "/api/errors" in address:
            return feed, entries, _text(entry, "summary") or address.replace("_", " ")
    return feed, entries, None


def _number(feed: ET.Element, name: str) -> int:
    text = (feed.findtext(f"{_OPENSEARCH}{name}") or "").strip()
    if feed.tag != f"{_ATOM}feed" or not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadAnswerError(f"{_SERVICE} is not a result feed of arXiv's")
    return int(text)


def _suspicion(count: int, expected: int) -> str:
    return "suspiciously " + ("empty" if count == 0 else "incomplete" if count < expected else "many")


def _normalise_search(text: str) -> str:
    """A search without the changes that the server makes: blanks, and quotes around a date range."""
    return _QUOTED_RANGE.sub(r"\1[\2]", _BLANKS_IN_PARENTHESES.sub("", collapse(text)))


def _check_fields(entry: ET.Element) -> None:
    base, _ = paper_id(_text(entry, "id"))
    if not _text(entry, "title"):
        raise BadAnswerError(f"{_SERVICE} has {base} without a title")
    for name in ("published", "updated"):
        try:
            datetime.fromisoformat(_text(entry, name))
        except ValueError:
            raise BadAnswerError(f"{_SERVICE} has {base} without a readable {name} time") from None


def _text(entry: ET.Element, name: str) -> str:
    return (entry.findtext(f"{_ATOM}{name}") or "").strip()

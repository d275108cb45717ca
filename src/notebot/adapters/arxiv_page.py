"""One answer of arXiv's query API, checked before anyone takes it for a list of papers."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notebot.adapters.xml_body import refuse_unsafe
from notebot.domain.errors import BadAnswerError

_WHOSE = "arXiv's answer about papers"
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_TOTAL: Final = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"

_ID = re.compile(r"https?://(?:[\w-]+\.)?arxiv\.org/abs/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})v([1-9]\d*)")
_FACTS = ("title", "summary", "published", "updated")
_OLD_CLASS = re.compile(r"\.[A-Z]{2}(?=/)")


@dataclass(frozen=True, slots=True)
class Page:
    """What a well-formed answer holds."""

    papers: int
    """Entries that are papers; an entry that only repeats an unknown id is none."""
    error: str | None
    """The sentence of an error feed, which is no paper."""
    bad_id: bool
    """The error is that an id is malformed."""


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
    refuse_unsafe(body, _WHOSE)
    try:
        feed = ET.fromstring(body)
    except ET.ParseError as error:
        raise BadAnswerError(f"{_WHOSE} is cut short or not well-formed ({error}); try again later") from error
    entries = feed.findall(f"{_ATOM}entry")
    refusal = next(filter(None, map(_error, entries)), None)
    if refusal is not None:
        return Page(0, refusal, "incorrect id format" in refusal)
    _check_count(feed, len(entries), len(asked))
    papers = [entry for entry in entries if any(_text(entry, word) for word in _FACTS)]
    for entry in papers:
        _check_paper(entry, asked)
    return Page(len(papers), None, bad_id=False)


def _error(entry: ET.Element) -> str | None:
    if "/api/errors" not in _text(entry, "id"):
        return None
    return _text(entry, "summary") or _text(entry, "id").replace("_", " ")


def _check_count(feed: ET.Element, held: int, asked: int) -> None:
    told = (feed.findtext(_TOTAL) or "").strip()
    if feed.tag != f"{_ATOM}feed" or not told.isdigit():
        raise BadAnswerError(f"{_WHOSE} is not a result feed of arXiv's")
    if held != min(int(told), asked):
        raise BadAnswerError(
            f"{_WHOSE} holds {held} entries where it counts {told} (asked for {asked}): suspiciously "
            + ("empty" if held == 0 else "incomplete" if held < int(told) else "many")
        )


def _check_paper(entry: ET.Element, asked: Sequence[str]) -> None:
    base, version = paper_id(_text(entry, "id"))
    if base not in asked and f"{base}v{version}" not in asked:
        raise BadAnswerError(f"{_WHOSE} holds {base}v{version}, which was not asked for")
    if not _text(entry, "title"):
        raise BadAnswerError(f"{_WHOSE} holds {base} without a title")
    for word in ("published", "updated"):
        try:
            datetime.fromisoformat(_text(entry, word))
        except ValueError:
            raise BadAnswerError(f"{_WHOSE} holds {base} without a readable {word} time") from None


def _text(entry: ET.Element, word: str) -> str:
    return (entry.findtext(f"{_ATOM}{word}") or "").strip()

"""What the body and the comments of an archive's issue say (format.md b, f): links, summary, references."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import InvalidRefError
from notebot.core.model.post_address import find_urls
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SUMMARY_MARK = "Summary (by"
"""The archive's site takes all behind the line that holds this for the note's summary."""

_HEADING = regex(r"#{1,6}(?:[ \t]+|(?=URLs?\b))(?P<name>\S.{0,100})", re.IGNORECASE)
_NAMED = regex(
    r"(?P<name>urls?|authors?|affiliations?|abstract|translation)[ \t]*(?:\(by.{0,80})?[:：]?[ \t]*", re.IGNORECASE
)
_IMAGE = regex(r"<img\b[^<>]*>|!\[[^\[\]\n]*\]\([^()\s]*\)", re.IGNORECASE)

_REFERENCE = regex(
    r"""
    (?P<link> https?://[!-;=?-~]+ )       # what stands in an address is no reference, unless it is an issue's
    | ^[ \t]* (?:[-*+・][ \t]*)? \#(?P<item>[1-9]) [ \t]*$
    | (?<![A-Za-z0-9_/&\#.=?-]) \#(?P<number>[1-9][0-9]{1,5}) (?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.MULTILINE,
)
_ISSUE = regex(r"https?://(?:www\.)?github\.com/([\w.-]+/[\w.-]+)/issues/([0-9]{1,9})(?![0-9])", re.ASCII)

# Typographic quotes are the curator's; pages of 2023 lost the apostrophe (`arXiv23`), only behind the last comma.
_VENUE_YEAR = regex(r"['’‘][0-9]{2,4}")
_BARE_VENUE = regex(r"[A-Za-z][A-Za-z&+. -]*[A-Za-z][0-9]{2}")


class NoteBody(Struct, frozen=True):
    """The body of an issue, taken apart."""

    urls: tuple[str, ...]
    """Links of the ``# URL`` section; where there is none, of what no section holds. Each once, in order."""
    summary: str | None
    """All behind the line with ``Summary (by``, hence also what the curator wrote under it, as the site shows it."""
    prose: str
    """What may be the curator's own: no links section, authors, abstract, translation."""


def read_body(body: str) -> NoteBody:
    """Takes a body apart, whoever filled it: the archive's bot of any year, or a hand."""
    head, summary = _split_summary(body)
    named: dict[str, list[str]] = {}
    for name, line in _named_lines(head):
        named.setdefault(name, []).append(line)
    prose = "\n".join(named.get("", []))
    urls = _unique(find_urls("\n".join(named.get("url", [])))) or _unique(find_urls(_IMAGE.sub(" ", prose)))
    return NoteBody(urls, summary, f"{prose}\n{summary or ''}")


def read_summary(body: str, comments: Iterable[str]) -> str | None:
    """The summary of the body, else of the last comment that holds one."""
    for text in (body, *reversed([*comments])):
        _, summary = _split_summary(text)
        if summary:
            return summary
    return None


def own_comments(comments: Iterable[str]) -> tuple[str, ...]:
    """The comments that are the curator's words: neither blank nor the summary; line ends are ``\\n``."""
    shown = (as_lines(text).strip("\n").rstrip() for text in comments if SUMMARY_MARK not in text)
    return tuple(text for text in shown if text)


def note_refs(texts: Iterable[str], own: int | None = None, repo: str | None = None) -> tuple[int, ...]:
    """The notes that texts refer to, each once, in order.

    ``#12`` counts wherever it stands, ``#1`` only as an item of its own: in a sentence it is a rank.
    The address of an issue counts where it is one of ``repo``, ``owner/name``.

    Args:
        own: the number of the note itself, which is no reference.
    """
    numbers = (number for text in texts for number in _numbers(as_lines(text), repo))
    return tuple(dict.fromkeys(number for number in numbers if number != own))


def issue_of(link: str) -> tuple[str, int] | None:
    """``owner/name`` and number of the GitHub issue that a link leads to."""
    found = _ISSUE.match(link)
    return (found[1], int(found[2])) if found else None


def arxiv_id_of(urls: Iterable[str]) -> str | None:
    """The canonical id, without version, of the first link that leads to a paper of arXiv."""
    for url in urls:
        with suppress(InvalidRefError):
            return parse_ref(url).base
    return None


def kind_of(title_line: str) -> str:
    """``article`` where the title line names no venue with a year, else ``paper``, as the archive's site has it."""
    last = title_line.rpartition(",")[2].strip()
    named = _VENUE_YEAR.search(title_line) or _BARE_VENUE.fullmatch(last[-60:])
    return "paper" if named else "article"


def as_lines(text: str) -> str:
    """The text with ``\\n`` at the ends of its lines, whichever way they were ended."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split_summary(text: str) -> tuple[str, str | None]:
    lines = as_lines(text)
    place = lines.find(SUMMARY_MARK)
    if place < 0:
        return lines, None
    _, _, tail = lines[place:].partition("\n")
    return lines[: lines.rfind("\n", 0, place) + 1], _unlisted(tail.strip()) or None


def _unlisted(summary: str) -> str:
    """Without the dash that the bot writes, unless it begins a list."""
    return summary if "\n- " in summary else summary.removeprefix("- ").lstrip()


def _named_lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line with the section it stands in; ``""`` is none that the bot writes."""
    section = ""
    for line in text.split("\n"):
        heading = _HEADING.fullmatch(line.strip()[:120])
        if heading is None:
            yield section, line
            continue
        named = _NAMED.fullmatch(heading["name"])
        section = named["name"].lower().removesuffix("s") if named else ""
        if not named:
            yield section, line


def _numbers(text: str, repo: str | None) -> Iterator[int]:
    for found in _REFERENCE.finditer(text):
        if not found["link"]:
            yield int(found["item"] or found["number"])
        elif repo and (issue := issue_of(found["link"])) and issue[0].lower() == repo.lower() and issue[1]:
            yield issue[1]


def _unique(links: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(links))

"""Parses the body and comments of an issue of the archive (format.md b, f): links, summary, references."""

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
    from collections.abc import Iterable

SUMMARY_MARK = "Summary (by"
"""The archive's site shows everything after the line that contains this as the note's summary."""

_HEADING = regex(r"#{1,6}(?:[ \t]+|(?=URLs?\b))(?P<name>\S.{0,100})", re.IGNORECASE)
_BOT_SECTION = regex(
    r"(?P<name>urls?|authors?|affiliations?|abstract|translation)[ \t]*(?:\(by.{0,80})?[:：]?[ \t]*", re.IGNORECASE
)
_IMAGE = regex(r"<img\b[^<>]*>|!\[[^\[\]\n]*\]\([^()\s]*\)", re.IGNORECASE)

_REFERENCE = regex(
    r"""
    (?P<link> https?://[!-;=?-~]+ )       # a number in a URL is not a reference, unless the URL is an issue
    | ^[ \t]* (?:[-*+・][ \t]*)? \#(?P<item>[1-9]) [ \t]*$
    | (?<![A-Za-z0-9_/&\#.=?-]) \#(?P<number>[1-9][0-9]{1,5}) (?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.MULTILINE,
)
_ISSUE = regex(r"https?://(?:www\.)?github\.com/([\w.-]+/[\w.-]+)/issues/([0-9]{1,9})(?![0-9])", re.ASCII)

# The curator types typographic quotes as well (format.md a). Pages of 2023 dropped the apostrophe (`arXiv23`); that
# form counts after the last comma only.
_VENUE_YEAR = regex(r"['’‘][0-9]{2,4}")
_BARE_VENUE = regex(r"[A-Za-z][A-Za-z&+. -]*[A-Za-z][0-9]{2}")


class NoteBody(Struct, frozen=True):
    """The parsed body of an issue."""

    urls: tuple[str, ...]
    """Links of the ``# URL`` section, or of the text outside sections if there is none; each once, in order."""
    summary: str | None
    """Everything after the line with ``Summary (by``, including what the curator wrote below, as the site does."""
    prose: str
    """What the curator may have written: the body without links section, authors, abstract and translation."""


def read_body(body: str) -> NoteBody:
    """Parses a body, whether the bot of any year or the curator wrote it."""
    head, summary = _split_summary(body)
    lines_by_section: dict[str, list[str]] = {}
    # Sections that the bot does not write are the curator's: they and their headings count as section "".
    section = ""
    for line in head.split("\n"):
        heading = _HEADING.fullmatch(line.strip()[:120])
        if heading:
            bot_section = _BOT_SECTION.fullmatch(heading["name"])
            section = bot_section["name"].lower().removesuffix("s") if bot_section else ""
            if bot_section:
                continue
        lines_by_section.setdefault(section, []).append(line)
    prose = "\n".join(lines_by_section.get("", []))
    urls = find_urls("\n".join(lines_by_section.get("url", []))) or find_urls(_IMAGE.sub(" ", prose))
    return NoteBody(tuple(dict.fromkeys(urls)), summary, f"{prose}\n{summary or ''}")


def read_summary(body: str, comments: Iterable[str]) -> str | None:
    """The summary in the body, else in the last comment that has one; ``None`` if there is none."""
    for text in (body, *reversed([*comments])):
        _, summary = _split_summary(text)
        if summary:
            return summary
    return None


def curator_comments(comments: Iterable[str]) -> tuple[str, ...]:
    """The comments that are neither blank nor a summary; line ends are ``\\n``."""
    shown = (normalise_line_ends(text).strip("\n").rstrip() for text in comments if SUMMARY_MARK not in text)
    return tuple(text for text in shown if text)


def note_refs(texts: Iterable[str], own: int | None = None, repo: str | None = None) -> tuple[int, ...]:
    """The numbers of the notes that texts refer to, each once, in order.

    Args:
        own: the number of the note itself, which is left out.
        repo: ``owner/name`` of the archive; the URLs of its issues are references too.
    """
    numbers: dict[int, None] = {}
    for text in texts:
        for match in _REFERENCE.finditer(normalise_line_ends(text)):
            if not match["link"]:
                # `#12` counts anywhere, `#1` only as a list item: in a sentence it is a rank ("#1 on the board").
                numbers.setdefault(int(match["item"] or match["number"]))
            elif repo and (issue := parse_issue_url(match["link"])) and issue[0].lower() == repo.lower() and issue[1]:
                numbers.setdefault(issue[1])
    return tuple(number for number in numbers if number != own)


def parse_issue_url(link: str) -> tuple[str, int] | None:
    """``owner/name`` and number of the GitHub issue at a URL; ``None`` for any other URL."""
    match = _ISSUE.match(link)
    return (match[1], int(match[2])) if match else None


def first_arxiv_id(urls: Iterable[str]) -> str | None:
    """The canonical id, without version, of the first URL of an arXiv paper."""
    for url in urls:
        with suppress(InvalidRefError):
            return parse_ref(url).base
    return None


def note_kind(title_line: str) -> str:
    """``paper`` if the title line has a venue with a year, else ``article``; the site's own rule."""
    last = title_line.rpartition(",")[2].strip()
    has_venue = _VENUE_YEAR.search(title_line) or _BARE_VENUE.fullmatch(last[-60:])
    return "paper" if has_venue else "article"


def normalise_line_ends(text: str) -> str:
    """The text with every line end as ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split_summary(text: str) -> tuple[str, str | None]:
    """The text before the summary's heading, and the summary."""
    text = normalise_line_ends(text)
    mark_at = text.find(SUMMARY_MARK)
    if mark_at < 0:
        return text, None
    summary = text[mark_at:].partition("\n")[2].strip()
    # The bot writes a dash before the text (format.md b); with further items it is a list of the curator's.
    if "\n- " not in summary:
        summary = summary.removeprefix("- ").lstrip()
    return text[: text.rfind("\n", 0, mark_at) + 1], summary or None

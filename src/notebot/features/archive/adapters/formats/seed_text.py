"""Reads the plain text of a tag page, as a browser copies it (format.md d).

Entries follow each other in two layouts without a separator. The visible entries and the last ones are printed
twice, and one of the two prints may run on into the text that follows it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note, UnparsedPassage
from notebot.core.model.post_address import find_posts
from notebot.core.note_format.issue_body import note_kind
from notebot.core.text.patterns import regex
from notebot.features.archive.adapters.formats.read_result import Reading, day, load_text
from notebot.features.archive.adapters.formats.seed_entry import Parts, split_entry, tag_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_ISSUE_DATE = regex(r"(?:^|(?<=\s))Issue Date:[ \t]*(\d{4}-\d\d-\d\d)(?=\s|$)", re.ASCII)
_REFERENCE = regex(r"・[ \t]*([1-9][0-9]{1,5})")


class _Passage(Struct, frozen=True):
    """The raw text of one entry, found by its date."""

    line: int
    tags: tuple[str, ...]
    date: str
    text: str


class _PrintedEntry(Struct, frozen=True):
    """An entry split into its parts; a page may print the same entry twice."""

    line: int
    tags: tuple[str, ...]
    date: date
    parts: Parts

    @property
    def lines(self) -> list[str]:
        parts = self.parts
        return [line for text in (parts.summary, parts.comment, parts.rest) for line in (text or "").split("\n")]


def read_seed_text(path: Path) -> Reading:
    """Every entry once, in the page's order, with the page's own tag after its other tags.

    Comments are unchanged. Only a list item that consists of a number counts as a reference: anywhere else on
    such a page, a reference looks like any other number.

    Raises:
        UsageError: the file is missing, too large, not text, or has no ``Issue Date``.
    """
    text = load_text(path)
    passages, head = _passages(text)
    if not passages:
        raise UsageError(f'{path} is not the text of a tag page: no "Issue Date: YYYY-MM-DD" is in it.')
    prints, unread = _prints(passages)
    own, _, preface = head.strip().partition("\n")
    if preface.strip():
        unread.insert(
            0, UnparsedPassage("line 2", preface, "There is text between the page's tag and its first entry.")
        )
    copies: dict[tuple[date, str], list[_PrintedEntry]] = {}
    homes: dict[str, set[tuple[date, str]]] = {}  # for each line, the entries that contain it
    for entry in prints:
        key = entry.date, entry.parts.title
        copies.setdefault(key, []).append(entry)
        for line in entry.lines:
            homes.setdefault(line, set()).add(key)
    kept = [_merge_prints(prints_of, homes) for prints_of in copies.values()]
    unread += _lost(kept, prints)
    return Reading([_note(entry, own.strip()) for entry in kept], unread)


def _passages(text: str) -> tuple[list[_Passage], str]:
    """The entries, and the text before the first one."""
    dates = list(_ISSUE_DATE.finditer(text))
    found: list[_Passage] = []
    start, line, head = 0, 1, ""
    tags, until = tag_run(text, 0, dates[0].start()) if dates else ((), 0)
    if dates:
        head = text[:until]
    for place, at in enumerate(dates):
        line += text.count("\n", start, at.start())
        start = at.start()
        last = place + 1 == len(dates)
        next_tags, until = ((), len(text)) if last else tag_run(text, at.end(), dates[place + 1].start())
        found.append(_Passage(line, tags, at[1], text[at.end() : until]))
        tags = next_tags
    return found, head


def _prints(passages: Iterable[_Passage]) -> tuple[list[_PrintedEntry], list[UnparsedPassage]]:
    prints: list[_PrintedEntry] = []
    unread: list[UnparsedPassage] = []
    for passage in passages:
        issued, parts = day(passage.date), split_entry(passage.text)
        if issued is None or not parts.title:
            raw = "\n".join((*(f"#{tag}" for tag in passage.tags), f"Issue Date: {passage.date}{passage.text}"))
            why = "The entry has no title." if issued else f"There is no day {passage.date}."
            unread.append(UnparsedPassage(f"line {passage.line}", raw, why))
        else:
            prints.append(_PrintedEntry(passage.line, passage.tags, issued, parts))
    return prints, unread


def _merge_prints(prints: list[_PrintedEntry], homes: dict[str, set[tuple[date, str]]]) -> _PrintedEntry:
    """The first print, with the longest comment of all prints that did not run on into another entry."""
    best, *others = prints
    for other in others:
        long, short = best.parts.comment or "", other.parts.comment or ""
        swapped = len(short) > len(long)
        long, short = (short, long) if swapped else (long, short)
        if long.startswith(short) and long != short:
            # Text that goes on in the same line is no whole line of any entry: then the comment is just longer.
            rest = long[len(short) :].strip("\n").split("\n")
            ran_on = all(len(homes.get(line, ())) > 1 for line in rest)
            best = replace(best, parts=replace(best.parts, comment=(short if ran_on else long) or None))
    return best


def _lost(kept: list[_PrintedEntry], prints: list[_PrintedEntry]) -> Iterator[UnparsedPassage]:
    """Yields the lines of discarded copies of an entry that the kept copy does not contain."""
    held = {line for entry in kept for text in (entry.parts.summary, entry.parts.comment) for line in _lines(text)}
    comments = {(entry.date, entry.parts.title): entry.parts.comment or "" for entry in kept}
    for entry in prints:
        comment = entry.parts.comment
        if comment and comments[entry.date, entry.parts.title].startswith(comment):
            held.update(_lines(comment))  # also the last one, which may go on in the comment that was kept
        lost = [line for line in entry.lines if line.strip() and line not in held]
        if lost:
            why = f"This text belongs to the entry of line {entry.line}, but is neither its summary nor its comment."
            yield UnparsedPassage(f"line {entry.line}", "\n".join(lost), why)
            held.update(lost)


def _lines(text: str | None) -> list[str]:
    return (text or "").split("\n")


def _note(entry: _PrintedEntry, own: str) -> Note:
    parts = entry.parts
    left_out = own if own and own not in entry.tags else None
    items = (_REFERENCE.fullmatch(line.strip()) for line in _lines(parts.comment))
    return Note(
        title_line=parts.title,
        issue_date=entry.date,
        tags=(*entry.tags, left_out) if left_out else entry.tags,
        page_tag=left_out,
        summary=parts.summary,
        comments=(parts.comment,) if parts.comment else (),
        posts=tuple(find_posts(parts.comment or "")),
        refs=tuple(dict.fromkeys(int(item[1]) for item in items if item)),
        kind="article" if "Article" in (own, *entry.tags) else note_kind(parts.title),
    )

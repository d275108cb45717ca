"""A note as one Markdown file: properties, the body of the issue, then one ``# Comment`` section per comment.

The texts of the sections are those of an issue, with ``\\n`` as line end. A line ``# Comment`` inside a text gets a
backslash, which shows as the same line; reading removes it. So an issue becomes a file and an issue again, unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import MoveError
from notebot.core.note_format.front_matter import (
    Property,
    as_list,
    as_text,
    read_logseq_properties,
    read_properties,
    split_front_matter,
    write_property,
)
from notebot.core.note_format.issue_body import first_arxiv_id, normalise_line_ends, read_body
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.text.escaping import restore
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

LARGEST_NUMBER = 999_999_999
_MARK = "# Comment"
_MARK_LINE = regex(r"(\\*)# Comment[ \t]*")
_URL_HEADING = regex(r"^(?:- )?#{1,6}[ \t]*URLs?\b", re.IGNORECASE | re.MULTILINE)
_NUMBERED = regex(r"\A(?:([0-9]{1,9})[-. ]+(?=\S)|([0-9]{1,9})\Z)")
_AUTHORS = regex(r"^# Authors?[ \t]*\n((?:[ \t]*- .*(?:\n|\Z))+)", re.IGNORECASE | re.MULTILINE)
_READ_KEYS = frozenset({"number", "title_line", "title", "tags", "issue_date", "state"})
_LONGEST_NAME = 120
"""Bytes of the readable part of a file name; Windows allows 260 characters for a whole path."""


class NoteFile(Struct, frozen=True):
    """The content of a note file."""

    title_line: str
    number: int | None = None
    """``None`` if the curator wrote the file and gave it no number."""
    tags: tuple[str, ...] = ()
    issue_date: date | None = None
    state: str = "open"
    body: str = ""
    comments: tuple[str, ...] = ()
    is_note: bool = True
    """False for a file that has neither a number, nor a title line, nor a ``# URL`` section."""


def render_note_file(note: NoteFile) -> str:
    """Returns the text of a file of notebot's own; ``number`` and ``issue_date`` must be set."""
    texts = [_escape(note.body), *(f"{_MARK}\n\n{_escape(comment)}" for comment in note.comments)]
    return "\n".join(["---", *_property_lines(note), "---", "", "\n\n".join(texts), ""])


def written_lines(note: NoteFile) -> tuple[str, ...]:
    """Returns those lines of the file that notebot may change as long as nobody else has."""
    return write_property("title_line", note.title_line), write_property("tags", note.tags)


def parse_note_file(text: str, stem: str) -> NoteFile:
    """Parses a file by notebot or by hand: properties of any editor or none, any line ends, a byte order mark.

    Args:
        stem: the file's name without ending, which is the title of a note without any other.
    """
    front_matter, rest = split_front_matter(text)
    if front_matter:
        properties: dict[str, Property] = read_properties(normalise_line_ends(front_matter), _READ_KEYS)
    else:
        properties, rest = read_logseq_properties(normalise_line_ends(rest).removeprefix("\ufeff"))
    body, *comments = _split(normalise_line_ends(rest))
    number = as_text(properties, "number").removeprefix("#")
    own_title = as_text(properties, "title_line")
    is_number = number.isascii() and number.isdigit() and 0 < int(number[:10]) <= LARGEST_NUMBER
    title = as_text(properties, "title")
    if not title:
        # the number that notebot wrote, and not the first digits of an arXiv id
        title = _NUMBERED.sub("", stem, count=1) if is_number and number_in_name(stem) == int(number) else stem
    return NoteFile(
        title_line=own_title or title or stem,
        number=int(number) if is_number else None,
        tags=as_list(properties, "tags"),
        issue_date=_day(as_text(properties, "issue_date")),
        state="closed" if as_text(properties, "state").lower() == "closed" else "open",
        body=body,
        comments=tuple(filter(None, comments)),
        is_note=is_number or bool(own_title) or _URL_HEADING.search(body) is not None,
    )


def replace_own_line(text: str, own: Collection[str], key: str, line: str) -> str | None:
    """Returns the text with one line of its front matter replaced; ``None`` if it is none of ``own``."""
    front_matter, rest = split_front_matter(text)
    lines = front_matter.split("\n")
    places = [place for place, old in enumerate(lines) if old.startswith(f"{key}:")]
    if len(places) != 1 or lines[places[0]] not in own:
        return None
    # a list or a text may go on below, in lines that somebody added
    if lines[places[0] + 1].startswith((" ", "\t", "-")) and lines[places[0] + 1].rstrip() != "---":
        return None
    lines[places[0]] = line
    return "\n".join(lines) + rest


def append_comment(text: str, comment: str) -> str:
    """Returns the text with one more comment; every character before it stays."""
    end = "\r\n" if "\r\n" in text else "\n"
    added = f"\n{_MARK}\n\n{_escape(comment)}\n"
    return text + ("" if text.endswith("\n") or not text else end) + added.replace("\n", end)


def complete_file(text: str, note: NoteFile) -> str:
    """Returns a file that had nothing but links with the body of ``note``.

    Its properties and its comments stay as they are; properties that it lacks are added.

    Raises:
        MoveError: it has a title line or a number of its own.
    """
    front_matter, rest = split_front_matter(text.removeprefix("\ufeff"))
    present = read_properties(normalise_line_ends(front_matter)) if front_matter else {}
    if as_text(present, "title_line") or as_text(present, "number") not in ("", str(note.number)):
        raise MoveError(f"#{note.number} has a title line or a number that was typed by hand; nothing was written")
    added = [line for line in _property_lines(note) if line.partition(":")[0] not in present]
    # Logseq's properties stay where they are, at the top of the text
    without = rest if front_matter else read_logseq_properties(rest)[1]
    logseq = rest[: len(rest) - len(without)]
    mark = rest.find(f"\n{_MARK}")
    comments = rest[mark:] if mark >= 0 else "\n"
    lines = ["---", *front_matter.rstrip().split("\n")[1:-1], *added, "---", ""]
    return "\n".join(lines) + f"\n{logseq}{_escape(note.body)}\n{comments}".rstrip("\n") + "\n"


def file_name(number: int, title_line: str) -> str:
    """Returns ``0012-Title-of-the-Paper.md``, which is valid, visible and unique on every system.

    The number comes first, so that no name is reserved on Windows and none differs from another by case alone.
    """
    title = unicodedata.normalize("NFKC", parse_title_line(title_line).title)
    words = "".join(char if char.isalnum() else " " for char in unicodedata.normalize("NFC", title)).split()
    readable = "-".join(words).encode()[:_LONGEST_NAME].decode(errors="ignore").rstrip("-")
    return f"{number:04}-{readable}.md" if readable else f"{number:04}.md"


def number_in_name(stem: str) -> int | None:
    """Returns the number that a file name begins with, which notebot wrote there."""
    match = _NUMBERED.match(stem)
    return (int(match[1] or match[2]) or None) if match else None


def _property_lines(note: NoteFile) -> list[str]:
    parts = read_body(note.body)
    title = parse_title_line(note.title_line).title
    section = _AUTHORS.search(normalise_line_ends(note.body))
    author_lines = section[1].splitlines() if section else []
    values: dict[str, str | int | Sequence[str] | None] = {
        "number": note.number,
        "title_line": note.title_line,
        "tags": note.tags,
        "url": parts.urls[0] if parts.urls else None,
        "arxiv_id": first_arxiv_id(parts.urls),
        "issue_date": note.issue_date.isoformat() if note.issue_date else None,
        "title": restore(title) if title else None,
        "authors": [restore(line.strip().removeprefix("- ")) for line in author_lines] or None,
        "state": note.state,
    }
    return [write_property(key, value) for key, value in values.items() if value is not None]


def _escape(text: str) -> str:
    lines = normalise_line_ends(text).strip("\n").split("\n")
    return "\n".join(f"\\{line}" if _MARK_LINE.fullmatch(line) else line for line in lines)


def _split(text: str) -> list[str]:
    """Returns the body and the comments."""
    if _MARK not in text:
        return [text.strip("\n")]
    texts, lines = list[str](), list[str]()
    for line in text.split("\n"):
        mark = _MARK_LINE.fullmatch(line)
        if mark and not mark[1]:
            texts.append("\n".join(lines).strip("\n"))
            lines = []
        else:
            lines.append(line[1:] if mark else line)
    return [*texts, "\n".join(lines).strip("\n")]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

"""Reads notes as JSON objects, one per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import InvalidRefError, UsageError
from notebot.core.model.note import Note, UnparsedPassage
from notebot.core.model.post_address import canonical_post
from notebot.core.note_format.issue_body import first_arxiv_id, note_kind
from notebot.features.archive.adapters.formats.json_fields import (
    FieldError,
    Record,
    number_of,
    numbers_of,
    parse_json,
    record_of,
    text_of,
    texts_of,
    title_of,
)
from notebot.features.archive.adapters.formats.read_result import Reading, day, load_bytes

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = ("paper", "article")


def read_notes(path: Path) -> Reading:
    """The note of every line. All keys except ``title_line`` may be missing or null; unknown keys are ignored.

    Raises:
        UsageError: the file is missing or too large, or none of its lines is a note.
    """
    reading = Reading()
    for number, line in enumerate(load_bytes(path).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                reading.notes.append(_note(record_of(parse_json(line))))
            except FieldError as error:
                text = line.decode(errors="backslashreplace").rstrip("\r")
                reading.unread.append(UnparsedPassage(f"line {number}", text, f"Line {number}: {error}."))
    if reading.unread and not reading.notes:
        raise UsageError(
            f"{path} contains no notes (one JSON object per line, with title_line): {reading.unread[0].why}"
        )
    return reading


def _note(record: Record) -> Note:
    title = title_of(record, "title_line")
    url, comment = text_of(record, "url"), text_of(record, "comment")
    posts = [canonical_post(post) or post for post in texts_of(record, "posts")]
    number = number_of(record, "number")
    day_text, id_text, kind = text_of(record, "issue_date"), text_of(record, "arxiv_id"), text_of(record, "kind")
    issued = day(day_text) if day_text else None
    if day_text and not issued:
        raise FieldError("issue_date is not a day, YYYY-MM-DD")
    try:
        arxiv_id = parse_ref(id_text).base if id_text else None
    except InvalidRefError as error:
        raise FieldError(f"arxiv_id: {str(error).removesuffix('.')}") from error
    if kind is not None and kind not in _KINDS:
        raise FieldError("kind is neither paper nor article")
    return Note(
        title_line=title,
        number=number,
        issue_date=issued,
        tags=tuple(dict.fromkeys(texts_of(record, "tags"))),
        urls=(url,) if url else (),
        arxiv_id=arxiv_id or first_arxiv_id([url or ""]),
        summary=text_of(record, "summary") or None,
        comments=(comment,) if comment else (),
        posts=tuple(dict.fromkeys(posts)),
        refs=tuple(dict.fromkeys(ref for ref in numbers_of(record, "refs") if ref != number)),
        kind=kind or note_kind(title),
    )

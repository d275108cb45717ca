"""Reads the folder of ``<Tag>.xml`` files. Nothing in them is escaped, so they are not XML (format.md e)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note, UnparsedPassage
from notebot.core.model.post_address import find_posts
from notebot.core.note_format.issue_body import first_arxiv_id, note_kind, note_refs, parse_issue_url, read_body
from notebot.features.archive.adapters.formats.read_result import Reading, day, load_text
from notebot.features.archive.adapters.formats.rendered_comment import read_rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LIST = "<paper-list"
_ENTRY, _ENTRY_END = "<paper-entry>\n", "\n</paper-entry>"
_FIELDS = (
    "title",
    "original-paper-blog-link",
    "repo-issue-link",
    "tags",
    "repo-issue-date",
    "issue-body",
    "maintainer-comment-text",
)
_NOTHING = ("", "None")


class _EntryError(ValueError):
    """An entry does not have the expected format."""


def read_agent_docs(folder: Path) -> Reading:
    """Every note of the folder once, although the file of each of its tags contains it.

    Titles stay in the display form of the site. If two files differ about a note, the first file by name
    counts, and the other entry is reported as unread.

    Raises:
        UsageError: there is no such folder, none of its files is such a file, or one cannot be read.
    """
    reading, seen, known = Reading(), dict[object, int](), set[str]()
    files = sorted(folder.glob("*.xml")) if folder.is_dir() else []
    texts = ((file.name, load_text(file)) for file in files)
    lists = 0
    for name, text in texts:
        if _LIST not in text:
            reading.unread.append(UnparsedPassage(name, text, f"{name} is not a list of papers."))
            continue
        lists += 1
        for where, entry in _entries(name, text, reading.unread):
            if entry not in known:
                known.add(entry)
                _take(entry, where, reading, seen)
    if not lists:
        raise UsageError(f"{folder} is not a folder of <Tag>.xml files that list papers; give the path of agent_docs.")
    return reading


def _entries(name: str, text: str, unread: list[UnparsedPassage]) -> Iterator[tuple[str, str]]:
    """Yields each entry with its place in the file; an entry without an end is reported as unread."""
    _, *pieces = text.split(_ENTRY)
    for place, piece in enumerate(pieces, 1):
        entry, end, _ = piece.partition(_ENTRY_END)
        where = f"entry {place} of {name}"
        if end:
            yield where, entry
        else:
            unread.append(UnparsedPassage(where, piece, "The entry has no end."))


def _take(entry: str, where: str, reading: Reading, seen: dict[object, int]) -> None:
    try:
        note = _note(entry)
    except _EntryError as error:
        reading.unread.append(UnparsedPassage(where, entry, f"{error}."))
        return
    place = seen.setdefault(note.number or (note.issue_date, note.title_line), len(reading.notes))
    if place == len(reading.notes):
        reading.notes.append(note)
    elif note != reading.notes[place]:
        reading.notes[place] = _filled(reading.notes[place], note)
        reading.unread.append(UnparsedPassage(where, entry, "Another file says something else about the same note."))


def _filled(note: Note, other: Note) -> Note:
    """The note, its empty fields filled from the other entry."""
    return replace(
        note,
        tags=note.tags or other.tags,
        urls=note.urls or other.urls,
        arxiv_id=note.arxiv_id or other.arxiv_id,
        summary=note.summary or other.summary,
        comments=note.comments or other.comments,
        posts=note.posts or other.posts,
        refs=note.refs or other.refs,
        body=note.body or other.body,
    )


def _note(entry: str) -> Note:
    fields = _read_fields(entry)
    issue, body = parse_issue_url(fields["repo-issue-link"]), fields["issue-body"]
    issued = day(fields["repo-issue-date"])
    if issue is None or issued is None or not fields["title"].strip():
        raise _EntryError("The entry names no issue, no date or no title")
    number, parts = issue[1], read_body(body)
    written = read_rendered(fields["maintainer-comment-text"], issue[0])
    urls = parts.urls or tuple(filter(None, [fields["original-paper-blog-link"]]))
    refs = (*written.refs, *note_refs((parts.prose, *written.texts), number, issue[0]))
    return Note(
        title_line=fields["title"],
        number=number,
        issue_date=issued,
        tags=tuple(dict.fromkeys(tag for tag in fields["tags"].split(", ") if tag.strip())),
        urls=urls,
        arxiv_id=first_arxiv_id(urls),
        summary=parts.summary,
        comments=tuple(written.texts),
        posts=tuple(find_posts("\n".join(written.texts))),
        refs=tuple(dict.fromkeys(ref for ref in refs if ref != number)),
        body=body or None,
        kind=note_kind(fields["title"]),
    )


def _read_fields(entry: str) -> dict[str, str]:
    """The fields by name, searched one after the other, so that a tag in a text does not start a field."""
    fields: dict[str, str] = {}
    at = 0
    for name in _FIELDS:
        start = entry.find(f"<{name}>", at)
        end = entry.find(f"</{name}>", start)
        if start < 0 or end < 0:
            raise _EntryError(f"The entry has no <{name}>")
        value = entry[start + len(name) + 2 : end]
        fields[name] = "" if value in _NOTHING else value
        at = end
    return fields

"""The JSON array that ``gh issue list --json number,title,body,labels,createdAt,comments,url,state`` writes."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from notebot.core.model.errors import UsageError
from notebot.core.model.note import UnparsedPassage
from notebot.core.note_format.issue_body import parse_issue_url
from notebot.features.archive.adapters.formats.github_issue import note_from_issue
from notebot.features.archive.adapters.formats.json_array import array_elements
from notebot.features.archive.adapters.formats.json_fields import (
    FieldError,
    list_of,
    number_of,
    parse_json,
    record_of,
    text_of,
    title_of,
)
from notebot.features.archive.adapters.formats.read_result import StreamedReading, load_bytes, open_limited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from notebot.core.model.note import Note

_STATES = ("open", "closed")


def read_gh(path: Path) -> StreamedReading:
    """Checks every issue of the array; the notes are created when they are iterated.

    Two passes over the file cost less memory than keeping 60,000 issues, and a file that is cut short stores nothing.

    Raises:
        UsageError: the file is missing, too large, cut short, or no such array.
    """
    unread: list[UnparsedPassage] = []
    items = 0
    for issue in _issues(path):
        items += 1
        try:
            _checked(issue)
        except FieldError as error:
            raw = json.dumps(issue, ensure_ascii=False).encode(errors="backslashreplace").decode()
            unread.append(UnparsedPassage(f"issue {items}", raw, f"Issue {items}: {error}."))
    if items and len(unread) == items:
        raise UsageError(_refusal(path, f"none of its {items} items is an issue"))
    return StreamedReading(_StreamedNotes(path, items - len(unread)), unread)


class _StreamedNotes(Collection["Note"]):
    """The notes of an export that was checked before, parsed from the file while they are iterated."""

    def __init__(self, path: Path, count: int) -> None:
        self._path = path
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __contains__(self, note: object) -> bool:
        return any(other == note for other in self)

    def __iter__(self) -> Iterator[Note]:
        for issue in _issues(self._path):
            try:
                fields = _checked(issue)
            except FieldError:  # reported by the first pass
                continue
            yield note_from_issue(**fields)


def _issues(path: Path) -> Iterator[Any]:
    try:
        with open_limited(path) as file:
            yield from array_elements(file)
    except FieldError as error:
        # the position of the mistake is known only from the whole text
        try:
            whole = parse_json(load_bytes(path).removeprefix(b"\xef\xbb\xbf"))
        except FieldError as precise:
            raise UsageError(_refusal(path, str(precise))) from precise
        why = str(error) if isinstance(whole, list) else "it is not a JSON array"
        raise UsageError(_refusal(path, why)) from error


def _refusal(path: Path, why: str) -> str:
    command = "gh issue list --json number,title,body,labels,createdAt,comments,url,state"
    return f"{path} is not what `{command}` writes: {why}."


class _IssueFields(TypedDict):
    """The arguments of ``note_from_issue``."""

    number: int
    title: str
    body: str | None
    labels: list[str]
    created_at: datetime
    comments: list[str]
    state: str
    repo: str | None


def _checked(value: Any) -> _IssueFields:
    issue = record_of(value)
    number = number_of(issue, "number")
    if number is None:
        raise FieldError("number is missing")
    try:
        created_at = datetime.fromisoformat(text_of(issue, "createdAt") or "")
        created_at = created_at.replace(tzinfo=created_at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError("createdAt is not a time") from error
    state = (text_of(issue, "state") or "").lower()
    if state not in _STATES:
        raise FieldError("state is neither open nor closed")
    place = parse_issue_url(text_of(issue, "url") or "")
    return _IssueFields(
        number=number,
        title=title_of(issue, "title"),
        body=text_of(issue, "body"),
        labels=[title_of(record_of(label), "name") for label in list_of(issue, "labels")],
        created_at=created_at,
        comments=[text_of(record_of(comment), "body") or "" for comment in list_of(issue, "comments")],
        state=state,
        repo=place[0] if place else None,
    )

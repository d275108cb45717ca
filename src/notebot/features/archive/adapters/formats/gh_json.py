"""The JSON array that ``gh issue list --json number,title,body,labels,createdAt,comments,url,state`` writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from notebot.core.model.errors import UsageError
from notebot.core.model.note import UnparsedPassage
from notebot.core.note_format.issue_body import issue_of
from notebot.features.archive.adapters.formats.github_issue import note_from_issue
from notebot.features.archive.adapters.formats.json_fields import (
    FieldError,
    Record,
    list_of,
    number_of,
    parse_json,
    record_of,
    text_of,
    title_of,
)
from notebot.features.archive.adapters.formats.read_result import Reading, load_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.core.model.note import Note

_STATES = ("open", "closed")


def read_gh(path: Path) -> Reading:
    """Every issue of the array, in its order.

    Raises:
        UsageError: the file is missing, too large, cut short, or no such array.
    """
    reading = Reading()
    issues = _issues(path)
    for place, issue in enumerate(issues, 1):
        try:
            reading.notes.append(_note(record_of(issue)))
        except FieldError as error:
            reading.unread.append(UnparsedPassage(f"issue {place}", _raw(issue), f"Issue {place}: {error}."))
    if issues and not reading.notes:
        raise UsageError(_refusal(path, f"none of its {len(issues)} items is an issue"))
    return reading


def _issues(path: Path) -> list[Any]:
    try:
        issues = parse_json(load_bytes(path).removeprefix(b"\xef\xbb\xbf"))
    except FieldError as error:
        raise UsageError(_refusal(path, str(error))) from error
    if not isinstance(issues, list):
        raise UsageError(_refusal(path, "it is not a JSON array"))
    return issues


def _refusal(path: Path, why: str) -> str:
    command = "gh issue list --json number,title,body,labels,createdAt,comments,url,state"
    return f"{path} is not what `{command}` writes: {why}."


def _raw(issue: Any) -> str:
    return json.dumps(issue, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _note(issue: Record) -> Note:
    number = number_of(issue, "number")
    if number is None:
        raise FieldError("number is missing")
    place = issue_of(text_of(issue, "url") or "")
    return note_from_issue(
        number,
        title_of(issue, "title"),
        text_of(issue, "body"),
        [title_of(record_of(label), "name") for label in list_of(issue, "labels")],
        _instant(issue),
        [text_of(record_of(comment), "body") or "" for comment in list_of(issue, "comments")],
        _state(issue),
        repo=place[0] if place else None,
    )


def _instant(issue: Record) -> datetime:
    try:
        instant = datetime.fromisoformat(text_of(issue, "createdAt") or "")
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError("createdAt is not a time") from error


def _state(issue: Record) -> str:
    state = (text_of(issue, "state") or "").lower()
    if state not in _STATES:
        raise FieldError("state is neither open nor closed")
    return state

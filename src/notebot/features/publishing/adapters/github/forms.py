"""Issues, labels and comments as GitHub's REST API sends them, type-checked while parsing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.text.patterns import regex
from notebot.features.publishing.archive_port import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

_Form = TypeVar("_Form")

REPO = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}"
"""Pattern of ``OWNER/NAME``; a name of only dots would change the path of a URL."""

_REPOSITORY = regex(rf"/repos/({REPO})\Z")
_BROKEN = "GitHub sent JSON that is truncated or malformed ({why}); none of it is used, try again later"


class Label(Struct, frozen=True):
    """A label of an issue or a repository."""

    name: str | None = None


class ListedIssue(Struct, frozen=True):
    """An issue or pull request as GitHub lists it, without comment texts."""

    number: int
    title: str
    state: Literal["open", "closed"]
    labels: list[Label | str]
    comments: int
    """Their number."""
    created_at: datetime
    updated_at: datetime
    """Time of the last change, including changes of comments."""
    body: str | None = None
    pull_request: dict[str, Any] | None = None
    repository_url: str = ""

    @property
    def repo(self) -> str | None:
        """The repository's current ``OWNER/NAME``; ``None`` if the issue does not say it."""
        found = _REPOSITORY.search(self.repository_url)
        return found and found[1]


class Comment(Struct, frozen=True):
    """One comment of an issue."""

    id: int
    body: str | None = None


def parse_list(body: bytes, form: type[_Form]) -> list[_Form]:
    """Parses a JSON array; fields that ``form`` does not define are ignored.

    Raises:
        BadAnswerError: the body is malformed or truncated; a part of it is never returned.
    """
    return parse_object(body, list[form])  # type: ignore[valid-type]


def parse_object(body: bytes, form: type[_Form]) -> _Form:
    """Parses a JSON value; fields that ``form`` does not define are ignored.

    Raises:
        BadAnswerError: the body is malformed or truncated.
    """
    import msgspec

    try:
        value = msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswerError(_BROKEN.format(why=error)) from error
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, ListedIssue):
            continue
        if item.number < 1 or item.comments < 0:
            raise BadAnswerError(_BROKEN.format(why="an issue's number or count of comments is out of range"))
        if not (is_valid_time(item.created_at) and is_valid_time(item.updated_at)):
            why = f"a time of issue {item.number} has no time zone, or is out of range"
            raise BadAnswerError(_BROKEN.format(why=why))
    return value


def is_valid_time(moment: datetime) -> bool:
    """Tells whether a time has a zone and a year that arithmetic cannot overflow."""
    return moment.tzinfo is not None and 2000 <= moment.year <= 2999


def to_issue(listed: ListedIssue, comments: Sequence[str]) -> Issue:
    """Returns the issue with the texts of its comments."""
    names = (label if isinstance(label, str) else label.name for label in listed.labels)
    return Issue(
        listed.number,
        listed.title,
        listed.body,
        tuple(filter(None, names)),
        listed.created_at,
        listed.updated_at,
        tuple(comments),
        listed.state,
    )

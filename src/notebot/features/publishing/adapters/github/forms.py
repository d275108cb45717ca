"""GitHub's JSON: issues and comments as its REST API sends them, each checked for its type."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError
from notebot.core.text.patterns import regex
from notebot.features.publishing.github_port import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

_Form = TypeVar("_Form")

REPO = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}"
"""How the name of a repository is written."""

_REPOSITORY = regex(rf"/repos/({REPO})\Z")
_BROKEN = "GitHub sent JSON that is cut short or not what was asked for ({why}); none of it is used, try again later"


class Label(Struct, frozen=True):
    """A label as it hangs on an issue."""

    name: str | None = None


class Listed(Struct, frozen=True):
    """An issue as a list of issues has it; a pull request is one too."""

    number: int
    title: str
    state: Literal["open", "closed"]
    labels: list[Label | str]
    comments: int
    """How many; their text is not in the list."""
    created_at: datetime
    updated_at: datetime
    """Of the last change, that of a comment included."""
    body: str | None = None
    pull_request: dict[str, Any] | None = None
    repository_url: str = ""

    @property
    def repo(self) -> str | None:
        """``OWNER/NAME`` of the repository, by its present name."""
        found = _REPOSITORY.search(self.repository_url)
        return found and found[1]


class Comment(Struct, frozen=True):
    """One comment of an issue."""

    id: int
    body: str | None = None


def read_list(body: bytes, form: type[_Form]) -> list[_Form]:
    """The forms of a JSON array; fields that the form does not name are passed over.

    Raises:
        BadAnswerError: it is no such array; a part of it is never returned.
    """
    return _read(body, list[form])  # type: ignore[valid-type]


def read_one(body: bytes, form: type[_Form]) -> _Form:
    """The form of a JSON object; fields that it does not name are passed over.

    Raises:
        BadAnswerError: it is no such object.
    """
    return _read(body, form)


def _read(body: bytes, kind: type[_Form]) -> _Form:
    import msgspec

    try:
        told = msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadAnswerError(_BROKEN.format(why=error)) from error
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, Listed):
            _check(one)
    return told


def _check(listed: Listed) -> None:
    if listed.number < 1 or listed.comments < 0:
        raise BadAnswerError(_BROKEN.format(why="an issue's number or count of comments is out of range"))
    if not (is_moment(listed.created_at) and is_moment(listed.updated_at)):
        raise BadAnswerError(_BROKEN.format(why=f"a time of issue {listed.number} has no zone, or is none of GitHub's"))


def is_moment(moment: datetime) -> bool:
    """Whether a time has its zone, and can be reckoned with."""
    return moment.tzinfo is not None and 2000 <= moment.year <= 2999


def whole(listed: Listed, comments: Sequence[str]) -> Issue:
    """The issue with the text of its comments."""
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

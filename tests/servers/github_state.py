"""What a GitHub on loopback keeps, and what goes over its wire."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    """As the description has it: ``/repositories/ID`` is written out."""
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    refused_for: tuple[str, ...]
    """What the description has against it."""


@dataclass
class Told:
    """What is sent: a JSON value with a status and further headers; ``None`` sends no body."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Repository:
    """One repository; its items are kept in the shape in which they are sent."""

    name: str
    number: int
    private: bool = False
    issues_on: bool = True
    push: bool = True
    """Whether the token's owner may push, without which labels are dropped in silence."""
    labels: dict[str, str | None] = field(default_factory=dict)
    """Name → colour."""
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    earlier: dict[int, list[str]] = field(default_factory=dict)
    """Titles and bodies that were replaced, by issue; GitHub shows them in the timeline and under "edited"."""
    locked: set[int] = field(default_factory=set)
    """Issues whose conversation is locked for the token's owner."""
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def message(words: str, status: int) -> Told:
    return Told({"message": words, "documentation_url": "https://docs.github.example/rest"}, status)


def label_value(place: int, name: str, colour: str | None = None) -> dict[str, Any]:
    return {"id": place, "name": name, "description": None, "color": colour or "ededed", "default": False}


def pull_value(number: int) -> dict[str, str]:
    return dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), f"https://github.example/pull/{number}")

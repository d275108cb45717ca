"""Looks for what is wrong, one check after another; a check that fails stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import NotebotError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Finding(Struct, frozen=True):
    """What one check found."""

    check: str
    ok: bool
    message: str
    """One sentence: how it is, or what is wrong and how to mend it."""


def examine(checks: Sequence[tuple[str, Callable[[], str]]]) -> list[Finding]:
    """Runs every check; each returns its sentence, or raises it."""
    return [_run(name, check) for name, check in checks]


def _run(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, message=check())
    except NotebotError as error:
        return Finding(name, ok=False, message=str(error))

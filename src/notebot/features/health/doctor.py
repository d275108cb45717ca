"""Runs checks one after another; a check that fails does not stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import NotebotError
from notebot.core.supervisor import supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class CheckResult(Struct, frozen=True):
    """The result of one check."""

    check: str
    ok: bool
    message: str
    """One sentence: the state, or what is wrong and how to fix it."""


def run_checks(checks: Sequence[tuple[str, Callable[[], str]]]) -> list[CheckResult]:
    """Runs named checks; each returns its sentence, or raises it as a :class:`NotebotError`."""
    results = []
    for name, check in checks:
        try:
            with supervised(f"The check {name}"):
                results.append(CheckResult(name, ok=True, message=check()))
        except NotebotError as error:
            results.append(CheckResult(name, ok=False, message=str(error)))
    return results

"""The result of one source in one poll."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from notebot.core.model.errors import NotebotError


class SourceReport(Struct, frozen=True):
    """The result of one source. ``known`` counts the entries of this answer that an earlier poll stored."""

    source: str
    state: str
    batch_date: date | None = None
    announced: int = 0
    new: int = 0
    cross: int = 0
    replace: int = 0
    known: int = 0
    seen_before: int = 0
    """The papers of the batch if an earlier poll has filed all of them: the answer brought nothing new."""
    error: dict[str, str] | None = None
    explanation: str = ""
    """Why a watched source was not taken in completely; empty if it was."""


def failed_report(source: str, error: NotebotError) -> SourceReport:
    """The report of a source that could not be read."""
    return SourceReport(source, "failed", error={"kind": error.kind, "message": str(error)})

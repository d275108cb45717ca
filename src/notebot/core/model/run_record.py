"""The stored record of one poll or digest."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct


class RunRecord(Struct, frozen=True):
    """One finished poll or digest, successful or not."""

    kind: str
    started_at: datetime
    finished_at: datetime
    status: str
    subject: date | None = None
    """The announcement day, for a digest written by the daemon."""
    detail: str = ""

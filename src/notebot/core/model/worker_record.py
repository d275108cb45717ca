"""The stored record of a running `notebot worker`."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

SILENT_AFTER = timedelta(minutes=1)
"""A worker that was not seen for so long was probably killed."""


class WorkerRecord(Struct, frozen=True):
    """One process that works for a lab; times are by the clock of the database server."""

    name: str
    """New at every start: machine, process id and a few random letters."""
    since: datetime
    last_seen_at: datetime
    doing: str = ""
    """Its tasks of this moment; empty if it waits for some."""

"""The workers of a lab, one row per running process."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from notebot.core.model.worker_record import WorkerRecord
from notebot.store.records import text_of

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class WorkerTable:
    """See :class:`notebot.core.ports.Workers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, worker: WorkerRecord) -> None:
        self._connection.execute(
            "INSERT INTO workers (name, since, last_seen_at, doing) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET last_seen_at = excluded.last_seen_at, doing = excluded.doing",
            (worker.name, text_of(worker.since), text_of(worker.last_seen_at), worker.doing),
        )

    def end(self, name: str) -> None:
        self._connection.execute("DELETE FROM workers WHERE name = ?", (name,))

    def all(self) -> list[WorkerRecord]:
        rows = self._connection.execute("SELECT name, since, last_seen_at, doing FROM workers ORDER BY since, name")
        return [
            WorkerRecord(name, datetime.fromisoformat(since), datetime.fromisoformat(last_seen_at), doing)
            for name, since, last_seen_at, doing in rows
        ]

    def prune(self, before: datetime) -> None:
        self._connection.execute("DELETE FROM workers WHERE last_seen_at < ?", (text_of(before),))

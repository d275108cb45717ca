"""Inbox lines that failed so far, with their next attempt."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from notebot.core.model.inbox_failure import InboxFailure
from notebot.store.records import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notebot.store.connection import Connection

_COLUMNS = "place, text, kind, why, tries, first_at, tried_at, next_at"


class InboxTable:
    """See :class:`notebot.features.intake.inbox.InboxRecords`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def failures(self) -> list[InboxFailure]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM inbox ORDER BY first_at, place, text")
        return [InboxFailure(*row[:5], *(datetime.fromisoformat(at) for at in row[5:])) for row in rows]

    def failed(self, failure: InboxFailure) -> None:
        one = failure
        times = (text_of(one.first_at), text_of(one.tried_at), text_of(one.next_at))
        self._connection.execute(
            f"INSERT INTO inbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (place, text) DO UPDATE SET"
            " kind = excluded.kind, why = excluded.why, tries = excluded.tries, first_at = excluded.first_at,"
            " tried_at = excluded.tried_at, next_at = excluded.next_at",
            (one.place, one.text, one.kind, one.why, one.tries, *times),
        )

    def forget(self, keys: Iterable[tuple[str, str]]) -> None:
        self._connection.executemany("DELETE FROM inbox WHERE place = ? AND text = ?", list(keys))

"""Inbox lines that failed so far, with their next attempt."""

from __future__ import annotations

from contextlib import nullcontext
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
        with nullcontext() if self._connection.in_transaction else self._connection.whole():
            # deleted first: PostgreSQL has no upsert by a text that is too long for an index (a whole file)
            self.forget([(failure.place, failure.text)])
            self._connection.execute(
                f"INSERT INTO inbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (failure.place, failure.text, failure.kind, failure.why, failure.tries, *times),
            )

    def forget(self, keys: Iterable[tuple[str, str]]) -> None:
        self._connection.executemany("DELETE FROM inbox WHERE place = ? AND text = ?", list(keys))

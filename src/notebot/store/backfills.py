"""How far each backfill has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.store.records import day_of

if TYPE_CHECKING:
    from datetime import date

    from notebot.core.model.backfill_scope import BackfillScope
    from notebot.store.connection import Connection


class BackfillTable:
    """See :class:`notebot.core.ports.Backfills`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def done_on(self, scope: BackfillScope) -> date | None:
        row = self._connection.execute(
            "SELECT done_on FROM backfills WHERE topic = ? AND since_on = ? AND until_on = ?"
            " AND query = ? AND categories = ?",
            _columns(scope),
        ).fetchone()
        return day_of(row[0]) if row else None

    def move(self, scope: BackfillScope, done_on: date) -> None:
        self._connection.execute(
            "INSERT INTO backfills (topic, since_on, until_on, query, categories, done_on) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (topic, since_on, until_on) DO UPDATE SET"
            " query = excluded.query, categories = excluded.categories, done_on = excluded.done_on",
            (*_columns(scope), done_on.isoformat()),
        )


def _columns(scope: BackfillScope) -> tuple[str, ...]:
    window = scope.window
    return (
        scope.topic,
        window.since.isoformat(),
        window.until.isoformat(),
        scope.query,
        " ".join(scope.categories),
    )

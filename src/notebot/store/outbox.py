"""The outbox: what is being published, one row per stub or offer, written before and after each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.publishing.rules.issue_draft import Draft, OutboxEntry, OutboxState
from notebot.store.records import decode, encode, text_of
from notebot.store.update_rows import COLUMNS, read_update

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.model.offer import Update
    from notebot.store.connection import Connection

_COLUMNS = "key, repo, draft, state, written, after, number, why, labelled"
_REPLACED = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", ") if column != "key")
_Row = tuple[str, str, bytes | None, str, int, int, int | None, str, int]


class OutboxTable:
    """See :class:`notebot.features.publishing.publish.session.Outbox`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> OutboxEntry | None:
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE key = ?", (key,)).fetchone()
        return _entry(row) if row else None

    def put(self, entry: OutboxEntry, at: datetime) -> None:
        draft = encode(entry.draft) if entry.draft else None
        self._connection.execute(
            f"INSERT INTO outbox ({_COLUMNS}, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            f" ON CONFLICT (key) DO UPDATE SET {_REPLACED}, changed_at = excluded.changed_at",
            (
                *(entry.key, entry.repo, draft, str(entry.state), entry.written),
                *(entry.after, entry.number, entry.why, entry.labelled, text_of(at)),
            ),
        )

    def begun(self) -> list[OutboxEntry]:
        # A request may have been written although its answer was lost, so these are looked up before anything is sent.
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM outbox WHERE draft IS NOT NULL AND (state = 'sending' OR"
            " state = 'planned' AND written > 0) ORDER BY changed_at, key"
        )
        return [_entry(row) for row in rows]

    def done(self) -> list[OutboxEntry]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM outbox WHERE draft IS NOT NULL AND state = 'done' ORDER BY number NULLS FIRST"
        )
        return [_entry(row) for row in rows]

    def accepted(self) -> list[Update]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM updates"
            " LEFT JOIN outbox ON outbox.key = 'update:' || id"
            " WHERE accepted = 1 AND updates.key LIKE 'note:%'"
            " AND (state IS NULL OR state NOT IN ('done', 'left')) ORDER BY id"
        )
        return [read_update(row) for row in rows]

    def offer_again(self, update_id: int) -> None:
        self._connection.execute("UPDATE updates SET accepted = 0, digest = NULL WHERE id = ?", (update_id,))


def _entry(row: _Row) -> OutboxEntry:
    key, repo, draft, state, written, after, number, why, labelled = row
    decoded = decode(draft, Draft) if draft else None
    return OutboxEntry(key, repo, decoded, OutboxState(state), written, after, number, why, bool(labelled))

"""Digest plans and updates."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.stub import Stub, StubStatus
from notebot.store.sqlite.records import decode, encode, text_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from notebot.core.model.digest_reading import DigestReading


class SqliteDigests:
    """See :class:`notebot.core.ports.Digests`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_update(self, update: Update, at: datetime) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO updates (key, field, value, why, title, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (update.key, update.field, update.value, update.why, update.title, text_of(at)),
        )

    def open_updates(self) -> list[Update]:
        rows = self._connection.execute(
            "SELECT id, key, field, value, why, title FROM updates WHERE digest IS NULL ORDER BY id"
        )
        return [Update(*row) for row in rows]

    def plan(self, plan: DigestPlan) -> None:
        self._connection.execute("INSERT INTO digests (name, plan) VALUES (?, ?)", (plan.name, encode(plan)))

    def is_known(self, name: str) -> bool:
        return self._connection.execute("SELECT 1 FROM digests WHERE name = ?", (name,)).fetchone() is not None

    def open_plan(self) -> DigestPlan | None:
        row = self._connection.execute("SELECT plan FROM digests WHERE written_at IS NULL").fetchone()
        return decode(row[0], DigestPlan) if row else None

    def drop_plan(self, name: str) -> None:
        self._connection.execute("DELETE FROM digests WHERE name = ? AND written_at IS NULL", (name,))

    def written(self, plan: DigestPlan, at: datetime) -> None:
        self._mark_digested(plan.keys, plan.issue_date, at)
        self._connection.executemany(
            "UPDATE updates SET digest = ? WHERE id = ?", ((plan.name, number) for number in plan.update_ids)
        )
        self._connection.executemany(
            "UPDATE ledger SET reported = ? WHERE announced_on = ? AND category = ?",
            ((revision, day.isoformat(), category) for day, category, revision in plan.rows),
        )
        self._connection.executemany(
            "UPDATE older SET digest = ? WHERE arxiv_id = ? AND changed_on = ?",
            ((plan.name, arxiv_id, day.isoformat()) for arxiv_id, day in plan.older),
        )
        self._connection.execute("UPDATE digests SET written_at = ? WHERE name = ?", (text_of(at), plan.name))

    def names(self) -> list[str]:
        rows = self._connection.execute("SELECT name FROM digests WHERE written_at IS NOT NULL ORDER BY written_at")
        return [name for (name,) in rows]

    def keys(self, name: str) -> tuple[str, ...]:
        row = self._connection.execute("SELECT plan FROM digests WHERE name = ?", (name,)).fetchone()
        return decode(row[0], DigestPlan).keys if row else ()

    def text(self, name: str) -> str | None:
        row = self._connection.execute(
            "SELECT plan FROM digests WHERE name = ? AND written_at IS NOT NULL", (name,)
        ).fetchone()
        return (decode(row[0], DigestPlan).text or None) if row else None

    def accept(self, key: str, field: str) -> bool:
        return (
            self._connection.execute(
                "UPDATE updates SET accepted = 1 WHERE accepted = 0 AND id = ("
                " SELECT max(id) FROM updates WHERE key = ? AND field = ? AND digest IS NOT NULL)",
                (key, field),
            ).rowcount
            > 0
        )

    def collected(self, name: str, sha256: str, reading: DigestReading) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO collected VALUES (?, ?, ?, ?)",
            (name, sha256, reading.remark or "", encode(reading.unreadable).decode()),
        )

    def holding(self, key: str) -> str | None:
        row = self._connection.execute(
            "SELECT name FROM digests, json_each(CAST(plan AS TEXT), '$.keys')"
            " WHERE written_at IS NOT NULL AND value = ? ORDER BY written_at DESC LIMIT 1",
            (key,),
        ).fetchone()
        return row[0] if row else None

    def latest(self) -> tuple[str, datetime] | None:
        row = self._connection.execute(
            "SELECT name, written_at FROM digests WHERE written_at IS NOT NULL ORDER BY written_at DESC LIMIT 1"
        ).fetchone()
        return (row[0], datetime.fromisoformat(row[1])) if row else None

    def _mark_digested(self, keys: Iterable[str], issue_date: date, at: datetime) -> None:
        """Only what is still queued: a stub kept or skipped since the plan stays as the curator left it."""
        for key in keys:
            row = self._connection.execute(
                "SELECT document FROM stubs WHERE key = ? AND status = ?", (key, str(StubStatus.QUEUED))
            ).fetchone()
            if row:
                stub = replace(decode(row[0], Stub), status=StubStatus.DIGESTED, issue_date=issue_date)
                self._connection.execute(
                    "UPDATE stubs SET status = ?, changed_at = ?, document = ? WHERE key = ?",
                    (str(stub.status), text_of(at), encode(stub), key),
                )

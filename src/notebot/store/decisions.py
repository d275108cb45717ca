"""The curator's decisions, each a row that is never changed except to mark it as taken back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.decision import Decision
from notebot.core.model.offer import DigestPlan
from notebot.store.records import CHUNK, decode, encode, marks, readable, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from notebot.store.connection import Connection

_Row = tuple[int, bytes, str | None]


class DecisionTable:
    """See :class:`notebot.core.ports.Decisions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_batch(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM decisions").fetchone()[0])

    def add(self, decision: Decision) -> None:
        self._connection.execute(
            "INSERT INTO decisions (key, batch, made_at, automatic, document, dismissed) VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(decision.key, decision.batch, text_of(decision.at), decision.automatic, encode(decision)),
                decision.update_id if decision.move == "dismiss" else None,
            ),
        )

    def of(self, key: str) -> list[Decision]:
        rows = self._connection.execute(
            "SELECT id, document, undone_at FROM decisions WHERE key = ? ORDER BY id", (key,)
        )
        return list(_decisions(rows))

    def last_batch(self) -> list[Decision]:
        # newest first: of two decisions about one stub, the later one is taken back before the earlier one
        rows = self._connection.execute(
            "SELECT id, document, undone_at FROM decisions WHERE undone_at IS NULL AND batch ="
            " (SELECT batch FROM decisions WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1) ORDER BY id DESC"
        )
        return list(_decisions(rows))

    def undo(self, ids: Iterable[int], at: datetime) -> None:
        self._connection.executemany(
            "UPDATE decisions SET undone_at = ? WHERE id = ?", ((text_of(at), number) for number in ids)
        )

    def revision(self, key: str) -> int:
        # Grows with each decision and each undo, so that a state that was undone never has an earlier revision again.
        row = self._connection.execute(
            "SELECT count(*) + count(undone_at) FROM decisions WHERE key = ?", (key,)
        ).fetchone()
        return int(row[0])

    def revisions(self, keys: Sequence[str]) -> dict[str, int]:
        found = dict.fromkeys(keys, 0)
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            found.update(
                self._connection.execute(
                    "SELECT key, count(*) + count(undone_at) FROM decisions"
                    f" WHERE key IN ({marks(len(part))}) GROUP BY key",
                    part,
                )
            )
        return found

    def newest_id(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(id), 0) FROM decisions").fetchone()[0])

    def state(self) -> str:
        row = self._connection.execute("SELECT count(*), max(id), count(undone_at) FROM decisions").fetchone()
        return " ".join(str(number) for number in row)

    def collected_since_digest(self) -> list[Decision]:
        # the time when the digest was planned: after a crash its file may be written much later
        latest = self._connection.execute(
            "SELECT plan FROM digests WHERE written_at IS NOT NULL ORDER BY written_at DESC LIMIT 1"
        ).fetchone()
        since = text_of(decode(latest[0], DigestPlan).planned_at) if latest else ""
        rows = self._connection.execute(
            "SELECT id, document, undone_at FROM decisions"
            " WHERE automatic = 1 AND undone_at IS NULL AND made_at > ? ORDER BY id",
            (since,),
        )
        return list(_decisions(rows))

    def sent(self, keys: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            # The outbox is in the same database, and publishing writes `sending` there before it sends anything.
            rows = self._connection.execute(
                "SELECT key FROM outbox WHERE (state IN ('sending', 'done') OR written > 0)"
                f" AND key IN ({marks(len(part))})",
                part,
            )
            found.update(key for (key,) in rows)
        return found


def _decisions(rows: Iterable[_Row]) -> Iterator[Decision]:
    for number, decision, undone_at in readable(rows, Decision, 1):
        yield replace(decision, id=number, undone_at=datetime.fromisoformat(undone_at) if undone_at else None)

"""Stubs, each stored as a JSON document; the other columns exist for searching."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from notebot.core.model.stub import Stub, StubStatus
from notebot.store.records import CHUNK, decode, encode, marks, readable, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.store.connection import Connection


class StubTable:
    """See :class:`notebot.core.ports.Stubs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Stub | None:
        row = self._connection.execute("SELECT document FROM stubs WHERE key = ?", (key,)).fetchone()
        return decode(row[0], Stub) if row else None

    def by_ids(self, arxiv_ids: Sequence[str]) -> dict[str, Stub]:
        found: dict[str, Stub] = {}
        for start in range(0, len(arxiv_ids), CHUNK):
            part = arxiv_ids[start : start + CHUNK]
            rows = self._connection.execute(
                f"SELECT arxiv_id, document FROM stubs WHERE arxiv_id IN ({marks(len(part))})", part
            )
            found.update((arxiv_id, stub) for arxiv_id, stub in readable(rows, Stub, 1))
        return found

    def all(self, status: StubStatus | None = None, topic: str | None = None) -> list[Stub]:
        rows = self._connection.execute(
            f"SELECT document FROM stubs{' WHERE status = ?' if status else ''} ORDER BY id DESC",
            (str(status),) if status else (),
        )
        stubs = [stub for (stub,) in readable(rows, Stub)]
        return [stub for stub in stubs if topic is None or topic in stub.topics]

    def changed_since(self, statuses: Sequence[StubStatus], since: datetime) -> list[Stub]:
        rows = self._connection.execute(
            f"SELECT document FROM stubs WHERE status IN ({marks(len(statuses))}) AND changed_at >= ? ORDER BY id DESC",
            (*map(str, statuses), text_of(since)),
        )
        return [stub for (stub,) in readable(rows, Stub)]

    def counts(self) -> dict[StubStatus, int]:
        rows = dict(self._connection.execute("SELECT status, count(*) FROM stubs GROUP BY status").fetchall())
        return {status: rows.get(str(status), 0) for status in StubStatus}

    def save(self, stub: Stub, at: datetime) -> None:
        self.save_all([stub], at)

    def save_all(self, stubs: Iterable[Stub], at: datetime) -> None:
        # `changed_at` is the time of the last change of status: a machine that completes a stub does not touch it.
        self._connection.insert_all(
            "INSERT INTO stubs (key, arxiv_id, status, wants_metadata, changed_at, document)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " changed_at = CASE WHEN stubs.status = excluded.status THEN stubs.changed_at ELSE excluded.changed_at END,"
            " status = excluded.status, document = excluded.document",
            (
                (stub.key, stub.arxiv_id or None, str(stub.status), not stub.complete, text_of(at), encode(stub))
                for stub in stubs
            ),
            key=1,
        )

    def ask_metadata(self, key: str, version: int) -> None:
        self._connection.execute(
            "UPDATE stubs SET wants_metadata = 1,"
            " wanted_version = CASE WHEN wanted_version > ? THEN wanted_version ELSE ? END WHERE key = ?",
            (version, version, key),
        )

    def metadata_came(self, versions: Iterable[tuple[str, int]]) -> None:
        # An answer for an older version does not satisfy a request that was made for a newer one meanwhile.
        self._connection.executemany(
            "UPDATE stubs SET wants_metadata = 0 WHERE key = ? AND wanted_version <= ?", versions
        )

    def wanting_metadata(self, limit: int | None = None) -> list[Stub]:
        rows = self._connection.execute(
            "SELECT document FROM stubs WHERE wants_metadata = 1 AND status <> ? ORDER BY id"
            f"{'' if limit is None else ' LIMIT ?'}",
            (str(StubStatus.SKIPPED), *([] if limit is None else [limit])),
        )
        return [stub for (stub,) in readable(rows, Stub)]

    def queued(self) -> list[tuple[Stub, int]]:
        rows = self._connection.execute(
            "SELECT document, waited FROM stubs WHERE status = ? ORDER BY id", (str(StubStatus.QUEUED),)
        )
        return [(stub, waited) for stub, waited in readable(rows, Stub)]

    def hold_back(self, keys: Iterable[str]) -> None:
        self._connection.executemany("UPDATE stubs SET waited = waited + 1 WHERE key = ?", ((key,) for key in keys))

    def since(self, status: StubStatus) -> dict[str, datetime]:
        rows = self._connection.execute("SELECT key, changed_at FROM stubs WHERE status = ?", (str(status),))
        return {key: datetime.fromisoformat(at) for key, at in rows}

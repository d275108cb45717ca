"""Digest plans and updates."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.digest_reading import DigestReading
from notebot.core.model.offer import DigestPlan
from notebot.core.model.read_file import FileVersion, LastReading
from notebot.core.model.shown_entry import ShownEntry
from notebot.core.model.stub import Stub, StubStatus
from notebot.store.records import BEST_RESULT, CHUNK, COUNT_COLUMNS, decode, encode, marks, text_of
from notebot.store.update_rows import COLUMNS, DISMISSED, insert_update, read_update

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notebot.core.model.offer import Update
    from notebot.store.connection import Connection


class DigestTables:
    """See :class:`notebot.core.ports.Digests`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_update(self, update: Update, at: datetime) -> None:
        insert_update(self._connection, update, at)

    def open_updates(self) -> list[Update]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM updates WHERE digest IS NULL AND accepted = 0 AND NOT {DISMISSED} ORDER BY id"
        )
        return [read_update(row) for row in rows]

    def undecided_offers(self, update_id: int | None = None) -> list[Update]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM updates WHERE accepted = 0 AND NOT {DISMISSED}"
            f"{'' if update_id is None else ' AND id = ?'}"
            " AND (updates.key LIKE 'note:%' OR field = 'title_line') ORDER BY id DESC",
            () if update_id is None else (update_id,),
        )
        return [read_update(row) for row in rows]

    def update(self, update_id: int) -> Update | None:
        row = self._connection.execute(f"SELECT {COLUMNS} FROM updates WHERE id = ?", (update_id,)).fetchone()
        return read_update(row) if row else None

    def shown_in(self, update_id: int) -> str | None:
        row = self._connection.execute("SELECT digest FROM updates WHERE id = ?", (update_id,)).fetchone()
        return row[0] if row else None

    def plan(self, plan: DigestPlan) -> None:
        self._connection.execute("INSERT INTO digests (name, plan) VALUES (?, ?)", (plan.name, encode(plan)))
        self._report(plan)

    def is_known(self, name: str) -> bool:
        return self._connection.execute("SELECT 1 FROM digests WHERE name = ?", (name,)).fetchone() is not None

    def open_plan(self) -> DigestPlan | None:
        row = self._connection.execute("SELECT plan FROM digests WHERE written_at IS NULL").fetchone()
        return decode(row[0], DigestPlan) if row else None

    def rename_plan(self, name: str, plan: DigestPlan) -> None:
        self._connection.execute(
            "UPDATE digests SET name = ?, plan = ? WHERE name = ? AND written_at IS NULL",
            (plan.name, encode(plan), name),
        )
        self._connection.execute("UPDATE reported_rows SET digest = ? WHERE digest = ?", (plan.name, name))

    def written(self, plan: DigestPlan, at: datetime) -> None:
        self._mark_digested(plan.keys, plan.issue_date, at)
        reported = self._connection.execute("SELECT 1 FROM reported_rows WHERE digest = ?", (plan.name,)).fetchone()
        if plan.rows and reported is None:
            self._report(plan)  # planned by a notebot that did not store this yet
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
        places = {key: place for place, key in enumerate(plan.ranked, 1)}
        self._connection.insert_all(
            "INSERT INTO digest_entries (key, digest, place) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            ((key, plan.name, places.get(key)) for key in plan.keys),
            key=2,
        )
        self._connection.execute("UPDATE digests SET written_at = ? WHERE name = ?", (text_of(at), plan.name))

    def names(self) -> list[str]:
        rows = self._connection.execute("SELECT name FROM digests WHERE written_at IS NOT NULL ORDER BY written_at")
        return [name for (name,) in rows]

    def newest(self, limit: int) -> list[tuple[str, datetime]]:
        rows = self._connection.execute(
            "SELECT name, written_at FROM digests WHERE written_at IS NOT NULL ORDER BY written_at DESC LIMIT ?",
            (limit,),
        )
        return [(name, datetime.fromisoformat(written_at)) for name, written_at in rows]

    def keys(self, name: str) -> tuple[str, ...]:
        row = self._connection.execute("SELECT plan FROM digests WHERE name = ?", (name,)).fetchone()
        return decode(row[0], DigestPlan).keys if row else ()

    def text(self, name: str) -> str | None:
        plan = self.written_plan(name)
        return (plan.text or None) if plan else None

    def written_plan(self, name: str) -> DigestPlan | None:
        row = self._connection.execute(
            "SELECT plan FROM digests WHERE name = ? AND written_at IS NOT NULL", (name,)
        ).fetchone()
        return decode(row[0], DigestPlan) if row else None

    def accept(self, key: str, field: str) -> int | None:
        row = self._connection.execute(
            "UPDATE updates SET accepted = 1 WHERE accepted = 0 AND id = ("
            # a tick can only mean an update that a digest has shown; the newest one if there are several
            " SELECT max(id) FROM updates WHERE key = ? AND field = ? AND digest IS NOT NULL) RETURNING id",
            (key, field),
        ).fetchone()
        return row[0] if row else None

    def set_accepted(self, update_id: int, accepted: bool) -> None:
        self._connection.execute("UPDATE updates SET accepted = ? WHERE id = ?", (accepted, update_id))

    def last_reading(self, name: str) -> LastReading | None:
        row = self._connection.execute(
            'SELECT sha256, mtime_ns, size, decided, "left", as_typed, reading FROM read_files WHERE digest = ?',
            (name,),
        ).fetchone()
        if row is None:
            return None
        sha256, mtime_ns, size, decided, left, as_typed, reading = row
        said = decode(reading, DigestReading) if reading else None
        return LastReading(sha256, FileVersion(mtime_ns, size), decided, bool(left), bool(as_typed), said)

    def looked_at(self) -> dict[str, FileVersion]:
        rows = self._connection.execute("SELECT digest, mtime_ns, size FROM read_files")
        return {name: FileVersion(mtime_ns, size) for name, mtime_ns, size in rows}

    def remember_reading(self, name: str, last: LastReading) -> None:
        self._connection.execute(
            'INSERT INTO read_files (digest, sha256, mtime_ns, size, decided, "left", as_typed, reading)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET sha256 = excluded.sha256,"
            " mtime_ns = excluded.mtime_ns, size = excluded.size, decided = excluded.decided,"
            ' "left" = excluded."left", as_typed = excluded.as_typed, reading = excluded.reading',
            (
                *(name, last.sha256, last.version.mtime_ns, last.version.size, last.newest_decision),
                *(last.left, last.as_typed, encode(last.reading) if last.reading else None),
            ),
        )

    def leave(self, name: str, version: FileVersion) -> None:
        self._connection.execute(
            'INSERT INTO read_files (digest, sha256, mtime_ns, size, decided, "left", as_typed)'
            # an empty hash equals no file, so the next `collect` by hand reads this version
            " VALUES (?, '', ?, ?, 0, 1, 0) ON CONFLICT (digest)"
            ' DO UPDATE SET mtime_ns = excluded.mtime_ns, size = excluded.size, "left" = 1',
            (name, version.mtime_ns, version.size),
        )

    def containing(self, key: str) -> list[str]:
        rows = self._connection.execute(
            "SELECT name FROM digest_entries JOIN digests ON name = digest WHERE key = ? ORDER BY written_at", (key,)
        )
        return [name for (name,) in rows]

    def holding(self, key: str) -> str | None:
        return next(reversed(self.containing(key)), None)

    def latest(self) -> tuple[str, datetime] | None:
        row = self._connection.execute(
            "SELECT name, written_at FROM digests WHERE written_at IS NOT NULL ORDER BY written_at DESC LIMIT 1"
        ).fetchone()
        return (row[0], datetime.fromisoformat(row[1])) if row else None

    def shown(self) -> list[ShownEntry]:
        rows = self._connection.execute(
            "SELECT digest, place, status = ? FROM digest_entries JOIN stubs USING (key)"
            " WHERE place IS NOT NULL ORDER BY digest, place",
            (str(StubStatus.KEPT),),
        )
        return [ShownEntry(digest, place, bool(kept)) for digest, place, kept in rows]

    def _report(self, plan: DigestPlan) -> None:
        """Marks ledger rows as reported, and the papers of their days as counted.

        Called when the plan is stored, because papers filed after that are not in the counts of the digest.
        """
        self._connection.executemany(
            f"INSERT INTO reported_rows SELECT announced_on, category, ?, ?, state, {COUNT_COLUMNS},"
            " coalesce((SELECT number FROM filings), 0) FROM ledger WHERE announced_on = ? AND category = ?",
            ((revision, plan.name, day.isoformat(), category) for day, category, revision in plan.rows),
        )
        days = sorted({day.isoformat() for day, _, _ in plan.rows})
        self._connection.executemany(
            # but not of a paper that was counted under this day and moved to another one
            "DELETE FROM counted WHERE announced_on = ?"
            " AND arxiv_id IN (SELECT arxiv_id FROM announcements WHERE announced_on = ?)",
            ((day, day) for day in days),
        )
        self._connection.executemany(
            "INSERT INTO counted (announced_on, arxiv_id, result)"
            f" SELECT DISTINCT announced_on, arxiv_id, {BEST_RESULT} FROM announcements"
            " WHERE announced_on = ? AND EXISTS (SELECT 1 FROM matches"
            " WHERE matches.arxiv_id = announcements.arxiv_id AND matches.announced_on = announcements.announced_on)",
            ((day,) for day in days),
        )

    def _mark_digested(self, keys: Iterable[str], issue_date: date, at: datetime) -> None:
        """Marks planned stubs as digested, except those that the curator kept or skipped meanwhile."""
        wanted = list(keys)
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            rows = self._connection.execute(
                f"SELECT document FROM stubs WHERE key IN ({marks(len(part))}) AND status = ?",
                (*part, str(StubStatus.QUEUED)),
            ).fetchall()
            stubs = [
                replace(decode(document, Stub), status=StubStatus.DIGESTED, issue_date=issue_date)
                for (document,) in rows
            ]
            self._connection.executemany(
                "UPDATE stubs SET status = ?, changed_at = ?, document = ? WHERE key = ?",
                ((str(stub.status), text_of(at), encode(stub), stub.key) for stub in stubs),
            )

"""Past runs of each kind, and the health of every source."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from notebot.core.model.run_record import RunRecord
from notebot.core.model.source_record import SourceRecord, Validators
from notebot.store.records import day_of, text_of, time_of

if TYPE_CHECKING:
    from notebot.store.connection import Connection

_SOURCE = (
    "name, etag, last_modified, last_attempt_at, last_success_at, last_batch_on, error_kind, error,"
    " batch_at, began_on, reconciled_on"
)
_LEDGER_BEGAN_ON = (
    "coalesce((SELECT min(announced_on) FROM ledger WHERE category = name AND state <> 'failed'), began_on)"
)
_RUN = "kind, started_at, finished_at, status, subject, detail"


class SourceTable:
    """See :class:`notebot.core.ports.Sources`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # a desk's ledger may begin later than the hub's
        self._columns = _SOURCE.replace("began_on", _LEDGER_BEGAN_ON) if connection.desk else _SOURCE

    def get(self, name: str) -> SourceRecord:
        row = self._connection.execute(
            # a desk reads the hub's rows too; of two with one name, the newer one says how the source is
            f"SELECT {self._columns} FROM sources WHERE name = ? ORDER BY last_attempt_at DESC LIMIT 1",
            (name,),
        ).fetchone()
        return _source(row) if row else SourceRecord(name)

    def all(self) -> list[SourceRecord]:
        rows = self._connection.execute(f"SELECT {self._columns} FROM sources ORDER BY name, last_attempt_at")
        return list({row[0]: _source(row) for row in rows}.values())

    def succeeded(
        self, name: str, at: datetime, validators: Validators | None = None, batch_on: date | None = None
    ) -> None:
        self._touch(name, at)
        self._connection.execute(
            # a success clears the last error, and keeps the last batch if this answer had none
            "UPDATE sources SET last_success_at = ?, last_batch_on = coalesce(?, last_batch_on),"
            " error_kind = NULL, error = NULL WHERE name = ?",
            (text_of(at), batch_on and batch_on.isoformat(), name),
        )
        if validators is not None:
            self._connection.execute(
                "UPDATE sources SET etag = ?, last_modified = ? WHERE name = ?",
                (validators.etag, validators.last_modified, name),
            )

    def brought(self, category: str, at: datetime) -> None:
        self._connection.execute("UPDATE sources SET batch_at = ? WHERE name = ?", (text_of(at), category))

    def failed(self, name: str, at: datetime, kind: str, sentence: str) -> None:
        self._touch(name, at)
        self._connection.execute("UPDATE sources SET error_kind = ?, error = ? WHERE name = ?", (kind, sentence, name))

    def began(self, category: str, day: date) -> None:
        self._connection.execute(
            # earlier days are not missed days: a ledger begins with the first successful poll (rules.md 1.4)
            "UPDATE sources SET began_on = ? WHERE name = ? AND began_on IS NULL",
            (day.isoformat(), category),
        )

    def reconciled(self, category: str, day: date) -> None:
        self._connection.execute(
            # a catch-up of an older range must not move the cursor back
            "UPDATE sources SET reconciled_on = ? WHERE name = ? AND (reconciled_on IS NULL OR reconciled_on < ?)",
            (day.isoformat(), category, day.isoformat()),
        )

    def _touch(self, name: str, at: datetime) -> None:
        self._connection.execute(
            "INSERT INTO sources (name, last_attempt_at) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET last_attempt_at = excluded.last_attempt_at",
            (name, text_of(at)),
        )


class RunTable:
    """See :class:`notebot.core.ports.Runs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: RunRecord) -> None:
        self._connection.execute(
            f"INSERT INTO runs ({_RUN}) VALUES (?, ?, ?, ?, ?, ?)",
            (
                run.kind,
                text_of(run.started_at),
                text_of(run.finished_at),
                run.status,
                run.subject and run.subject.isoformat(),
                run.detail,
            ),
        )

    def last(self, kind: str, status: str | None = None) -> RunRecord | None:
        row = self._connection.execute(
            f"SELECT {_RUN} FROM runs WHERE kind = ?{' AND status = ?' if status else ''} ORDER BY id DESC LIMIT 1",
            (kind, *([status] if status else [])),
        ).fetchone()
        return _run(row) if row else None

    def first(self, kind: str) -> RunRecord | None:
        row = self._connection.execute(
            f"SELECT {_RUN} FROM runs WHERE kind = ? ORDER BY id LIMIT 1", (kind,)
        ).fetchone()
        return _run(row) if row else None

    def recent(self, count: int) -> list[RunRecord]:
        rows = self._connection.execute(f"SELECT {_RUN} FROM runs ORDER BY id DESC LIMIT ?", (count,))
        return [_run(row) for row in rows]

    def digested(self, subject: date) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM runs WHERE kind = 'digest' AND status = 'ok' AND subject = ? LIMIT 1",
            (subject.isoformat(),),
        ).fetchone()
        return row is not None


def _source(row: tuple[str | None, ...]) -> SourceRecord:
    name, etag, last_modified, attempt, success, batch_on, error_kind, error, batch_at, began, reconciled = row
    return SourceRecord(
        name=str(name),
        validators=Validators(etag, last_modified),
        last_attempt_at=time_of(attempt),
        last_success_at=time_of(success),
        last_batch_on=day_of(batch_on),
        error_kind=error_kind,
        error=error,
        batch_at=time_of(batch_at),
        began_on=day_of(began),
        reconciled_on=day_of(reconciled),
    )


def _run(row: tuple[str, str, str, str, str | None, str]) -> RunRecord:
    kind, started, finished, status, subject, detail = row
    return RunRecord(
        kind,
        datetime.fromisoformat(started),
        datetime.fromisoformat(finished),
        status,
        day_of(subject),
        detail,
    )

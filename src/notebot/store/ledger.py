"""The ledger: one row per category and announcement day."""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import TYPE_CHECKING

from msgspec.structs import astuple, replace

from notebot.core.model.ledger import Counts, DayState, LedgerRow, ReportedRow
from notebot.store.records import COUNT_COLUMNS

if TYPE_CHECKING:
    from notebot.store.connection import Connection

_COUNTS = Counts.__struct_fields__
_ROW = f"announced_on, category, state, {COUNT_COLUMNS}, explanation, reason"
_ADD = (
    f"INSERT INTO ledger ({_ROW}) VALUES ({', '.join('?' * (len(_COUNTS) + 5))})"
    " ON CONFLICT (announced_on, category) DO UPDATE SET"
    # the next digest reports a row whose revision is newer than the one it reported (rules.md 1.5); a repeated poll
    # that brings nothing must not make it newer
    " revision = ledger.revision + CASE WHEN ledger.state <> excluded.state"
    " OR excluded.fetched + excluded.recovered > 0 THEN 1 ELSE 0 END,"
    f" {', '.join(f'{name} = ledger.{name} + excluded.{name}' for name in _COUNTS)},"
    " state = excluded.state, explanation = excluded.explanation, reason = excluded.reason"
)
_AMEND = (
    f"UPDATE ledger SET revision = revision + 1, {', '.join(f'{name} = {name} + ?' for name in _COUNTS)}"
    " WHERE announced_on = ? AND category = ?"
)
MEDIAN_DAYS = 20
"""A month of announcements."""


class LedgerTables:
    """See :class:`notebot.core.ports.Ledger`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self, category: str, day: date) -> DayState | None:
        return self.states_of(day).get(category)

    def row(self, category: str, day: date) -> LedgerRow | None:
        columns = self._connection.execute(
            f"SELECT {_ROW}, revision FROM ledger WHERE announced_on = ? AND category = ?", (day.isoformat(), category)
        ).fetchone()
        return _row(columns) if columns else None

    def rows(self, since: date | None = None, category: str | None = None) -> list[LedgerRow]:
        found = self._connection.execute(
            f"SELECT {_ROW}, revision FROM ledger"
            f" WHERE announced_on >= ?{' AND category = ?' if category else ''} ORDER BY announced_on, category",
            (since.isoformat() if since else "", *([category] if category else [])),
        )
        return [_row(columns) for columns in found]

    def states_of(self, day: date) -> dict[str, DayState]:
        rows = self._connection.execute("SELECT category, state FROM ledger WHERE announced_on = ?", (day.isoformat(),))
        return {category: DayState(state) for category, state in rows}

    def add(self, row: LedgerRow) -> None:
        self._connection.execute(
            _ADD,
            (
                row.announced_on.isoformat(),
                row.category,
                str(row.state),
                *astuple(row.counts),
                row.explanation,
                row.reason,
            ),
        )

    def reopen(self, category: str, day: date, explanation: str) -> None:
        self._connection.execute(
            # "misfiled" is worded by the digest: entries under today's date belonged to a missed day (rules.md 1.2)
            "UPDATE ledger SET state = ?, explanation = ?, reason = 'misfiled', revision = revision + 1"
            " WHERE announced_on = ? AND category = ?",
            (str(DayState.WAITING), explanation, day.isoformat(), category),
        )

    def amend(self, category: str, day: date, counts: Counts) -> None:
        self._connection.execute(_AMEND, (*astuple(counts), day.isoformat(), category))

    def median(self, category: str, at_least: int) -> float | None:
        rows = self._connection.execute(
            "SELECT fetched + recovered FROM ledger WHERE category = ? AND state = ?"
            " ORDER BY announced_on DESC LIMIT ?",
            # days that are not fresh may be incomplete and would lower the median (rules.md 1.2)
            (category, str(DayState.FRESH), MEDIAN_DAYS),
        )
        counts = [count for (count,) in rows]
        return float(median(counts)) if counts and len(counts) >= at_least else None

    def unreported(self) -> list[LedgerRow]:
        rows = self._connection.execute(
            f"SELECT {_ROW}, revision FROM ledger WHERE revision > reported ORDER BY announced_on, category"
        ).fetchall()
        return [self._with_report(_row(columns)) for columns in rows]

    def _with_report(self, row: LedgerRow) -> LedgerRow:
        columns = self._connection.execute(
            f"SELECT state, {COUNT_COLUMNS} FROM reported_rows WHERE announced_on = ? AND category = ?"
            # each digest stores the row as it reports it; a correction is the difference from the last report
            " ORDER BY revision DESC LIMIT 1",
            (row.announced_on.isoformat(), row.category),
        ).fetchone()
        return replace(row, reported=ReportedRow(DayState(columns[0]), Counts(*columns[1:]))) if columns else row


def _row(columns: tuple[str | int, ...]) -> LedgerRow:
    day, category, state, *counts, explanation, reason, revision = columns
    return LedgerRow(
        date.fromisoformat(str(day)),
        str(category),
        DayState(str(state)),
        Counts(*(int(count) for count in counts)),
        str(explanation),
        int(revision),
        reason=str(reason),
    )

"""Finds the records of the database that cannot be read, and moves them to a file."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.model.breaker import BreakerState
from notebot.core.model.decision import Decision
from notebot.core.model.digest_reading import DigestReading
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.errors import DamagedRecordError, StateError
from notebot.core.model.ledger import DayState
from notebot.core.model.note import Note
from notebot.core.model.offer import DigestPlan
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.net.files import PRIVATE_FILE
from notebot.features.delivery.rules.alert import Cause
from notebot.features.delivery.rules.delivery import Delivery
from notebot.features.zotero.rules.sent_item import SentItem
from notebot.store.records import decode
from notebot.store.sqlite.connection import connect

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MOST_NAMED = 5


def _document(kind: type[Any]) -> Callable[[Any], object]:
    return lambda raw: decode(raw, kind)


_READERS: dict[tuple[str, str], Callable[[Any], object]] = {
    ("stubs", "document"): _document(Stub),
    ("stubs", "status"): StubStatus,
    ("texts", "entry"): _document(Entry),
    ("digests", "plan"): _document(DigestPlan),
    ("breakers", "state"): _document(BreakerState),
    ("notes", "document"): _document(Note),
    ("note_sources", "document"): _document(Note),
    ("decisions", "document"): _document(Decision),
    ("read_files", "reading"): _document(DigestReading),
    ("older", "topics"): json.loads,
    ("updates", "change"): json.loads,
    ("outbox", "draft"): json.loads,
    ("deliveries", "document"): _document(Delivery),
    ("alerts", "document"): _document(Cause),
    ("zotero_items", "document"): _document(SentItem),
    ("ledger", "state"): DayState,
    ("announcements", "announce_type"): AnnounceType,
}
"""Columns whose content SQLite does not check, with the function that decodes each."""
_LABELS = ("key", "arxiv_id", "title_key", "name", "digest", "service")
"""The columns that identify a record best for a person, in order of preference."""
_INDEX = "notes_text"
# A note that is gone from the archive's index is built again from its sources by the next import.
_BELONGS_TO = {"notes": ((_INDEX, "rowid"), ("note_sources", "note_id"))}


class DamagedRecord(Struct, frozen=True):
    """One row that cannot be read."""

    table: str
    key: tuple[object, ...]
    """The values of the primary key."""
    name: str
    """How the record is named in messages, such as an arXiv id."""
    why: str


def check_records(path: Path) -> str:
    """Reads every record; returns a sentence for ``notebot doctor`` if all can be read.

    Raises:
        StateError: some are damaged; the message names them and how to repair the database.
    """
    if not path.exists():
        return "There are no records yet."
    with closing(connect(path)) as connection:
        damaged = list(find_damaged(connection))
        count = sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _tables(connection))
    if not damaged:
        return f"All {count:,} records of the database can be read."
    names = "; ".join(f"{record.name} in {record.table} ({record.why})" for record in damaged[:_MOST_NAMED])
    more = f"; and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
    raise StateError(
        f"{len(damaged)} of {count:,} records are damaged and left out: {names}{more}. "
        "`notebot doctor --repair` moves them to a file; `notebot fetch ID --save` drafts a paper again, and an import "
        "brings a note back."
    )


def set_aside_damaged(path: Path, now: datetime) -> str:
    """Moves damaged records to a file that only its owner can read; returns a sentence.

    Raises:
        StateError: the file cannot be written; then nothing is removed.
    """
    if not path.exists():
        return "There is nothing to repair."
    with closing(connect(path)) as connection, connection.whole():
        damaged = list(find_damaged(connection))
        if not damaged:
            return "No record is damaged; nothing was changed."
        target = path.with_name(f"damaged-{now:%Y%m%d-%H%M%S}.jsonl")
        lines: list[str] = []
        for record in damaged:
            dependents = [(table, [column]) for table, column in _BELONGS_TO.get(record.table, ())]
            for table, columns in ((record.table, _key_columns(connection, record.table)), *dependents):
                condition = " AND ".join(f"{column} IS ?" for column in columns)
                cursor = connection.execute(f"SELECT * FROM {table} WHERE {condition}", record.key)
                names = [column[0] for column in cursor.description]
                if table != _INDEX:
                    for row in cursor.fetchall():
                        decoded = [
                            value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
                            for value in row
                        ]
                        line = {"table": table, "why": record.why, "row": dict(zip(names, decoded, strict=True))}
                        lines.append(json.dumps(line, ensure_ascii=False))
                connection.execute(f"DELETE FROM {table} WHERE {condition}", record.key)
        # written and flushed before the deletion is committed
        try:
            number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StateError(f"{target} cannot be written: {error.strerror}; nothing was changed.") from error
    return f"Moved {len(damaged)} damaged records to {target}."


def find_damaged(connection: sqlite3.Connection) -> Iterator[DamagedRecord]:
    """Yields the rows with a column that cannot be read."""
    for table in _tables(connection):
        keys = _key_columns(connection, table)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]
        readers = [(column, reader) for column in columns if (reader := _reader(table, column)) is not None]
        if not readers:
            continue
        # invalid UTF-8 in a text column would end the whole listing
        label = next((column for column in _LABELS if column in columns), keys[0])
        selected = [*keys, label, *(f"CAST({column} AS BLOB)" for column, _ in readers)]
        for row in connection.execute(f"SELECT {', '.join(selected)} FROM {table}").fetchall():
            values = dict(zip((column for column, _ in readers), row[len(keys) + 1 :], strict=True))
            why = next(filter(None, (_why_unreadable(values[column], reader) for column, reader in readers)), "")
            if why:
                yield DamagedRecord(table, tuple(row[: len(keys)]), str(row[len(keys)]), why)


def _why_unreadable(value: Any, reader: Callable[[Any], object]) -> str:
    if value is None:
        return ""
    try:
        reader(value if getattr(reader, "__qualname__", "").startswith("_document") else value.decode())
    except DamagedRecordError as error:
        return str(error.__cause__)
    except (ValueError, TypeError) as error:
        return str(error)[:100]
    return ""


def _reader(table: str, column: str) -> Callable[[Any], object] | None:
    if column.endswith("_at"):
        return datetime.fromisoformat
    if column.endswith("_on"):
        return date.fromisoformat
    return _READERS.get((table, column))


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'notes_text%' ORDER BY name"
    )
    return [name for (name,) in rows.fetchall()]


def _key_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return [row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5]]

"""Finds the records of the database that cannot be read, and moves them to a file."""

from __future__ import annotations

import json
import os
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
from notebot.core.net.files import PRIVATE_FILE, PRIVATE_FOLDER
from notebot.features.delivery.rules.alert import Cause
from notebot.features.delivery.rules.delivery import Delivery
from notebot.features.zotero.rules.sent_item import SentItem
from notebot.store.records import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from notebot.store.connection import Connection
    from notebot.store.note_index import NoteIndex

# one torn page of the file damages many records; a sentence has room for a few
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
"""Columns whose content no engine checks, with the function that decodes each."""
_LABELS = ("key", "arxiv_id", "title_key", "name", "digest", "service")
"""The columns that identify a record best for a person, in order of preference."""


class DamagedRecord(Struct, frozen=True):
    """One row that cannot be read."""

    table: str
    key: tuple[object, ...]
    """The values of the primary key."""
    name: str
    """How the record is named in messages, such as an arXiv id."""
    why: str


def check_records(connection: Connection, raw: str = "{}") -> str:
    """Reads every record; returns a sentence for ``notebot doctor`` if all can be read.

    Args:
        raw: SQL for the content of a column whose text may not be valid.

    Raises:
        StateError: some are damaged; the message names them and how to repair the database.
    """
    damaged = list(find_damaged(connection, raw))
    count = sum(
        connection.execute(f"SELECT count(*) FROM {table.name} WHERE {table.own_rows or '1 = 1'}").fetchone()[0]
        for table in connection.tables()
        if not table.is_shared
    )
    if not damaged:
        return f"All {count:,} records of the database can be read."
    names = "; ".join(f"{record.name} in {record.table} ({record.why})" for record in damaged[:_MOST_NAMED])
    more = f"; and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
    raise StateError(
        f"{len(damaged)} of {count:,} records are damaged and left out: {names}{more}. "
        "`notebot doctor --repair` moves them to a file; `notebot fetch ID --save` drafts a paper again, and an import "
        "brings a note back."
    )


def set_aside_damaged(connection: Connection, index: NoteIndex, folder: Path, now: datetime, raw: str = "{}") -> str:
    """Moves damaged records to a file in a folder that only its owner can read; returns a sentence.

    Raises:
        StateError: the file cannot be written; then nothing is removed.
    """
    with connection.whole():
        damaged = list(find_damaged(connection, raw))
        if not damaged:
            return "No record is damaged; nothing was changed."
        tables = {table.name: table for table in connection.tables()}
        target = folder / f"damaged-{now:%Y%m%d-%H%M%S}.jsonl"
        lines: list[str] = []
        for record in damaged:
            places = [(tables[record.table], tables[record.table].key)]
            if record.table == "notes":
                # a note that is gone from the archive is built again from its sources by the next import
                places.append((tables["note_sources"], ("note_id",)))
                index.remove(int(str(record.key[0])))
            for table, columns in places:
                condition = " AND ".join(f"{_quoted(column)} = ?" for column in columns)
                selected = ", ".join(map(_quoted, table.columns))
                for row in connection.execute(f"SELECT {selected} FROM {table.name} WHERE {condition}", record.key):
                    decoded = [
                        value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
                        for value in row
                    ]
                    line = {
                        "table": table.name,
                        "why": record.why,
                        "row": dict(zip(table.columns, decoded, strict=True)),
                    }
                    lines.append(json.dumps(line, ensure_ascii=False))
                connection.execute(f"DELETE FROM {table.name} WHERE {condition}", record.key)
        # written and flushed before the deletion is committed
        try:
            # with a database on a server, nothing else may have needed this folder so far
            target.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StateError(f"{target} cannot be written: {error.strerror}; nothing was changed.") from error
    return f"Moved {len(damaged)} damaged records to {target}."


def find_damaged(connection: Connection, raw: str = "{}") -> Iterator[DamagedRecord]:
    """Yields the rows with a column that cannot be read."""
    for table in connection.tables():
        readers = [(column, reader) for column in table.columns if (reader := _reader(table.name, column)) is not None]
        if not readers or table.is_shared:
            continue
        label = next((column for column in _LABELS if column in table.columns), table.key[0])
        # invalid UTF-8 in a text column would end the whole listing
        selected = [*map(_quoted, (*table.key, label)), *(raw.format(_quoted(column)) for column, _ in readers)]
        for row in connection.execute(
            f"SELECT {', '.join(selected)} FROM {table.name} WHERE {table.own_rows or '1 = 1'}"
        ).fetchall():
            values = row[len(table.key) + 1 :]
            why = next(
                filter(None, (_why_unreadable(v, read) for v, (_, read) in zip(values, readers, strict=True))), ""
            )
            if why:
                yield DamagedRecord(table.name, tuple(row[: len(table.key)]), str(row[len(table.key)]), why)


def _quoted(column: str) -> str:
    return f'"{column}"'


def _why_unreadable(value: Any, reader: Callable[[Any], object]) -> str:
    if value is None:
        return ""
    try:
        is_text = isinstance(value, str) or getattr(reader, "__qualname__", "").startswith("_document")
        reader(value if is_text else value.decode())
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

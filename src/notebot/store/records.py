"""Records to JSON and back, and times to text and back."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from notebot.core.model.errors import DamagedRecordError
from notebot.core.model.ledger import Counts
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = TypeVar("Record")

logger = logging.getLogger(__name__)
_KEY = regex(r'"(?:key|arxiv_id|title|name)":"([^"\\]{1,100})"')
_NAMED: set[str] = set()
"""Damaged records already reported, because a command may read the same record several times."""

_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {}
"""Decoders by type; creating a decoder costs more than decoding a small record."""

encode = msgspec.json.encode

CHUNK = 500
"""Ids per ``IN`` list; before SQLite 3.32 a statement could have 999 variables."""

COUNT_COLUMNS = ", ".join(Counts.__struct_fields__)
"""The columns of a row's counts, in the order of the record."""

BEST_RESULT = (
    "coalesce((SELECT coalesce(outcome, 'pending') FROM matches"
    " WHERE matches.arxiv_id = announcements.arxiv_id AND matches.announced_on = announcements.announced_on"
    " ORDER BY CASE outcome WHEN 'drafted' THEN 1 WHEN 'tombstoned' THEN 2 WHEN 'known' THEN 3 WHEN 'unwanted' THEN 4"
    " ELSE 5 END LIMIT 1), 'unmatched')"
)
"""The best result of an announced paper over all categories and topics of the day (a column of `announcements`)."""

ON_WATCHED_DAY = (
    "EXISTS (SELECT 1 FROM ledger WHERE ledger.category = announcements.category"
    " AND ledger.announced_on = announcements.announced_on)"
)
"""SQL that is true for an announcement whose category and day are in the ledger of the desk."""
TEXT_OF_WATCHED = (
    "EXISTS (SELECT 1 FROM announcements WHERE announcements.arxiv_id = texts.arxiv_id"
    " AND category IN (SELECT category FROM ledger))"
)
"""SQL that is true for the text of a paper in a category that is in the ledger of the desk."""


def decode(raw: bytes, kind: type[Record]) -> Record:
    """Decodes a record that :data:`encode` wrote.

    Raises:
        DamagedRecordError: something else has changed it.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    try:
        record: Record = decoder.decode(raw)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise DamagedRecordError(
            f"A {getattr(kind, '__name__', 'record')} in the database is damaged ({describe_raw(raw)}: {error}); "
            "`notebot doctor --repair` sets it aside."
        ) from error
    return record


def readable(rows: Iterable[tuple[Any, ...]], kind: type[Record], column: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yields the rows with one column decoded; a damaged record is left out and named in the log."""
    for row in rows:
        try:
            record = decode(row[column], kind)
        except DamagedRecordError as error:
            if str(error) not in _NAMED:
                _NAMED.add(str(error))
                logger.warning("%s Until then it is left out.", error)
            continue
        yield (*row[:column], record, *row[column + 1 :])


def describe_raw(raw: object) -> str:
    """How to name a damaged record: its key if that can still be read, else its first characters."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    key = _KEY.search(text)
    return key[1] if key else repr(text[:40])


def text_of(at: datetime) -> str:
    """An aware time as UTC text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time_of(text: str | None) -> datetime | None:
    """Parses a column that :func:`text_of` wrote; ``None`` for NULL."""
    return datetime.fromisoformat(text) if text else None


def day_of(text: str | None) -> date | None:
    """Parses a date column; ``None`` for NULL."""
    return date.fromisoformat(text) if text else None


def marks(count: int) -> str:
    """``?,?,?`` for an ``IN`` list."""
    return ",".join("?" * count)

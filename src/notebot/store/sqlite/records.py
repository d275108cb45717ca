"""Records to JSON and back, and times to text and back."""

from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec

from notebot.core.model.ledger import Counts

Record = TypeVar("Record")

_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {}
"""One a type: to make one costs more than a small record."""

encode = msgspec.json.encode

CHUNK = 500
"""Ids per ``IN`` list; before SQLite 3.32 a statement could have 999 variables."""

COUNT_COLUMNS = ", ".join(Counts.__struct_fields__)
"""The columns of a row's counts, in the order of the record."""

BEST_RESULT = (
    "coalesce((SELECT coalesce(outcome, 'pending') FROM matches"
    " WHERE matches.arxiv_id = announcements.arxiv_id AND matches.announced_on = announcements.announced_on"
    " ORDER BY instr('drafted tombstoned known unwanted pending', coalesce(outcome, 'pending')) LIMIT 1), 'unmatched')"
)
"""The best result of an announced paper over all categories and topics of the day (a column of `announcements`)."""


def decode(raw: bytes, kind: type[Record]) -> Record:
    """The record that :data:`encode` wrote."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    record: Record = decoder.decode(raw)
    return record


def text_of(at: datetime) -> str:
    """An aware time as UTC text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time_of(text: str | None) -> datetime | None:
    """The aware time of a column, or ``None``."""
    return datetime.fromisoformat(text) if text else None


def day_of(text: str | None) -> date | None:
    """The date of a column, or ``None``."""
    return date.fromisoformat(text) if text else None


def marks(count: int) -> str:
    """``?,?,?`` for an ``IN`` list."""
    return ",".join("?" * count)

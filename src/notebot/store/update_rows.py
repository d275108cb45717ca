"""Rows of the table ``updates``.

``field`` and ``value`` are the change as JSON documents have it, by which a tick finds its row. ``change`` is the
change as JSON and ``why`` its reason, also as JSON. Rows from before this column have no
``change``, and their ``why`` is a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notebot.core.model.changes import (
    AnotherPost,
    Change,
    LeftoverLabels,
    MetadataArrived,
    MissingLabels,
    PaperWithdrawn,
    SecondNote,
    TitleChanged,
    TitleLineOffer,
    VenueChange,
)
from notebot.core.model.errors import StateError
from notebot.core.model.offer import Update
from notebot.core.model.reasons import Reason
from notebot.core.note_format.phrases import LANGUAGES
from notebot.core.note_format.update_wording import word_reason
from notebot.store.records import decode, encode, text_of

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.store.connection import Connection

DISMISSED = (
    "EXISTS (SELECT 1 FROM decisions WHERE decisions.key = updates.key AND undone_at IS NULL"
    " AND dismissed = updates.id)"
)
"""SQL that is true for an offer that the curator dismissed; the decision is the only record of it."""
_WAITS = (
    "accepted = 1 AND updates.key LIKE 'note:%' AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE outbox.key = 'update:' || updates.id AND state IN ('done', 'left'))"
)
"""SQL that is true for an accepted change of a note that is not applied yet."""
COLUMNS = "id, updates.key, field, value, change, updates.why, title"
"""The columns that :func:`read_update` reads; qualified where ``outbox`` has the same name."""

# mypy does not accept a union where a type is expected, so it is a plain value here
_CHANGE: Any = Change
_REASON: Any = Reason | str


def insert_update(connection: Connection, update: Update, at: datetime) -> None:
    """Stores an update, unless the same one is stored with the same reason.

    With another reason it is stored, unless the curator dismissed it, or accepted it and it is not applied yet.
    """
    why = encode(update.why).decode()
    # a declined offer must not come again only because an earlier version stored its reason in words
    worded = {word_reason(update.why, words) for words in LANGUAGES.values()}
    rows = connection.execute(
        f"SELECT why, {DISMISSED} OR {_WAITS} FROM updates WHERE key = ? AND field = ? AND value = ?",
        (update.key, update.field, update.value),
    )
    if not any(decided or stored in worded or stored == why for stored, decided in rows):
        connection.execute(
            "INSERT INTO updates (key, field, value, change, why, title, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (update.key, update.field, update.value, encode(update.change).decode(), why, update.title, text_of(at)),
        )


def read_update(row: tuple[int, str, str, str, str | None, str, str]) -> Update:
    """Reads a row with :data:`COLUMNS`."""
    number, key, field, value, change, why, title = row
    if change is None:
        return Update(number, key, change_of_earlier_version(field, value), why, title)
    return Update(number, key, decode(change.encode(), _CHANGE), decode(why.encode(), _REASON), title)


def change_of_earlier_version(field: str, value: str) -> Change:
    """Parses ``field`` and ``value`` of a row without ``change``.

    Raises:
        StateError: no version wrote such a row.
    """
    name, _, mark = field.partition(" ")
    labels = tuple(filter(None, (label.strip() for label in value.split(","))))
    if name == "venue":
        before, _, label = value.rpartition(" → ")
        return VenueChange(label, before.strip())
    if name == "post":
        words, _, url = value.strip().rpartition(" ")
        return AnotherPost(url, words.strip(), mark)
    if name == "twice" and value.isascii() and value.isdigit():
        return SecondNote(int(value))
    changes: dict[str, Change] = {
        "metadata": MetadataArrived(),
        "title": TitleChanged(value),
        "withdrawn": PaperWithdrawn(),
        "title_line": TitleLineOffer(value),
        "label": MissingLabels(labels),
        "leftover": LeftoverLabels(labels),
    }
    if name not in changes:
        raise StateError(f"The database has an update of an unknown kind: {field!r} {value!r}.")
    return changes[name]

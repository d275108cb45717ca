"""Cache of the ranking model learned from notes and decisions; one row. If lost, it is learned again in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebot.features.suggestions.rules.interest import InterestRecord
    from notebot.store.connection import Connection


class InterestTable:
    """See :class:`notebot.features.suggestions.interest.InterestCache`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> InterestRecord | None:
        row = self._connection.execute("SELECT state FROM interest").fetchone()
        if row is None:
            return None
        # imported here because a short command without an archive has no such row, and waits for each import
        import msgspec

        from notebot.features.suggestions.rules.interest import InterestRecord

        try:
            return msgspec.msgpack.decode(row[0], type=InterestRecord)
        except msgspec.MsgspecError:
            return None

    def save(self, record: InterestRecord) -> None:
        from msgspec import msgpack

        self._connection.execute(
            "INSERT INTO interest (one, state) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET state = excluded.state",
            (msgpack.encode(record),),
        )

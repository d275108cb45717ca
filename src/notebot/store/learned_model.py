"""Cache of the tag and related-notes model; one row. If lost, it is learned again from the archive in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from notebot.features.suggestions.suggest import Learned

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class LearnedTable:
    """See :class:`notebot.features.suggestions.suggest.LearnedCache`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> Learned | None:
        row = self._connection.execute("SELECT state FROM learned").fetchone()
        try:
            return msgspec.msgpack.decode(row[0], type=Learned) if row else None
        except msgspec.MsgspecError:
            return None

    def save(self, learned: Learned) -> None:
        self._connection.execute(
            "INSERT INTO learned (one, state) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET state = excluded.state",
            (msgspec.msgpack.encode(learned),),
        )

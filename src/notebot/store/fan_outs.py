"""Which poll each desk of a lab has received last."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from notebot.store.records import text_of

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class FanOutTable:
    """See :class:`notebot.core.ports.FanOuts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def received(self) -> dict[str, datetime]:
        rows = self._connection.execute("SELECT name, poll FROM fan_outs")
        return {name: datetime.fromisoformat(poll) for name, poll in rows}

    def record(self, desk: str, poll: datetime) -> None:
        self._connection.execute(
            "INSERT INTO fan_outs (name, poll) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET poll = excluded.poll",
            (desk, text_of(poll)),
        )

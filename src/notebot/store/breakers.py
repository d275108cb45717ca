"""The circuit breakers, one JSON document per service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.breaker import BreakerState
from notebot.store.records import encode, readable

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class BreakerTable:
    """See :class:`notebot.core.ports.Breakers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, service: str) -> BreakerState:
        row = self._connection.execute("SELECT state FROM breakers WHERE service = ?", (service,)).fetchone()
        return next((state for (state,) in readable([row] if row else [], BreakerState)), BreakerState())

    def put(self, service: str, breaker: BreakerState) -> None:
        self._connection.execute(
            "INSERT INTO breakers (service, state) VALUES (?, ?)"
            " ON CONFLICT (service) DO UPDATE SET state = excluded.state",
            (service, encode(breaker)),
        )

    def all(self) -> dict[str, BreakerState]:
        rows = self._connection.execute("SELECT service, state FROM breakers ORDER BY service")
        return dict(readable(rows, BreakerState, 1))

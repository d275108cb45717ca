"""The outbox of events, one row per event and target, and what is wrong at the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.delivery.rules.alert import Cause
from notebot.features.delivery.rules.delivery import Delivery
from notebot.store.records import encode, readable, text_of

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.store.connection import Connection


class DeliveryTable:
    """See :class:`notebot.features.delivery.deliver.Deliveries`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, delivery: Delivery) -> None:
        self._connection.execute(
            "INSERT INTO deliveries (target, event, state, created_at, changed_at, document) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (target, event) DO NOTHING",
            (
                *(delivery.target, delivery.key, str(delivery.state), text_of(delivery.created_at)),
                *(text_of(delivery.changed_at or delivery.created_at), encode(delivery)),
            ),
        )

    def put(self, delivery: Delivery) -> None:
        self._connection.execute(
            "UPDATE deliveries SET state = ?, changed_at = ?, document = ? WHERE target = ? AND event = ?",
            (
                *(str(delivery.state), text_of(delivery.changed_at or delivery.created_at), encode(delivery)),
                *(delivery.target, delivery.key),
            ),
        )

    def waiting(self) -> list[Delivery]:
        rows = self._connection.execute(
            "SELECT document FROM deliveries WHERE state IN ('planned', 'sending') ORDER BY created_at, event, target"
        )
        return [delivery for (delivery,) in readable(rows, Delivery)]

    def given_up_since(self, at: datetime) -> list[Delivery]:
        rows = self._connection.execute(
            "SELECT document FROM deliveries WHERE state = 'left' AND changed_at >= ?"
            " ORDER BY changed_at, event, target",
            (text_of(at),),
        )
        return [delivery for (delivery,) in readable(rows, Delivery)]

    def times_sent(self, digest: str) -> int:
        key = f"digest:{digest}"
        row = self._connection.execute(
            "SELECT count(DISTINCT event) FROM deliveries WHERE event = ? OR substr(event, 1, ?) = ?",
            (key, len(key) + 1, f"{key}#"),
        ).fetchone()
        return int(row[0])


class AlertTable:
    """See :class:`notebot.features.delivery.alerts.Causes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, Cause]:
        rows = self._connection.execute("SELECT document FROM alerts ORDER BY cause")
        return {cause.key: cause for (cause,) in readable(rows, Cause)}

    def put(self, cause: Cause) -> None:
        self._connection.execute(
            "INSERT INTO alerts (cause, document) VALUES (?, ?)"
            " ON CONFLICT (cause) DO UPDATE SET document = excluded.document",
            (cause.key, encode(cause)),
        )

    def forget(self, key: str) -> None:
        self._connection.execute("DELETE FROM alerts WHERE cause = ?", (key,))

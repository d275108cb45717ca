"""Issues that the last plain `fill` found and did not fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notebot.store.connection import Connection


class UnfilledTable:
    """See :class:`notebot.features.publishing.publish.session.UnfilledIssues`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[int, str]:
        return dict(self._connection.execute("SELECT number, why FROM unfilled ORDER BY number").fetchall())

    def replace(self, reasons: Mapping[int, str]) -> None:
        self._connection.execute("DELETE FROM unfilled")
        self._connection.executemany("INSERT INTO unfilled (number, why) VALUES (?, ?)", reasons.items())

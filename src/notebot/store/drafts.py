"""Drafts of the review page, one JSON document per stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.store.records import decode, encode, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from notebot.store.connection import Connection


class DraftTable:
    """See :class:`notebot.core.ports.Drafts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, key: str) -> dict[str, str]:
        row = self._connection.execute("SELECT document FROM drafts WHERE key = ?", (key,)).fetchone()
        return decode(row[0], dict[str, str]) if row else {}

    def save(self, key: str, fields: Mapping[str, str], at: datetime) -> None:
        self._connection.execute(
            "INSERT INTO drafts (key, saved_at, document) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET saved_at = excluded.saved_at, document = excluded.document",
            (key, text_of(at), encode(dict(fields))),
        )

    def discard(self, key: str) -> None:
        self._connection.execute("DELETE FROM drafts WHERE key = ?", (key,))

"""What was sent to Zotero, one row per library and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.zotero.rules.sent_item import SentItem
from notebot.store.records import encode, readable, text_of

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.store.connection import Connection


class ZoteroTable:
    """See :class:`notebot.features.zotero.send_kept.ZoteroItems`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_library(self, library: str) -> dict[str, SentItem]:
        rows = self._connection.execute("SELECT document FROM zotero_items WHERE library = ?", (library,))
        return {item.key: item for (item,) in readable(rows, SentItem)}

    def put(self, item: SentItem, at: datetime) -> None:
        self._connection.execute(
            "INSERT INTO zotero_items (library, key, document, changed_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (library, key) DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at",
            (item.library, item.key, encode(item), text_of(at)),
        )

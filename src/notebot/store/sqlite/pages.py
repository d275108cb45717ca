"""The fingerprints of the tag pages as they were written last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.store.sqlite.connection import whole

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence


class SqlitePages:
    """See :class:`notebot.features.archive.tag_pages.PageFingerprints`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fingerprints(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT name, fingerprint FROM pages").fetchall())

    def store(self, changed: Mapping[str, str]) -> None:
        # One transaction: without it, every row would be flushed to disk by itself.
        with whole(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?)", changed.items())

    def forget(self, names: Sequence[str]) -> None:
        with whole(self._connection):
            self._connection.executemany("DELETE FROM pages WHERE name = ?", ((name,) for name in names))

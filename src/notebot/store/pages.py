"""Fingerprints of the tag pages as last written, to skip pages that did not change."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notebot.store.connection import Connection


class PageTable:
    """See :class:`notebot.features.archive.tag_pages.PageFingerprints`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fingerprints(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT name, fingerprint FROM pages").fetchall())

    def store(self, changed: Mapping[str, str]) -> None:
        with self._one_transaction():
            self._connection.executemany(
                "INSERT INTO pages (name, fingerprint) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint",
                changed.items(),
            )

    def forget(self, names: Sequence[str]) -> None:
        with self._one_transaction():
            self._connection.executemany("DELETE FROM pages WHERE name = ?", ((name,) for name in names))

    def _one_transaction(self) -> AbstractContextManager[None]:
        """A transaction of its own unless the caller has one; without any, each row would be flushed to disk."""
        return nullcontext() if self._connection.in_transaction else self._connection.whole()

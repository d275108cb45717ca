"""A desk of a lab for tests that file papers: the hub, which alone may, files them on the same connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cached_property

from notebot.core.model.entry import Entry
from notebot.store.announcements import AnnouncementTables
from notebot.store.postgres import PostgresStore
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.postgres.open import open_store


class DeskOfLab(PostgresStore):
    """The store of a desk whose announcements are filed by the hub."""

    @classmethod
    def open(cls, url: str, desk: str) -> DeskOfLab:
        open_store(url, desk).close()
        return cls(PostgresConnection(url, desk))

    @cached_property
    def announcements(self) -> AnnouncementTables:
        assert isinstance(self._connection, PostgresConnection)
        return _FiledByTheHub(self._connection)


class _FiledByTheHub(AnnouncementTables):
    def __init__(self, connection: PostgresConnection) -> None:
        super().__init__(connection)
        self._desk = connection

    def file(self, category: str, entries: Iterable[Entry], announced_on: date, came_by: str) -> None:
        self._as_hub(lambda tables: tables.file(category, entries, announced_on, came_by))

    def prune_texts(self, before: date) -> None:
        self._as_hub(lambda tables: tables.prune_texts(before))

    def move_day(self, category: str, ids: Sequence[str], day: date, home: date) -> None:
        self._as_hub(lambda tables: tables.move_day(category, ids, day, home))
        super().move_day(category, ids, day, home)

    def _as_hub(self, work: Callable[[AnnouncementTables], None]) -> None:
        connection = self._desk
        with nullcontext() if connection.in_transaction else connection.whole(), _hub(connection):
            work(AnnouncementTables(connection))


@contextmanager
def _hub(connection: PostgresConnection) -> Iterator[None]:
    """Makes the rest of the transaction the hub's."""
    desk = connection.desk
    connection.run_script("SET LOCAL notebot.desk = '(hub)'")
    connection.desk = ""
    yield
    connection.desk = desk
    connection.run_script(f"SET LOCAL notebot.desk = '{desk}'")

"""Which folder has the files of a lab's desks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class LabFolderTable:
    """See :class:`notebot.core.ports.LabFolder`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> tuple[str, str] | None:
        row = self._connection.execute("SELECT mark, place FROM lab_folder").fetchone()
        return (row[0], row[1]) if row else None

    def claim(self, mark: str, place: str, *, take: bool = False) -> None:
        self._connection.execute(
            "INSERT INTO lab_folder (one, mark, place) VALUES (1, ?, ?) ON CONFLICT (one) DO "
            + ("UPDATE SET mark = excluded.mark, place = excluded.place" if take else "NOTHING"),
            (mark, place),
        )

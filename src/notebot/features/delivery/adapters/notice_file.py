"""An outbox in a file, for the one event that a database cannot store: that it is damaged itself."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import msgspec

from notebot.core.model.errors import StateError
from notebot.core.net.files import replace_private_file
from notebot.features.delivery.rules.delivery import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


class NoticeFile:
    """See :class:`notebot.features.delivery.deliver.DeliveryStore`; a damaged file counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def deliveries(self) -> Self:
        return self

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Every change replaces the whole file, so nothing is to be done."""
        yield

    def all(self) -> list[Delivery]:
        """Every delivery, done or not."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Delivery])
        except (OSError, msgspec.MsgspecError, ValueError):
            return []

    def add(self, delivery: Delivery) -> None:
        stored = self.all()
        if all((each.target, each.key) != (delivery.target, delivery.key) for each in stored):
            self._write([*stored, delivery])

    def put(self, delivery: Delivery) -> None:
        same = (delivery.target, delivery.key)
        self._write([delivery if (each.target, each.key) == same else each for each in self.all()])

    def waiting(self) -> list[Delivery]:
        return [each for each in self.all() if each.state in (DeliveryState.PLANNED, DeliveryState.SENDING)]

    def given_up_since(self, at: datetime) -> list[Delivery]:
        return [each for each in self.all() if each.state is DeliveryState.LEFT]

    def times_sent(self, digest: str) -> int:
        return 0

    def remove(self) -> None:
        """Deletes the file.

        Raises:
            StateError: the folder cannot be written.
        """
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{self._path} cannot be deleted: {error.strerror}.") from error

    def _write(self, deliveries: list[Delivery]) -> None:
        replace_private_file(self._path, msgspec.json.encode(deliveries))

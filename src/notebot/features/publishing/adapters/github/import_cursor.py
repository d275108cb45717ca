"""How far an archive has been read, so that the next run goes on from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from notebot.features.publishing.adapters.github.forms import is_moment

_OVERLAP = timedelta(seconds=5)
"""What is read twice: many issues may share a second, and GitHub may list a change a little late."""


class Place(Struct, frozen=True):
    """A place in the list of issues by their last change, the oldest first."""

    since: datetime | None = None
    """All that changed before was read; ``None``: nothing was."""
    run_from: datetime | None = None
    """``since`` as it was when the unfinished run began."""
    run_at: datetime | None = None
    """When the unfinished run began, by GitHub's clock; ``None`` where the last run came to its end."""
    etag: str | None = None
    """Of an answer that held all there was; it changes with any of the issues, and when one is added."""
    etag_since: datetime | None = None
    """The ``since`` of the question that ``etag`` belongs to."""

    @property
    def asks_since(self) -> str | None:
        """The ``since`` to ask with, in GitHub's form; with ``etag`` it is the very question of the last run."""
        moment = self.etag_since if self.etag else self._overlapped
        return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def _overlapped(self) -> datetime | None:
        return None if self.since is None else self.since - _OVERLAP

    def wants(self, updated_at: datetime) -> bool:
        """Whether an issue that last changed then may not have been read yet."""
        return self._overlapped is None or updated_at >= self._overlapped

    def begun(self, at: datetime) -> Place:
        """The place when a run begins; one that goes on with a run keeps its beginning."""
        run_from, run_at = (self.run_from, self.run_at) if self.run_at else (self.since, at)
        return Place(self.since, run_from, run_at)

    def read_to(self, moment: datetime) -> Place:
        """The place after all that changed before ``moment`` was read."""
        return replace(self, since=max(self.since or moment, moment))

    def again(self) -> Place:
        """The place from which an unfinished run is read once more."""
        return Place(self.run_from)

    def ended(self, etag: str | None, asked_as: Place) -> Place:
        """The place at the end of a run; ``etag`` only where a single answer held all, asked from ``asked_as``."""
        asked = asked_as.etag_since if asked_as.etag else asked_as._overlapped
        return Place(self.since, etag=etag, etag_since=asked if etag else None)


def place_to_text(place: Place) -> str:
    """A cursor that a store can keep."""
    import msgspec

    return msgspec.json.encode(place).decode()


def place_from_text(cursor: str | None) -> Place:
    """The place of a cursor; the beginning for one that cannot be read, since reading again does no harm."""
    import msgspec

    try:
        place = msgspec.json.decode(cursor, type=Place) if cursor else Place()
    except msgspec.DecodeError:
        return Place()
    moments = (place.since, place.run_from, place.run_at, place.etag_since)
    return place if all(moment is None or is_moment(moment) for moment in moments) else Place()

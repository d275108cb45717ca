"""How far an archive has been read, so that the next import continues from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from notebot.features.publishing.adapters.github.forms import is_valid_time

_OVERLAP = timedelta(seconds=5)
"""What is read twice: many issues may share a second, and GitHub may list a change a little late."""


class ImportCursor(Struct, frozen=True):
    """A position in the list of issues sorted by their last change, the oldest first."""

    since: datetime | None = None
    """Everything that changed before was read; ``None``: nothing was."""
    run_from: datetime | None = None
    """``since`` as it was when the unfinished run began."""
    run_at: datetime | None = None
    """When the unfinished run began, by GitHub's clock; ``None`` if the last run was completed."""
    etag: str | None = None
    """ETag of a single page that held the whole list; it changes with any issue of that list."""
    etag_since: datetime | None = None
    """The ``since`` parameter of the request that ``etag`` belongs to."""

    @property
    def since_parameter(self) -> str | None:
        """The ``since`` to ask with; with ``etag`` exactly that of the last run, or it could not match."""
        moment = self.etag_since if self.etag else self._overlapped
        return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def _overlapped(self) -> datetime | None:
        return None if self.since is None else self.since - _OVERLAP

    def may_be_unread(self, updated_at: datetime) -> bool:
        """Tells whether an issue that last changed then may not have been read yet."""
        return self._overlapped is None or updated_at >= self._overlapped

    def at_start(self, at: datetime) -> ImportCursor:
        """Returns the cursor when a run starts; one that resumes a run keeps its start."""
        run_from, run_at = (self.run_from, self.run_at) if self.run_at else (self.since, at)
        return ImportCursor(self.since, run_from, run_at)

    def after_reading(self, moment: datetime) -> ImportCursor:
        """Returns the cursor after everything that changed before ``moment`` was read."""
        return replace(self, since=max(self.since or moment, moment))

    def rewound(self) -> ImportCursor:
        """Returns the cursor from which the unfinished run is read once more."""
        return ImportCursor(self.run_from)

    def at_end(self, etag: str | None, asked_from: ImportCursor) -> ImportCursor:
        """Returns the cursor of a completed run.

        Args:
            etag: only if a single page held the whole list.
            asked_from: the cursor with which that page was requested.
        """
        asked = asked_from.etag_since if asked_from.etag else asked_from._overlapped
        return ImportCursor(self.since, etag=etag, etag_since=asked if etag else None)


def encode_cursor(cursor: ImportCursor) -> str:
    """Returns the cursor as text for the store."""
    import msgspec

    return msgspec.json.encode(cursor).decode()


def decode_cursor(text: str | None) -> ImportCursor:
    """Parses a stored cursor; an unreadable one restarts from the beginning, which does no harm."""
    import msgspec

    try:
        cursor = msgspec.json.decode(text, type=ImportCursor) if text else ImportCursor()
    except msgspec.DecodeError:
        return ImportCursor()
    moments = (cursor.since, cursor.run_from, cursor.run_at, cursor.etag_since)
    return cursor if all(moment is None or is_valid_time(moment) for moment in moments) else ImportCursor()

"""The stored state of a source, and the validators for its conditional requests."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct


class Validators(Struct, frozen=True):
    """``ETag`` and ``Last-Modified`` of a response, unchanged.

    They are stored only together with the data of that response: otherwise a later 304 would hide lost data.
    """

    etag: str | None = None
    last_modified: str | None = None


class SourceRecord(Struct, frozen=True):
    """The state of one source: a category's feed, or ``api``."""

    name: str
    validators: Validators = Validators()
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_batch_on: date | None = None
    error_kind: str | None = None
    error: str | None = None
    """The message of the last failure; ``None`` after a success."""
    batch_at: datetime | None = None
    """For a category: when its feed last brought entries that were not known."""
    began_on: date | None = None
    """For a category: the first announcement day in its ledger."""
    reconciled_on: date | None = None
    """For a category: the last announcement day whose feed was compared with OAI-PMH."""

"""What is stored about a source that is asked, and about a round."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from notebot.core.model.entry import Batch


class Validators(Struct, frozen=True):
    """What a feed gave for a conditional request; kept verbatim, stored only with what it stands for."""

    etag: str | None = None
    last_modified: str | None = None


class FeedAnswer(Struct, frozen=True):
    """A feed's answer; ``batch`` is ``None`` where the feed said that nothing changed (304)."""

    batch: Batch | None
    validators: Validators


class SourceRecord(Struct, frozen=True):
    """What is remembered of one thing that is asked: a category's feed, or ``api``."""

    name: str
    validators: Validators = Validators()
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_batch_on: date | None = None
    error_kind: str | None = None
    error: str | None = None
    """The sentence of the last failure; ``None`` after a success."""
    began_on: date | None = None
    """Of a category: the announcement day with which its ledger begins."""
    reconciled_on: date | None = None
    """Of a category: the last announcement day whose feed was compared with OAI's delta."""


class RunRecord(Struct, frozen=True):
    """One round of poll or digest."""

    kind: str
    started_at: datetime
    finished_at: datetime
    status: str
    subject: date | None = None
    """For a digest of the daemon: the announcement day it was made for."""
    detail: str = ""

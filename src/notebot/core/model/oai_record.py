"""One paper in OAI-PMH: its newest version, with the day on which the record last changed (services.md 1.3)."""

from datetime import date

from msgspec import Struct


class OaiRecord(Struct, frozen=True):
    """One OAI-PMH record, white space collapsed. It contains no version and no announcement date."""

    arxiv_id: str
    """Canonical id without version."""
    datestamp: date
    """When the record last changed, for any reason: an announcement, a corrected typo, a journal reference."""
    title: str
    authors: tuple[str, ...]
    """``Forenames Keyname Suffix``; missing parts are left out."""
    abstract: str
    categories: tuple[str, ...]
    """The primary category first."""
    created: date
    """When version 1 was submitted, which may be weeks before it was announced."""
    updated: date | None = None
    """When the newest version was submitted; ``None`` if there is only version 1."""
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None

"""What OAI-PMH says of one paper: its newest version, under the day on which its record last changed."""

from datetime import date

from msgspec import Struct


class OaiRecord(Struct, frozen=True):
    """One record of a delta, white space collapsed. It names neither its version nor when it was announced."""

    arxiv_id: str
    """Canonical id without version."""
    datestamp: date
    """When the record last changed, for whatever reason: an announcement, a mended typo, a journal reference."""
    title: str
    authors: tuple[str, ...]
    """``Forenames Keyname Suffix``, as far as each is given."""
    abstract: str
    categories: tuple[str, ...]
    """The primary one first."""
    created: date
    """When version 1 was submitted, which may be weeks before it was announced."""
    updated: date | None = None
    """When the newest version was submitted; ``None`` while there is only version 1."""
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None

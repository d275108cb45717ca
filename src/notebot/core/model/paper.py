"""The work itself, as arXiv's metadata describes it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Paper(Struct, frozen=True):
    """Metadata of one paper, white space collapsed, everything else as the service gave it."""

    arxiv_id: str
    """Canonical id without version: ``2504.02807``, ``hep-th/9711200``."""
    version: int
    """The version this metadata describes, from 1."""
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]
    """The primary category first."""
    published: datetime
    """Aware UTC time of version 1."""
    updated: datetime
    """Aware UTC time of this version."""
    comment: str | None = None
    """arXiv's author comment."""
    journal_ref: str | None = None
    doi: str | None = None
    """The publisher's bare DOI."""
    withdrawn: bool = False
    """The author comment says that the paper has been withdrawn."""


class SearchPage(Struct, frozen=True):
    """Some of the papers that a search finds."""

    total: int
    """How many papers the whole search finds, by the service's own count."""
    papers: tuple[Paper, ...]
    """Those from ``start`` on, in order of submission, the oldest first."""

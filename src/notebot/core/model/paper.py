"""A paper as arXiv's metadata describes it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Paper(Struct, frozen=True):
    """Metadata of one paper, white space collapsed, otherwise as the service sent it."""

    arxiv_id: str
    """Canonical id without version: ``2504.02807``, ``hep-th/9711200``."""
    version: int
    """The version that this metadata describes, from 1."""
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
    """One page of search results."""

    total: int
    """Number of results of the whole search, as counted by the service."""
    papers: tuple[Paper, ...]
    """The results from ``start`` on, the oldest submission first."""

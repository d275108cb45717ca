"""Where an entry was ranked in a digest, and what the curator decided."""

from __future__ import annotations

from msgspec import Struct


class ShownEntry(Struct, frozen=True):
    """One entry of one digest."""

    digest: str
    """The name of the digest's file."""
    place: int
    """Its rank over all topics of the digest; the first is 1."""
    kept: bool
    """False for an entry that was skipped or left untouched."""

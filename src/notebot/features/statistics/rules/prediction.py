"""How well the order of the digests predicted what the curator kept."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.core.model.shown_entry import ShownEntry


def ranked_before(entries: Sequence[ShownEntry]) -> float | None:
    """How often a kept entry was ranked before one that was not kept, in the same digest (the area under the curve).

    0.5 is chance and 1 is perfect; all pairs of all digests count alike. ``None`` if no digest has entries of both
    kinds.
    """
    right = pairs = 0
    for kept, others in _by_digest(entries).values():
        others.sort()
        # by binary search, because comparing all pairs takes quadratic time in a long digest
        right += sum(len(others) - bisect_left(others, place) for place in kept)
        pairs += len(kept) * len(others)
    return right / pairs if pairs else None


def kept_in_first(entries: Sequence[ShownEntry], count: int) -> float | None:
    """How many of the first ``count`` entries of a digest were kept, on average over the digests with a kept entry.

    ``None`` if there is no such digest.
    """
    shares = [sum(place <= count for place in kept) for kept, _ in _by_digest(entries).values() if kept]
    return sum(shares) / len(shares) if shares else None


def share_kept_in_first(entries: Sequence[ShownEntry], count: int) -> float | None:
    """The share of all kept entries that were among the first ``count`` of their digest; ``None`` without any."""
    places = [entry.place for entry in entries if entry.kept]
    return sum(place <= count for place in places) / len(places) if places else None


def _by_digest(entries: Iterable[ShownEntry]) -> dict[str, tuple[list[int], list[int]]]:
    """For each digest, the places of the kept entries and those of the other entries."""
    places: dict[str, tuple[list[int], list[int]]] = {}
    for entry in entries:
        kept, others = places.setdefault(entry.digest, ([], []))
        (kept if entry.kept else others).append(entry.place)
    return places

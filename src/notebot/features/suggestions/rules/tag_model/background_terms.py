"""Counts the terms of everything that arXiv announces, to see which terms are more frequent in the archive."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.features.suggestions.rules.tag_model.corpus import read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import TextIndex, damped, rarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_PAPERS = 2_000
"""The latest announcements that are counted; more did not improve the ranking."""
FEWEST_PAPERS = 200
"""Announcements needed for the comparison."""
FEWEST_NOTES = 100
"""Notes needed for the comparison: the words that a small archive lacks say nothing yet."""


class AnnouncedTerms(Struct, frozen=True):
    """In how many of the latest announced papers each term occurs."""

    papers: int = 0
    spread: dict[str, int] = field(default_factory=dict)
    share_with_abstract: float = 1.0
    """The share of the papers whose abstracts were counted; 0 to 1."""


def count_terms(papers: Iterable[tuple[str, str]], share_with_abstract: float = 1.0) -> AnnouncedTerms:
    """Counts the terms of papers, each given by title and abstract.

    Args:
        share_with_abstract: the share of the archive's notes of which more than the title is known. The same share
            of the papers is read with abstracts, because a note without one lacks the words of every abstract.
    """
    spread: Counter[str] = Counter()
    read = 0
    for title, abstract in papers:
        # spread evenly, so that the share is right for any beginning of the list
        in_full = int((read + 1) * share_with_abstract) > int(read * share_with_abstract)
        spread.update(read_paper(title, abstract if in_full else "").counts().keys())
        read += 1
    return AnnouncedTerms(read, dict(spread), share_with_abstract)


def leaning(counts: Mapping[str, int], archive: TextIndex, announced: AnnouncedTerms) -> float:
    """How much more likely a text's words are in the archive than in all announcements: 1 if equally likely.

    The geometric mean over the words, to the power 1 + the share of known abstracts: titles alone say less and mislead
    more easily. Words that all papers have in common bring a paper near to some note, but count for nothing here.
    Returns 1 if too few notes or announcements are known.
    """
    weights = {term: damped(count) for term, count in counts.items()}
    if announced.papers < FEWEST_PAPERS or archive.record.size < FEWEST_NOTES or not weights:
        return 1.0
    difference = sum(
        weight * (rarity(announced.papers, announced.spread.get(term, 0)) - archive.rarity(term))
        for term, weight in weights.items()
    )
    return math.exp(difference / sum(weights.values()) * (1 + announced.share_with_abstract))

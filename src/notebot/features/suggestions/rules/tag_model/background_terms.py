"""What arXiv announces in general: against it shows what the archive is about."""

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
"""The latest ones; more make the picture no sharper."""
FEWEST_PAPERS = 200
"""Of fewer no picture is made."""
FEWEST_NOTES = 100
"""Nor of an archive with fewer: a word that it lacks says nothing yet."""


class AnnouncedTerms(Struct, frozen=True):
    """How many of the papers that were announced lately have each term."""

    papers: int = 0
    spread: dict[str, int] = field(default_factory=dict)
    told: float = 1.0
    """The share of them that were read with their abstracts."""


def count_terms(papers: Iterable[tuple[str, str]], told: float = 1.0) -> AnnouncedTerms:
    """Counts the terms of papers, each given by title and abstract.

    Args:
        told: the share of the archive's notes of which more than the title is known. Of as many papers the abstract
            is read, so that like is compared with like: a note without abstract lacks what every abstract says.
    """
    spread: Counter[str] = Counter()
    read = 0
    for title, abstract in papers:
        in_full = int((read + 1) * told) > int(read * told)
        spread.update(read_paper(title, abstract if in_full else "").counts().keys())
        read += 1
    return AnnouncedTerms(read, dict(spread), told)


def leaning(counts: Mapping[str, int], archive: TextIndex, announced: AnnouncedTerms) -> float:
    """How much likelier a text's words are in the archive than in what is announced: 1 if alike, over 1 if likelier.

    The geometric mean over its words, squared where all abstracts are known, and less the fewer are: titles alone
    say less, and mislead sooner. What all papers have in common, however near it brings them to a note, counts for
    nothing here. 1 too where too few notes or announcements are known.
    """
    weights = {term: damped(count) for term, count in counts.items()}
    if announced.papers < FEWEST_PAPERS or archive.record.size < FEWEST_NOTES or not weights:
        return 1.0
    told = sum(
        weight * (rarity(announced.papers, announced.spread.get(term, 0)) - archive.rarity(term))
        for term, weight in weights.items()
    )
    return math.exp(told / sum(weights.values()) * (1 + announced.told))

"""Scores tags for a paper; a score is the share of such suggestions that the archive agreed with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.features.suggestions.rules.tag_model.features import NEAREST, Candidate, candidates
from notebot.features.suggestions.rules.tag_model.neighbour_index import TO_TELL_APART, Neighbours
from notebot.features.suggestions.rules.tag_model.regression import Curve, Row, fit_curve, fit_logistic, probability
from notebot.features.suggestions.rules.tag_model.tag_mentions import TagNames

if TYPE_CHECKING:
    from notebot.features.suggestions.rules.tag_model.corpus import Corpus, PaperText

SAMPLE = 200
"""Notes that are left out in turn to learn and judge the model."""


class TagRecord(Struct, frozen=True):
    """The learned model, as it is stored."""

    weights: Row = ()
    """Weights of the regression; empty if there was nothing to learn from."""
    curve: Curve = field(default_factory=Curve)


class TagScore(Struct, frozen=True):
    """A tag with its score and the evidence for it."""

    tag: str
    score: float
    """The precision of such suggestions on the archive itself, each note judged by all others; 0 to 1."""
    why: str


class TagModel:
    """Scores tags with a learned model."""

    def __init__(self, corpus: Corpus, record: TagRecord) -> None:
        self.record = record
        self._corpus = corpus
        self._names = TagNames(corpus.record.tags)

    def scores(self, text: PaperText, near: Neighbours) -> list[TagScore]:
        """Every tag with any evidence, most likely first.

        Args:
            near: the nearest notes, at least as many as vote.
        """
        if not self.record.weights:
            return []
        found = [
            (probability(self.record.weights, candidate.features), candidate)
            for candidate in candidates(self._corpus, self._names, text, near)
        ]
        places = [place for place, _ in near]
        found.sort(key=lambda scored: (-scored[0], scored[1].tag))
        return [
            TagScore(
                self._corpus.record.tags[candidate.tag],
                round(self.record.curve.at(raw), 3),
                self._explain(candidate, places),
            )
            for raw, candidate in found
        ]

    def _explain(self, candidate: Candidate, near: list[int]) -> str:
        has = [candidate.tag in self._corpus.record.tags_of[place] for place in near]
        few = min(len(near), NEAREST[1])
        counted = few if any(has[:few]) else len(near)
        votes = f"{sum(has[:counted])} of the {counted} nearest notes" if any(has) else ""
        named = ""
        if candidate.naming.in_title:
            named = "named in the title"
        elif candidate.naming.in_abstract:
            named = "named in the abstract"
        return "; ".join(part for part in (votes, named) if part)


def learn_tags(corpus: Corpus, texts: Sequence[PaperText]) -> TagRecord:
    """Learns the weights of the evidence, and how often each score was right, from notes that are left out in turn.

    Args:
        texts: the text of each note.
    """
    names = TagNames(corpus.record.tags)
    rows, right = [], []
    tagged = [place for place, own in enumerate(corpus.record.tags_of) if own]
    # A note with its title alone is unlike the papers that tags are suggested for.
    with_abstract = [place for place in tagged if corpus.record.has_abstract[place]] or tagged
    for place in spread_sample(with_abstract, SAMPLE):
        own = corpus.record.tags_of[place]
        # another note of the same paper would make the tags too easy to find
        twins = {place, *corpus.places_of(corpus.record.papers[place])}
        near = corpus.near(corpus.index.vector(texts[place].counts(), TO_TELL_APART), twins)
        for candidate in candidates(corpus, names, texts[place], near, own):
            rows.append(candidate.features)
            right.append(candidate.tag in own)
    weights = fit_logistic(rows, right)
    return TagRecord(weights, fit_curve([probability(weights, row) for row in rows], right)) if rows else TagRecord()


def spread_sample(places: Sequence[int], most: int) -> list[int]:
    """Returns at most ``most`` of the places, at equal distances."""
    step = max(len(places) / most, 1.0)
    return [places[int(at * step)] for at in range(min(most, len(places)))]

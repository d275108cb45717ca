"""The features of a candidate tag: votes of the nearest notes, how common it is, and whether the paper names it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.suggestions.rules.tag_model.tag_mentions import NOT_NAMED, Naming, TagNames

if TYPE_CHECKING:
    from collections.abc import Collection

    from notebot.features.suggestions.rules.tag_model.corpus import Corpus, PaperText
    from notebot.features.suggestions.rules.tag_model.neighbour_index import Neighbours

NEAREST = (5, 10, 30)
"""Numbers of notes that vote: few near ones are more specific, many are more stable."""


class Candidate(Struct, frozen=True):
    """A tag that a near note has or that the paper names."""

    tag: int
    features: tuple[float, ...]
    naming: Naming


def candidates(
    corpus: Corpus, names: TagNames, text: PaperText, near: Neighbours, own: Collection[int] = ()
) -> list[Candidate]:
    """All tags with any evidence.

    Args:
        near: the nearest notes.
        own: tags of the note that is left out when the model is judged; a tag of no other note is no candidate.
    """
    shares = [_vote(corpus, near[:count]) for count in NEAREST]
    named, words = names.find(text.title, text.abstract), {*text.title, *text.abstract}
    found = []
    for tag in shares[-1].keys() | named.keys():
        uses = corpus.uses[tag] - (tag in own)
        if uses:
            naming = named.get(tag, NOT_NAMED)
            if naming is NOT_NAMED and names.scattered(tag, words):
                naming = Naming(in_words=True)
            # a tag of few notes gets a small chance, of none no candidate: it must be above 0 for its logit
            prior = (uses + 0.3) / (len(corpus.weights) + 1.0)
            votes = [share.get(tag, 0.0) for share in shares]
            # each share is drawn towards the prior by two votes, because 1 of 5 is weaker evidence than 6 of 30
            smooth = [
                _logit((vote * count + prior * 2) / (count + 2)) for vote, count in zip(votes, NEAREST, strict=True)
            ]
            named_features = (float(naming.in_title), min(naming.in_abstract, 3) / 3, float(naming.in_words))
            found.append(Candidate(tag, (_logit(prior), *smooth, *votes[1:], *named_features), naming))
    return found


def _vote(corpus: Corpus, near: Neighbours) -> dict[int, float]:
    """Each tag's share of the votes of these notes, weighted by similarity."""
    votes: dict[int, float] = {}
    whole = 0.0
    for place, similarity in near:
        weight = similarity * corpus.weights[place]
        whole += weight
        for tag in corpus.record.tags_of[place]:
            votes[tag] = votes.get(tag, 0.0) + weight
    return {tag: weight / whole for tag, weight in votes.items()}


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))

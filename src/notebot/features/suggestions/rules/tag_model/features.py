"""What speaks for a tag: the nearest notes that have it, how common it is, and whether the paper names it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.features.suggestions.rules.tag_model.tag_mentions import NOT_NAMED, Naming, TagNames

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notebot.features.suggestions.rules.tag_model.corpus import Corpus, PaperText
    from notebot.features.suggestions.rules.tag_model.neighbour_index import Neighbours

NEAREST = (5, 10, 30)
"""How many notes vote; the nearest ones know more, the many are steadier."""


class Candidate(Struct, frozen=True):
    """A tag that some neighbour has or that the paper names."""

    tag: int
    features: tuple[float, ...]
    naming: Naming


def candidates(
    corpus: Corpus, names: TagNames, text: PaperText, near: Neighbours, own: Collection[int] = ()
) -> list[Candidate]:
    """All tags that anything speaks for.

    Args:
        own: tags of the note that is left out, to judge the model by; one that no other note has is no candidate.
    """
    shares = [_shares(corpus, near[:count]) for count in NEAREST]
    named, words = names.find(text.title, text.abstract), {*text.title, *text.abstract}
    found = []
    for tag in shares[-1].keys() | named.keys():
        uses = corpus.uses[tag] - (tag in own)
        if uses:
            naming = named.get(tag, NOT_NAMED)
            if naming is NOT_NAMED and names.scattered(tag, words):
                naming = Naming(in_words=True)
            prior = (uses + 0.3) / (len(corpus.weights) + 1.0)
            votes = [share.get(tag, 0.0) for share in shares]
            found.append(Candidate(tag, (*_vote_features(prior, votes), *_name_features(naming)), naming))
    return found


def _shares(corpus: Corpus, near: Neighbours) -> dict[int, float]:
    """Of the votes of these notes, each tag's share."""
    votes: dict[int, float] = {}
    whole = 0.0
    for place, similarity in near:
        weight = similarity * corpus.weights[place]
        whole += weight
        for tag in corpus.record.tags_of[place]:
            votes[tag] = votes.get(tag, 0.0) + weight
    return {tag: weight / whole for tag, weight in votes.items()}


def _vote_features(prior: float, votes: Sequence[float]) -> tuple[float, ...]:
    smooth = [_logit((vote * count + prior * 2) / (count + 2)) for vote, count in zip(votes, NEAREST, strict=True)]
    return (_logit(prior), *smooth, *votes[1:])


def _name_features(naming: Naming) -> tuple[float, ...]:
    return (
        float(naming.in_title),
        min(naming.in_abstract, 3) / 3,
        float(naming.in_words),
    )


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))

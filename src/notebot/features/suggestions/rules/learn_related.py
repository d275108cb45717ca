"""Learns from the archive which notes are worth offering: names, the curator's links, and the lowest score."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from notebot.features.suggestions.rules.note_names import learn_names
from notebot.features.suggestions.rules.related_notes import (
    DEFAULT_FLOOR,
    PaperEvidence,
    RelatedFinder,
    RelatedRecord,
    find_links,
    specific_tags,
)
from notebot.features.suggestions.rules.tag_model.model import spread_sample
from notebot.features.suggestions.rules.tag_model.neighbour_index import TO_TELL_APART
from notebot.features.suggestions.rules.tag_model.regression import fit_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.note import Note
    from notebot.features.suggestions.rules.tag_model.corpus import Corpus, PaperText
    from notebot.features.suggestions.rules.tag_model.model import TagModel

FEWEST_PAIRS = 10
"""Linked pairs of which a median is taken."""
FEWEST_OFFERS = 50
"""Offers that show how often a score is right."""
_OFFERS_JUDGED = 2
"""Offers per paper, as many as a digest shows by default."""
# an offer that is wrong more often than right is noise in a digest
_RIGHT = 0.5
_SAMPLE = 200
"""Notes used as test papers, each compared with all other notes."""


def learn_related(
    notes: Sequence[Note], papers: Sequence[tuple[str, str]], corpus: Corpus, texts: Sequence[PaperText], tags: TagModel
) -> RelatedRecord:
    """Learns what decides whether a note is offered: introduced names, the curator's links, the lowest score.

    Args:
        papers: title and abstract of each note.
        texts: the terms of each title and abstract, in the same order.
    """
    links = find_links(corpus.record.numbers, [note.refs for note in notes])
    record = RelatedRecord(learn_names(notes, papers), links)
    finder, specific = RelatedFinder(corpus, record), specific_tags(corpus)
    specific_of = [specific.intersection(numbers) for numbers in corpus.record.tags_of]
    with_abstract = [place for place, has_one in enumerate(corpus.record.has_abstract) if has_one]
    with_links = [place for place in with_abstract if links[place]]
    with_tags = [place for place in with_abstract if specific_of[place]]
    linked_scores: list[float] = []
    offers: list[tuple[float, bool]] = []
    # both kinds, because few notes have links and a random sample would contain hardly any
    for place in sorted({*spread_sample(with_links, _SAMPLE), *spread_sample(with_tags, _SAMPLE)}):
        own = sorted({place, *corpus.places_of(corpus.record.papers[place])})
        vector = corpus.index.vector(texts[place].counts(), TO_TELL_APART)
        near = corpus.near(vector, own)
        title, abstract = papers[place]
        suggested = {scored.tag: scored.score for scored in tags.scores(texts[place], near)}
        candidates = finder.candidates(PaperEvidence(title, abstract, near, vector, suggested, own))
        scores = {candidate.place: candidate.score for candidate in candidates}
        # A pair that is too far apart to be ranked has a score, too: its similarity, which is lower than any other.
        linked_scores += [
            scores[other] if other in scores else corpus.index.similarity(vector, other)
            for other in links[place]
            if other not in own
        ]
        # a paper without a specific tag of its own says nothing about its offers
        if specific_of[place]:
            offers += [
                (
                    candidate.score,
                    candidate.place in links[place] or bool(specific_of[place] & specific_of[candidate.place]),
                )
                for candidate in candidates[:_OFFERS_JUDGED]
            ]
    return RelatedRecord(record.names, links, learn_floor(linked_scores, offers))


def learn_floor(linked: Sequence[float], offers: Sequence[tuple[float, bool]]) -> float:
    """The lowest score to offer: the median of linked pairs, or where offers are right more often than wrong.

    The higher of both counts. An archive without links has the second alone, one without specific tags the first, and
    one without either gets :data:`DEFAULT_FLOOR`.

    Args:
        linked: the scores of pairs that the curator linked.
        offers: the scores of notes that would be offered, and whether they have a specific tag in common with the
            paper or are linked to it.
    """
    floors = []
    if len(linked) >= FEWEST_PAIRS:
        floors.append(median(linked))
    if len(offers) >= FEWEST_OFFERS:
        curve = fit_curve([score for score, _ in offers], [right for _, right in offers])
        points = zip(curve.scores, curve.shares, strict=True)
        floors.append(next((score for score, share in points if share >= _RIGHT), 1.0))
    return max(floors, default=DEFAULT_FLOOR)

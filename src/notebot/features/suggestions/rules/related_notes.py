"""The notes of the archive that help to decide about a paper, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.model.stub import Related, RelatedKind, RelatedReason
from notebot.features.suggestions.rules.note_names import IntroducedName, NameFinder
from notebot.features.suggestions.rules.tag_model.terms import surface_forms

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from notebot.features.suggestions.rules.tag_model.corpus import Corpus
    from notebot.features.suggestions.rules.tag_model.neighbour_index import Neighbours
    from notebot.features.suggestions.rules.tag_model.vectors import Vector

MOST_RELATED = 5
"""Notes that are stored per stub; a digest shows the first ``digest.related`` of them."""
DEFAULT_FLOOR = 0.2
"""The lowest score that is offered where the archive says nothing; the floor of the archive of ``bench/``."""

# a tag of a single note relates it to nothing
_LEAST_SPECIFIC = 2
_MOST_SPECIFIC = 0.05
"""Share of the notes that may have a specific tag. Two random notes of the reference archive share a tag with so few
notes in 3 of 100 cases, two notes that the curator linked in 53."""
# in an archive of 20 notes the share is a single note, so that no tag would be specific
_MOST_SPECIFIC_IN_ANY_ARCHIVE = 3

_SHOWN_NAMES = 3
"""Words or tags in a reason."""


class RelatedRecord(Struct, frozen=True):
    """What the archive teaches about related notes, as it is stored."""

    names: dict[str, IntroducedName] = field(default_factory=dict)
    links: tuple[tuple[int, ...], ...] = ()
    """By place, the places of the notes that its curator linked to it, in either direction."""
    floor: float = DEFAULT_FLOOR
    """The lowest score that is offered."""


class PaperEvidence(Struct, frozen=True):
    """A new paper as the search for related notes needs it."""

    title: str
    abstract: str
    near: Neighbours
    """The nearest notes, without those of the paper itself."""
    vector: Vector
    """The text by which they were found."""
    suggested: Mapping[str, float]
    """Every tag that anything speaks for, with its score. Never the tags that the curator gave to the paper."""
    own: Collection[int] = ()
    """Places of the paper's own notes."""


class NameInPaper(Struct, frozen=True):
    """A name that a note introduces, in a new paper."""

    name: str
    field: str
    """``title`` or ``abstract``."""

    @property
    def weight(self) -> float:
        """How much it counts, as a multiple of the similarity: a paper evaluates on much that is not its subject."""
        return 1.0 if self.field == "title" else 0.5


class RelatedCandidate(Struct, frozen=True):
    """A note that may be offered."""

    place: int
    score: float
    tags: tuple[str, ...] = ()
    """The specific tags of the note that are suggested for the paper, the likeliest first."""
    name: NameInPaper | None = None
    """What the note introduces and the paper names."""


class RelatedFinder:
    """Finds related notes for new papers."""

    def __init__(self, corpus: Corpus, record: RelatedRecord) -> None:
        self._corpus = corpus
        self._record = record
        self._finder = NameFinder(record.names)
        self._specific = specific_tags(corpus)

    def find(self, paper: PaperEvidence, shown_tags: Collection[str], most: int = MOST_RELATED) -> tuple[Related, ...]:
        """The notes to offer, the strongest first: linked by the curator, or not below the archive's floor.

        Args:
            shown_tags: the tags that the curator sees beside the paper; a reason names no others.
        """
        # links of the paper's own notes: a paper that is fetched again, or a bare issue that is filled
        linked = {place for own in paper.own for place in self._record.links[own]} - {*paper.own}
        offered = [RelatedCandidate(place, 1.0) for place in sorted(linked)]
        offered += [
            candidate
            for candidate in self.candidates(paper)
            if candidate.place not in linked and candidate.score >= self._record.floor
        ]
        numbers, titles = self._corpus.record.numbers, self._corpus.record.titles
        related: dict[int, Related] = {}
        for candidate in offered:
            number = numbers[candidate.place]
            # A kept stub has no number before it is published; several notes may come from one issue.
            if number is not None and number not in related and len(related) < most:
                reason = (
                    RelatedReason(RelatedKind.LINKED)
                    if candidate.place in linked
                    else self._reason(candidate, paper, shown_tags)
                )
                related[number] = Related(number, titles[candidate.place], round(candidate.score, 3), reason)
        return tuple(related.values())

    def candidates(self, paper: PaperEvidence) -> list[RelatedCandidate]:
        """The nearest notes and those that introduce a name of the paper, the highest score first.

        The score is the similarity, which the specific tags that are suggested for the paper can double, and a name
        that the note introduces can double again. On the reference archive this order finds 14 of 24 notes that the
        curator linked among the first five (13 by similarity alone), and of the first two notes 65 instead of 51 of
        100 share a specific tag.
        """
        named: dict[int, NameInPaper] = {}
        for where, text in (("abstract", paper.abstract), ("title", paper.title)):
            for name in sorted(self._finder.find(text)):
                named[self._record.names[name].place] = NameInPaper(name, where)
        # a note that introduces a name may be too far away to be among the nearest
        similarities = dict(paper.near)
        for place in named:
            if place not in similarities and place not in paper.own:
                similarities[place] = self._corpus.index.similarity(paper.vector, place)
        found = []
        for place, similarity in similarities.items():
            tags = [
                self._corpus.record.tags[tag] for tag in self._corpus.record.tags_of[place] if tag in self._specific
            ]
            common = sorted((tag for tag in tags if tag in paper.suggested), key=lambda tag: -paper.suggested[tag])
            factor = 1 + min(sum(paper.suggested[tag] for tag in common), 1.0)
            introduced = named.get(place)
            if introduced is not None:
                factor += introduced.weight
            found.append(RelatedCandidate(place, min(similarity * factor, 1.0), tuple(common), introduced))
        return sorted(found, key=lambda candidate: (-candidate.score, candidate.place))

    def _reason(self, candidate: RelatedCandidate, paper: PaperEvidence, shown_tags: Collection[str]) -> RelatedReason:
        if candidate.name is not None:
            return RelatedReason(RelatedKind.INTRODUCES, (candidate.name.name,), candidate.name.field)
        # a tag that is too unsure to be shown may rank a note, but would be a false claim as its reason
        tags = [tag for tag in candidate.tags if tag in shown_tags]
        if tags:
            return RelatedReason(RelatedKind.TAGS, tuple(tags[:_SHOWN_NAMES]))
        words = surface_forms(f"{paper.title}\n{paper.abstract}")
        terms = self._corpus.index.common_terms(paper.vector, candidate.place)
        # A term without a letter, such as a year, explains nothing.
        telling = [term for term in terms if any(map(str.isalpha, term))] or terms
        return RelatedReason(RelatedKind.WORDS, tuple(words.get(term, term) for term in telling[:_SHOWN_NAMES]))


def specific_tags(corpus: Corpus) -> frozenset[int]:
    """The numbers of the tags on at least two and at most 5 % of the notes: a note in common says something."""
    most = max(_MOST_SPECIFIC * len(corpus.record.tags_of), _MOST_SPECIFIC_IN_ANY_ARCHIVE)
    return frozenset(tag for tag, uses in corpus.uses.items() if _LEAST_SPECIFIC <= uses <= most)


def find_links(numbers: Sequence[int | None], refs: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """By place, the places of the notes that a note refers to or that refer to it, in order.

    Args:
        refs: the numbers that each note refers to; numbers without a note are ignored.
    """
    places = {number: place for place, number in enumerate(numbers) if number is not None}
    linked: list[set[int]] = [set() for _ in numbers]
    for place, referred in enumerate(refs):
        for other in (places[number] for number in referred if number in places):
            if other != place:
                linked[place].add(other)
                linked[other].add(place)
    return tuple(tuple(sorted(others)) for others in linked)

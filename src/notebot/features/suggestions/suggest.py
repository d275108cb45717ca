"""Suggests tags and related notes for stubs, learned from the archive.

The learned model is cached under the archive's fingerprint, so that only a changed archive is learned again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.post_address import parse_post
from notebot.core.model.stub import Stub, TagEvidence
from notebot.core.note_format.tag_order import TagOrder, learn_order
from notebot.core.note_format.title_line import parse_title_line
from notebot.features.suggestions.rules.learn_related import learn_related
from notebot.features.suggestions.rules.related_notes import MOST_RELATED, PaperEvidence, RelatedFinder, RelatedRecord
from notebot.features.suggestions.rules.tag_model import (
    AUTHOR_THREAD,
    AnnouncedTerms,
    Corpus,
    CorpusRecord,
    NotedPaper,
    TagModel,
    TagRecord,
    TagScore,
    VenueHabit,
    count_terms,
    gather,
    is_by_author,
    leaning,
    learn_tags,
    learn_venues,
)
from notebot.features.suggestions.rules.tag_model.background_terms import MOST_PAPERS
from notebot.features.suggestions.rules.tag_model.corpus import LARGEST, best_text, read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import TO_BELONG, TO_TELL_APART

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.ports import Announcements
    from notebot.features.suggestions.rules.tag_model.neighbour_index import Neighbours

FORM = 5
"""Version of :class:`Learned`; a new number makes every cached model stale."""
FEWEST_NOTES = 5
"""Tagged notes that are needed to learn tags."""
_BY_AUTHOR = 0.5
"""Score of *Author Thread-Post*: the archive does not say how often such a handle is the author's, so it is a guess."""
_TOPIC = "topic "
"""The reasons of a topic's own tags begin with this (see ``topics/rules/drafting.py``)."""


class Learned(Struct, frozen=True):
    """Everything that was learned from the archive, as plain data for the cache."""

    fingerprint: str
    corpus: CorpusRecord
    tags: TagRecord
    venues: VenueHabit
    related: RelatedRecord
    order: tuple[str, ...]


class LearnedCache(Protocol):
    """Stores the learned model between commands; without it the model is learned again in seconds."""

    def load(self) -> Learned | None:
        """Returns the saved model, or ``None`` if there is none that this version can read."""

    def save(self, learned: Learned) -> None:
        """Replaces the saved model."""


class TagLimits(Struct, frozen=True):
    """Config ``[tags]``; precision is measured on the archive, each note judged by all others."""

    min_score: float = 0.5
    """The lowest precision of a suggested tag."""
    sure: float = 0.8
    """The lowest precision of a tag that is not shown as a guess."""
    max: int = 12
    """The most suggestions per stub, topic tags not counted."""


def learn(fingerprint: str, noted: Sequence[NotedPaper]) -> Learned:
    """Learns from the whole archive.

    Args:
        fingerprint: the key under which the result may be cached.
        noted: the notes, oldest first.
    """
    venues = learn_venues([one.note for one in noted])
    record, texts = gather(noted, venues.tags)
    corpus = Corpus(record)
    # The precision of a tag is measured on the other notes; with fewer of them it says nothing.
    enough = sum(map(bool, record.tags_of)) >= FEWEST_NOTES
    tags = learn_tags(corpus, texts) if enough else TagRecord()
    notes = [paper.note for paper in noted]
    papers = [(parse_title_line(paper.note.title_line).title, best_text(paper)) for paper in noted]
    return Learned(
        fingerprint=fingerprint,
        corpus=record,
        tags=tags,
        venues=venues,
        related=learn_related(notes, papers, corpus, texts, TagModel(corpus, tags)),
        order=learn_order(
            [tuple(tag for tag in paper.note.tags if tag != paper.note.page_tag) for paper in noted],
        ),
    )


def recall(cache: LearnedCache, revision: str, noted: Callable[[], Sequence[NotedPaper]]) -> Learned:
    """Returns the cached model of this revision, or learns and caches it.

    Args:
        revision: any text that changes whenever a note does.
        noted: called only if the cache is stale.
    """
    # The version is part of the key: a model learned by an older notebot may have other fields or scales.
    fingerprint = f"{FORM} {revision}"
    known = cache.load()
    if known is not None and known.fingerprint == fingerprint:
        return known
    learned = learn(fingerprint, noted())
    cache.save(learned)
    return learned


def announced_lately(announcements: Announcements, corpus: CorpusRecord) -> AnnouncedTerms:
    """Counts the terms of the latest announcements, with as many abstracts as the archive has; takes 0.2 s."""
    latest = announcements.latest(MOST_PAPERS)
    return count_terms(((entry.title, entry.abstract) for entry in latest), corpus.share_with_abstract)


class Suggested(Struct, frozen=True):
    """A stub with its suggestions and its nearness to the archive."""

    stub: Stub
    nearness: float
    """0 to 1, for ranking a digest: the mean similarity to the ten nearest notes, times :func:`leaning`."""
    like_kept: str | None = None
    """See :meth:`Suggester.like_kept`."""


class Suggester:
    """Suggests tags and related notes with a learned model."""

    def __init__(
        self,
        learned: Learned,
        limits: TagLimits,
        announced: AnnouncedTerms | None = None,
        *,
        most_related: int = MOST_RELATED,
    ) -> None:
        self._most_related = most_related
        self._learned = learned
        self._announced = announced or AnnouncedTerms()
        self._limits = limits
        self._corpus = Corpus(learned.corpus)
        self._tags = TagModel(self._corpus, learned.tags)
        self._related = RelatedFinder(self._corpus, learned.related)
        self._order = TagOrder(learned.order)

    def suggest(self, stub: Stub) -> Suggested:
        """Returns the stub with its topics' tags, suggested tags and related notes instead of earlier suggestions.

        The curator's choices stay. A paper that has a note is judged by the other notes.
        """
        text = read_paper(stub.title, stub.abstract)
        # A paper that has a note is its own nearest neighbour, which would suggest exactly its own tags.
        own = self._corpus.places_of(stub.arxiv_id)
        counts, index = text.counts(), self._corpus.index
        vector = index.vector(counts, TO_TELL_APART)
        near = self._corpus.near(vector, own)
        scored = self._tags.scores(text, near)
        tagged = self._with_tags(stub, [*self._tags_without_text(stub), *scored])
        suggested = {one.tag: one.score for one in scored} | {one.tag: one.score for one in tagged.tag_evidence}
        # topic tags and the venue's count, too; the score of a tag is that with which it is shown
        paper = PaperEvidence(stub.title, stub.abstract[:LARGEST], near, vector, suggested, own)
        drafted = replace(tagged, related=self._related.find(paper, tagged.tags, self._most_related))
        nearness = self._corpus.nearness(index.vector(counts, TO_BELONG), own)
        nearness *= leaning(counts, index, self._announced)
        return Suggested(drafted, round(min(nearness, 1.0), 4), self._name_kept(near))

    def like_kept(self, stub: Stub) -> str | None:
        """``#2453`` or the arXiv id of the nearest paper that the curator kept.

        ``None`` if there is none that is near enough to be offered as a related note.
        """
        vector = self._corpus.index.vector(read_paper(stub.title, stub.abstract).counts(), TO_TELL_APART)
        return self._name_kept(self._corpus.near(vector, self._corpus.places_of(stub.arxiv_id)))

    def _name_kept(self, near: Neighbours) -> str | None:
        record = self._corpus.record
        for place, similarity in near:
            number, paper = record.numbers[place], record.papers[place]
            if record.kept[place] and similarity >= self._learned.related.floor and (number or paper):
                return f"#{number}" if number else paper
        return None

    def _tags_without_text(self, stub: Stub) -> list[TagScore]:
        """Tags that do not follow from title and abstract: of the venue, and of a post by an author."""
        evidence = f"venue {stub.venue.label}"
        scored = [TagScore(tag, round(score, 3), evidence) for tag, score in self._learned.venues.score(stub.venue)]
        handles = [post.handle for post in map(parse_post, stub.posts) if post is not None and post.handle]
        # a post by an author may be one of several posts
        by_author = next((handle for handle in handles if is_by_author(handle, stub.authors)), None)
        if by_author:
            scored.append(TagScore(AUTHOR_THREAD, _BY_AUTHOR, f"posted by {by_author}"))
        return scored

    def _with_tags(self, stub: Stub, scored: Sequence[TagScore]) -> Stub:
        limits = self._limits
        topical = [evidence for evidence in stub.tag_evidence if evidence.why.startswith(_TOPIC)]
        # The tags of a topic were configured by the curator: no score or limit removes them.
        taken = {evidence.tag for evidence in topical}
        wanted = [one for one in scored if one.tag not in taken and one.score >= limits.min_score]
        guesses = [TagEvidence(one.tag, one.score, one.score >= limits.sure, one.why) for one in wanted[: limits.max]]
        evidence = {one.tag: one for one in (*topical, *guesses)}
        tags = self._order.sort(evidence)
        return replace(stub, tags=tags, tag_evidence=tuple(evidence[tag] for tag in tags))

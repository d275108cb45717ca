"""Suggests tags and related notes for stubs, by what the archive has taught.

What was learned is kept in a cache under the archive's fingerprint: it is learned again when the archive has
changed, not by every command.
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

FORM = 3
"""Of what is learned; another number makes every cache stale."""
FEWEST_NOTES = 5
"""Tagged notes from which tags can be learned."""
_BY_AUTHOR = 0.5
"""The archive does not tell how often such a handle is the author's: half is a guess, and shown as one."""
_TOPIC = "topic "
"""What the reason of a topic's own tag begins with."""


class Learned(Struct, frozen=True):
    """All that the archive has taught, as it is cached; plain data."""

    fingerprint: str
    corpus: CorpusRecord
    tags: TagRecord
    venues: VenueHabit
    related: RelatedRecord
    order: tuple[str, ...]


class LearnedCache(Protocol):
    """Keeps what was learned from one command to the next; losing it costs seconds, no knowledge."""

    def load(self) -> Learned | None:
        """What was saved last; ``None`` if there is nothing, or nothing that this version can read."""

    def save(self, learned: Learned) -> None:
        """Takes the place of what was saved before."""


class TagLimits(Struct, frozen=True):
    """Config ``[tags]``; precision is what the archive itself showed, each note judged by all others."""

    min_score: float = 0.5
    """From this precision on a tag is suggested."""
    sure: float = 0.8
    """From this precision on it stands plain."""
    max: int = 12
    """Suggestions a stub, topic tags not counted."""


def learn(fingerprint: str, noted: Sequence[NotedPaper]) -> Learned:
    """Learns from the whole archive.

    Args:
        fingerprint: what the result may be cached under.
        noted: the notes, the oldest first.
    """
    venues = learn_venues([one.note for one in noted])
    record, texts = gather(noted, venues.tags)
    corpus = Corpus(record)
    enough = sum(map(bool, record.tags_of)) >= FEWEST_NOTES
    tags = learn_tags(corpus, texts) if enough else TagRecord()
    notes = [one.note for one in noted]
    papers = [(parse_title_line(one.note.title_line).title, best_text(one)) for one in noted]
    return Learned(
        fingerprint=fingerprint,
        corpus=record,
        tags=tags,
        venues=venues,
        related=learn_related(notes, papers, corpus, texts, TagModel(corpus, tags)),
        order=learn_order(
            [tuple(tag for tag in one.note.tags if tag != one.note.page_tag) for one in noted],
        ),
    )


def recall(cache: LearnedCache, revision: str, noted: Callable[[], Sequence[NotedPaper]]) -> Learned:
    """What the archive has taught: from the cache where that is of this revision, else learned and cached.

    Args:
        revision: changes whenever a note does; any text.
        noted: asked only when there is something to learn.
    """
    fingerprint = f"{FORM} {revision}"
    known = cache.load()
    if known is not None and known.fingerprint == fingerprint:
        return known
    learned = learn(fingerprint, noted())
    cache.save(learned)
    return learned


def announced_lately(announcements: Announcements, corpus: CorpusRecord) -> AnnouncedTerms:
    """What arXiv announced lately, read as far as the archive's notes are known; takes 0.2 s."""
    latest = announcements.latest(MOST_PAPERS)
    return count_terms(((entry.title, entry.abstract) for entry in latest), corpus.share_told)


class Suggested(Struct, frozen=True):
    """A stub with its suggestions, and how near it is to the archive."""

    stub: Stub
    nearness: float
    """0 to 1; ranks a digest: the mean similarity to the ten nearest notes, times the leaning to the archive."""


class Suggester:
    """What was learned, in use."""

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
        """The stub with its topics' tags, suggestions and related notes; earlier suggestions are replaced.

        What the curator chose stays, and a paper that is in the archive is judged by the other notes.
        """
        text = read_paper(stub.title, stub.abstract)
        own = self._corpus.places_of(stub.arxiv_id)
        counts, index = text.counts(), self._corpus.index
        vector = index.vector(counts, TO_TELL_APART)
        near = self._corpus.near(vector, own)
        scored = self._tags.scores(text, near)
        tagged = self._with_tags(stub, [*self._others(stub), *scored])
        suggested = {one.tag: one.score for one in scored} | {one.tag: one.score for one in tagged.tag_evidence}
        paper = PaperEvidence(stub.title, stub.abstract[:LARGEST], near, vector, suggested, own)
        drafted = replace(tagged, related=self._related.find(paper, tagged.tags, self._most_related))
        nearness = self._corpus.nearness(index.vector(counts, TO_BELONG), own)
        return Suggested(drafted, round(min(nearness * leaning(counts, index, self._announced), 1.0), 4))

    def _others(self, stub: Stub) -> list[TagScore]:
        """Tags that no text tells: of the venue, and of whose post it is."""
        evidence = f"venue {stub.venue.label}"
        found = [TagScore(tag, round(score, 3), evidence) for tag, score in self._learned.venues.score(stub.venue)]
        handles = [post.handle for post in map(parse_post, stub.posts) if post is not None and post.handle]
        spelled = next((handle for handle in handles if is_by_author(handle, stub.authors)), None)
        return [*found, *([TagScore(AUTHOR_THREAD, _BY_AUTHOR, f"posted by {spelled}")] if spelled else [])]

    def _with_tags(self, stub: Stub, scored: Sequence[TagScore]) -> Stub:
        limits = self._limits
        topical = [evidence for evidence in stub.tag_evidence if evidence.why.startswith(_TOPIC)]
        taken = {evidence.tag for evidence in topical}
        wanted = [one for one in scored if one.tag not in taken and one.score >= limits.min_score]
        found = [TagEvidence(one.tag, one.score, one.score >= limits.sure, one.why) for one in wanted[: limits.max]]
        evidence = {one.tag: one for one in (*topical, *found)}
        tags = self._order.sort(evidence)
        return replace(stub, tags=tags, tag_evidence=tuple(evidence[tag] for tag in tags))

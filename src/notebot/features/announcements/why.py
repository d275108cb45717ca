"""Explains why a paper is or is not in a digest: its announcements, the topics' answers, its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.filing_records import MatchRecord, Sighting
from notebot.core.model.ledger import Outcome
from notebot.core.model.stub import Stub, stub_key
from notebot.features.topics.rules.matching import Prepared, TopicIndex, prepare
from notebot.features.topics.rules.query import find_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from notebot.core.ports import Announcements, Digests, Ledger, Sources, Stubs
    from notebot.features.topics.rules.topic import Topic

_SOURCE_NAMES = {"feed": "the feed", "oai": "OAI-PMH"}
_LISTED_DAYS = 10
"""How many days with problems are named."""


class TopicVerdict(Struct, frozen=True):
    """What one topic says about the paper, from everything that is known about it now."""

    topic: str
    answer: str
    """``matched``, ``pending``, ``unmatched``, or ``not watching`` its categories."""
    why: str


class Why(Struct, frozen=True):
    """Everything that the store knows about one paper."""

    arxiv_id: str
    title: str | None
    announced: tuple[Sighting, ...]
    topics: tuple[TopicVerdict, ...]
    status: str | None
    digest: str | None
    became: str
    """The outcome, in one sentence."""

    def sentences(self) -> list[str]:
        """The answer as a few lines of text."""
        lines = [f"{self.arxiv_id}  {self.title or '(nothing but its id is known)'}"]
        lines += [
            f"announced {sighting.announced_on} as {sighting.announce_type} in {sighting.category}, "
            f"according to {_SOURCE_NAMES[sighting.came_by]}"
            for sighting in self.announced
        ]
        lines += [f"topic {verdict.topic}: {verdict.why}" for verdict in self.topics]
        return [*lines, self.became]


class WhyStore(Protocol):
    """What explaining a paper reads."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def announcements(self) -> Announcements: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def sources(self) -> Sources: ...
    @property
    def ledger(self) -> Ledger: ...


def why(store: WhyStore, topics: Sequence[Topic], arxiv_id: str) -> Why:
    """Collects everything that the store knows about one paper."""
    stub = store.stubs.get(stub_key(arxiv_id))
    announced = tuple(store.announcements.sightings(arxiv_id))
    digest = store.digests.holding(stub.key) if stub else None
    outcomes = store.announcements.matches_of(arxiv_id)
    verdicts: list[TopicVerdict] = []
    known = stub or store.announcements.text_of(arxiv_id)
    if known is not None:
        paper = prepare(known, stub.comment if stub else None, complete=bool(stub and stub.complete))
        categories = {*known.categories, *(sighting.category for sighting in announced)}
        verdicts = [_verdict(topic, paper, categories) for topic in topics]
        # once OAI was compared, pending answers have been decided; the comment itself is not stored
        compared_on = [store.sources.get(sighting.category).reconciled_on for sighting in announced]
        if announced and all(
            day is not None and day >= sighting.announced_on
            for day, sighting in zip(compared_on, announced, strict=True)
        ):
            matched = {outcome.topic for outcome in outcomes if outcome.outcome is not None}
            for place, verdict in enumerate(verdicts):
                if verdict.answer == "pending" and verdict.topic in matched:
                    reason = "matched by the comment or journal reference that OAI-PMH delivered"
                    verdicts[place] = replace(verdict, answer="matched", why=reason)
                elif verdict.answer == "pending":
                    reason = "depended on its comment, which OAI-PMH has delivered since; not drafted for this topic"
                    verdicts[place] = replace(verdict, answer="unmatched", why=reason)
    return Why(
        arxiv_id,
        known.title if known else None,
        announced,
        tuple(verdicts),
        str(stub.status) if stub else None,
        digest,
        _explain_outcome(store, stub, digest, announced, outcomes, topics),
    )


def _verdict(topic: Topic, paper: Prepared, categories: set[str]) -> TopicVerdict:
    if not categories & set(topic.categories):
        watched = ", ".join(topic.categories)
        return TopicVerdict(topic.name, "not watching", f"watches {watched}, the paper is in none of them")
    matches = TopicIndex([topic]).match(paper, None)
    if matches.matched:
        evidence = [f"{term.text} in the {term.field}" for match in matches.matched for term in match.terms]
        reason = f"matched by {', '.join(evidence)}" if evidence else "takes every paper of its categories"
        return TopicVerdict(topic.name, "matched", reason)
    terms = ", ".join(dict.fromkeys(str(term) for term in find_terms(topic.query.root))) if topic.query else ""
    if matches.pending:
        return TopicVerdict(
            topic.name,
            "pending",
            f"undecided by the feed, which lacks fields of the query; its terms are {terms}",
        )
    return TopicVerdict(topic.name, "unmatched", f"does not match; its terms are {terms}")


def _explain_outcome(
    store: WhyStore,
    stub: Stub | None,
    digest: str | None,
    announced: Sequence[Sighting],
    outcomes: Sequence[MatchRecord],
    topics: Sequence[Topic],
) -> str:
    if stub is not None:
        where = f" and is in the digest {digest}" if digest else ""
        number = f", note #{stub.note_number}" if stub.note_number else ""
        return f"It has a stub, which is {stub.status}{where}{number}."
    if any(outcome.outcome is Outcome.UNWANTED for outcome in outcomes):
        return "It was not drafted: it matched, but no topic asks for this announcement type."
    if any(outcome.outcome is None for outcome in outcomes):
        return "It is not drafted yet: that depends on its comment, which the next OAI-PMH delta delivers."
    if announced:
        return "It was not drafted: no topic matched it when it came."
    categories = tuple(dict.fromkeys(name for topic in topics for name in topic.categories))
    begun = [day for day in (store.sources.get(category).began_on for category in categories) if day is not None]
    if not begun:
        return "No poll has succeeded yet, so nothing is known of any paper."
    since: date = min(begun)
    sentence = f"No announcement of {', '.join(categories)} since {since} held it."
    # a paper that no feed contained may belong to a day that was never read
    troubled = [row for row in store.ledger.rows(since) if not row.state.is_final and row.category in categories]
    if not troubled:
        return sentence
    days = ", ".join(f"{row.announced_on} {row.category} ({row.state})" for row in troubled[-_LISTED_DAYS:])
    return f"{sentence} Not all days are in: {days}."

"""Why a paper is, or is not, in a digest: where it was announced, what the topics made of it, what it became."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.ledger import MatchRecord, Outcome, Sighting
from notebot.core.model.stub import Stub, stub_key
from notebot.features.topics.rules.matching import Matches, Prepared, TopicIndex, prepare
from notebot.features.topics.rules.query import find_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from notebot.core.ports import Store
    from notebot.features.topics.rules.topic import Topic

_BY = {"feed": "the feed", "oai": "OAI-PMH"}
_LISTED_DAYS = 10
"""So many troubled days are named."""


class TopicAnswer(Struct, frozen=True):
    """What one topic says of the paper, by what is known of it now."""

    topic: str
    answer: str
    """``matched``, ``pending``, ``unmatched``, or ``not watching`` its categories."""
    why: str


class Why(Struct, frozen=True):
    """The whole answer."""

    arxiv_id: str
    title: str | None
    announced: tuple[Sighting, ...]
    topics: tuple[TopicAnswer, ...]
    status: str | None
    digest: str | None
    became: str
    """One sentence."""


def why(store: Store, topics: Sequence[Topic], arxiv_id: str) -> Why:
    """Everything that the store knows of one paper."""
    stub = store.stubs.get(stub_key(arxiv_id))
    entry = store.announcements.text_of(arxiv_id)
    announced = tuple(store.announcements.sightings(arxiv_id))
    digest = store.digests.holding(stub.key) if stub else None
    matches = store.announcements.matches_of(arxiv_id)
    answers: tuple[TopicAnswer, ...] = ()
    known = stub or entry
    if known is not None:
        prepared = prepare(known, stub.comment if stub else None, complete=bool(stub and stub.complete))
        categories = {*known.categories, *(one.category for one in announced)}
        matched = {match.topic for match in matches if match.outcome is not None}
        compared = bool(announced) and all(_is_compared(store, one) for one in announced)
        answers = tuple(
            _by_oai(answer, answer.topic in matched) if compared else answer
            for answer in (_answer(topic, prepared, categories) for topic in topics)
        )
    return Why(
        arxiv_id,
        known.title if known else None,
        announced,
        answers,
        str(stub.status) if stub else None,
        digest,
        _became(store, stub, digest, announced, matches, topics),
    )


def sentences(answer: Why) -> list[str]:
    """The answer in a few lines."""
    lines = [f"{answer.arxiv_id}  {answer.title or '(nothing but its id is known)'}"]
    lines += [
        f"announced {one.announced_on} as {one.announce_type} in {one.category}, told by {_BY[one.came_by]}"
        for one in answer.announced
    ]
    lines += [f"topic {one.topic}: {one.why}" for one in answer.topics]
    return [*lines, answer.became]


def _is_compared(store: Store, one: Sighting) -> bool:
    """Whether OAI has told since what the feed could not."""
    done = store.sources.get(one.category).reconciled_on
    return done is not None and done >= one.announced_on


def _by_oai(answer: TopicAnswer, matched: bool) -> TopicAnswer:
    """What hung on a comment or journal reference has been decided; the comment itself is not kept."""
    if answer.answer != "pending":
        return answer
    if matched:
        return replace(answer, answer="matched", why="matched by the comment or journal reference that OAI-PMH told")
    return replace(
        answer, answer="unmatched", why="hung on its comment, which OAI-PMH has told since; it was not drafted for this"
    )


def _answer(topic: Topic, prepared: Prepared, categories: set[str]) -> TopicAnswer:
    if not categories & set(topic.categories):
        watched = ", ".join(topic.categories)
        return TopicAnswer(topic.name, "not watching", f"watches {watched}, the paper is in none of them")
    found = TopicIndex([topic]).match(prepared, None)
    if found.matched:
        return TopicAnswer(topic.name, "matched", _by_terms(found))
    terms = ", ".join(dict.fromkeys(str(term) for term in find_terms(topic.query.root))) if topic.query else ""
    if found.pending:
        return TopicAnswer(topic.name, "pending", f"hangs on what the feed does not tell; its terms are {terms}")
    return TopicAnswer(topic.name, "unmatched", f"does not match; its terms are {terms}")


def _by_terms(found: Matches) -> str:
    terms = [f"{term.text} in the {term.field}" for match in found.matched for term in match.terms]
    return f"matched by {', '.join(terms)}" if terms else "takes every paper of its categories"


def _became(
    store: Store,
    stub: Stub | None,
    digest: str | None,
    announced: Sequence[Sighting],
    matches: Sequence[MatchRecord],
    topics: Sequence[Topic],
) -> str:
    if stub is not None:
        where = f" and stands in the digest {digest}" if digest else ""
        number = f", note #{stub.note_number}" if stub.note_number else ""
        return f"It has a stub, which is {stub.status}{where}{number}."
    if any(match.outcome is Outcome.UNWANTED for match in matches):
        return "It was not drafted: it matched, but no topic asks for this announcement type."
    if any(match.outcome is None for match in matches):
        return "It is not drafted yet: the answer hangs on its comment, which the next OAI-PMH delta tells."
    if announced:
        return "It was not drafted: no topic matched it when it came."
    return _never_met(store, tuple(dict.fromkeys(name for topic in topics for name in topic.categories)))


def _never_met(store: Store, categories: Sequence[str]) -> str:
    begun = [day for day in (store.sources.get(category).began_on for category in categories) if day is not None]
    if not begun:
        return "No poll has succeeded yet, so nothing is known of any paper."
    since: date = min(begun)
    troubled = [row for row in store.ledger.rows(since) if not row.state.is_final and row.category in categories]
    said = f"No announcement of {', '.join(categories)} since {since} held it."
    if not troubled:
        return said
    days = ", ".join(f"{row.announced_on} {row.category} ({row.state})" for row in troubled[-_LISTED_DAYS:])
    return f"{said} Not all days are in: {days}."

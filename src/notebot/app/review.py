"""What the review page shows and does: the list of candidates, and decisions about them."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.app import digests
from notebot.core.model.decision import PAGE
from notebot.core.model.stub import Stub, StubStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notebot.app.resources import Resources

RECENT_DAYS = 14
"""A stub that a digest showed longer ago is listed only if its state is asked for; the digest itself is still there."""
ANNOUNCED = "arxiv"
BY_HAND = "hand"
"""Values of :attr:`Filters.source` besides the names of watched sources."""


class Filters(Struct, frozen=True):
    """Which candidates are shown; an empty text does not restrict."""

    topic: str = ""
    source: str = ""
    state: str = ""
    """A status, or empty for all that are undecided."""
    text: str = ""
    """Words that all occur in title, authors, abstract or tags."""


class Group(Struct, frozen=True):
    """Neighbouring candidates of one topic."""

    topic: str
    in_full: bool
    """False for those of which a digest shows one line."""
    stubs: tuple[Stub, ...]


class Review(Struct, frozen=True):
    """The candidates in the order of a digest."""

    groups: tuple[Group, ...]
    total: int
    """How many match the filters, also those before ``after`` and beyond ``limit``."""
    remaining: int
    """How many come after the last one that is shown."""
    revisions: Mapping[str, int]
    sources: Sequence[str]
    """Names of the watched sources that brought any candidate."""


def candidates(resources: Resources, filters: Filters, limit: int, after: str = "") -> Review:
    """The first candidates, or those that follow the stub with the key ``after``."""
    from notebot.features.digests.rules.layout import arrange, home_topic

    stubs = _stubs_in_state(resources, filters.state)
    sources = sorted({name for stub in stubs for name in stub.sources})
    matching = [stub for stub in stubs if _matches(stub, filters)]
    total = len(matching)
    anchor = resources.store.stubs.get(after) if after else None
    if anchor is not None and all(stub.key != after for stub in matching):
        matching.append(anchor)  # it was decided meanwhile; its place still says where to go on
    topics, other = [topic.name for topic in resources.config.topics], resources.phrases.other
    layout = arrange(matching, topics, resources.config.digest.full, other)
    keys = [stub.key for stub in layout.stubs]
    start = keys.index(after) + 1 if anchor is not None else 0
    shown = layout.stubs[start : start + limit]
    in_full = len(layout.stubs) - len(layout.headlines) - start
    groups = [
        Group(topic, is_full, tuple(stub for _, stub in places))
        for (topic, is_full), places in groupby(
            enumerate(shown), lambda place: (home_topic(place[1], topics, other), place[0] < in_full)
        )
    ]
    revisions = resources.store.decisions.revisions([stub.key for stub in shown])
    return Review(tuple(groups), total, len(keys) - start - len(shown), revisions, sources)


def decide(resources: Resources, key: str, action: str, revision: int | None) -> Stub:
    """Carries out ``keep``, ``later``, ``skip``, ``requeue`` or ``undo`` for one stub.

    Raises:
        NotFoundError: there is no such stub.
        StaleError: it was decided on since the curator saw it.
        MoveError: its state does not allow this.
    """
    moves = digests.moves(resources, PAGE)
    if action == "undo":
        stub = moves.undo(key, revision)[0].stub
        assert stub is not None  # only updates of notes have none
        return stub
    return moves.decide(key, "keep" if action == "later" else action, read_later=action == "later", revision=revision)


def _stubs_in_state(resources: Resources, state: str) -> list[Stub]:
    if state:
        return resources.store.stubs.all(StubStatus(state))
    # Counted from the newest digest, so that after a holiday the last days before it are still there.
    latest = resources.store.digests.latest()
    since = (latest[1] if latest else resources.clock()) - timedelta(days=RECENT_DAYS)
    # What no digest has shown yet waits for as long as it takes.
    return [
        *resources.store.stubs.all(StubStatus.QUEUED),
        *resources.store.stubs.changed_since((StubStatus.DIGESTED,), since),
    ]


def _matches(stub: Stub, filters: Filters) -> bool:
    if filters.topic and filters.topic not in stub.topics:
        return False
    if filters.source == ANNOUNCED and stub.announced_on is None:
        return False
    if filters.source == BY_HAND and (stub.announced_on is not None or stub.sources):
        return False
    if filters.source not in ("", ANNOUNCED, BY_HAND) and filters.source not in stub.sources:
        return False
    if not filters.text:
        return True
    from notebot.core.text.search_tokens import contains_all_words

    return contains_all_words(filters.text, "\n".join((stub.title, *stub.authors, stub.abstract, *stub.tags)))

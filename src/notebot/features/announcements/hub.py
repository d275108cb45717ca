"""What the hub of a lab has polled for all desks; each of its topics is named ``DESK/TOPIC``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType, Entry
from notebot.core.model.stub import paper_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from notebot.core.model.filing_records import MatchRecord, Sighting
    from notebot.core.model.ledger import LedgerRow
    from notebot.core.model.paper import Paper
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Announcements, Ledger, Stubs
    from notebot.features.topics.rules.topic import Topic

SEPARATOR = "/"
"""Between the names of desk and topic; neither a desk's name nor a file name can contain it."""


class HubStore(Protocol):
    """What a desk reads of the hub."""

    @property
    def announcements(self) -> Announcements: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def stubs(self) -> Stubs: ...


def hub_topics(topics_of: Mapping[str, Sequence[Topic]]) -> list[Topic]:
    """The topics of all desks under the names that the hub uses."""
    return [
        replace(topic, name=f"{desk}{SEPARATOR}{topic.name}", tags=())
        for desk, topics in topics_of.items()
        for topic in topics
    ]


def by_day(matches: Iterable[MatchRecord]) -> dict[tuple[str, date], list[MatchRecord]]:
    """The matches by category and day."""
    grouped: dict[tuple[str, date], list[MatchRecord]] = {}
    for match in matches:
        grouped.setdefault((match.category, match.announced_on), []).append(match)
    return grouped


class Hub:
    """The hub's rows. What concerns several desks is read once; nothing is read again, so make one per round."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self.older = store.announcements.unreported_older()
        self._rows: dict[str, list[LedgerRow]] = {}
        for row in store.ledger.rows():
            self._rows.setdefault(row.category, []).append(row)
        self._stubs: dict[str, Stub | None] = {}
        self._texts: dict[str, Entry | None] = {}
        self._sightings: dict[str, list[Sighting]] = {}
        self._entries: dict[tuple[str, str, date], dict[str, Entry]] = {}
        self._replaced: dict[tuple[str, date], list[str]] = {}
        self._outdated = {stub.key for stub in store.stubs.wanting_metadata()}

    def rows(self, category: str) -> Sequence[LedgerRow]:
        """The ledger of a category, by day."""
        return self._rows.get(category, ())

    def matches(self, desk: str, days: Iterable[date]) -> dict[tuple[str, date], list[MatchRecord]]:
        """The matches of a desk's topics by category and day, under the desk's own names for its topics."""
        prefix = f"{desk}{SEPARATOR}"
        at_hub = self._store.announcements.matches_on(days, topics_with=prefix)
        return by_day(replace(match, topic=match.topic.removeprefix(prefix)) for match in at_hub)

    def read(self, arxiv_ids: Collection[str]) -> None:
        """Reads everything about these papers at once that has not been read yet; the other methods then do not."""
        ids = [arxiv_id for arxiv_id in arxiv_ids if arxiv_id not in self._texts]
        if ids:
            texts, sightings = self._store.announcements.texts_of(ids), self._store.announcements.sightings_of(ids)
            stubs = self._store.stubs.by_ids(ids)
            for arxiv_id in ids:
                self._texts[arxiv_id] = texts.get(arxiv_id)
                self._sightings[arxiv_id] = sightings.get(arxiv_id, [])
                self._stubs[arxiv_id] = stubs.get(arxiv_id)

    def stub(self, arxiv_id: str) -> Stub | None:
        """The hub's stub, which has the paper's metadata once it is complete."""
        self.read([arxiv_id])
        return self._stubs[arxiv_id]

    def paper(self, arxiv_id: str) -> Paper | None:
        """The metadata of a paper; ``None`` until the hub has received the newest ones."""
        stub = self.stub(arxiv_id)
        if stub is None or stub.published is None or stub.key in self._outdated:
            return None
        return paper_of(stub)

    def replaced(self, category: str, day: date) -> Sequence[str]:
        """The papers of which a new version was announced, and that any desk may have a stub of."""
        if (category, day) not in self._replaced:
            kinds = self._store.announcements.announced(category, day)
            ids = [arxiv_id for arxiv_id, kind in kinds.items() if kind.announce_option == "replace"]
            self._replaced[category, day] = [*self._store.stubs.by_ids(ids)]
        return self._replaced[category, day]

    def entries(self, arxiv_id: str, category: str, day: date) -> dict[str, Entry]:
        """The entries that announced a paper on a day, by how they came: ``feed``, ``oai``, or both.

        Both, if OAI calls a paper new that the feed had as replaced. The text is the stub's if that of the announcement
        is no longer stored; empty if there is neither.
        """
        key = (arxiv_id, category, day)
        if key not in self._entries:
            self.read([arxiv_id])
            self._entries[key] = self._entries_of(*key)
        return self._entries[key]

    def _entries_of(self, arxiv_id: str, category: str, day: date) -> dict[str, Entry]:
        text, stub = self._texts[arxiv_id], self._stubs[arxiv_id]
        if text is None and stub is not None:
            text = Entry(
                arxiv_id=stub.arxiv_id,
                version=stub.version,
                announce_type=AnnounceType.NEW,
                announced_on=day,
                title=stub.title,
                abstract=stub.abstract,
                authors=stub.authors,
                categories=stub.categories,
                journal_ref=stub.journal_ref,
                doi=stub.doi,
            )
        if text is None:
            return {}
        seen = [
            sighting
            for sighting in self._sightings[arxiv_id]
            if (sighting.category, sighting.announced_on) == (category, day)
        ]
        if not seen and self._has_match(arxiv_id, category, day):
            # a replacement that OAI brought, without a version, and that was announced again on a later day since
            return {"oai": replace(text, version=UNKNOWN_VERSION, announce_type=AnnounceType.REPLACE, announced_on=day)}
        # the best type last, because the last one counts
        seen.sort(key=lambda sighting: -sighting.announce_type.rank)
        return {
            sighting.came_by: replace(
                text, version=sighting.version, announce_type=sighting.announce_type, announced_on=day
            )
            for sighting in seen
        }

    def _has_match(self, arxiv_id: str, category: str, day: date) -> bool:
        matches = self._store.announcements.matches_of(arxiv_id)
        return any((match.category, match.announced_on) == (category, day) for match in matches)

    def home_of(self, arxiv_id: str, category: str, day: date) -> date:
        """The day under which the hub has the paper now: a stale feed's papers are moved to their own day."""
        if self.entries(arxiv_id, category, day):
            return day
        days = [sighting.announced_on for sighting in self._sightings[arxiv_id] if sighting.category == category]
        return min(days, key=lambda other: abs(other - day), default=day)

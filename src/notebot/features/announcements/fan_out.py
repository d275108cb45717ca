"""Files for one desk of a lab what the lab's hub has polled; sends no request.

The hub polls for all desks at once: each of its topics is named ``DESK/TOPIC``, so that arXiv is asked once and each
entry is matched once. A desk then files the few papers that its topics matched, with the same rules as a poll.

hub's days that differ | papers of the desk | file | decide pending ones | ledger rows   one transaction per day
hub's metadata         | stubs that lack it                                              one transaction
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType, Entry
from notebot.core.model.errors import UnexpectedError
from notebot.core.model.ledger import Counts, LedgerRow, Outcome
from notebot.core.model.oai_record import OaiRecord
from notebot.core.model.offer import OlderPaper
from notebot.core.model.paper import Paper
from notebot.core.model.stub import StubStatus
from notebot.core.ports import Clock, Transactional
from notebot.core.supervisor import supervised
from notebot.features.announcements.filing import Filer, FilingStore
from notebot.features.announcements.poll_report import Tally
from notebot.features.announcements.rules.undecided import decide_pending
from notebot.features.topics.rules.matching import Matches, TopicIndex, TopicMatch, prepare_entry, prepare_record
from notebot.features.venues.later_venues import MetadataStore, store_metadata
from notebot.features.venues.rules.enrich import Enrich

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notebot.core.model.filing_records import MatchRecord, Sighting
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Announcements, Ledger, Stubs
    from notebot.features.topics.rules.topic import Topic

SEPARATOR = "/"
"""Between the names of desk and topic; neither a desk's name nor a file name can contain it."""
DAYS_LOOKED_AT_AGAIN = 7
"""A paper may match one more topic without a change of its day's counts, so recent days are always compared."""


class HubStore(Protocol):
    """What a desk reads of the hub."""

    @property
    def announcements(self) -> Announcements: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def stubs(self) -> Stubs: ...


class DeskStore(FilingStore, MetadataStore, Transactional, Protocol):
    """What filing for a desk reads and writes."""


class DeskPorts(Struct, frozen=True, kw_only=True):
    """What filing for a desk needs."""

    name: str
    store: DeskStore
    topics: Sequence[Topic]
    clock: Clock
    enrich: Enrich
    style: NoteStyle


class FanOutReport(Struct, frozen=True):
    """What one desk received."""

    days: int
    """Days on which something was filed or counted anew."""
    drafted: int
    completed: int
    """Stubs that got their metadata."""
    errors: tuple[str, ...] = ()
    """Days and papers that failed unexpectedly; they are tried again next time."""


def hub_topics(topics_of: dict[str, Sequence[Topic]]) -> list[Topic]:
    """The topics of all desks under the names that the hub uses."""
    return [
        replace(topic, name=f"{desk}{SEPARATOR}{topic.name}", tags=())
        for desk, topics in topics_of.items()
        for topic in topics
    ]


class Hub:
    """The hub's rows, each read once for a whole slice of desks."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self.rows = store.ledger.rows()
        self.older = store.announcements.unreported_older()
        self._matches: dict[tuple[str, date], dict[str, list[MatchRecord]]] = {}
        self._matched: dict[tuple[str, date], set[str]] = {}
        self._stubs: dict[str, Stub | None] = {}
        self._entries: dict[str, tuple[Entry | None, list[Sighting]]] = {}
        self._outdated = {stub.key for stub in store.stubs.wanting_metadata()}

    def matches(self, category: str, day: date, desk: str) -> list[MatchRecord]:
        """The matches of the desk's topics on one day, under the desk's own names for them."""
        if (category, day) not in self._matches:
            by_desk: dict[str, list[MatchRecord]] = {}
            for match in self._store.announcements.matches_on(category, day):
                owner, _, topic = match.topic.partition(SEPARATOR)
                by_desk.setdefault(owner, []).append(replace(match, topic=topic))
            self._matches[category, day] = by_desk
            self._matched[category, day] = {match.arxiv_id for matches in by_desk.values() for match in matches}
        return self._matches[category, day].get(desk, [])

    def stub(self, arxiv_id: str) -> Stub | None:
        """The hub's stub, which has the paper's metadata once it is complete."""
        if arxiv_id not in self._stubs:
            self._stubs.update({arxiv_id: None, **self._store.stubs.by_ids([arxiv_id])})
        return self._stubs[arxiv_id]

    def paper(self, arxiv_id: str) -> Paper | None:
        """The metadata of a paper; ``None`` until the hub has received the newest ones."""
        stub = self.stub(arxiv_id)
        if stub is None or stub.published is None or stub.key in self._outdated:
            return None
        return Paper(
            arxiv_id=stub.arxiv_id,
            version=stub.version,
            title=stub.title,
            authors=stub.authors,
            abstract=stub.abstract,
            categories=stub.categories,
            published=stub.published,
            updated=stub.published,
            comment=stub.comment,
            journal_ref=stub.journal_ref,
            doi=stub.doi,
            withdrawn=stub.withdrawn,
        )

    def entries(self, arxiv_id: str, category: str, day: date) -> dict[str, Entry]:
        """The entries that announced a paper on a day, by how they came: ``feed``, ``oai``, or both.

        Both, if OAI calls a paper new that the feed had as replaced; empty if its text is no longer stored.
        """
        if arxiv_id not in self._entries:
            announcements = self._store.announcements
            self._entries[arxiv_id] = announcements.text_of(arxiv_id), announcements.sightings(arxiv_id)
        text, sightings = self._entries[arxiv_id]
        seen = [sighting for sighting in sightings if (sighting.category, sighting.announced_on) == (category, day)]
        if text is None:
            return {}
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
        self.matches(category, day, "")  # reads them
        return arxiv_id in self._matched[category, day]

    def home_of(self, arxiv_id: str, category: str, day: date) -> date:
        """The day under which the hub has the paper now: a stale feed's papers are moved to their own day."""
        if self.entries(arxiv_id, category, day):
            return day
        _, sightings = self._entries[arxiv_id]
        days = [sighting.announced_on for sighting in sightings if sighting.category == category]
        return min(days, key=lambda other: abs(other - day), default=day)


def fan_out(hub: Hub, ports: DeskPorts) -> FanOutReport:
    """Files everything that the hub has for a desk and that the desk does not have yet.

    It can be repeated and interrupted at any point: what is due follows from the two stores.

    Raises:
        StateError: the store cannot be used.
    """
    return _FanOut(hub, ports).run()


class _FanOut:
    def __init__(self, hub: Hub, ports: DeskPorts) -> None:
        self._hub = hub
        self._ports = ports
        self._store = ports.store
        self._index = TopicIndex(ports.topics)
        self._categories = tuple(dict.fromkeys(category for topic in ports.topics for category in topic.categories))
        self._filer = Filer(store=ports.store, index=self._index, enrich=ports.enrich, tally=Tally())
        self._errors: list[str] = []

    def run(self) -> FanOutReport:
        days = drafted = 0
        for row in self._due_rows():
            try:
                with supervised(f"{row.category} on {row.announced_on} for {self._ports.name}"):
                    matches = self._hub.matches(row.category, row.announced_on, self._ports.name)
                    with self._store.transaction():
                        self._move_misfiled(row)
                        fresh = self._file_new(row, matches) + self._decide_pending(row, matches)
                        has_changed = self._count(row)
                    drafted += fresh
                    days += has_changed
            except UnexpectedError as error:
                self._errors.append(str(error))
        self._note_older()
        return FanOutReport(days, drafted, self._complete(), tuple(self._errors))

    def _due_rows(self) -> Iterator[LedgerRow]:
        """The hub's rows that the desk may not have in full, oldest first."""
        own = {(row.category, row.announced_on): row for row in self._store.ledger.rows()}
        for category in self._categories:
            rows = [row for row in self._hub.rows if row.category == category]
            newest = rows[-1].announced_on if rows else date.min
            # as in a poll: the ledger of a desk begins with the newest day when it joined (rules.md 1.4)
            begin = min((day for name, day in own if name == category), default=newest)
            recent = newest - timedelta(days=DAYS_LOOKED_AT_AGAIN) if rows else newest
            for row in rows:
                known = own.get((category, row.announced_on))
                is_same = (
                    known is not None
                    and (known.state, known.counts.announced) == (row.state, row.counts.announced)
                    and not known.counts.pending
                )
                if row.announced_on >= begin and (row.announced_on >= recent or not is_same):
                    yield row

    def _move_misfiled(self, row: LedgerRow) -> None:
        """Follows the hub where it has moved papers of a stale feed to the day they belong to."""
        announcements, category, day = self._store.announcements, row.category, row.announced_on
        homes: dict[date, list[str]] = {}
        for match in announcements.matches_on(category, day):
            home = self._hub.home_of(match.arxiv_id, category, day)
            if home != day:
                homes.setdefault(home, []).append(match.arxiv_id)
        for home, ids in homes.items():
            announcements.move_day(category, ids, day, home)
            for stub in self._store.stubs.by_ids(ids).values():
                if stub.announced_on == day:
                    self._store.stubs.save(replace(stub, announced_on=home), self._ports.clock())

    def _file_new(self, row: LedgerRow, matches: Sequence[MatchRecord]) -> int:
        """Files the papers that no topic of the desk had on this day; returns how many were drafted."""
        own = self._store.announcements.matches_on(row.category, row.announced_on)
        known = {match.arxiv_id for match in own}
        wanted = {match.arxiv_id for match in own if match.outcome not in (None, Outcome.UNWANTED)}
        by_origin: dict[str, list[Entry]] = {"feed": [], "oai": []}
        for arxiv_id in dict.fromkeys(match.arxiv_id for match in matches if match.arxiv_id not in wanted):
            announced = self._hub.entries(arxiv_id, row.category, row.announced_on)
            # what no topic wanted as a replacement may since have been found to be new on this very day
            if arxiv_id not in known or len(announced) > 1:
                for came_by, entry in announced.items():
                    by_origin[came_by].append(entry)
        drafted = 0
        for came_by, entries in by_origin.items():
            filing = self._filer.file(
                row.category,
                entries,
                row.announced_on,
                matches={
                    # what OAI brought was matched on its comment as well
                    (entry.arxiv_id, entry.version): self._matches_of(entry, matches, with_comment=came_by == "oai")
                    for entry in entries
                },
                now=self._ports.clock(),
                came_by=came_by,
            )
            drafted += len(filing.drafts)
        return drafted

    def _decide_pending(self, row: LedgerRow, matches: Sequence[MatchRecord]) -> int:
        """Decides what the hub has decided since; returns how many papers were drafted."""
        waiting = {(match.arxiv_id, match.topic) for match in matches if match.outcome is None}
        drafted, announcements = 0, self._store.announcements
        for pending in announcements.pending(row.category, row.announced_on):
            name = pending.arxiv_id
            if pending.announced_on != row.announced_on or any((name, topic) in waiting for topic in pending.topics):
                continue
            entry = next(iter(self._hub.entries(name, row.category, row.announced_on).values()), None)
            if entry is None:
                continue
            decision = decide_pending(
                pending,
                self._record(entry),
                self._matches_of(entry, matches, with_comment=True),
                self._store.stubs.by_ids([name]).get(name),
                noted=bool(self._store.notes.numbers_of([name])),
            )
            self._filer.record_outcomes(row.category, row.announced_on, decision.outcomes)
            announcements.decided(name, row.category, row.announced_on)
            if decision.stub is not None:
                drafted += decision.counts.drafted
                self._filer.draft(decision.stub, self._ports.clock())
        return drafted

    def _matches_of(self, entry: Entry, matches: Sequence[MatchRecord], *, with_comment: bool) -> Matches:
        """The hub's decisions about one paper; the terms, which are not stored, are found again."""
        outcomes = {match.topic: match.outcome for match in matches if match.arxiv_id == entry.arxiv_id}
        texts = [prepare_record(self._record(entry))]
        if not with_comment:  # later ones count first
            texts.append(prepare_entry(entry))
        again = {match.topic.name: match for text in texts for match in self._index.match(text, None).matched}
        return Matches(
            tuple(
                again.get(topic.name, TopicMatch(topic, ()))
                for topic in self._ports.topics
                if outcomes.get(topic.name) is not None
            ),
            tuple(topic for topic in self._ports.topics if outcomes.get(topic.name, topic) is None),
        )

    def _record(self, entry: Entry) -> OaiRecord:
        """The entry with the comment and journal reference that the hub knows, as OAI has it."""
        paper = self._hub.stub(entry.arxiv_id)
        return OaiRecord(
            entry.arxiv_id,
            entry.announced_on,
            entry.title,
            entry.authors,
            entry.abstract,
            entry.categories,
            entry.announced_on,
            entry.announced_on if entry.version in (UNKNOWN_VERSION, 2) else None,
            paper.comment if paper else None,
            paper.journal_ref if paper else entry.journal_ref,
            paper.doi if paper else entry.doi,
        )

    def _count(self, row: LedgerRow) -> bool:
        """Brings the desk's ledger row to the hub's state and to the outcomes of its own papers; True if it changed."""
        store, category, day = self._store, row.category, row.announced_on
        ids = dict.fromkeys(match.arxiv_id for match in store.announcements.matches_on(category, day))
        # the hub counts a paper twice that the feed had as replaced and OAI as new
        twice = [arxiv_id for arxiv_id in ids if len(self._hub.entries(arxiv_id, category, day)) > 1]
        outcomes = store.announcements.counts_of(category, day, list(ids))
        outcomes += store.announcements.counts_of(category, day, twice)
        counts = replace(
            outcomes,
            fetched=row.counts.fetched,
            recovered=row.counts.recovered,
            unmatched=row.counts.announced - outcomes.matched,
        )
        known = store.ledger.row(category, day)
        if known is None:
            store.ledger.add(LedgerRow(day, category, row.state, counts, row.explanation, reason=row.reason))
            return True
        has_other_counts = known.counts != counts
        if has_other_counts:
            store.ledger.amend(category, day, counts + -known.counts)
        has_other_state = (known.state, known.explanation, known.reason) != (row.state, row.explanation, row.reason)
        if has_other_state:
            store.ledger.add(LedgerRow(day, category, row.state, Counts(), row.explanation, reason=row.reason))
        return has_other_counts or has_other_state

    def _note_older(self) -> None:
        """Names older papers that changed, unless the desk has a stub or a note of them."""
        prefix = f"{self._ports.name}{SEPARATOR}"
        began = {row.category: row.announced_on for row in reversed(self._store.ledger.rows())}
        papers = [
            OlderPaper(
                paper.arxiv_id,
                paper.changed_on,
                paper.category,
                paper.title,
                tuple(name.removeprefix(prefix) for name in paper.topics if name.startswith(prefix)),
            )
            for paper in self._hub.older
            if paper.changed_on >= began.get(paper.category, date.max)
            and any(name.startswith(prefix) for name in paper.topics)
        ]
        if not papers:
            return
        ids = [paper.arxiv_id for paper in papers]
        with self._store.transaction():
            known = {*self._store.stubs.by_ids(ids), *self._store.notes.numbers_of(ids)}
            self._store.announcements.note_older(paper for paper in papers if paper.arxiv_id not in known)

    def _complete(self) -> int:
        """Gives the hub's metadata to the stubs that lack them; returns to how many."""
        completed, ports = 0, self._ports
        for stub in self._store.stubs.wanting_metadata():
            paper = self._hub.paper(stub.arxiv_id)
            if paper is None:
                continue
            try:
                with supervised(f"The metadata of {stub.arxiv_id}"), self._store.transaction():
                    current = self._store.stubs.get(stub.key)
                    if current is None or current.status is StubStatus.SKIPPED:
                        continue
                    store_metadata(
                        self._store, current, paper, style=ports.style, enrich=ports.enrich, now=ports.clock()
                    )
                    self._store.stubs.metadata_came(stub.key, paper.version)
                    completed += 1
            except UnexpectedError as error:
                self._errors.append(str(error))
        return completed

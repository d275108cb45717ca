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

from notebot.core.model.entry import UNKNOWN_VERSION, Entry
from notebot.core.model.errors import UnexpectedError
from notebot.core.model.ledger import Counts, LedgerRow
from notebot.core.model.oai_record import OaiRecord
from notebot.core.model.offer import OlderPaper
from notebot.core.model.stub import StubStatus
from notebot.core.ports import Clock, Transactional
from notebot.core.supervisor import supervised
from notebot.features.announcements.desk_day import DeskDay
from notebot.features.announcements.filing import Filer, FilingStore
from notebot.features.announcements.hub import SEPARATOR, Hub, by_day
from notebot.features.announcements.poll_report import Tally
from notebot.features.announcements.rules.filing_rules import is_outdated
from notebot.features.announcements.rules.undecided import decide_pending
from notebot.features.topics.rules.matching import Matches, TopicIndex, TopicMatch, prepare_entry, prepare_record
from notebot.features.venues.later_venues import MetadataStore, store_metadata
from notebot.features.venues.rules.enrich import Enrich

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.features.topics.rules.topic import Topic

DAYS_LOOKED_AT_AGAIN = 7
"""A paper may match one more topic without a change of its day's counts, so recent days are always compared."""


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
        ledger = {(row.category, row.announced_on): row for row in self._store.ledger.rows()}
        rows = self._due_rows(ledger)
        due_days = {row.announced_on for row in rows}
        at_hub = self._hub.matches(self._ports.name, due_days)
        known = by_day(self._store.announcements.matches_on(due_days))
        self._hub.read({match.arxiv_id for matches in (*at_hub.values(), *known.values()) for match in matches})
        for row in rows:
            key = (row.category, row.announced_on)
            day = DeskDay(self._hub, row, at_hub.get(key, ()), known.get(key, ()))
            if not day.has_news(ledger.get(key)):
                continue
            try:
                with supervised(f"{row.category} on {row.announced_on} for {self._ports.name}"):
                    fresh, has_changed = self._file_day(day)
                    drafted += fresh
                    days += has_changed
            except UnexpectedError as error:
                self._errors.append(str(error))
        self._note_older()
        return FanOutReport(days, drafted, self._complete(), tuple(self._errors))

    def _due_rows(self, ledger: Mapping[tuple[str, date], LedgerRow]) -> list[LedgerRow]:
        """The hub's rows that the desk may not have in full, oldest first."""
        due = []
        for category in self._categories:
            rows = self._hub.rows(category)
            newest = rows[-1].announced_on if rows else date.min
            # as in a poll: the ledger of a desk begins with the newest batch when it joined (rules.md 1.4), which is
            # yesterday's until today's has arrived
            batch = next((row.announced_on for row in reversed(rows) if row.counts.announced), newest)
            begin = min((day for name, day in ledger if name == category), default=batch)
            recent = newest - timedelta(days=DAYS_LOOKED_AT_AGAIN) if rows else newest
            for row in rows:
                known = ledger.get((category, row.announced_on))
                is_same = (
                    known is not None
                    and (known.state, known.counts.announced) == (row.state, row.counts.announced)
                    and not known.counts.pending
                )
                if row.announced_on >= begin and (row.announced_on >= recent or not is_same):
                    due.append(row)
        return due

    def _file_day(self, day: DeskDay) -> tuple[int, bool]:
        """Files what is new; returns how many papers were drafted, and whether the day's row has changed."""
        category, announced_on = day.row.category, day.row.announced_on
        with self._store.transaction():
            # again: another process may have filed some of them in the meantime
            day = self._read_again(day)
            if day.misfiled:
                self._move_misfiled(day)
                day = self._read_again(day)
            drafted = self._file_new(day) + self._decide_pending(day)
            self._note_new_versions(day)
            day = self._read_again(day)
            return drafted, self._count(day, self._store.ledger.row(category, announced_on))

    def _read_again(self, day: DeskDay) -> DeskDay:
        row = day.row
        known = self._store.announcements.matches_on([row.announced_on], category=row.category)
        return DeskDay(self._hub, row, day.at_hub, known)

    def _move_misfiled(self, day: DeskDay) -> None:
        """Follows the hub where it has moved papers of a stale feed to the day they belong to."""
        category, announced_on = day.row.category, day.row.announced_on
        for home, ids in day.misfiled.items():
            self._store.announcements.move_day(category, ids, announced_on, home)
            for stub in self._store.stubs.by_ids(ids).values():
                if stub.announced_on == announced_on:
                    self._store.stubs.save(replace(stub, announced_on=home), self._ports.clock())

    def _file_new(self, day: DeskDay) -> int:
        """Files the papers that no topic of the desk had on this day; returns how many were drafted."""
        drafted = 0
        for came_by, entries in day.unfiled.items():
            filing = self._filer.file(
                day.row.category,
                entries,
                day.row.announced_on,
                matches={
                    # what OAI brought was matched on its comment as well
                    (entry.arxiv_id, entry.version): self._matches_of(entry, day, with_comment=came_by == "oai")
                    for entry in entries
                },
                now=self._ports.clock(),
                came_by=came_by,
            )
            drafted += len(filing.drafts)
        return drafted

    def _note_new_versions(self, day: DeskDay) -> None:
        """Marks stubs of which a new version was announced, even if that version matches no topic any more."""
        category, announced_on = day.row.category, day.row.announced_on
        for stub in self._store.stubs.by_ids(self._hub.replaced(category, announced_on)).values():
            for entry in self._hub.entries(stub.arxiv_id, category, announced_on).values():
                if is_outdated(stub, entry):
                    self._store.stubs.ask_metadata(stub.key, entry.version)

    def _decide_pending(self, day: DeskDay) -> int:
        """Decides what the hub has decided since; returns how many papers were drafted."""
        decided = day.decided
        if not decided:
            return 0
        category, announced_on = day.row.category, day.row.announced_on
        entries = {name: next(iter(self._hub.entries(name, category, announced_on).values()), None) for name in decided}
        waiting = [
            (pending, entry)
            for pending in self._store.announcements.pending(category, announced_on)
            if pending.announced_on == announced_on and (entry := entries.get(pending.arxiv_id)) is not None
        ]
        ids = [pending.arxiv_id for pending, _ in waiting]
        stubs, noted = self._store.stubs.by_ids(ids), self._store.notes.numbers_of(ids)
        decisions = [
            decide_pending(
                pending,
                self._record(entry),
                self._matches_of(entry, day, with_comment=True),
                stubs.get(pending.arxiv_id),
                noted=pending.arxiv_id in noted,
            )
            for pending, entry in waiting
        ]
        self._filer.settle_pending(category, announced_on, ids, decisions, self._ports.clock())
        return sum(decision.counts.drafted for decision in decisions if decision.stub is not None)

    def _matches_of(self, entry: Entry, day: DeskDay, *, with_comment: bool) -> Matches:
        """The hub's decisions about one paper; the terms, which are not stored, are found again."""
        outcomes = day.outcomes_at_hub.get(entry.arxiv_id, {})
        again: dict[str, TopicMatch] = {}
        if any(outcome is not None for outcome in outcomes.values()):
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

    def _count(self, day: DeskDay, known: LedgerRow | None) -> bool:
        """Brings the desk's ledger row to the hub's state and to the outcomes of its own papers; True if it changed."""
        ledger, row, counts = self._store.ledger, day.row, day.counts
        with_state = LedgerRow(row.announced_on, row.category, row.state, Counts(), row.explanation, reason=row.reason)
        if known is None:
            ledger.add(replace(with_state, counts=counts))
            return True
        has_other_counts = known.counts != counts
        if has_other_counts:
            ledger.amend(row.category, row.announced_on, counts + -known.counts)
        if not day.has_state_of(known):
            ledger.add(with_state)
        return has_other_counts or not day.has_state_of(known)

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
        wanting = self._store.stubs.wanting_metadata()
        self._hub.read({stub.arxiv_id for stub in wanting})
        papers = {stub.key: paper for stub in wanting if (paper := self._hub.paper(stub.arxiv_id)) is not None}
        if not papers:
            return 0
        ports = self._ports
        with self._store.transaction():
            # again: the curator may have decided on some of them in the meantime
            current = self._store.stubs.by_ids([paper.arxiv_id for paper in papers.values()]).values()
            wanted = [
                (stub, papers[stub.key])
                for stub in current
                if stub.key in papers and stub.status is not StubStatus.SKIPPED
            ]
            failures = store_metadata(self._store, wanted, style=ports.style, enrich=ports.enrich, now=ports.clock())
            completed = [(stub.key, paper.version) for stub, paper in wanted if stub.key not in failures]
            self._store.stubs.metadata_came(completed)
        self._errors += map(str, failures.values())
        return len(completed)

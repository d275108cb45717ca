"""Finds the venues of papers that the archive has at arXiv, and offers them; nothing is written over a title line.

Three ways lead here: the OAI delta as it is harvested, metadata asked for again after 30, 90 and 365 days,
and a conference's list that the curator gives (:mod:`notebot.features.venues.accepted_list`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from notebot.core.model.offer import Update
from notebot.core.model.paper import Paper
from notebot.core.model.stub import Stub, StubStatus, Venue
from notebot.features.venues.rules.acl_doi import venue_of_doi
from notebot.features.venues.rules.enrich import Enrich, find_venue
from notebot.features.venues.rules.metadata_update import apply_metadata
from notebot.features.venues.rules.venue_offer import at_arxiv, is_due, month_of, venue_text, venue_update, venue_why

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from notebot.core.model.note import Note
    from notebot.core.model.oai_record import OaiRecord
    from notebot.core.note_format.phrases import Phrases
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Store
    from notebot.features.venues.rules.detection import VenueTable

ASKED_AT_ONCE = 100
"""Papers asked for again per poll, all with one request."""


class AskedPapers(Protocol):
    """When each paper was last asked for again."""

    def all(self) -> dict[str, date]:
        """The day by arXiv id."""

    def put(self, arxiv_ids: Iterable[str], day: date) -> None:
        """Records that these were asked for."""


class VenueResolver(Protocol):
    """Knows venues that a paper's own words do not name."""

    def resolve(self, papers: Collection[Paper]) -> dict[str, Venue]:
        """The venues of those that it knows, by arXiv id.

        Raises:
            ServiceError: it asks a service, which did not answer.
        """


class AclDois:
    """Reads DOIs of the ACL Anthology; nobody is asked."""

    def resolve(self, papers: Collection[Paper]) -> dict[str, Venue]:
        found = {paper.arxiv_id: venue_of_doi(paper.doi) for paper in papers}
        return {name: venue for name, venue in found.items() if venue is not None}


class LaterVenues:
    """Reads what arXiv says of known papers; each ``take`` wants an open transaction, nothing else does."""

    def __init__(
        self,
        store: Store,
        asked: AskedPapers,
        table: VenueTable,
        words: Phrases,
        enrich: Enrich,
        style: NoteStyle,
        resolvers: Sequence[VenueResolver] = (),
    ) -> None:
        self._store = store
        self._asked = asked
        self._table = table
        self._words = words
        self._enrich = enrich
        self._style = style
        self._resolvers = resolvers

    def resolve(self, papers: Mapping[str, Paper]) -> dict[str, Venue]:
        """Venues of papers asked for again that their own words do not name; outside any transaction.

        Raises:
            ServiceError: a resolver's service did not answer.
        """
        unknown = {
            name: paper
            for name, paper in papers.items()
            if find_venue(paper.comment, paper.journal_ref, paper.published.year, self._table).source == "default"
        }
        found: dict[str, Venue] = {}
        for resolver in self._resolvers:
            found |= resolver.resolve([paper for name, paper in unknown.items() if name not in found])
        return found

    def take_records(self, records: Sequence[OaiRecord], now: datetime) -> None:
        """Offers what the records of a delta say; it costs no request."""
        by_id = {record.arxiv_id: record for record in records if record.comment or record.journal_ref}
        for note in self._store.notes.bare(list(by_id)):
            record = by_id[note.arxiv_id or ""]
            self._offer(note, record.comment, record.journal_ref, record.created.year, now)
        for stub in self._store.stubs.by_ids(list(by_id)).values():
            self._take_record(stub, by_id[stub.arxiv_id], now)

    def take_papers(self, papers: Mapping[str, Paper], now: datetime) -> None:
        """Offers what metadata say."""
        for note in self._store.notes.bare(list(papers)):
            paper = papers[note.arxiv_id or ""]
            self._offer(note, paper.comment, paper.journal_ref, paper.published.year, now)

    def due(self, today: date) -> list[str]:
        """The arXiv ids that are to be asked for again, the youngest papers first; no more than one request's."""
        asked = self._asked.all()
        begun = {**self._begun_notes(), **self._begun_stubs()}
        due = [name for name, day in begun.items() if is_due(day, asked.get(name), today)]
        return sorted(due, key=lambda name: (begun[name], name), reverse=True)[:ASKED_AT_ONCE]

    def take_answer(
        self, arxiv_ids: Collection[str], papers: Mapping[str, Paper], resolved: Mapping[str, Venue], now: datetime
    ) -> None:
        """Offers what the metadata of papers asked for again, or a resolver, say; and keeps that they were asked."""
        self.take_papers(papers, now)
        for note in self._store.notes.bare(list(resolved)):
            self._offer_venue(note, resolved[note.arxiv_id or ""], now)
        for stub in self._store.stubs.by_ids(list(papers)).values():
            if _is_unpublished(stub):
                take_metadata(self._store, stub, papers[stub.arxiv_id], self._style, self._enrich, now)
        self._asked.put(arxiv_ids, now.date())

    def _begun_notes(self) -> dict[str, date]:
        notes = [note for note in self._store.notes.bare() if note.number is not None and at_arxiv(note.title_line)]
        days = {note.arxiv_id or "": note.issue_date or month_of(note.arxiv_id or "") for note in notes}
        return {name: day for name, day in days.items() if day is not None}

    def _begun_stubs(self) -> dict[str, date]:
        kept = [stub for stub in self._store.stubs.all(StubStatus.KEPT) if _is_unpublished(stub)]
        days = {stub.arxiv_id: stub.announced_on or month_of(stub.arxiv_id) for stub in kept}
        return {name: day for name, day in days.items() if day is not None}

    def _offer(self, note: Note, comment: str | None, reference: str | None, year: int, now: datetime) -> None:
        if note.number is not None and at_arxiv(note.title_line) is not None:
            self._offer_venue(note, find_venue(comment, reference, year, self._table), now)

    def _offer_venue(self, note: Note, venue: Venue, now: datetime) -> None:
        if note.number is None:
            return
        update = venue_update(note.number, note.title_line, venue_text(venue), venue_why(venue, self._words))
        if update is not None:
            offer(self._store, update, now)

    def _take_record(self, stub: Stub, record: OaiRecord, now: datetime) -> None:
        """A stub learns its venue at once; its metadata are not asked for."""
        if stub.published is None or stub.status is StubStatus.SKIPPED or stub.note_number is not None:
            return
        venue = find_venue(record.comment, record.journal_ref, stub.published.year, self._table)
        if venue.source != "default" and venue_text(venue) != venue_text(stub.venue):
            told = _with_record(stub, record, stub.published)
            take_metadata(self._store, stub, told, self._style, self._enrich, now)


def take_metadata(store: Store, stub: Stub, paper: Paper, style: NoteStyle, enrich: Enrich, now: datetime) -> None:
    """Stores the stub with its metadata, and what the curator, who has seen it, is to be told of.

    The venue of a stub that is in the archive is the note's affair.
    """
    after, changes = apply_metadata(stub, paper, style, enrich, shown=_is_shown(store, stub))
    store.stubs.save(after, now)
    for change in changes:
        if change.field != "venue" or stub.note_number is None:
            update = Update(0, stub.key, change.field, change.value, change.why, stub.title)
            store.digests.add_update(update, now)


def offer(store: Store, update: Update, now: datetime) -> None:
    """Adds an offer; one that stands open with the same value is enough, whatever its evidence."""
    if not any(
        (one.key, one.field, one.value) == (update.key, update.field, update.value)
        for one in store.digests.open_updates()
    ):
        store.digests.add_update(update, now)


def _is_shown(store: Store, stub: Stub) -> bool:
    """A stub in an open plan is still queued, but the digest that is to be written says what it said then."""
    plan = store.digests.open_plan()
    return stub.status is not StubStatus.QUEUED or (plan is not None and stub.key in plan.keys)


def _is_unpublished(stub: Stub) -> bool:
    """Kept, at arXiv, and not in the archive yet."""
    at_preprint = stub.venue.source == "default" and stub.complete and bool(stub.arxiv_id)
    return stub.status is StubStatus.KEPT and stub.note_number is None and at_preprint


def _with_record(stub: Stub, record: OaiRecord, published: datetime) -> Paper:
    """What is known of a paper, with the venue's fields as OAI has them; all else waits for the metadata."""
    return Paper(
        arxiv_id=stub.arxiv_id,
        version=stub.version,
        title=stub.title,
        authors=stub.authors,
        abstract=stub.abstract,
        categories=stub.categories,
        published=published,
        updated=published,
        comment=record.comment or stub.comment,
        journal_ref=record.journal_ref or stub.journal_ref,
        doi=record.doi or stub.doi,
        withdrawn=stub.withdrawn,
    )

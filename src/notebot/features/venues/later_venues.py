"""Finds venues of papers whose venue in the archive is arXiv, and offers them; title lines are never overwritten.

There are three sources: the OAI records of a poll, metadata requested again after 30, 90 and 365 days, and a
conference's list that the curator provides (:mod:`notebot.features.venues.accepted_list`).
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.changes import VenueChange
from notebot.core.model.errors import UnexpectedError
from notebot.core.model.offer import Update
from notebot.core.model.stub import StubStatus, paper_of
from notebot.core.supervisor import supervised
from notebot.features.venues.rules.acl_doi import venue_of_doi
from notebot.features.venues.rules.enrich import find_venue
from notebot.features.venues.rules.metadata_update import apply_metadata
from notebot.features.venues.rules.venue_offer import (
    is_due,
    month_of,
    parse_preprint_line,
    venue_evidence,
    venue_text,
    venue_update,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from notebot.core.model.note import Note
    from notebot.core.model.oai_record import OaiRecord
    from notebot.core.model.paper import Paper
    from notebot.core.model.stub import Stub, Venue
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Digests, Notes, Stubs
    from notebot.features.venues.rules.detection import VenueTable
    from notebot.features.venues.rules.enrich import Enrich

ASKED_AT_ONCE = 99
"""Papers requested again per poll, all in one request, with one place left for a paper that arXiv surely knows."""
UNKNOWN_FOR_DAYS = 30
"""How long an id that arXiv does not know is not requested again."""


class MetadataStore(Protocol):
    """What applying new metadata to a stub reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def digests(self) -> Digests: ...


class VenueOfferStore(MetadataStore, Protocol):
    """What offering venues to notes and stubs reads and writes."""

    @property
    def notes(self) -> Notes: ...


class AskedPapers(Protocol):
    """When each paper was last requested again."""

    def all(self) -> dict[str, date]:
        """Returns the day by arXiv id."""

    def unknown(self) -> set[str]:
        """Returns the ids that arXiv did not know when they were last requested."""

    def put(self, arxiv_ids: Iterable[str], day: date, *, unknown: bool = False) -> None:
        """Records that these papers were requested, and whether arXiv knows them."""


class VenueResolver(Protocol):
    """Knows venues that a paper's own comment and reference do not name."""

    def resolve(self, papers: Collection[Paper]) -> dict[str, Venue]:
        """Returns the known venues by arXiv id.

        Raises:
            ServiceError: the resolver's service did not answer.
        """


class AclDois:
    """Implements :class:`VenueResolver` with the DOIs of the ACL Anthology; makes no request."""

    def resolve(self, papers: Collection[Paper]) -> dict[str, Venue]:
        venues = {paper.arxiv_id: venue_of_doi(paper.doi) for paper in papers}
        return {arxiv_id: venue for arxiv_id, venue in venues.items() if venue is not None}


class LaterVenues:
    """Offers the venues that arXiv and the resolvers report for known papers.

    The ``offer_from`` methods need an open transaction. ``resolve`` may ask a service and needs none.
    """

    def __init__(
        self,
        *,
        store: VenueOfferStore,
        asked: AskedPapers,
        table: VenueTable,
        enrich: Enrich,
        style: NoteStyle,
        resolvers: Sequence[VenueResolver] = (),
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._store = store
        self._asked = asked
        self._table = table
        self._enrich = enrich
        self._style = style
        self._resolvers = resolvers
        self._say = say

    def resolve(self, papers: Mapping[str, Paper]) -> dict[str, Venue]:
        """Returns venues of papers whose comment and reference name none.

        Raises:
            ServiceError: a resolver's service did not answer.
        """
        unknown: dict[str, Paper] = {}
        for arxiv_id, paper in papers.items():
            with self._reported(arxiv_id):
                if find_venue(paper.comment, paper.journal_ref, paper.published.year, self._table).source == "default":
                    unknown[arxiv_id] = paper
        venues: dict[str, Venue] = {}
        for resolver in self._resolvers:
            # the first resolver that knows a paper decides; later ones are only asked about the others
            venues |= resolver.resolve([paper for arxiv_id, paper in unknown.items() if arxiv_id not in venues])
        return venues

    @contextmanager
    def _reported(self, arxiv_id: str) -> Iterator[None]:
        """Reports an unexpected failure with one paper; the others go on."""
        try:
            with supervised(f"Finding the venue of {arxiv_id}"):
                yield
        except UnexpectedError as error:
            self._say(str(error))

    def offer_from_records(self, records: Sequence[OaiRecord], now: datetime) -> None:
        """Offers the venues in OAI records, which the poll has already, so this makes no request."""
        by_id = {record.arxiv_id: record for record in records if record.comment or record.journal_ref}
        for note in self._preprint_notes(by_id):
            record = by_id[note.arxiv_id or ""]
            with self._reported(record.arxiv_id):
                venue = find_venue(record.comment, record.journal_ref, record.created.year, self._table)
                self._offer_to_note(note, venue, now)
        for stub in self._store.stubs.by_ids(list(by_id)).values():
            # a stub in the archive gets its offers through its note
            if stub.published is None or stub.status is StubStatus.SKIPPED or stub.note_number is not None:
                continue
            record = by_id[stub.arxiv_id]
            venue = stub.venue
            with self._reported(record.arxiv_id):
                venue = find_venue(record.comment, record.journal_ref, stub.published.year, self._table)
            if venue.source != "default" and venue_text(venue) != venue_text(stub.venue):
                # the rest stays as it is until the metadata are requested
                paper = replace(
                    paper_of(stub),
                    comment=record.comment or stub.comment,
                    journal_ref=record.journal_ref or stub.journal_ref,
                    doi=record.doi or stub.doi,
                )
                self._store_metadata(stub, paper, now)

    def offer_from_papers(self, papers: Mapping[str, Paper], now: datetime) -> None:
        """Offers the venues in the metadata of papers to their notes."""
        for note in self._preprint_notes(papers):
            paper = papers[note.arxiv_id or ""]
            with self._reported(paper.arxiv_id):
                venue = find_venue(paper.comment, paper.journal_ref, paper.published.year, self._table)
                self._offer_to_note(note, venue, now)

    def due(self, today: date) -> list[str]:
        """Returns the arXiv ids to request again, the newest papers first; at most :data:`ASKED_AT_ONCE`."""
        asked, unknown = self._asked.all(), self._asked.unknown()
        begun: dict[str, date | None] = {}
        for note in self._store.notes.bare():
            if note.number is not None and parse_preprint_line(note.title_line):
                begun[note.arxiv_id or ""] = note.issue_date or month_of(note.arxiv_id or "")
        for stub in self._store.stubs.all(StubStatus.KEPT):
            if _is_unpublished(stub):
                begun[stub.arxiv_id] = stub.announced_on or month_of(stub.arxiv_id) or begun.get(stub.arxiv_id)
        # an id that arXiv does not know may be a typing error or a paper that is not announced yet
        recheck_on = {name: asked[name] + timedelta(days=UNKNOWN_FOR_DAYS) for name in unknown}
        # the newest papers are the most likely to have news
        due = [
            (day, name)
            for name, day in begun.items()
            if day is not None
            and (recheck_on[name] <= today if name in recheck_on else is_due(day, asked.get(name), today))
        ]
        return [name for _, name in sorted(due, reverse=True)[:ASKED_AT_ONCE]]

    def offer_from_answer(
        self, arxiv_ids: Collection[str], papers: Mapping[str, Paper], resolved: Mapping[str, Venue], now: datetime
    ) -> list[str]:
        """Offers the venues in requested metadata or from a resolver, and records that the papers were requested.

        Args:
            arxiv_ids: all requested papers, including those without an answer.

        Returns:
            The ids that arXiv does not know, except those that were returned before.
        """
        self.offer_from_papers(papers, now)
        for note in self._preprint_notes(resolved):
            self._offer_to_note(note, resolved[note.arxiv_id or ""], now)
        for stub in self._store.stubs.by_ids(list(papers)).values():
            if _is_unpublished(stub):
                paper = papers[stub.arxiv_id]
                self._store_metadata(stub, paper, now)
        unknown = set(arxiv_ids) - papers.keys()
        new = sorted(unknown - self._asked.unknown())
        self._asked.put(papers.keys() & set(arxiv_ids), now.date())
        self._asked.put(unknown, now.date(), unknown=True)
        return new

    def _store_metadata(self, stub: Stub, paper: Paper, now: datetime) -> None:
        failures = store_metadata(self._store, [(stub, paper)], style=self._style, enrich=self._enrich, now=now)
        for error in failures.values():
            self._say(str(error))

    def _preprint_notes(self, arxiv_ids: Iterable[str]) -> list[Note]:
        """Returns the notes of these papers whose venue is arXiv; other notes need no detection."""
        notes = self._store.notes.bare(list(arxiv_ids))
        return [note for note in notes if parse_preprint_line(note.title_line) is not None]

    def _offer_to_note(self, note: Note, venue: Venue, now: datetime) -> None:
        if note.number is None:
            return
        update = venue_update(note.number, note.title_line, venue_text(venue), venue_evidence(venue))
        if update is not None:
            add_offer_once(self._store, update, now)


def store_metadata(
    store: MetadataStore, papers: Iterable[tuple[Stub, Paper]], *, style: NoteStyle, enrich: Enrich, now: datetime
) -> dict[str, UnexpectedError]:
    """Stores stubs with newer metadata, and adds updates for what the curator has seen differently.

    Returns:
        By key, what failed unexpectedly; the other stubs are stored.
    """
    # a stub in an open plan is still queued, but the digest about to be written has its old metadata
    plan = store.digests.open_plan()
    stubs: list[Stub] = []
    updates: list[Update] = []
    failures: dict[str, UnexpectedError] = {}
    for stub, paper in papers:
        shown = stub.status is not StubStatus.QUEUED or (plan is not None and stub.key in plan.keys)
        try:
            with supervised(f"The metadata of {paper.arxiv_id}"):
                after, changes = apply_metadata(stub, paper, style, enrich, shown=shown)
        except UnexpectedError as error:
            failures[stub.key] = error
            continue
        stubs.append(after)
        # a stub in the archive gets venue offers through its note
        updates += [
            Update(0, stub.key, change, why, stub.title)
            for change, why in changes
            if not isinstance(change, VenueChange) or stub.note_number is None
        ]
    store.stubs.save_all(stubs, now)
    for update in updates:
        store.digests.add_update(update, now)
    return failures


def add_offer_once(store: MetadataStore, update: Update, now: datetime) -> None:
    """Adds an offer unless the same value is already offered, with whatever evidence."""
    if (update.key, update.change) not in {(other.key, other.change) for other in store.digests.open_updates()}:
        store.digests.add_update(update, now)


def _is_unpublished(stub: Stub) -> bool:
    """True for a kept stub whose venue is arXiv and that is not in the archive yet."""
    at_preprint = stub.venue.source == "default" and stub.complete and bool(stub.arxiv_id)
    return stub.status is StubStatus.KEPT and stub.note_number is None and at_preprint

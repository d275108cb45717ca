"""`notebot venues`: matches a conference's list of accepted papers with the archive's preprints."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.changes import TitleLineOffer
from notebot.core.model.errors import UsageError
from notebot.core.model.offer import Update, note_key
from notebot.core.model.reasons import AcceptedPaperList
from notebot.core.model.stub import Offer, StubStatus
from notebot.core.note_format.stub_title import title_line
from notebot.core.note_format.title_line import parse_title_line, replace_venue
from notebot.core.note_format.update_wording import word_reason
from notebot.core.ports import Transactional
from notebot.features.venues.later_venues import VenueOfferStore, add_offer_once
from notebot.features.venues.rules.accepted_papers import ArchivedPreprint, match_accepted
from notebot.features.venues.rules.detection import detect_venue, make_label
from notebot.features.venues.rules.venue_offer import full_year, parse_listed_venue, parse_preprint_line, venue_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from notebot.core.model.note import Note
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.phrases import Phrases
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.note_format.title_line import TitleVenue
    from notebot.features.venues.rules.accepted_papers import AcceptedPaper
    from notebot.features.venues.rules.detection import DetectedVenue, VenueTable


class AcceptedListStore(VenueOfferStore, Transactional, Protocol):
    """What matching a list reads and writes."""


class ListedOffer(Struct, frozen=True):
    """One offer that a list led to."""

    key: str
    """``note:2158``, or the key of a kept stub."""
    title: str
    value: str
    why: str
    renamed: bool
    """The list has the paper under a different title."""


class ListReport(Struct, frozen=True):
    """The result of matching a list."""

    venue: str
    read: int
    """Papers in the list."""
    other_venue: int
    """Papers whose entry names another venue or year."""
    sought: int
    """Notes and kept stubs whose venue is arXiv."""
    offers: tuple[ListedOffer, ...]
    turned_down: int = 0
    """Papers that were rejected, withdrawn or only submitted according to the list."""
    unread: int = 0
    """Rows of the list without title or authors."""


def read_listed_venue(text: str) -> TitleVenue:
    """Returns the venue in the option ``--as``.

    Raises:
        UsageError: it has no year, or is arXiv.
    """
    venue = parse_listed_venue(text)
    if venue is None:
        raise UsageError(f'--as takes a venue with its year as in title lines, such as "ICLR\'26", not {text!r}.')
    return venue


def offer_accepted_list(
    papers: Iterable[AcceptedPaper],
    venue: TitleVenue,
    file: str,
    *,
    store: AcceptedListStore,
    now: datetime,
    table: VenueTable,
    phrases: Phrases,
    style: NoteStyle,
) -> ListReport:
    """Offers the venue to every preprint in the archive that is in the list.

    Args:
        venue: where the papers of the list are accepted; its track applies to entries without their own.
        file: the name of the list, which is the evidence of the offers.
    """
    papers = list(papers)
    ours = list(_papers_of_venue(papers, venue, table))
    notes = {note_key(note.number): note for note in store.notes.bare() if note.number is not None}
    stubs = {stub.key: stub for stub in store.stubs.all(StubStatus.KEPT)}
    preprints = list(_archived_preprints(notes, stubs, style))
    offers = []
    with store.transaction():
        for match in match_accepted(preprints, ours, full_year(venue)):
            key = match.preprint.key
            label = make_label(venue.name, full_year(venue), match.paper.track or venue.track or None)
            why = AcceptedPaperList(file, match.paper.title if match.renamed else "")
            update = None
            if key in notes:
                update = venue_update(notes[key].number or 0, notes[key].title_line, label, why)
            elif key in stubs:
                # a stub is offered a whole title line, which becomes the curator's own when it is accepted
                stub = stubs[key]
                line = replace_venue(parse_title_line(title_line(stub, style).text), label)
                offer = Offer("title_line", line, why)
                if offer not in stub.offers:
                    store.stubs.save(replace(stub, offers=(*stub.offers, offer)), now)
                update = Update(0, key, TitleLineOffer(line), why, stub.title)
            if update is not None:
                add_offer_once(store, update, now)
                offers.append(
                    ListedOffer(update.key, update.title, update.value, word_reason(why, phrases), match.renamed)
                )
    return ListReport(
        venue=venue.label,
        read=len(papers),
        other_venue=len(papers) - len(ours),
        sought=len({preprint.key for preprint in preprints}),
        offers=tuple(offers),
    )


def _papers_of_venue(papers: Iterable[AcceptedPaper], venue: TitleVenue, table: VenueTable) -> Iterator[AcceptedPaper]:
    """Yields the papers whose entry does not name another venue, with the track that the entry names."""
    year, known = full_year(venue), any(row.name == venue.name for row in table.rows)

    @cache  # thousands of entries have the same few venues
    def detect(text: str) -> DetectedVenue | None:
        return detect_venue(None, text, table, year)

    for paper in papers:
        detected = detect(paper.venue) if paper.venue else None
        if detected is None or not detected.in_table:
            yield paper
        # if the table lacks the curator's venue, the names cannot be compared and the year alone decides
        elif (not known or detected.name == venue.name) and detected.year in (None, year):
            yield replace(paper, track=paper.track or detected.track)


def _archived_preprints(
    notes: Mapping[str, Note], stubs: Mapping[str, Stub], style: NoteStyle
) -> Iterator[ArchivedPreprint]:
    """Yields the notes and kept stubs whose venue is arXiv."""
    stub_of = {stub.arxiv_id: stub for stub in stubs.values() if stub.arxiv_id}
    for key, note in notes.items():
        line = parse_preprint_line(note.title_line)
        if line is not None and line.venue is not None:
            year, stub = full_year(line.venue), stub_of.get(note.arxiv_id or "")
            # the stub knows all authors, and a newer title if arXiv has one
            if stub is not None:
                yield ArchivedPreprint(key, stub.title, stub.authors, year)
            if line.first_author:
                yield ArchivedPreprint(key, line.title, (line.first_author,), year)
    for key, stub in stubs.items():
        line = parse_preprint_line(title_line(stub, style).text)
        if stub.note_number is None and stub.arxiv_id and line is not None and line.venue is not None:
            yield ArchivedPreprint(key, stub.title, stub.authors, full_year(line.venue))

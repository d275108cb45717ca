"""`notebot venues`: a conference's list against the papers that the archive has at arXiv."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import UsageError
from notebot.core.model.offer import Update, note_key
from notebot.core.model.stub import Offer, Stub, StubStatus
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.note_format.title_line import TitleVenue, parse_title_line, replace_venue
from notebot.features.venues.later_venues import offer
from notebot.features.venues.rules.accepted_papers import Accepted, Match, Sought, match_accepted
from notebot.features.venues.rules.detection import DetectedVenue, VenueTable, detect_venue, make_label
from notebot.features.venues.rules.venue_offer import at_arxiv, full_year, parse_listed_venue, venue_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from notebot.core.model.note import Note
    from notebot.core.note_format.phrases import Phrases
    from notebot.core.ports import Clock, Store


class Offered(Struct, frozen=True):
    """One offer that a list gave rise to."""

    key: str
    """``note:2158``, or a kept stub's."""
    title: str
    value: str
    why: str
    renamed: bool
    """The list has the paper under another title."""


class ListReport(Struct, frozen=True):
    """What became of a list."""

    venue: str
    read: int
    """Papers of the list."""
    other_venue: int
    """Those that say themselves that they are part of another venue or year."""
    sought: int
    """Notes and kept stubs at arXiv."""
    offers: tuple[Offered, ...]
    turned_down: int = 0
    """Papers that were rejected, withdrawn or only submitted, as the list says."""
    unread: int = 0
    """Rows of the list without title or authors."""


def read_listed_venue(text: str) -> TitleVenue:
    """The venue that ``--as`` names.

    Raises:
        UsageError: it has no year, or is arXiv.
    """
    venue = parse_listed_venue(text)
    if venue is None:
        raise UsageError(f'--as takes a venue with its year as title lines have it, such as "ICLR\'26", not {text!r}.')
    return venue


class VenueList:
    """One list, matched against the archive."""

    def __init__(self, store: Store, clock: Clock, table: VenueTable, words: Phrases, style: NoteStyle) -> None:
        self._store = store
        self._clock = clock
        self._words = words
        self._style = style
        self._table = table

    def run(self, accepted: Iterable[Accepted], venue: TitleVenue, file: str) -> ListReport:
        """Offers every sought paper of the list.

        Args:
            venue: where the papers of the list are accepted; its track stands where an entry has none.
            file: the list's name, which is the evidence.
        """
        entries = list(accepted)
        ours = list(_of_venue(entries, venue, self._table))
        notes = {note_key(note.number): note for note in self._store.notes.bare() if note.number is not None}
        stubs = {stub.key: stub for stub in self._store.stubs.all(StubStatus.KEPT)}
        sought = [*_sought_notes(notes, stubs.values()), *_sought_stubs(stubs, self._style)]
        offers = []
        with self._store.transaction():
            for match in match_accepted(sought, ours, full_year(venue)):
                update = self._update(match, venue, file, notes, stubs)
                if update is not None:
                    offers.append(Offered(update.key, update.title, update.value, update.why, match.renamed))
        papers = {one.key for one in sought}
        return ListReport(venue.label, len(entries), len(entries) - len(ours), len(papers), tuple(offers))

    def _update(
        self, match: Match, venue: TitleVenue, file: str, notes: dict[str, Note], stubs: dict[str, Stub]
    ) -> Update | None:
        track = match.entry.track or venue.track or None
        label = make_label(venue.name, full_year(venue), track)
        why = self._why(match, file)
        note, stub = notes.get(match.sought.key), stubs.get(match.sought.key)
        if note is not None and note.number is not None:
            update = venue_update(note.number, note.title_line, label, why)
        else:
            update = self._stub_update(stub, label, why) if stub is not None else None
        if update is not None:
            offer(self._store, update, self._clock())
        return update

    def _stub_update(self, stub: Stub, label: str, why: str) -> Update:
        """The whole title line is what a stub can be offered; the curator's tick makes it the curator's own."""
        line = replace_venue(parse_title_line(title_line(stub, self._style).text), label)
        held = Offer("title_line", line, why)
        if held not in stub.offers:
            self._store.stubs.save(replace(stub, offers=(*stub.offers, held)), self._clock())
        return Update(0, stub.key, "title_line", line, why, stub.title)

    def _why(self, match: Match, file: str) -> str:
        if match.renamed:
            return self._words.listed_renamed.format(file=file, title=match.entry.title)
        return self._words.listed.format(file=file)


def _of_venue(entries: Iterable[Accepted], venue: TitleVenue, table: VenueTable) -> Iterator[Accepted]:
    """The entries that do not say that they are another venue's, with the track that they tell."""
    year, known = full_year(venue), any(row.name == venue.name for row in table.rows)

    @cache
    def read(words: str) -> DetectedVenue | None:
        return detect_venue(None, words, table, year)

    for entry in entries:
        found = read(entry.venue) if entry.venue else None
        if found is None or not found.in_table:
            yield entry
        elif (not known or found.name == venue.name) and found.year in (None, year):
            yield replace(entry, track=entry.track or found.track)


def _sought_notes(notes: dict[str, Note], stubs: Iterable[Stub]) -> Iterator[Sought]:
    by_id = {stub.arxiv_id: stub for stub in stubs if stub.arxiv_id}
    for key, note in notes.items():
        parsed = at_arxiv(note.title_line)
        if parsed is not None and parsed.venue is not None:
            year, stub = full_year(parsed.venue), by_id.get(note.arxiv_id or "")
            if stub is not None:
                yield Sought(key, stub.title, stub.authors, year)
            if parsed.first_author:
                yield Sought(key, parsed.title, (parsed.first_author,), year)


def _sought_stubs(stubs: dict[str, Stub], style: NoteStyle) -> Iterator[Sought]:
    for key, stub in stubs.items():
        parsed = at_arxiv(title_line(stub, style).text)
        if stub.note_number is None and stub.arxiv_id and parsed is not None and parsed.venue is not None:
            yield Sought(key, stub.title, stub.authors, full_year(parsed.venue))

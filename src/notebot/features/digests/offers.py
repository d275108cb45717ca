"""Offered changes of notes and title lines that are decided outside a digest file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.changes import SecondNote, TitleLineOffer, VenueChange
from notebot.core.model.decision import Decision
from notebot.core.model.errors import MoveError, NotebotError, StaleError, UsageError
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.title_line import parse_venue
from notebot.core.supervisor import supervised
from notebot.features.digests.moves import MoveStore, save_decision
from notebot.features.digests.rules.apply_edits import with_accepted_offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.offer import Update
    from notebot.core.ports import Clock, Notes
    from notebot.features.digests.moves import SeenFiles

ACCEPT, DISMISS = "accept", "dismiss"


class OfferStore(MoveStore, Protocol):
    """What deciding an offer reads and writes."""

    @property
    def notes(self) -> Notes: ...


class DecidedOffer(Struct, frozen=True):
    """The result for one offer: what was decided on, or the error."""

    update_id: int
    update: Update | None = None
    error: NotebotError | None = None


class Offers:
    """Lists and decides offers; each decision is recorded, and :meth:`Moves.undo` takes it back."""

    def __init__(self, store: OfferStore, files: SeenFiles, clock: Clock, by: str) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._by = by

    def undecided(self) -> list[Update]:
        """The offers that wait for a decision and still apply, shown in a digest or not; the newest first."""
        return [update for update in self._store.digests.undecided_offers() if self._still_applies(update)]

    def decide(self, verb: str, update_ids: Sequence[int]) -> list[DecidedOffer]:
        """Accepts or dismisses each offer in its own transaction; one that is refused does not stop the others.

        Raises:
            UsageError: ``verb`` is neither ``accept`` nor ``dismiss``.
        """
        if verb not in (ACCEPT, DISMISS):
            raise UsageError(f"An offer cannot be decided by {verb[:20]!r}; it is {ACCEPT} or {DISMISS}.")
        results, batch = [], self._store.decisions.new_batch()
        # An id given twice is decided once; the second time it would be refused as decided elsewhere.
        for update_id in dict.fromkeys(update_ids):
            try:
                with supervised(f"The offer {update_id}"):
                    results.append(DecidedOffer(update_id, self._decide(verb, update_id, batch)))
            except NotebotError as error:
                results.append(DecidedOffer(update_id, error=error))
        return results

    def _decide(self, verb: str, update_id: int, batch: int) -> Update:
        store = self._store
        with store.transaction():
            update = next(iter(store.digests.undecided_offers(update_id)), None)
            # Checked again inside the transaction: the page that showed the offer may be hours old.
            if update is None or not self._still_applies(update):
                raise StaleError("The offer was decided on elsewhere, or it is gone; nothing was changed.")
            if verb == ACCEPT and not can_accept(update):
                raise MoveError(
                    f"#{update.subject}: an offer of {update.field!r} is not applied by notebot; do it by hand."
                )
            digest = store.digests.shown_in(update_id)
            record = Decision(
                key=update.key,
                move=verb,
                by=self._by,
                at=self._clock(),
                batch=batch,
                update=f"{update.subject} {update.field}",
                update_id=update_id,
                # so that an older tick in the file does not override this decision
                files={digest: self._files.seen(digest)} if digest else {},
            )
            if verb == ACCEPT:
                store.digests.set_accepted(update_id, True)
            stub = None if update.of_note else store.stubs.get(update.key)
            if stub is None:
                store.decisions.add(record)
            elif verb == ACCEPT:
                save_decision(store, stub, with_accepted_offer(stub, update.field), record)
            else:
                others = tuple(offer for offer in stub.offers if offer.field != update.field)
                save_decision(store, stub, replace(stub, offers=others), record)
            return update

    def _still_applies(self, update: Update) -> bool:
        """False if the note is gone, or the stub has a newer offer, was skipped or is published."""
        if update.of_note:
            return self._store.notes.with_number(int(update.subject)) is not None
        stub = self._store.stubs.get(update.key)
        if stub is None or stub.status is StubStatus.SKIPPED or stub.note_number is not None:
            return False
        newest = [offer.value for offer in stub.offers if offer.field == update.field][-1:]
        return isinstance(update.change, TitleLineOffer) and newest == [update.change.line]


def can_accept(update: Update) -> bool:
    """False for what an audit can only report: a paper noted twice, or a venue without its year."""
    if isinstance(update.change, VenueChange):
        return parse_venue(update.change.label) is not None
    return not isinstance(update.change, SecondNote)

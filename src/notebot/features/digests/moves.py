"""The curator's moves from the command line or the review page, and undo.

Each is recorded with what it replaced, as are those that ``collect`` reads from a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key, is_web_page_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.decision import Decision, choice_of
from notebot.core.model.errors import InvalidRefError, MoveError, NotebotError, NotFoundError, StaleError
from notebot.core.model.stub import Stub, StubStatus, stub_key
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.features.digests.rules.apply_edits import with_read_later
from notebot.features.digests.rules.take_back import take_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notebot.core.model.decision import SeenFile
    from notebot.core.model.stub import Curator
    from notebot.core.ports import Clock, Decisions, Digests, Stubs

MOVES: dict[str, tuple[StubStatus, frozenset[StubStatus]]] = {
    "keep": (StubStatus.KEPT, frozenset({StubStatus.QUEUED, StubStatus.DIGESTED})),
    "skip": (StubStatus.SKIPPED, frozenset({StubStatus.QUEUED, StubStatus.DIGESTED})),
    "requeue": (
        StubStatus.QUEUED,
        frozenset({StubStatus.SKIPPED, StubStatus.KEPT, StubStatus.DIGESTED}),
    ),
}
"""For each move the status it sets, and the statuses it is allowed from (rules.md 5.2)."""


class StubLookup(Protocol):
    """Read access to the stubs."""

    @property
    def stubs(self) -> Stubs: ...


class MoveStore(StubLookup, Transactional, Protocol):
    """What a move reads and writes."""

    @property
    def decisions(self) -> Decisions: ...
    @property
    def digests(self) -> Digests: ...


class SeenFiles(Protocol):
    """The digest files, to know later whether a change in one is newer than a decision made elsewhere."""

    def seen(self, name: str) -> SeenFile:
        """The state of a digest file now, with an empty hash if it does not exist or cannot be read."""


class Moved(Struct, frozen=True):
    """The result of one move: the stub as it is now, or the error."""

    ref: str
    stub: Stub | None = None
    error: NotebotError | None = None


class TakenBack(Struct, frozen=True):
    """One decision that was taken back."""

    decision: Decision
    stub: Stub | None
    """As it is now; ``None`` for an update of a note."""


def find_stub(store: StubLookup, ref: str) -> Stub:
    """The stub of a paper, given by its id or a link, or of a web page, given by its URL.

    Raises:
        InvalidRefError: the reference is neither.
        NotFoundError: there is no such stub.
    """
    try:
        name = parse_ref(ref).base
        key = stub_key(name)
    except InvalidRefError:
        if not is_web_page_url(ref):
            raise
        name, key = ref.strip(), article_key(ref)
    stub = store.stubs.get(key)
    # A move never creates a stub: a mistyped id must not look like a decision that was stored.
    if stub is None:
        raise NotFoundError(f"There is no stub for {name}; `notebot fetch --save {name}` creates one.")
    return stub


class Moves:
    """Makes decisions that do not come from a digest file: with a command, or on the review page."""

    def __init__(self, store: MoveStore, files: SeenFiles, clock: Clock, by: str) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._by = by

    def move(self, verb: str, refs: Sequence[str], *, read_later: bool = False) -> list[Moved]:
        """Moves each stub in its own transaction; an invalid reference does not stop the others."""
        # One batch number per command, so that undo takes the whole command back (rules.md 6.8).
        results, batch = [], self._store.decisions.new_batch()
        for ref in refs:
            try:
                with supervised(f"The reference {ref[:200]}"):
                    key = find_stub(self._store, ref).key
                    results.append(Moved(ref, self.decide(key, verb, read_later=read_later, batch=batch)))
            except NotebotError as error:
                results.append(Moved(ref, error=error))
        return results

    def decide(
        self,
        key: str,
        verb: str,
        *,
        read_later: bool = False,
        curator: Curator | None = None,
        posts: tuple[str, ...] | None = None,
        revision: int | None = None,
        batch: int | None = None,
    ) -> Stub:
        """Keeps, skips or requeues one stub, or stores what the curator edited, and returns it as it is now.

        Args:
            verb: one of :data:`MOVES`, or ``edit``.
            read_later: also adds the tag of the reading list.
            curator: what the curator typed, if it changed.
            posts: the posts that the stub has from now on, if they changed.
            revision: of the stub that the curator saw; ``None`` accepts any.
            batch: the number of the command that this is a part of; ``None`` for a decision of its own.

        Raises:
            NotFoundError: there is no such stub.
            StaleError: the stub was decided on since the curator saw it.
            MoveError: the stub's status does not allow the move.
        """
        with self._store.transaction():
            stub = self._store.stubs.get(key)
            if stub is None:
                raise NotFoundError(f"There is no stub {key}.")
            if revision is not None and revision != self._store.decisions.revision(key):
                raise StaleError(f"{stub.arxiv_id or stub.url} was decided on meanwhile; it is {stub.status}.")
            # the words that are sent were fixed when publishing began
            if (curator is not None or posts is not None) and self._store.decisions.sent([key]):
                raise MoveError(f"{stub.arxiv_id or stub.url} is on its way to the archive; edit the note there.")
            decided = stub if curator is None else replace(stub, curator=curator)
            decided = decided if posts is None else replace(decided, posts=posts)
            if verb != "edit":
                target, allowed = MOVES[verb]
                # Repeating a move is not an error, so that a command can be run again after an interruption.
                if stub.status is not target and stub.status not in allowed:
                    name = stub.arxiv_id or stub.url
                    raise MoveError(f"{name} is {stub.status}; only `notebot queue requeue` brings it back.")
                decided = replace(decided, status=target)
            if read_later:
                decided = with_read_later(decided)
            # A repeated move is not recorded: undo would first take back a decision that changed nothing.
            if decided != stub:
                record = Decision(
                    key=key,
                    move=verb,
                    by=self._by,
                    at=self._clock(),
                    batch=self._store.decisions.new_batch() if batch is None else batch,
                    files={name: self._files.seen(name) for name in self._store.digests.containing(key)},
                )
                save_decision(self._store, stub, decided, record)
            return decided

    def undo(
        self, key: str | None = None, revision: int | None = None, update_id: int | None = None
    ) -> list[TakenBack]:
        """Takes back the last decision, or everything that the last command or ``collect`` decided.

        Args:
            key: takes back only the last decision about this stub, also if it was one of many.
            revision: of the stub that the curator saw; ``None`` accepts any.
            update_id: with ``key``, takes back only the last decision about this offer.

        Raises:
            StaleError: the stub was decided on since the curator saw it.
            MoveError: there is nothing left to take back, or a part of it was sent to GitHub.
        """
        store = self._store
        with store.transaction():
            if key is None:
                decisions = store.decisions.last_batch()
            else:
                # the review page may show a state that another tab, command or file has changed since
                if revision is not None and revision != store.decisions.revision(key):
                    raise StaleError(f"{key} was decided on meanwhile.")
                decisions = [
                    each
                    for each in store.decisions.of(key)
                    if each.undone_at is None and update_id in (None, each.update_id)
                ][-1:]
            if not decisions:
                raise MoveError("There is no decision left that could be taken back.")
            stubs = {decision.key: store.stubs.get(decision.key) for decision in decisions}
            # All or nothing: a batch that is half taken back is in a state that nobody decided on.
            self._refuse_published(decisions, stubs)
            taken_back = []
            for decision in decisions:
                stub = stubs[decision.key]
                if decision.update_id:
                    store.digests.set_accepted(decision.update_id, decision.move == "withdraw")
                # Only what the decision changed is restored; what a machine learned since then stays.
                if stub is not None and decision.before is not None and decision.after is not None:
                    stub = stubs[decision.key] = take_back(stub, decision.before, decision.after)
                    store.stubs.save(stub, self._clock())
                taken_back.append(TakenBack(decision, stub))
            store.decisions.undo([decision.id for decision in decisions], self._clock())
        return taken_back

    def _refuse_published(self, decisions: Sequence[Decision], stubs: Mapping[str, Stub | None]) -> None:
        sent = self._store.decisions.sent([decision.outbox_key for decision in decisions])
        published = []
        for decision in decisions:
            stub = stubs[decision.key]
            if stub is not None and stub.note_number is not None:
                published.append(f"{stub.arxiv_id or stub.url} is published as #{stub.note_number}")
            elif decision.outbox_key in sent:
                name = (stub.arxiv_id or stub.url) if stub else decision.key.replace("note:", "#")
                published.append(f"{name} is on its way to the archive")
        if published:
            what = f"Reading {decisions[0].file}" if decisions[0].file else f"The last {decisions[0].move}"
            raise MoveError(
                f"{what} cannot be taken back: {'; '.join(dict.fromkeys(published))}. "
                "Change those notes in the archive, and the others with `notebot queue requeue`."
            )


def save_decision(store: MoveStore, stub: Stub, decided: Stub, record: Decision) -> None:
    """Saves the stub and the record of what was decided; the caller holds the transaction."""
    store.stubs.save(decided, record.at)
    store.decisions.add(replace(record, before=choice_of(stub), after=choice_of(decided)))

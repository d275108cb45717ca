"""The curator's moves: keep, skip, requeue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from notebot.domain.arxiv_id import parse_ref
from notebot.domain.errors import MoveError, NotebotError, NotFoundError
from notebot.domain.stub import Stub, StubStatus, stub_key
from notebot.services.ports import Clock, Store

MOVES: dict[str, tuple[StubStatus, frozenset[StubStatus]]] = {
    "keep": (StubStatus.KEPT, frozenset({StubStatus.QUEUED, StubStatus.DIGESTED})),
    "skip": (StubStatus.SKIPPED, frozenset({StubStatus.QUEUED, StubStatus.DIGESTED})),
    "requeue": (
        StubStatus.QUEUED,
        frozenset({StubStatus.SKIPPED, StubStatus.KEPT, StubStatus.DIGESTED}),
    ),
}
"""Each move: where it leads, and from which states (rules.md 5.2)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What one move came to."""

    ref: str
    stub: Stub | None = None
    error: NotebotError | None = None


def find_stub(store: Store, ref: str) -> Stub:
    """The stub of a paper, named by an id or link of any form.

    Raises:
        InvalidRefError: the reference names no paper.
        NotFoundError: there is no stub of that paper.
    """
    arxiv_id = parse_ref(ref).base
    stub = store.stubs.get(stub_key(arxiv_id))
    if stub is None:
        raise NotFoundError(f"There is no stub of {arxiv_id}; `notebot fetch --save {arxiv_id}` drafts one.")
    return stub


def move(store: Store, verb: str, refs: Sequence[str], clock: Clock) -> list[Moved]:
    """Moves each stub, one transaction each; a bad reference spoils no other."""
    return [_move(store, verb, ref, clock) for ref in refs]


def _move(store: Store, verb: str, ref: str, clock: Clock) -> Moved:
    target, sources = MOVES[verb]
    try:
        with store.transaction():
            stub = find_stub(store, ref)
            if stub.status is target:
                return Moved(ref, stub)
            if stub.status not in sources:
                raise MoveError(f"{stub.arxiv_id} is {stub.status}; only `notebot queue requeue` brings it back.")
            moved = replace(stub, status=target)
            store.stubs.save(moved, clock())
            return Moved(ref, moved)
    except NotebotError as error:
        return Moved(ref, error=error)

"""The curator's queue moves: keep, skip, requeue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key, is_web_page_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import InvalidRefError, MoveError, NotebotError, NotFoundError
from notebot.core.model.stub import Stub, StubStatus, stub_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from notebot.core.ports import Clock, Stubs

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


class QueueStore(StubLookup, Protocol):
    """What a queue move reads and writes."""

    def transaction(self) -> AbstractContextManager[None]: ...


class Moved(Struct, frozen=True):
    """The result of one move: the stub as it is now, or the error."""

    ref: str
    stub: Stub | None = None
    error: NotebotError | None = None


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
    if stub is None:
        raise NotFoundError(f"There is no stub for {name}; `notebot fetch --save {name}` creates one.")
    return stub


def move(store: QueueStore, verb: str, refs: Sequence[str], clock: Clock) -> list[Moved]:
    """Moves each stub in its own transaction; an invalid reference does not stop the others."""
    target, allowed = MOVES[verb]
    results = []
    for ref in refs:
        try:
            with store.transaction():
                stub = find_stub(store, ref)
                # Repeating a move is not an error, so that a command can be run again after an interruption.
                if stub.status is not target:
                    if stub.status not in allowed:
                        name = stub.arxiv_id or stub.url
                        raise MoveError(f"{name} is {stub.status}; only `notebot queue requeue` brings it back.")
                    stub = replace(stub, status=target)
                    store.stubs.save(stub, clock())
        except NotebotError as error:
            results.append(Moved(ref, error=error))
        else:
            results.append(Moved(ref, stub))
    return results

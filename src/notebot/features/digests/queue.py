"""The curator's moves: keep, skip, requeue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key, is_web_page_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import InvalidRefError, MoveError, NotebotError, NotFoundError
from notebot.core.model.stub import Stub, StubStatus, stub_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.ports import Clock, Store

MOVES: dict[str, tuple[StubStatus, frozenset[StubStatus]]] = {
    "keep": (StubStatus.KEPT, frozenset({StubStatus.QUEUED, StubStatus.DIGESTED})),
    "skip": (StubStatus.SKIPPED, frozenset({StubStatus.QUEUED, StubStatus.DIGESTED})),
    "requeue": (
        StubStatus.QUEUED,
        frozenset({StubStatus.SKIPPED, StubStatus.KEPT, StubStatus.DIGESTED}),
    ),
}
"""Each move: where it leads, and from which states (rules.md 5.2)."""


class Moved(Struct, frozen=True):
    """What one move came to."""

    ref: str
    stub: Stub | None = None
    error: NotebotError | None = None


def find_stub(store: Store, ref: str) -> Stub:
    """The stub of a paper, named by an id or link of any form, or of a page, named by its address.

    Raises:
        InvalidRefError: the reference names neither.
        NotFoundError: there is no such stub.
    """
    name, key = _named(ref)
    stub = store.stubs.get(key)
    if stub is None:
        raise NotFoundError(f"There is no stub of {name}; `notebot fetch --save {name}` drafts one.")
    return stub


def _named(ref: str) -> tuple[str, str]:
    """What a reference names, and the key of its stub."""
    try:
        arxiv_id = parse_ref(ref).base
    except InvalidRefError:
        if not is_web_page_url(ref):
            raise
        return ref.strip(), article_key(ref)
    return arxiv_id, stub_key(arxiv_id)


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
                name = stub.arxiv_id or stub.url
                raise MoveError(f"{name} is {stub.status}; only `notebot queue requeue` brings it back.")
            moved = replace(stub, status=target)
            store.stubs.save(moved, clock())
            return Moved(ref, moved)
    except NotebotError as error:
        return Moved(ref, error=error)

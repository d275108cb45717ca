"""The curator's queue moves, with a real store."""

import pytest
from msgspec.structs import replace

from fakes import NIGHT, FakeClock, NoFiles, entry
from notebot.core.model.stub import StubStatus
from notebot.features.digests.moves import MOVES, Moves
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.store.store import DatabaseStore


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("status", StubStatus)
def test_every_move_sets_its_status_or_explains_why_not(store: DatabaseStore, verb: str, status: StubStatus) -> None:
    store.stubs.save(replace(draft_from_entry(entry(), ()), status=status), NIGHT)
    target, sources = MOVES[verb]
    (moved,) = Moves(store, NoFiles(), FakeClock(), "cli").move(verb, ["https://arxiv.org/abs/2605.00001v1"])
    (saved,) = store.stubs.all()
    if status is target or status in sources:
        assert moved.stub is not None
        assert saved.status is target
    else:
        assert "requeue" in str(moved.error)
        assert saved.status is status


def test_an_invalid_reference_does_not_stop_the_other_moves(store: DatabaseStore) -> None:
    store.stubs.save(draft_from_entry(entry(), ()), NIGHT)
    kinds = [
        getattr(moved.error, "kind", None)
        for moved in Moves(store, NoFiles(), FakeClock(), "cli").move("skip", ["foo", "2605.00001", "2605.00002"])
    ]
    assert kinds == ["invalid-ref", None, "not-found"]
    assert store.stubs.counts()[StubStatus.SKIPPED] == 1

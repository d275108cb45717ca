"""The workers of a lab in the store, and what each desk has received."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from fakes import NIGHT
from notebot.store.store import DatabaseStore
from store.store_calls import LATER, WORKER


def test_a_worker_is_seen_until_it_ends_and_its_start_stays(store: DatabaseStore) -> None:
    store.workers.put(WORKER)
    store.workers.put(replace(WORKER, name="host-2-b", since=NIGHT - timedelta(hours=1)))
    store.workers.put(replace(WORKER, last_seen_at=LATER, since=LATER, doing=""))
    assert [worker.name for worker in store.workers.all()] == ["host-2-b", "host-1-a"]
    assert store.workers.all()[1] == replace(WORKER, last_seen_at=LATER, doing="")
    store.workers.end("host-1-a")
    assert [worker.name for worker in store.workers.all()] == ["host-2-b"]


def test_only_workers_that_were_not_seen_lately_are_pruned(store: DatabaseStore) -> None:
    store.workers.put(WORKER)
    store.workers.put(replace(WORKER, name="host-2-b", last_seen_at=LATER))
    store.workers.prune(LATER)
    assert [worker.name for worker in store.workers.all()] == ["host-2-b"]


def test_the_last_poll_of_each_desk_is_remembered(store: DatabaseStore) -> None:
    store.fan_outs.record("ada", NIGHT)
    store.fan_outs.record("ben", NIGHT)
    store.fan_outs.record("ada", LATER)
    assert store.fan_outs.received() == {"ada": LATER, "ben": NIGHT}


def test_the_first_folder_keeps_the_files_until_another_one_takes_them(store: DatabaseStore) -> None:
    assert store.lab_folder.get() is None
    store.lab_folder.claim("a", "one:/lab")
    store.lab_folder.claim("b", "two:/lab")
    assert store.lab_folder.get() == ("a", "one:/lab")
    store.lab_folder.claim("b", "two:/lab", take=True)
    assert store.lab_folder.get() == ("b", "two:/lab")


def test_the_clock_of_the_database_is_the_same_for_every_connection(open_again: Callable[[], DatabaseStore]) -> None:
    with closing(open_again()) as first, closing(open_again()) as second:
        times = [first.now(), second.now(), first.now()]
    assert times == sorted(times)
    # the test's server is on this machine
    assert abs(datetime.now(UTC) - times[-1]) < timedelta(minutes=1)
    assert times[0].tzinfo is UTC

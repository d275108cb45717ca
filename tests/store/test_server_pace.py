"""The pace and the locks over all machines: each connection here is what a machine has of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import psycopg
import pytest

from fresh_store import emptied_database
from notebot.core.model.errors import StateError, UnavailableError
from notebot.core.net.client import Http
from notebot.core.net.pace import Stopped
from notebot.store.postgres import open_store
from notebot.store.postgres.locks import server_lock
from notebot.store.postgres.pace import ServerPace
from servers.loopback import Loopback, answer
from servers.postgres_server import as_owner

pytestmark = pytest.mark.usefixtures("postgres")
PACE_S = 0.2
NEVER = threading.Event()
END_LOCKS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_STARTED = "SELECT started_us FROM pace"
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted"


@pytest.fixture
def url() -> str:
    return as_owner(emptied_database())


def pace(
    url: str,
    pace_s: float = PACE_S,
    *,
    urgent: bool = False,
    stop: threading.Event = NEVER,
    say: Callable[[str], None] = lambda sentence: None,
) -> ServerPace:
    return ServerPace(url, pace_s, urgent, stop, say)


def ask(url: str, query: str) -> int:
    with psycopg.connect(url, autocommit=True) as session:
        row = session.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_machines_start_their_requests_a_pace_apart_and_one_at_a_time(url: str) -> None:
    starts: list[int] = []
    open_now: list[int] = []
    most: list[int] = []

    def machine() -> None:
        for _ in range(3):
            with pace(url).turn() as sent:
                open_now.append(1)
                most.append(len(open_now))
                sent()
                starts.append(ask(url, _STARTED))
                open_now.pop()

    for thread in [in_thread(machine) for _ in range(3)]:
        thread.join()
    assert len(starts) == 9
    assert starts == sorted(starts)
    assert min(later - earlier for earlier, later in pairwise(starts)) >= PACE_S * 1e6
    assert set(most) == {1}


def test_a_person_goes_first_and_hears_what_they_wait_for(url: str) -> None:
    order: list[str] = []
    said: list[str] = []

    def take(name: str, *, urgent: bool) -> Callable[[], None]:
        def work() -> None:
            with pace(url, 1.0, urgent=urgent, say=said.append).turn():
                order.append(name)

        return work

    with pace(url, 1.0).turn():
        polls = [in_thread(take("poll", urgent=False)) for _ in range(2)]
        fetch = in_thread(take("fetch", urgent=True))
        while not ask(url, _WAITING):
            pass
    for thread in (*polls, fetch):
        thread.join()
    assert order == ["fetch", "poll", "poll"]
    assert said == ["waiting for arXiv's turn: requests are 1 s apart, over all machines"]


def test_a_machine_that_is_gone_keeps_nobody_waiting(url: str) -> None:
    kill = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
    )
    with pytest.raises(StateError), pace(url, 0.0).turn() as sent:
        ask(url, kill)
        with pace(url, 0.0).turn():
            pass
        # its lock is lost, so its request must not be sent any more
        sent()


def test_a_request_is_cut_once_its_turn_is_lost_to_others(url: str) -> None:
    def hang(request: BaseHTTPRequestHandler) -> None:
        ask(url, END_LOCKS)
        with pace(url, 0.0).turn():
            pass
        was_cut.append(request.rfile.read(1) == b"")
        request.close_connection = True

    was_cut: list[bool] = []
    http = Http("test", 30.0, 60.0, NEVER)
    with Loopback([hang, answer("again", kind="text/plain")]) as server:
        got = http.get(server.url, accept=("text/plain",), max_bytes=100, service="arXiv", pace=pace(url))
        assert got.body == b"again"
        assert server.most_at_once == 1
    assert was_cut == [True]


def test_a_request_whose_turn_is_lost_fails_with_a_sentence(url: str) -> None:
    def hang(request: BaseHTTPRequestHandler) -> None:
        ask(url, END_LOCKS)
        request.rfile.read(1)

    with Loopback([hang]) as server, pytest.raises(UnavailableError, match="lost with the connection to the database"):
        Http("test", 30.0, 0.0, NEVER).get(
            server.url, accept=("text/plain",), max_bytes=100, service="arXiv", pace=pace(url)
        )


@pytest.mark.parametrize("urgent", [True, False])
def test_a_wait_ends_when_the_process_is_stopped(url: str, urgent: bool) -> None:
    stop = threading.Event()
    ended: list[type[BaseException]] = []

    def work() -> None:
        try:
            with pace(url, urgent=urgent, stop=stop, say=lambda sentence: stop.set()).turn():
                pass
        except Stopped as stopped:
            ended.append(type(stopped))

    with pace(url).turn():
        thread = in_thread(work)
        if not urgent:
            stop.set()
        thread.join()
    assert ended == [Stopped]


def test_a_start_in_the_future_is_waited_for_no_longer_than_the_pace(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("INSERT INTO pace VALUES (1, 9000000000000000)")
    with pace(url).turn():
        assert ask(url, _STARTED) < 9000000000000000


def test_a_lock_by_name_excludes_the_other_machines_until_it_is_let_go(url: str) -> None:
    with server_lock(url, "desk alice"):
        with server_lock(url, "desk bob"):
            pass
        waited = threading.Event()

        def work() -> None:
            with server_lock(url, "desk alice"):
                waited.set()

        thread = in_thread(work)
        while not ask(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert not waited.is_set()
    thread.join()
    assert waited.is_set()


def test_nothing_is_stored_or_sent_once_the_lock_of_the_work_is_lost(url: str) -> None:
    stopped = threading.Event()
    with closing(open_store(url)) as store:
        lost = pytest.raises(StateError, match="a lock that keeps others from doing the same")
        with lost, store.locked("/publish", stopped.set):
            store.unfilled.replace({1: "before"})
            ask(url, END_LOCKS)
            with server_lock(url, "/publish"):  # another machine has it
                stopped.wait()
                store.unfilled.replace({1: "after"})
        assert store.unfilled.all() == {1: "before"}
        with pytest.raises(StateError, match="what was stored is complete"), store.locked("/publish", stopped.set):
            stopped.clear()
            ask(url, END_LOCKS)
            stopped.wait()
            raise Stopped  # as a request does that is aborted
        with store.locked("/publish", stopped.set):
            store.unfilled.replace({1: "again"})
        assert store.unfilled.all() == {1: "again"}

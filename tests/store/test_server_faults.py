"""What a PostgreSQL server does to a connection besides answering: it is full, read-only, impatient, or not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import psycopg
import pytest

from fresh_store import new_database
from notebot.core.model.errors import StateError
from notebot.store.postgres import open_store
from notebot.store.postgres.connection import PostgresConnection, connect
from notebot.store.postgres.errors import state_error
from notebot.store.postgres.locks import server_lock
from servers.postgres_server import OWNER, as_owner, shared_server

pytestmark = pytest.mark.usefixtures("postgres")


@pytest.fixture
def name() -> Iterator[str]:
    """Of a database whose settings may be changed."""
    yield psycopg.conninfo.conninfo_to_dict(new_database())["dbname"]  # type: ignore[misc]


def url_of(name: str) -> str:
    return as_owner(shared_server().url(name))


def administrate(statement: str) -> None:
    with psycopg.connect(shared_server().url("postgres"), autocommit=True) as session:
        session.execute(statement.encode())


def test_a_server_whose_connections_are_taken_is_waited_for(name: str) -> None:
    administrate(f"ALTER DATABASE {name} CONNECTION LIMIT 1")
    with psycopg.connect(url_of(name), autocommit=True) as other:
        other.execute("SET idle_session_timeout = '300ms'")
        open_store(url_of(name)).close()
        with pytest.raises(psycopg.Error):
            other.execute("SELECT 1")


def test_an_idle_session_and_one_that_waits_for_a_lock_are_not_ended(name: str) -> None:
    administrate(f"ALTER DATABASE {name} SET idle_session_timeout = '500ms'")
    administrate(f"ALTER DATABASE {name} SET statement_timeout = '500ms'")
    url = url_of(name)
    got: list[str] = []

    def wait() -> None:
        with server_lock(url, "poll"):
            got.append("the lock")

    waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = %s)"
    with psycopg.connect(shared_server().url("postgres")) as administrator:
        with server_lock(url, "poll"):
            thread = threading.Thread(target=wait)
            thread.start()
            while not administrator.execute(waits, (name,)).fetchall():
                pass
            administrator.execute("SELECT pg_sleep(0.7)")
            assert got == []
        thread.join()
    assert got == ["the lock"]


def test_a_server_notices_within_a_minute_that_a_machine_is_cut_off(name: str) -> None:
    settings = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    with closing(connect(shared_server().tcp_url(name, OWNER))) as session:
        assert session.execute("SELECT 1").fetchall() == [(1,)]
        idle, interval, count, unconfirmed = (
            int(session.execute(f"SELECT setting FROM pg_settings WHERE name = '{each}'".encode()).fetchall()[0][0])
            for each in settings
        )
        assert idle + interval * count <= 60
        assert unconfirmed == 60_000
        assert session.info.get_parameters()["tcp_user_timeout"] == "60000"


def test_what_was_confirmed_outlives_a_crash_of_the_server(name: str) -> None:
    administrate(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with closing(open_store(url_of(name))) as store:
        assert store.connection.execute("SELECT current_setting('synchronous_commit')").fetchone() == ("on",)
    administrate(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    with closing(open_store(url_of(name))) as store:
        assert store.connection.execute("SELECT current_setting('synchronous_commit')").fetchone() == ("remote_apply",)


def test_the_next_host_is_asked_when_one_refuses(name: str) -> None:
    server = shared_server()
    url = f"postgresql://{OWNER}@127.0.0.1:1,127.0.0.1:{server.port}/{name}?target_session_attrs=read-write"
    open_store(url).close()
    with pytest.raises(StateError, match="Check that the server runs") as caught:
        open_store(f"postgresql://{OWNER}@127.0.0.1:1,127.0.0.1:2/{name}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "mend"),
    [
        ("ALLOW_CONNECTIONS false", "Let the server accept connections to this database."),
        ("SET default_transaction_read_only = on", "name the primary one"),
        ("SET statement_timeout = '1ms'", "It is tried again with the next round."),
    ],
)
def test_a_refusal_is_one_sentence_that_says_what_to_do(name: str, statement: str, mend: str) -> None:
    administrate(f"ALTER DATABASE {name} {statement}")
    with pytest.raises(StateError) as caught, closing(open_store(url_of(name))) as store:
        store.unfilled.replace({1: "x"})
        store.connection.execute("SELECT pg_sleep(1)")
    assert mend in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "message",
    [
        "FATAL: remaining connection slots are reserved for non-replication superuser connections",
        "FATAL: sorry, too many clients already",
        "FATAL: the database system is in recovery mode",
        "FATAL: the database system is not yet accepting connections\nDETAIL: Consistent recovery is not reached",
        "FATAL: role is not permitted to log in",
        "server is not in hot standby mode",
        "session is read-only",
        "consuming input failed: could not receive data from server: Connection timed out",
        "terminating connection due to idle-session timeout",
        "terminating connection due to administrator command\nSSL connection has been closed unexpectedly",
    ],
)
def test_each_message_of_the_server_says_what_to_do(message: str) -> None:
    sentence = str(state_error("postgresql://lab@db.example.org/lab", psycopg.OperationalError(message)))
    assert not sentence.endswith(message.replace("\n", " ").rstrip(".") + ".")
    assert "host and port" not in sentence


def test_the_end_of_a_connection_before_any_statement_costs_nothing_but_that_statement(name: str) -> None:
    """Outside of a transaction nothing is lost; inside, nothing is stored."""
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = %s"
    with (
        closing(PostgresConnection(url_of(name))) as connection,
        psycopg.connect(shared_server().url("postgres"), autocommit=True) as administrator,
    ):
        for end_before in range(4):
            with suppress(StateError), connection.whole():
                for number in range(4):
                    if number == end_before:
                        administrator.execute(end, (name, OWNER))
                    connection.execute("INSERT INTO unfilled (number, why) VALUES (?, ?)", (number, "x"))
            assert connection.execute("SELECT count(*) FROM unfilled").fetchone() == (0,)
        administrator.execute(end, (name, OWNER))
        connection.execute("INSERT INTO unfilled (number, why) VALUES (1, 'x')")
        administrator.execute(end, (name, OWNER))
        assert connection.execute("SELECT count(*) FROM unfilled").fetchone() == (1,)

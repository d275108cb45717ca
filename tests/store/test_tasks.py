"""The tables of the task queue, and which tasks wait, are done, or have lost their worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from acceptance.command import wait_for
from fresh_store import new_database
from notebot.core.model.errors import StateError
from notebot.store.postgres.tasks import (
    PENDING,
    STRANDED,
    SignOfLife,
    desks_of,
    make_task_tables,
    readable_error,
)
from servers.postgres_server import OWNER, as_owner

pytestmark = pytest.mark.usefixtures("postgres")
SCHEMA = "public_tasks"


@pytest.fixture
def url() -> str:
    return as_owner(new_database())


@pytest.fixture
def session(url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A session that finds the tables of the queue, as a worker's does."""
    assert make_task_tables(url) == SCHEMA
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute(f"SET search_path TO {SCHEMA}".encode())
        yield connection


def test_several_that_start_at_once_make_the_tables_once(url: str) -> None:
    names: list[str] = []
    starts = [threading.Thread(target=lambda: names.append(make_task_tables(url))) for _ in range(4)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert names == [SCHEMA] * 4
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (SCHEMA,)).fetchall()
    assert ("procrastinate_jobs",) in tables


def test_what_waits_is_kept_until_the_tables_are_of_an_older_version(
    url: str, session: psycopg.Connection[dict[str, Any]]
) -> None:
    job = "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('lab', 'tick')"
    session.execute(job.encode())
    make_task_tables(url)
    assert len(session.execute("SELECT * FROM procrastinate_jobs").fetchall()) == 1
    session.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'tasks of notebot, procrastinate 01.00.00'".encode())
    make_task_tables(url)
    assert session.execute("SELECT * FROM procrastinate_jobs").fetchall() == []


@pytest.mark.parametrize(
    ("comment", "sentence"),
    [
        ("'tasks of notebot, procrastinate 99.00.00'", "newer notebot; update notebot on this machine"),
        ("'accounts of a shop'", "has a schema public_tasks that is not notebot's; rename it"),
        ("NULL", "has a schema public_tasks that is not notebot's; rename it"),
    ],
)
def test_tables_of_somebody_else_are_refused_and_stay(
    url: str, session: psycopg.Connection[dict[str, Any]], comment: str, sentence: str
) -> None:
    session.execute(f"COMMENT ON SCHEMA {SCHEMA} IS {comment}; CREATE TABLE accounts (id INT)".encode())
    with pytest.raises(StateError, match=sentence):
        make_task_tables(url)
    assert session.execute("SELECT * FROM accounts").fetchall() == []


def test_a_task_is_stranded_while_the_connection_of_its_worker_is_gone(
    url: str, session: psycopg.Connection[dict[str, Any]]
) -> None:
    worker_ids = [
        row["worker_id"]
        for _ in range(2)
        for row in session.execute("SELECT * FROM procrastinate_register_worker_v1()")
    ]
    session.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('lab', 'poll')")
    for worker_id, desk in zip(worker_ids, ("ada", "ben"), strict=True):
        session.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            " VALUES ('files', 'digest', CAST(%s AS JSONB), 'doing', %s)",
            (f'{{"desks": ["{desk}"]}}', worker_id),
        )
    living, dead = ("digest", "ada"), ("digest", "ben")

    def pending(desks: list[str] | None = None) -> set[tuple[str, str]]:
        return desks_of(session.execute(PENDING.encode(), {"desks": desks}).fetchall())

    def stranded() -> set[tuple[str, str]]:
        return desks_of(session.execute(STRANDED.encode()).fetchall())

    assert (pending(), stranded()) == ({("poll", "")}, {living, dead})
    sign = SignOfLife(url, SCHEMA)
    sign.begin(worker_ids[0])
    assert (pending(), stranded()) == ({("poll", ""), living}, {dead})
    assert (pending(["ada"]), pending(["ben"])) == ({living}, set())
    end_connections(url)
    # the server has only been asked to end it
    wait_for(lambda: stranded() == {living, dead}, "the end of the session")
    sign.renew()
    assert stranded() == {dead}
    sign.end()
    wait_for(lambda: stranded() == {living, dead}, "the end of the session")


def end_connections(url: str) -> None:
    """Ends every connection but those of this test, as a network that is cut does."""
    superuser = url.replace(f"//{OWNER}@", "//postgres@")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'notebot'"
        )


def test_an_error_of_the_queue_is_one_sentence_without_a_password(url: str) -> None:
    outer = RuntimeError("Database error.")
    outer.__cause__ = psycopg.OperationalError("connection refused")
    secret = url.replace(f"//{OWNER}@", f"//{OWNER}:hunter2@")
    sentence = readable_error(secret, outer)
    assert "connection refused. Check that the server runs" in sentence
    assert "hunter2" not in sentence
    assert readable_error(url, RuntimeError("something else")) == "something else"

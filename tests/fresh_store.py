"""New databases without the making of their schema, which takes ten times as long as opening one."""

import itertools
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from notebot.store.postgres import PostgresStore
from notebot.store.postgres import open_store as open_on_server
from notebot.store.sqlite import SqliteStore, open_store
from servers.postgres_server import OWNER, as_owner, make_owner, shared_server

_numbers = itertools.count(1)


def new_store(path: Path) -> SqliteStore:
    """Opens the database; if there is none, a copy of one that was made for all tests of this process."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_database())
    return open_store(path)


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "notebot.db"
        open_store(path).close()
        return path.read_bytes()


def new_database() -> str:
    """The URL of an empty database on a real PostgreSQL server, with the schema; for tests that need one alone."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with _administration() as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {_template()}")
    return shared_server().url(name)


def emptied_database() -> str:
    """The URL of this process's database on a real PostgreSQL server, with the schema and without any row."""
    url = _own_database()
    find_filled, restart_ids = _emptying_statements()
    try:
        filled = _session(url).execute(find_filled).fetchall()
    except psycopg.OperationalError:  # a test has restarted the server
        _session.cache_clear()
        filled = _session(url).execute(find_filled).fetchall()
    _session(url).execute(";".join([*(f"DELETE FROM {table}" for (table,) in filled), restart_ids]))
    return url


def new_postgres_store() -> PostgresStore:
    """A store without any row on a real PostgreSQL server."""
    return open_on_server(emptied_database())


@cache
def _own_database() -> str:
    return new_database()


@cache
def _session(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url, autocommit=True)


@cache
def _emptying_statements() -> tuple[str, str]:
    """Queries that name the tables with rows, and that let all ids begin with 1.

    TRUNCATE and ALTER SEQUENCE … RESTART write new files: with them, emptying took longer than most tests.
    """
    session = _session(_own_database())
    tables = session.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'"
    ).fetchall()
    sequences = session.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
    find_filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for (name,) in tables)
    return find_filled, "SELECT " + ", ".join(f"setval('{name}', 1, false)" for (name,) in sequences)


@cache
def _template() -> str:
    name = f"template_{os.getpid()}"
    with _administration() as connection:
        make_owner(connection)
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    open_on_server(as_owner(shared_server().url(name))).close()
    return name


def _administration() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(shared_server().url("postgres"), autocommit=True)

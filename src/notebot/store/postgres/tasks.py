"""The tables of the task queue, procrastinate's, in a schema of their own beside ours.

Nothing in them has to be kept: every task does what is due, and what is due follows from our own tables. So they are
not copied, and a new version of them replaces the old one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from notebot.core.model.errors import StateError
from notebot.store.postgres.connection import connect
from notebot.store.postgres.errors import describe, state_error
from notebot.store.postgres.locks import LOCK_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIVES = """EXISTS (
  SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
  WHERE locktype = 'advisory' AND objsubid = 2 AND objid = worker_id
    AND CAST(classid AS BIGINT) = CAST(hashtext(current_schema()) AS BIGINT) & 4294967295)"""
"""True for a task whose worker is connected; see :class:`SignOfLife`."""
PENDING = f"""
SELECT task_name, args FROM procrastinate_jobs
WHERE (CAST(%(desks)s AS TEXT[]) IS NULL OR jsonb_exists_any(args -> 'desks', %(desks)s))
  AND (status = 'todo' OR status = 'doing' AND {_LIVES})"""
"""The tasks that wait or are being done; of some desks alone, unless ``desks`` is NULL."""
STRANDED = f"SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'doing' AND NOT {_LIVES}"
"""The tasks that a worker had begun that has died or is cut off."""
_MARK = "tasks of notebot, procrastinate "


def quiet_libraries() -> None:
    """Keeps the logs of the task queue and of its connections off stderr; what matters is said in our own words."""
    for name in ("procrastinate", "psycopg", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def make_task_tables(url: str) -> str:
    """Makes the tables, or replaces those of an older procrastinate; returns the name of their schema.

    Raises:
        StateError: the server cannot be used, or a newer procrastinate made the tables.
    """
    version = _version()
    session = connect(url)
    try:
        with session.transaction():
            # several workers may start at once
            session.execute(f"SELECT pg_advisory_xact_lock({LOCK_KEY})".encode(), ("tasks",))
            schema = _schema_name(session)
            existing = _existing_version(session, schema)
            if existing is not None and not existing.startswith(_MARK):
                raise StateError(
                    f"{describe(url)} has a schema {schema} that is not notebot's; rename it, since notebot keeps its "
                    "tasks there."
                )
            if existing is not None and existing > version:
                raise StateError(
                    f"The tasks in {describe(url)} were set up by a newer notebot; update notebot on this machine."
                )
            if existing != version:
                _replace_tables(session, schema, version)
    except psycopg.Error as error:
        raise state_error(url, error) from error
    finally:
        session.close()
    return schema


def _version() -> str:
    """Names the newest migration of the installed procrastinate; their names sort by version."""
    from pathlib import Path

    from procrastinate.schema import SchemaManager

    return _MARK + max(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _schema_name(session: psycopg.Connection[Any]) -> str:
    row = session.execute("SELECT current_schema()").fetchone()
    # two notebots in two schemas of one database have two queues; a name has at most 63 bytes
    return f"{str(row[0] if row else '')[:50]}_tasks"


def _existing_version(session: psycopg.Connection[Any], schema: str) -> str | None:
    """The comment on the schema, which names the version of its tables; ``None`` if there is no such schema."""
    row = session.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", (schema,)
    ).fetchone()
    return str(row[0] or "") if row else None


def _replace_tables(session: psycopg.Connection[Any], schema: str, version: str) -> None:
    from procrastinate.schema import SchemaManager

    name = sql.Identifier(schema)
    session.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
    session.execute(sql.SQL("CREATE SCHEMA {}").format(name))
    session.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
    session.execute(SchemaManager.get_schema().encode())
    session.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, sql.Literal(version)))


def task_connection_settings(url: str, schema: str) -> dict[str, Any]:
    """What procrastinate's connector needs to connect as we do, and to find its tables."""
    from notebot.store.postgres.connection import missing_settings

    async def use_schema(connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        await connection.commit()

    return {"conninfo": url, "kwargs": missing_settings(url), "configure": use_schema}


def readable_error(url: str, error: Exception) -> str:
    """An error of the task queue in one sentence."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error):
            return str(state_error(url, cause))
        cause = cause.__cause__ or cause.__context__
    return str(error)


class SignOfLife:
    """Shows all workers that one of them lives: a lock that the server frees when its connection ends.

    A task that the dead worker had begun is then done again at once, and not only when a heartbeat is overdue.
    """

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema
        self._session: psycopg.Connection[Any] | None = None
        self._worker_id = 0

    def begin(self, worker_id: int) -> None:
        """Takes the lock of a worker.

        Raises:
            StateError: the server cannot be used.
        """
        self.end()
        self._worker_id = worker_id
        self._session = connect(self._url)
        try:
            self._session.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self._schema)))
            self._session.execute("SELECT pg_advisory_lock(hashtext(current_schema()), %s)", (worker_id,))
        except psycopg.Error as error:
            raise state_error(self._url, error) from error

    def renew(self) -> None:
        """Takes the lock again if the connection was lost.

        Raises:
            StateError: the server cannot be used.
        """
        if self._session is None:
            return
        try:
            self._session.execute("SELECT 1")
        except psycopg.Error:
            self.begin(self._worker_id)

    def end(self) -> None:
        """Frees the lock."""
        if self._session is not None:
            self._session.close()
            self._session = None


def desks_of(rows: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """The kind and the desk of each task; the desk is empty for tasks of the hub."""
    return {(row["task_name"], desk) for row in rows for desk in row["args"].get("desks", [""])}

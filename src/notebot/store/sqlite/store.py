"""Opens the database, migrates it, and binds its parts to one connection."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.core.net.files import exclusive_lock
from notebot.store.sqlite.connection import GuardedConnection, connect, whole
from notebot.store.sqlite.schema import MIGRATIONS, TOKENS_CHANGED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from notebot.store.sqlite.announcements import SqliteAnnouncements
    from notebot.store.sqlite.asked_papers import SqliteAskedPapers
    from notebot.store.sqlite.backfills import SqliteBackfills
    from notebot.store.sqlite.breakers import SqliteBreakers
    from notebot.store.sqlite.decisions import SqliteDecisions
    from notebot.store.sqlite.digests import SqliteDigests
    from notebot.store.sqlite.drafts import SqliteDrafts
    from notebot.store.sqlite.inbox import SqliteInbox
    from notebot.store.sqlite.interest import SqliteInterest
    from notebot.store.sqlite.learned_model import SqliteLearned
    from notebot.store.sqlite.ledger import SqliteLedger
    from notebot.store.sqlite.llm_cache import SqliteWrittenTexts
    from notebot.store.sqlite.notes import SqliteNotes
    from notebot.store.sqlite.outbox import SqliteOutbox
    from notebot.store.sqlite.pages import SqlitePages
    from notebot.store.sqlite.runs import SqliteRuns, SqliteSources
    from notebot.store.sqlite.statistics import SqliteStatistics
    from notebot.store.sqlite.stubs import SqliteStubs
    from notebot.store.sqlite.unfilled import SqliteUnfilled
    from notebot.store.sqlite.watched import SqliteWatched


class SqliteStore:
    """The store of one process; see :class:`notebot.core.ports.Store`."""

    def __init__(self, connection: GuardedConnection) -> None:
        self._connection = connection

    # Each facet is imported on first use: a one-shot command starts in a tenth of a second and needs one or two.

    @cached_property
    def sources(self) -> SqliteSources:
        from notebot.store.sqlite.runs import SqliteSources

        return SqliteSources(self._connection)

    @cached_property
    def announcements(self) -> SqliteAnnouncements:
        from notebot.store.sqlite.announcements import SqliteAnnouncements

        return SqliteAnnouncements(self._connection)

    @cached_property
    def ledger(self) -> SqliteLedger:
        from notebot.store.sqlite.ledger import SqliteLedger

        return SqliteLedger(self._connection)

    @cached_property
    def stubs(self) -> SqliteStubs:
        from notebot.store.sqlite.stubs import SqliteStubs

        return SqliteStubs(self._connection)

    @cached_property
    def digests(self) -> SqliteDigests:
        from notebot.store.sqlite.digests import SqliteDigests

        return SqliteDigests(self._connection)

    @cached_property
    def decisions(self) -> SqliteDecisions:
        from notebot.store.sqlite.decisions import SqliteDecisions

        return SqliteDecisions(self._connection)

    @cached_property
    def runs(self) -> SqliteRuns:
        from notebot.store.sqlite.runs import SqliteRuns

        return SqliteRuns(self._connection)

    @cached_property
    def breakers(self) -> SqliteBreakers:
        from notebot.store.sqlite.breakers import SqliteBreakers

        return SqliteBreakers(self._connection)

    @cached_property
    def backfills(self) -> SqliteBackfills:
        from notebot.store.sqlite.backfills import SqliteBackfills

        return SqliteBackfills(self._connection)

    @cached_property
    def notes(self) -> SqliteNotes:
        from notebot.store.sqlite.notes import SqliteNotes

        return SqliteNotes(self._connection)

    @cached_property
    def pages(self) -> SqlitePages:
        from notebot.store.sqlite.pages import SqlitePages

        return SqlitePages(self._connection)

    @cached_property
    def asked_papers(self) -> SqliteAskedPapers:
        from notebot.store.sqlite.asked_papers import SqliteAskedPapers

        return SqliteAskedPapers(self._connection)

    @cached_property
    def written(self) -> SqliteWrittenTexts:
        from notebot.store.sqlite.llm_cache import SqliteWrittenTexts

        return SqliteWrittenTexts(self._connection)

    @cached_property
    def learned(self) -> SqliteLearned:
        from notebot.store.sqlite.learned_model import SqliteLearned

        return SqliteLearned(self._connection)

    @cached_property
    def interest(self) -> SqliteInterest:
        from notebot.store.sqlite.interest import SqliteInterest

        return SqliteInterest(self._connection)

    @cached_property
    def statistics(self) -> SqliteStatistics:
        from notebot.store.sqlite.statistics import SqliteStatistics

        return SqliteStatistics(self._connection)

    @cached_property
    def outbox(self) -> SqliteOutbox:
        from notebot.store.sqlite.outbox import SqliteOutbox

        return SqliteOutbox(self._connection)

    @cached_property
    def drafts(self) -> SqliteDrafts:
        from notebot.store.sqlite.drafts import SqliteDrafts

        return SqliteDrafts(self._connection)

    @cached_property
    def unfilled(self) -> SqliteUnfilled:
        from notebot.store.sqlite.unfilled import SqliteUnfilled

        return SqliteUnfilled(self._connection)

    @cached_property
    def inbox(self) -> SqliteInbox:
        from notebot.store.sqlite.inbox import SqliteInbox

        return SqliteInbox(self._connection)

    @cached_property
    def watched(self) -> SqliteWatched:
        from notebot.store.sqlite.watched import SqliteWatched

        return SqliteWatched(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction with ``BEGIN IMMEDIATE``, so that it takes the write lock at once; an error rolls it back."""
        with whole(self._connection):
            yield

    def commits_elsewhere(self) -> int:
        """See :meth:`notebot.core.ports.Store.commits_elsewhere`."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Closes the file; the store cannot be used afterwards."""
        self._connection.close()


def open_store(path: Path) -> SqliteStore:
    """Opens or creates the database and brings its schema up to date.

    Raises:
        StateError: the file cannot be opened, is damaged, or comes from a newer notebot.
    """
    # the change to WAL does not wait for another process that makes it too, so they take turns
    with exclusive_lock(path.with_suffix(".lock")):
        connection = connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: with NORMAL a power cut may take the last commits of a WAL away
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, path)
    return SqliteStore(connection)


def _migrate(connection: GuardedConnection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with whole(connection):
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise StateError(
                f"{path} was written by a newer notebot (schema {version}, this one knows {len(MIGRATIONS)}); "
                "update notebot, or name another state_dir."
            )
        for number in range(version, len(MIGRATIONS)):
            for statement in _statements(MIGRATIONS[number]):
                connection.execute(statement)
        if 0 < version < TOKENS_CHANGED_IN:  # a new database has no notes, and most commands need none
            SqliteStore(connection).notes.build_index()
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: GuardedConnection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """Splits a script into statements, because ``executescript`` would commit the open transaction."""
    found, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if rest.strip() and sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found

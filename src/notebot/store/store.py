"""The store: the tables of one connection, each built on first use."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from notebot.store.announcements import AnnouncementTables
    from notebot.store.asked_papers import AskedPaperTable
    from notebot.store.backfills import BackfillTable
    from notebot.store.breakers import BreakerTable
    from notebot.store.connection import Connection
    from notebot.store.decisions import DecisionTable
    from notebot.store.deliveries import AlertTable, DeliveryTable
    from notebot.store.digests import DigestTables
    from notebot.store.discussed import DiscussedTable
    from notebot.store.drafts import DraftTable
    from notebot.store.fan_outs import FanOutTable
    from notebot.store.folder_notes import FolderNoteTable
    from notebot.store.inbox import InboxTable
    from notebot.store.interest import InterestTable
    from notebot.store.lab_folder import LabFolderTable
    from notebot.store.learned_model import LearnedTable
    from notebot.store.ledger import LedgerTables
    from notebot.store.llm_cache import WrittenTextTables
    from notebot.store.note_index import NoteIndex
    from notebot.store.notes import NoteTables
    from notebot.store.outbox import OutboxTable
    from notebot.store.pages import PageTable
    from notebot.store.runs import RunTable, SourceTable
    from notebot.store.statistics import StatisticsTable
    from notebot.store.stubs import StubTable
    from notebot.store.unfilled import UnfilledTable
    from notebot.store.watched import WatchedTables
    from notebot.store.workers import WorkerTable
    from notebot.store.zotero import ZoteroTable


class DatabaseStore:
    """The tables of one connection; each engine completes it to a :class:`notebot.core.ports.Store`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The connection that all tables share."""
        return self._connection

    # Each facet is imported on first use: a one-shot command starts in a tenth of a second and needs one or two.

    @cached_property
    def sources(self) -> SourceTable:
        from notebot.store.runs import SourceTable

        return SourceTable(self._connection)

    @cached_property
    def announcements(self) -> AnnouncementTables:
        from notebot.store.announcements import AnnouncementTables

        return AnnouncementTables(self._connection)

    @cached_property
    def ledger(self) -> LedgerTables:
        from notebot.store.ledger import LedgerTables

        return LedgerTables(self._connection)

    @cached_property
    def stubs(self) -> StubTable:
        from notebot.store.stubs import StubTable

        return StubTable(self._connection)

    @cached_property
    def digests(self) -> DigestTables:
        from notebot.store.digests import DigestTables

        return DigestTables(self._connection)

    @cached_property
    def decisions(self) -> DecisionTable:
        from notebot.store.decisions import DecisionTable

        return DecisionTable(self._connection)

    @cached_property
    def deliveries(self) -> DeliveryTable:
        from notebot.store.deliveries import DeliveryTable

        return DeliveryTable(self._connection)

    @cached_property
    def alerts(self) -> AlertTable:
        from notebot.store.deliveries import AlertTable

        return AlertTable(self._connection)

    @cached_property
    def zotero(self) -> ZoteroTable:
        from notebot.store.zotero import ZoteroTable

        return ZoteroTable(self._connection)

    @cached_property
    def runs(self) -> RunTable:
        from notebot.store.runs import RunTable

        return RunTable(self._connection)

    @cached_property
    def breakers(self) -> BreakerTable:
        from notebot.store.breakers import BreakerTable

        return BreakerTable(self._connection)

    @cached_property
    def backfills(self) -> BackfillTable:
        from notebot.store.backfills import BackfillTable

        return BackfillTable(self._connection)

    @cached_property
    def notes(self) -> NoteTables:
        from notebot.store.notes import NoteTables

        return NoteTables(self._connection, self._note_index())

    @cached_property
    def pages(self) -> PageTable:
        from notebot.store.pages import PageTable

        return PageTable(self._connection)

    @cached_property
    def asked_papers(self) -> AskedPaperTable:
        from notebot.store.asked_papers import AskedPaperTable

        return AskedPaperTable(self._connection)

    @cached_property
    def written(self) -> WrittenTextTables:
        from notebot.store.llm_cache import WrittenTextTables

        return WrittenTextTables(self._connection)

    @cached_property
    def learned(self) -> LearnedTable:
        from notebot.store.learned_model import LearnedTable

        return LearnedTable(self._connection)

    @cached_property
    def interest(self) -> InterestTable:
        from notebot.store.interest import InterestTable

        return InterestTable(self._connection)

    @cached_property
    def statistics(self) -> StatisticsTable:
        from notebot.store.statistics import StatisticsTable

        return StatisticsTable(self._connection)

    @cached_property
    def outbox(self) -> OutboxTable:
        from notebot.store.outbox import OutboxTable

        return OutboxTable(self._connection)

    @cached_property
    def drafts(self) -> DraftTable:
        from notebot.store.drafts import DraftTable

        return DraftTable(self._connection)

    @cached_property
    def discussed(self) -> DiscussedTable:
        from notebot.store.discussed import DiscussedTable

        return DiscussedTable(self._connection)

    @cached_property
    def unfilled(self) -> UnfilledTable:
        from notebot.store.unfilled import UnfilledTable

        return UnfilledTable(self._connection)

    @cached_property
    def folder_notes(self) -> FolderNoteTable:
        from notebot.store.folder_notes import FolderNoteTable

        return FolderNoteTable(self._connection)

    @cached_property
    def inbox(self) -> InboxTable:
        from notebot.store.inbox import InboxTable

        return InboxTable(self._connection)

    @cached_property
    def watched(self) -> WatchedTables:
        from notebot.store.watched import WatchedTables

        return WatchedTables(self._connection)

    @cached_property
    def fan_outs(self) -> FanOutTable:
        from notebot.store.fan_outs import FanOutTable

        return FanOutTable(self._connection)

    @cached_property
    def lab_folder(self) -> LabFolderTable:
        from notebot.store.lab_folder import LabFolderTable

        return LabFolderTable(self._connection)

    @cached_property
    def workers(self) -> WorkerTable:
        from notebot.store.workers import WorkerTable

        return WorkerTable(self._connection)

    def _note_index(self) -> NoteIndex:
        """The full-text index of the engine."""
        raise NotImplementedError

    def transaction(self) -> AbstractContextManager[None]:
        """See :meth:`notebot.store.connection.Connection.whole`."""
        return self._connection.whole()

    def commits_elsewhere(self) -> int:
        """See :meth:`notebot.core.ports.Store.commits_elsewhere`."""
        raise NotImplementedError

    def now(self) -> datetime:
        """The time by the clock of the database, which is the same for all machines that use it."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Closes the connection; the store cannot be used afterwards."""
        self._connection.close()

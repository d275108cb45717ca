"""Fills in the metadata of stubs that lack it: batches of at most 100, one transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.errors import BadAnswerError, ServiceError
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.core.model.stub import Stub, StubStatus
from notebot.features.venues.later_venues import LaterVenues, store_metadata

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from datetime import datetime

    from notebot.core.model.paper import Paper
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, PaperSource, Store
    from notebot.features.venues.rules.enrich import Enrich

BATCH = 100
"""Ids per request (arXiv's own advice is to keep URLs short)."""
LAGGING = 5
"""So many announced papers may really be missing at once: the API's index can lag behind the announcement."""


class Completion:
    """Asks the API for what is missing; ``report`` tells how that went."""

    def __init__(
        self,
        store: Store,
        api: PaperSource,
        clock: Clock,
        enrich: Enrich,
        style: NoteStyle,
        watch: LaterVenues | None = None,
    ) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._enrich = enrich
        self._style = style
        self._watch = watch
        self.report = SourceReport("api", "idle")

    def run(self, tried: Set[str] = frozenset()) -> Set[str]:
        """Asks for the metadata of every stub that wants it, but for the keys ``tried``; returns all tried."""
        waiting = [stub for stub in self._store.stubs.wanting_metadata() if stub.key not in tried]
        for start in range(0, len(waiting), BATCH):
            error = self._batch(waiting[start : start + BATCH])
            if error is not None and not isinstance(error, BadAnswerError):
                break  # it will not answer the next batch either
        return tried | {stub.key for stub in waiting}

    def ask_again(self) -> None:
        """Asks, with one request at most, whether papers that the archive has at arXiv have found their venue."""
        due = self._watch.due(self._clock().date()) if self._watch is not None else []
        if self._watch is None or not due:
            return
        try:
            papers = self._ask(due)
            resolved = self._watch.resolve(papers)
        except ServiceError as error:
            self._failed(error)
            return
        now = self._clock()
        with self._store.transaction():
            self._watch.offer_from_answer(due, papers, resolved, now)
            self._succeeded(now)

    def _batch(self, stubs: Sequence[Stub]) -> ServiceError | None:
        try:
            papers = self._ask([stub.arxiv_id for stub in stubs])
        except ServiceError as error:
            self._failed(error)
            return error
        now = self._clock()
        with self._store.transaction():
            for stub in stubs:
                if stub.arxiv_id in papers:
                    self._complete(stub.key, papers[stub.arxiv_id], now)
            if self._watch is not None:
                self._watch.offer_from_papers(papers, now)
            self._succeeded(now)
        return None

    def _succeeded(self, now: datetime) -> None:
        self._store.sources.succeeded("api", now)
        if self.report.error is None:
            self.report = SourceReport("api", "ok")

    def _failed(self, error: ServiceError) -> None:
        with self._store.transaction():
            self._store.sources.failed("api", self._clock(), error.kind, str(error))
        self.report = failed_report("api", error)

    def _ask(self, ids: list[str]) -> dict[str, Paper]:
        """The metadata; an answer that knows none of many announced papers is no answer."""
        papers = self._api.papers(ids)
        if not papers and len(ids) > LAGGING:
            raise BadAnswerError(
                f"arXiv's API knows none of {len(ids)} papers that it should have; they are asked for again "
                "at the next poll."
            )
        return papers

    def _complete(self, key: str, paper: Paper, now: datetime) -> None:
        stub = self._store.stubs.get(key)
        if stub is None or stub.status is StubStatus.SKIPPED:  # skipped since it was asked for
            return
        store_metadata(self._store, stub, paper, style=self._style, enrich=self._enrich, now=now)
        self._store.stubs.metadata_came(key, paper.version)

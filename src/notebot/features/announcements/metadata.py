"""Completes stubs that lack metadata, in batches of at most 100 with one transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from notebot.core.model.errors import BadAnswerError, ServiceError
from notebot.core.model.source_report import SourceReport, failed_report
from notebot.core.model.stub import StubStatus
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.features.venues.later_venues import LaterVenues, MetadataStore, store_metadata

if TYPE_CHECKING:
    from collections.abc import Set
    from datetime import datetime

    from notebot.core.model.paper import Paper
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, PaperSource, Sources
    from notebot.features.venues.rules.enrich import Enrich

BATCH = 100
"""Ids per request (arXiv's own advice is to keep URLs short)."""
MAX_LAGGING = 5
"""How many announced papers may be unknown to the API at once: its index can lag behind the announcement."""

KNOWN_ID = "1706.03762"
"""A paper that arXiv surely knows. If an answer lacks it, there is an outage; otherwise missing ids do not exist."""


class CompletionStore(MetadataStore, Transactional, Protocol):
    """What completing stubs reads and writes."""

    @property
    def sources(self) -> Sources: ...


class Completion:
    """Asks the API for missing metadata; ``report`` says how that went, ``remarks`` what a person should know."""

    def __init__(
        self,
        *,
        store: CompletionStore,
        api: PaperSource,
        clock: Clock,
        enrich: Enrich,
        style: NoteStyle,
        later_venues: LaterVenues | None = None,
    ) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._enrich = enrich
        self._style = style
        self._later_venues = later_venues
        self.report = SourceReport("api", "idle")
        self.remarks: list[str] = []

    def complete_stubs(self, tried: Set[str] = frozenset()) -> Set[str]:
        """Completes the stubs that want metadata, without the keys ``tried``; returns all keys tried."""
        waiting = [stub for stub in self._store.stubs.wanting_metadata() if stub.key not in tried]
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            try:
                with supervised("The metadata of a batch"):
                    papers = self._request([stub.arxiv_id for stub in batch])
            except ServiceError as error:
                self._record_failure(error)
                # one paper can spoil an answer, so the other batches are still requested
                if isinstance(error, BadAnswerError):
                    continue
                break  # the service is down, it will not answer the next batch either
            now = self._clock()
            with self._store.transaction():
                # again: some may have been skipped since the request
                current = self._store.stubs.by_ids([stub.arxiv_id for stub in batch if stub.arxiv_id in papers])
                wanting = [
                    (current[stub.arxiv_id], papers[stub.arxiv_id])
                    for stub in batch
                    if stub.arxiv_id in current and current[stub.arxiv_id].status is not StubStatus.SKIPPED
                ]
                failures = store_metadata(self._store, wanting, style=self._style, enrich=self._enrich, now=now)
                self._store.stubs.metadata_came(
                    (stub.key, paper.version) for stub, paper in wanting if stub.key not in failures
                )
                if self._later_venues is not None:
                    self._later_venues.offer_from_papers(papers, now)
                self._record_success(now)
            # recorded only now, because recording opens a transaction of its own
            for failure in failures.values():
                self._record_failure(failure)
        return tried | {stub.key for stub in waiting}

    def ask_again(self) -> None:
        """Looks for venues of papers that the archive has at arXiv, with one request at most."""
        due = self._later_venues.due(self._clock().date()) if self._later_venues is not None else []
        if self._later_venues is None or not due:
            return
        try:
            with supervised("The search for later venues"):
                papers = self._request([*due, KNOWN_ID])
                if KNOWN_ID not in due:
                    papers.pop(KNOWN_ID, None)
                resolved = self._later_venues.resolve(papers)
        except ServiceError as error:
            self._record_failure(error)
            return
        now = self._clock()
        with self._store.transaction():
            unknown = self._later_venues.offer_from_answer(due, papers, resolved, now)
            self._record_success(now)
        if unknown:
            self.remarks.append(
                f"arXiv does not know {', '.join(unknown)}, to which notes of the archive link; check these links. "
                "They are not asked for again for 30 days."
            )

    def _request(self, ids: list[str]) -> dict[str, Paper]:
        papers = self._api.papers(ids)
        # an answer that knows none of many announced papers is an outage, not an answer
        if not papers and len(ids) > MAX_LAGGING:
            raise BadAnswerError(
                f"arXiv's API knows none of {len(ids)} papers that it should have; they are asked for again "
                "at the next poll."
            )
        return papers

    def _record_success(self, now: datetime) -> None:
        self._store.sources.succeeded("api", now)
        if self.report.error is None:
            self.report = SourceReport("api", "ok")

    def _record_failure(self, error: ServiceError) -> None:
        with self._store.transaction():
            self._store.sources.failed("api", self._clock(), error.kind, str(error))
        self.report = failed_report("api", error)

"""The circuit breakers before arXiv's services: each port again, but a service that fails is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from notebot.core.model.breaker import BreakerState
from notebot.core.model.errors import (
    BadAnswerError,
    RefusedError,
    ServiceError,
    ServiceTimeoutError,
    ThrottledError,
    UnavailableError,
)
from notebot.features.health.circuit_breaker import after_failure, closed_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from notebot.core.model.oai_record import OaiRecord
    from notebot.core.model.paper import Paper, SearchPage
    from notebot.core.model.source_record import FeedAnswer, Validators
    from notebot.core.ports import Clock, FeedSource, PaperSource, RecordSource, SearchSource, Store

_Answer = TypeVar("_Answer")
_ERRORS = {
    kind.kind: kind for kind in (BadAnswerError, RefusedError, ServiceTimeoutError, ThrottledError, UnavailableError)
}


class Gate:
    """One service's breaker; it opens after three requests in a row were given up.

    Args:
        service: the base URL, by which its state is kept.
        name: what a person calls it.
        by_hand: a person asks: one probe of an open service is allowed, until it fails.
    """

    def __init__(self, store: Store, clock: Clock, service: str, name: str, *, by_hand: bool) -> None:
        self._store = store
        self._clock = clock
        self._service = service
        self._name = name
        self._may_probe = by_hand

    def ask(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer, unless the service is to be left alone.

        Raises:
            ServiceError: it is, or it failed.
        """
        breaker = self._store.breakers.get(self._service)
        until = closed_until(breaker, self._clock(), probe=self._may_probe)
        if until is not None:
            raise self._closed(breaker, until)
        try:
            answer = question()
        except ServiceError as error:
            self._failed(error)
            raise
        if breaker != BreakerState():
            with self._store.transaction():
                self._store.breakers.put(self._service, BreakerState())
        return answer

    def _failed(self, error: ServiceError) -> None:
        self._may_probe = False
        with self._store.transaction():
            before = self._store.breakers.get(self._service)
            after = after_failure(before, self._clock(), error.kind, str(error), error.wait_s)
            self._store.breakers.put(self._service, after)

    def _closed(self, breaker: BreakerState, until: datetime) -> ServiceError:
        left_s = (until - self._clock()).total_seconds()
        return _ERRORS.get(breaker.kind, UnavailableError)(
            f"{self._name} is left alone until {until:%Y-%m-%d %H:%M} UTC, after: {breaker.reason}", left_s
        )


class GatedFeed:
    """The announcement feeds behind their breaker."""

    def __init__(self, feed: FeedSource, gate: Gate) -> None:
        self._feed = feed
        self._gate = gate

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        """See :class:`notebot.core.ports.FeedSource`."""
        return self._gate.ask(lambda: self._feed.retrieve(category, validators))


class GatedPapers:
    """The metadata behind its breaker."""

    def __init__(self, api: PaperSource, gate: Gate) -> None:
        self._api = api
        self._gate = gate

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """See :class:`notebot.core.ports.PaperSource`."""
        return self._gate.ask(lambda: self._api.papers(ids))


class GatedSearch:
    """The search behind the API's breaker."""

    def __init__(self, api: SearchSource, gate: Gate) -> None:
        self._api = api
        self._gate = gate

    def search(self, query: str, start: int, size: int) -> SearchPage:
        """See :class:`notebot.core.ports.SearchSource`."""
        return self._gate.ask(lambda: self._api.search(query, start, size))


class GatedRecords:
    """The OAI records behind their breaker."""

    def __init__(self, records: RecordSource, gate: Gate) -> None:
        self._records = records
        self._gate = gate

    def changed_since(self, category: str, since: date) -> list[OaiRecord]:
        """See :class:`notebot.core.ports.RecordSource`."""
        return self._gate.ask(lambda: self._records.changed_since(category, since))

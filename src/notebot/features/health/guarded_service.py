"""Wraps each port to a service in a circuit breaker, so that a failing service is left alone for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from notebot.core.model.breaker import BreakerState
from notebot.core.model.errors import (
    BadAnswerError,
    RefusedError,
    ServiceError,
    ServiceTimeoutError,
    ThrottledError,
    UnavailableError,
)
from notebot.core.ports import Transactional
from notebot.features.health.circuit_breaker import after_failure, blocked_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from notebot.core.model.entry import FeedAnswer
    from notebot.core.model.oai_record import OaiRecord
    from notebot.core.model.paper import Paper, SearchPage
    from notebot.core.model.source_record import Validators
    from notebot.core.ports import Breakers, Clock, FeedSource, PaperSource, RecordSource, SearchSource

_Answer = TypeVar("_Answer")
_ERRORS = {
    kind.kind: kind for kind in (BadAnswerError, RefusedError, ServiceTimeoutError, ThrottledError, UnavailableError)
}


class BreakerStore(Transactional, Protocol):
    """Where the states of circuit breakers are kept, for all processes."""

    @property
    def breakers(self) -> Breakers: ...


class CircuitBreaker:
    """The circuit breaker of one service; it opens after three failed requests in a row.

    Args:
        service: the base URL, the key of the stored state.
        name: the service's name in messages.
        by_hand: a person asks: one request to an open service is allowed, until it fails.
    """

    def __init__(self, store: BreakerStore, clock: Clock, service: str, name: str, *, by_hand: bool) -> None:
        self._store = store
        self._clock = clock
        self._service = service
        self._name = name
        self._may_probe = by_hand

    def call(self, request: Callable[[], _Answer]) -> _Answer:
        """Makes the request and returns its answer, unless the service is to be left alone.

        Raises:
            ServiceError: the service is left alone, or the request failed.
        """
        state = self._store.breakers.get(self._service)
        until = blocked_until(state, self._clock(), probe=self._may_probe)
        if until is not None:
            left_s = (until - self._clock()).total_seconds()
            # the error keeps the kind of the failure that opened the breaker
            raise _ERRORS.get(state.kind, UnavailableError)(
                f"{self._name} is left alone until {until:%Y-%m-%d %H:%M} UTC, after: {state.reason}", left_s
            )
        try:
            answer = request()
        except ServiceError as error:
            # one probe per command, or a poll by hand would request every category from a service that is down
            self._may_probe = False
            with self._store.transaction():
                # read again: another process may have failed in the meantime
                before = self._store.breakers.get(self._service)
                after = after_failure(before, self._clock(), kind=error.kind, reason=str(error), wait_s=error.wait_s)
                self._store.breakers.put(self._service, after)
            raise
        # nearly every call succeeds with nothing to reset, and then nothing is written
        if state != BreakerState():
            with self._store.transaction():
                self._store.breakers.put(self._service, BreakerState())
        return answer


class GuardedFeed:
    """Announcement feeds behind a circuit breaker."""

    def __init__(self, feed: FeedSource, breaker: CircuitBreaker) -> None:
        self._feed = feed
        self._breaker = breaker

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        """See :class:`notebot.core.ports.FeedSource`."""
        return self._breaker.call(lambda: self._feed.retrieve(category, validators))


class GuardedPapers:
    """Metadata behind a circuit breaker."""

    def __init__(self, api: PaperSource, breaker: CircuitBreaker) -> None:
        self._api = api
        self._breaker = breaker

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """See :class:`notebot.core.ports.PaperSource`."""
        return self._breaker.call(lambda: self._api.papers(ids))


class GuardedSearch:
    """The search, behind the API's circuit breaker."""

    def __init__(self, api: SearchSource, breaker: CircuitBreaker) -> None:
        self._api = api
        self._breaker = breaker

    def search(self, query: str, start: int, size: int) -> SearchPage:
        """See :class:`notebot.core.ports.SearchSource`."""
        return self._breaker.call(lambda: self._api.search(query, start, size))


class GuardedRecords:
    """OAI records behind a circuit breaker."""

    def __init__(self, records: RecordSource, breaker: CircuitBreaker) -> None:
        self._records = records
        self._breaker = breaker

    def changed_since(self, category: str, since: date) -> list[OaiRecord]:
        """See :class:`notebot.core.ports.RecordSource`."""
        return self._breaker.call(lambda: self._records.changed_since(category, since))

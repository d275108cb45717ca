"""Tests circuit breakers with a real store: who may ask, and the error while nobody may."""

from datetime import date, timedelta
from typing import Any

import pytest

from fakes import DAY, NIGHT, FakeApi, FakeClock, FakeFeed, FakeRecords, batch, entry, paper, record
from notebot.core.model.breaker import BreakerState
from notebot.core.model.errors import (
    BadAnswerError,
    NotFoundError,
    RefusedError,
    ServiceError,
    ServiceTimeoutError,
    ThrottledError,
    UnavailableError,
)
from notebot.core.model.paper import SearchPage
from notebot.core.model.source_record import Validators
from notebot.features.health.guarded_service import (
    CircuitBreaker,
    GuardedFeed,
    GuardedPapers,
    GuardedRecords,
    GuardedSearch,
)
from notebot.store.store import DatabaseStore

SERVICE = "https://service.example/api"
HOUR_S = 3600.0


class Service:
    """A service that answers or fails, and counts its requests."""

    def __init__(self) -> None:
        self.error: Exception | None = UnavailableError("It is down.")
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return "an answer"


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def gate(store: DatabaseStore, clock: FakeClock, *, by_hand: bool = False, url: str = SERVICE) -> CircuitBreaker:
    return CircuitBreaker(store, clock, url, "The service", by_hand=by_hand)


def ask(asked: CircuitBreaker, service: Service, times: int = 1) -> None:
    """Makes requests that fail."""
    for _ in range(times):
        with pytest.raises(ServiceError):
            asked.call(service)


def test_an_answer_is_passed_on_and_stores_nothing(store: DatabaseStore, service: Service, clock: FakeClock) -> None:
    service.error = None
    assert gate(store, clock).call(service) == "an answer"
    assert store.breakers.all() == {}


def test_three_failures_in_a_row_leave_the_service_alone(
    store: DatabaseStore, service: Service, clock: FakeClock
) -> None:
    daemon = gate(store, clock)
    ask(daemon, service, 5)
    assert service.asked == 3
    assert store.breakers.get(SERVICE) == BreakerState(
        3, 1, NIGHT + timedelta(minutes=5), None, "unavailable", "It is down."
    )


def test_the_state_is_shared_by_every_process_on_the_store(
    store: DatabaseStore, service: Service, clock: FakeClock
) -> None:
    for _ in range(5):
        ask(gate(store, clock), service)
    assert service.asked == 3


def test_other_services_are_not_affected(store: DatabaseStore, service: Service, clock: FakeClock) -> None:
    ask(gate(store, clock), service, 3)
    service.error = None
    assert gate(store, clock, url="https://service.example/feed").call(service) == "an answer"


def test_an_answer_resets_the_breaker(store: DatabaseStore, service: Service, clock: FakeClock) -> None:
    ask(gate(store, clock), service, 3)
    clock.pass_by(minutes=5)
    service.error = None
    gate(store, clock).call(service)
    assert store.breakers.get(SERVICE) == BreakerState()
    service.error = UnavailableError("It is down again.")
    ask(gate(store, clock), service, 2)
    service.error = None
    gate(store, clock).call(service)


def test_each_opening_lasts_twice_as_long_as_the_previous_one(
    store: DatabaseStore, service: Service, clock: FakeClock
) -> None:
    daemon = gate(store, clock)
    ask(daemon, service, 3)
    for minutes in (5, 10, 20):
        asked = service.asked
        clock.pass_by(minutes=minutes, seconds=-1)
        ask(daemon, service)
        assert service.asked == asked
        clock.pass_by(seconds=1)
        ask(daemon, service)
        assert service.asked == asked + 1


# by hand


def test_a_person_may_probe_an_open_service_until_the_probe_fails(
    store: DatabaseStore, service: Service, clock: FakeClock
) -> None:
    ask(gate(store, clock), service, 3)
    person = gate(store, clock, by_hand=True)
    ask(person, service, 4)
    assert service.asked == 4
    ask(gate(store, clock, by_hand=True), service)
    assert service.asked == 5


def test_a_successful_probe_closes_the_breaker_for_everyone(
    store: DatabaseStore, service: Service, clock: FakeClock
) -> None:
    ask(gate(store, clock), service, 3)
    service.error = None
    person = gate(store, clock, by_hand=True)
    assert [person.call(service) for _ in range(3)] == ["an answer"] * 3
    assert gate(store, clock).call(service) == "an answer"


@pytest.mark.parametrize(
    ("error", "held_s"),
    [
        (ThrottledError("Slow down.", 120.0), 120.0),
        (UnavailableError("In maintenance.", HOUR_S), HOUR_S),
        (ThrottledError("Never again.", 1e9), 24 * HOUR_S),
        (RefusedError("Go away."), 6 * HOUR_S),
    ],
)
@pytest.mark.parametrize("by_hand", [False, True])
def test_nobody_asks_during_a_wait_that_the_service_asked_for(
    store: DatabaseStore, service: Service, clock: FakeClock, error: ServiceError, held_s: float, by_hand: bool
) -> None:
    service.error = error
    ask(gate(store, clock, by_hand=by_hand), service)
    clock.pass_by(seconds=held_s - 1)
    ask(gate(store, clock, by_hand=by_hand), service, 3)
    assert service.asked == 1
    clock.pass_by(seconds=1)
    ask(gate(store, clock, by_hand=by_hand), service)
    assert service.asked == 2


# errors


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError("Slow down.", 120.0),
        UnavailableError("It is down.", 120.0),
        ServiceTimeoutError("It is silent.", 120.0),
        BadAnswerError("It is HTML.", 120.0),
    ],
)
def test_the_error_of_an_open_breaker_names_its_end_and_the_last_failure(
    store: DatabaseStore, service: Service, clock: FakeClock, error: ServiceError
) -> None:
    service.error = error
    ask(gate(store, clock), service)
    clock.pass_by(seconds=20)
    with pytest.raises(type(error)) as caught:
        gate(store, clock).call(service)
    assert str(caught.value) == f"The service is left alone until 2026-05-12 05:02 UTC, after: {error}"
    assert caught.value.wait_s == 100.0
    with pytest.raises(type(error), match=r"after: [^:]*$"):
        gate(store, clock).call(service)


def test_errors_that_are_not_the_service_s_are_not_counted(
    store: DatabaseStore, service: Service, clock: FakeClock
) -> None:
    ask(gate(store, clock), service, 2)
    before = store.breakers.get(SERVICE)
    service.error = NotFoundError("No such paper.")
    for _ in range(3):
        with pytest.raises(NotFoundError):
            gate(store, clock).call(service)
    assert store.breakers.get(SERVICE) == before


def test_a_wrong_clock_does_not_block_a_service(store: DatabaseStore, service: Service, clock: FakeClock) -> None:
    clock.pass_by(days=9000)
    service.error = RefusedError("Go away.")
    ask(gate(store, clock), service)
    clock.now = NIGHT
    service.error = None
    assert gate(store, clock).call(service) == "an answer"


# the guarded ports


class FakeSearch:
    """A search that finds nothing, or fails."""

    def __init__(self) -> None:
        self.error: ServiceError | None = None
        self.asked: list[tuple[str, int, int]] = []

    def search(self, query: str, start: int, size: int) -> SearchPage:
        self.asked.append((query, start, size))
        if self.error is not None:
            raise self.error
        return SearchPage(0, ())


def test_arguments_and_answers_pass_through_unchanged(store: DatabaseStore, clock: FakeClock) -> None:
    feed, api, records, search = FakeFeed({"cs.CL": batch(entry())}), FakeApi(), FakeRecords(), FakeSearch()
    api.known = {"2605.00001": paper()}
    records.known = {"cs.CL": [record()]}
    way = gate(store, clock)
    answer = GuardedFeed(feed, way).retrieve("cs.CL", Validators('"0"'))
    assert (answer.batch, feed.asked) == (batch(entry()), [("cs.CL", Validators('"0"'))])
    assert GuardedPapers(api, way).papers(["2605.00001"]) == api.known
    assert GuardedRecords(records, way).changed_since("cs.CL", DAY) == [record()]
    assert GuardedSearch(search, way).search("ti:math", 100, 50) == SearchPage(0, ())
    assert (api.asked, records.asked, search.asked) == ([["2605.00001"]], [("cs.CL", DAY)], [("ti:math", 100, 50)])


def test_every_port_is_blocked_after_three_failures(store: DatabaseStore, clock: FakeClock) -> None:
    down = UnavailableError("It is down.")
    feed, api, records, search = FakeFeed({"cs.CL": down}), FakeApi(error=down), FakeRecords(error=down), FakeSearch()
    search.error = down
    questions: dict[str, Any] = {
        "feed": lambda way: GuardedFeed(feed, way).retrieve("cs.CL", Validators()),
        "api": lambda way: GuardedPapers(api, way).papers(["2605.00001"]),
        "oai": lambda way: GuardedRecords(records, way).changed_since("cs.CL", date(2026, 5, 11)),
        "search": lambda way: GuardedSearch(search, way).search("ti:math", 0, 50),
    }
    for name, question in questions.items():
        for _ in range(5):
            with pytest.raises(UnavailableError):
                question(gate(store, clock, url=name))
    assert [len(port.asked) for port in (feed, api, records, search)] == [3, 3, 3, 3]
    assert store.breakers.all().keys() == questions.keys()

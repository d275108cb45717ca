"""What all tests share: where they write, how many examples a property gets, and what the run prints at its end."""

import gc
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from fresh_store import emptied_database, new_store
from notebot.core import supervisor
from notebot.core.model.errors import StateError
from notebot.store.postgres import open_store as open_on_server
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.store import DatabaseStore
from servers.postgres_server import MISSING, binaries, end_shared_server, reserve_shared_server

# few examples in `make test`, more in `make check` and in CI, many in `make thorough`; a busy machine is no failure
settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("moderate", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=2_000, deadline=None)
settings.load_profile("moderate")

# thousands of small databases are written faster to memory; PYTEST_DEBUG_TEMPROOT names another place
_MEMORY = Path("/dev/shm")
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 4 * 2**30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# A search for reference cycles looks at the objects of 12,000 tests. With Python's threshold of 700 new objects, such
# searches took 40 % of the collection.
gc.set_threshold(100_000)


def pytest_collection_finish() -> None:
    """Leaves the collected tests out of later searches for reference cycles, because they stay to the end."""
    gc.freeze()


class _Mistakes(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(self.format(record))


@pytest.fixture(autouse=True)
def no_mistake_is_hidden(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which the supervisor met an unexpected exception, unless it is marked `makes_mistakes`."""
    mistakes = _Mistakes()
    supervisor.logger.addHandler(mistakes)
    yield
    supervisor.logger.removeHandler(mistakes)
    if request.node.get_closest_marker("makes_mistakes") is None:
        assert not mistakes.sentences, mistakes.sentences[0]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        reserve_shared_server()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        end_shared_server()


@pytest.fixture
def postgres() -> None:
    """Skips a test if there is no PostgreSQL; in CI it fails instead."""
    if binaries() is None:
        assert not os.environ.get("CI"), MISSING
        pytest.skip(MISSING)


@pytest.fixture(params=["sqlite", "postgres"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], DatabaseStore]:
    """Opens a connection to one empty database, on each engine in turn; every call makes another connection."""
    if request.param == "sqlite":
        return lambda: new_store(tmp_path / "state" / "notebot.db")
    request.getfixturevalue("postgres")
    url = emptied_database()
    return lambda: open_on_server(url)


_KEPT_STORES: dict[str, DatabaseStore] = {}


@pytest.fixture
def store(request: pytest.FixtureRequest, open_again: Callable[[], DatabaseStore]) -> Iterator[DatabaseStore]:
    """An empty store on each engine in turn; a server's connection is kept, because making one costs 10 ms of CPU."""
    engine = request.node.callspec.params["open_again"]
    if engine == "sqlite":
        with closing(open_again()) as opened:
            yield opened
        return
    kept = _KEPT_STORES.pop(engine, None) or open_again()
    connection = kept.connection
    assert isinstance(connection, PostgresConnection)
    if connection.desk:  # emptied with all other tables
        connection.execute("INSERT INTO desks (name) VALUES (?) ON CONFLICT DO NOTHING", (connection.desk,))
    yield kept
    with suppress(StateError):  # the test has closed it
        connection.execute("SELECT 1")
        if not connection.in_transaction:
            _KEPT_STORES[engine] = kept


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was not tested, and the fault matrix, gathered from every worker: lost/doubled after each fault."""
    unavailable = [each for each in terminalreporter.stats.get("skipped", ()) if MISSING in str(each.longrepr)]
    if unavailable:
        terminalreporter.write_line(f"{len(unavailable)} tests were skipped: {MISSING}.")
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    marks = [value for each in reports for name, value in each.user_properties if name == "fault"]
    if marks:
        from acceptance.test_faults import matrix

        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(matrix({tuple(value[:3]): tuple(value[3:]) for value in marks})))

"""The store's own tests run on each engine, and as a desk of a lab."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk_of_lab import DeskOfLab
from fresh_store import emptied_database, new_store
from notebot.store.postgres import open_store as open_on_server
from notebot.store.store import DatabaseStore
from servers.postgres_server import as_owner


@pytest.fixture(params=["sqlite", "postgres", "postgres desk"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], DatabaseStore]:
    """Opens a connection to one empty database, on each engine in turn; every call makes another connection."""
    if request.param == "sqlite":
        return lambda: new_store(tmp_path / "state" / "notebot.db")
    request.getfixturevalue("postgres")
    url = emptied_database()
    if request.param == "postgres desk":
        return lambda: DeskOfLab.open(as_owner(url), "alice")
    return lambda: open_on_server(url)

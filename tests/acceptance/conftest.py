"""What most acceptance tests start from: the bundled sample arXiv, and a desk that reads it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.command import MONDAY, TUESDAY, Desk, desk_with, urls_of
from servers.faulty_arxiv import FaultyArxiv


@pytest.fixture
def arxiv() -> Iterator[FaultyArxiv]:
    """The bundled papers on Tuesday, the second of their three days."""
    with FaultyArxiv() as server:
        server.day = TUESDAY
        yield server


@pytest.fixture
def desk(arxiv: FaultyArxiv, tmp_path: Path) -> Desk:
    """An empty folder with a config for the sample arXiv; the clock stands at Tuesday."""
    return Desk(tmp_path, urls_of(arxiv))


@pytest.fixture(scope="session")
def polled_states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """State folders as a poll of Monday and a poll of Tuesday leave them; tests start from copies."""
    states = {}
    for name, day in (("monday", MONDAY), ("tuesday", TUESDAY)):
        with desk_with(None, tmp_path_factory.mktemp(name)) as (server, made):
            server.day = day
            made.ok("poll", now=f"{day}T14:00+09:00")
            states[name] = made.database.parent
    return states


@pytest.fixture
def polled(desk: Desk, polled_states: dict[str, Path]) -> Desk:
    """A desk with Tuesday's one match in the queue."""
    shutil.copytree(polled_states["tuesday"], desk.database.parent)
    return desk


@pytest.fixture
def monday(desk: Desk, arxiv: FaultyArxiv, polled_states: dict[str, Path]) -> Desk:
    """A desk on Monday, with that day's one match in the queue."""
    arxiv.day, desk.now = MONDAY, f"{MONDAY}T14:00+09:00"
    shutil.copytree(polled_states["monday"], desk.database.parent)
    return desk

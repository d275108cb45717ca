"""What most acceptance tests start from: the bundled sample arXiv, and a desk that reads it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acceptance.command import MONDAY, TUESDAY, Desk, desk_with, urls_of
from servers.faulty_arxiv import FaultyArxiv

if TYPE_CHECKING:
    from real_browser import RealBrowser


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[RealBrowser]:
    """One browser for all tests of a module; its start takes longer than most of them."""
    from real_browser import real_browser  # selenium, for tests of pages alone

    with real_browser() as started:
        yield started


@pytest.fixture
def browser(chromium: RealBrowser) -> Iterator[RealBrowser]:
    """The browser, empty; afterwards nothing may have gone wrong on its console."""
    chromium.start_anew()
    yield chromium
    assert chromium.complaints() == []
    assert {host.partition(":")[0] for host in chromium.hosts_asked()} <= {"127.0.0.1", "localhost"}

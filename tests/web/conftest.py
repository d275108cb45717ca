"""What most tests of the review page start from."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.served_desk import Browser, ServedDesk, ServedPage


@pytest.fixture
def desk(tmp_path: Path) -> ServedDesk:
    """Three queued papers."""
    return ServedDesk(tmp_path)


_ENDING: list[threading.Thread] = []


@pytest.fixture
def page(desk: ServedDesk) -> Iterator[ServedPage]:
    """The review page of these papers, served on loopback."""
    server, thread = desk.start()
    yield ServedPage(server)
    server.stop()
    # its end is waited for after the next test, which has begun meanwhile
    _ENDING.append(thread)
    if len(_ENDING) > 1:
        ended = _ENDING.pop(0)
        ended.join(30)
        assert not ended.is_alive()


@pytest.fixture
def browser(page: ServedPage) -> Browser:
    """A browser that is signed in."""
    return page.browser()

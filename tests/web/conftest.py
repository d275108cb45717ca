"""What most tests of the review page start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from web.served_desk import Browser, ServedDesk, ServedPage


@pytest.fixture
def desk(tmp_path: Path) -> ServedDesk:
    """Three queued papers."""
    return ServedDesk(tmp_path)


@pytest.fixture
def page(desk: ServedDesk) -> Iterator[ServedPage]:
    """The review page of these papers, served on loopback."""
    with desk.serving() as served:
        yield served


@pytest.fixture
def browser(page: ServedPage) -> Browser:
    """A browser that is signed in."""
    return page.browser()

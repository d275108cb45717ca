"""What most acceptance tests start from: the bundled sample arXiv, and a desk that reads it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.command import TUESDAY, Desk, urls_of
from notebot.adapters.sample_arxiv import SampleArxiv


@pytest.fixture
def arxiv() -> Iterator[SampleArxiv]:
    """The bundled papers on Tuesday, the second of their three days."""
    with SampleArxiv() as server:
        server.day = TUESDAY
        yield server


@pytest.fixture
def desk(arxiv: SampleArxiv, tmp_path: Path) -> Desk:
    """An empty folder with a config for the sample arXiv; the clock stands at Tuesday."""
    return Desk(tmp_path, urls_of(arxiv))

"""What all tests share: where they write, how many examples a property gets, and what the run prints at its end."""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from notebot.core import supervisor

# a property is tried with few examples at each run and with many by `make thorough`; a busy machine is no failure
settings.register_profile("moderate", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=2_000, deadline=None)
settings.load_profile("moderate")

# thousands of small databases are written faster to memory; PYTEST_DEBUG_TEMPROOT names another place
_MEMORY = Path("/dev/shm")
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 4 * 2**30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The fault matrix, gathered from every worker: lost/doubled after each fault."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    marks = [value for each in reports for name, value in each.user_properties if name == "fault"]
    if marks:
        from acceptance.test_faults import matrix

        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(matrix({tuple(value[:3]): tuple(value[3:]) for value in marks})))

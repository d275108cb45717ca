"""The lines of the log."""

import json
import logging
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notebot.cli.logs import LogFormatter

TOKYO = ZoneInfo("Asia/Tokyo")


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    made = logging.LogRecord("notebot.daemon", logging.WARNING, __file__, 1, message, None, None)
    made.created = datetime(2026, 5, 12, 14, 0, 3, tzinfo=TOKYO).timestamp()
    if error is not None:
        made.exc_info = (type(error), error, None)
    return made


def test_a_line_has_time_level_and_message() -> None:
    assert LogFormatter("text", TOKYO).format(record("poll ok")) == "2026-05-12T14:00:03+09:00 WARNING poll ok"


@pytest.mark.parametrize("form", ["text", "json"])
def test_text_from_outside_makes_no_second_line_and_no_command(form: str) -> None:
    line = LogFormatter(form, TOKYO).format(record("a\n2026-05-12T15:00 INFO forged\x1b[2J\u202e\x9b"))
    assert line.isprintable()
    assert "a 2026-05-12T15:00 INFO forged" in line


def test_json_is_one_object_with_its_traceback() -> None:
    fields = json.loads(LogFormatter("json", TOKYO).format(record("it failed", ValueError("a\nb"))))
    assert fields.pop("traceback").splitlines()[-2:] == ["ValueError: a", "b"]
    assert fields == {
        "time": "2026-05-12T14:00:03+09:00",
        "level": "warning",
        "logger": "notebot.daemon",
        "message": "it failed",
    }

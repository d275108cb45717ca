"""Logging to stderr, for notebot's own loggers."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from notebot.cli.terminal import safe_line

if TYPE_CHECKING:
    from datetime import tzinfo

_LOGGER = logging.getLogger("notebot")


def set_up_logs(verbosity: int, *, quiet: bool = False) -> None:
    """Logs warnings by default, events with ``-v``, every request with ``-vv``, and errors only with ``-q``."""
    levels = [logging.WARNING, logging.INFO, logging.DEBUG]
    _LOGGER.setLevel(logging.ERROR if quiet else levels[min(verbosity, 2)])
    if not _LOGGER.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LogFormatter("text", None))
        # the command itself says in one sentence what failed; the traceback is in the state directory's errors.log
        handler.addFilter(lambda record: verbosity > 0 or record.name != "notebot.core.supervisor")
        _LOGGER.addHandler(handler)
    # httpx logs whole URLs, which may contain keys
    logging.getLogger("httpx").setLevel(logging.WARNING)


def set_up_daemon_log(form: str, zone: tzinfo) -> logging.Logger:
    """The daemon's own logger, which logs each round, with ``-q`` only what failed.

    Args:
        form: ``text`` or ``json``, ``[log] format``.
        zone: of the times.
    """
    for handler in _LOGGER.handlers:
        handler.setFormatter(LogFormatter(form, zone))
    log = logging.getLogger("notebot.daemon")
    log.setLevel(logging.WARNING if _LOGGER.level == logging.ERROR else min(_LOGGER.level, logging.INFO))
    return log


class LogFormatter(logging.Formatter):
    """One line per record: ``TIME LEVEL message``, or one JSON object. A traceback follows it, or is in the object."""

    def __init__(self, form: str, zone: tzinfo | None) -> None:
        super().__init__()
        self._form = form
        self._zone = zone

    def format(self, record: logging.LogRecord) -> str:
        """The line; text from outside can neither begin another one nor control a terminal."""
        at = datetime.fromtimestamp(record.created, self._zone).astimezone(self._zone).isoformat(timespec="seconds")
        message = safe_line(" ".join(record.getMessage().split()))
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if self._form == "json":
            fields = {"time": at, "level": record.levelname.lower(), "logger": record.name, "message": message}
            return json.dumps({**fields, **({"traceback": trace} if trace else {})}, ensure_ascii=False)
        return f"{at} {record.levelname:<7} {message}" + (f"\n{trace}" if trace else "")

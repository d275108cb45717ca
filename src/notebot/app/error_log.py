"""Writes the tracebacks of unexpected errors to a file in the state directory."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from notebot.core.net.files import PRIVATE_FILE, PRIVATE_FOLDER
from notebot.core.supervisor import LOG_NAME
from notebot.core.supervisor import logger as unexpected

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 1_000_000
"""Above this size the file is renamed to ``errors.log.1``, which replaces the previous one."""


class _ErrorLog(logging.Handler):
    """Appends to the file, which only its owner can read; opens it for each error, because there are few."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.ERROR)
        self.path = path
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # a full disk must not hide the failure itself
            self.path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > _MAX_BYTES:
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            text = f"{self.format(record)}\n\n".encode("utf-8", "backslashreplace")
            number = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
            try:
                os.write(number, text)
            finally:
                os.close(number)


def keep_error_log(state_dir: Path) -> None:
    """Sends the tracebacks of unexpected errors to ``errors.log`` in ``state_dir``, and no longer to another one."""
    for handler in list(unexpected.handlers):
        if isinstance(handler, _ErrorLog):
            unexpected.removeHandler(handler)
    unexpected.addHandler(_ErrorLog(state_dir / LOG_NAME))

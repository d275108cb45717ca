"""Logging to stderr, for notebot's own loggers."""

import logging
import sys


def set_up_logs(verbosity: int) -> None:
    """Logs warnings by default, events with ``-v``, and every request with ``-vv``."""
    logger = logging.getLogger("notebot")
    logger.setLevel([logging.WARNING, logging.INFO, logging.DEBUG][min(verbosity, 2)])
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        # the command itself says in one sentence what failed; the traceback is in the state directory's errors.log
        handler.addFilter(lambda record: verbosity > 0 or record.name != "notebot.core.supervisor")
        logger.addHandler(handler)
    # httpx logs whole URLs, which may contain keys
    logging.getLogger("httpx").setLevel(logging.WARNING)

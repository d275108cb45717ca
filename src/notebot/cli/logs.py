"""Log set-up: one line an event on stderr, for the package's own logger alone."""

import logging
import sys


def set_up_logs(verbosity: int) -> None:
    """Warnings by default, what was done with ``-v``, every request with ``-vv``."""
    logger = logging.getLogger("notebot")
    logger.setLevel([logging.WARNING, logging.INFO, logging.DEBUG][min(verbosity, 2)])
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        logger.addHandler(handler)
    # httpx would log whole addresses, which may hold keys
    logging.getLogger("httpx").setLevel(logging.WARNING)

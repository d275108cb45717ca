"""Runs one unit of work so that a mistake in it becomes one reported failure and stops none of its neighbours.

A unit is a source, a category, a post, an issue, a line of the inbox, a paper, a note, a tag page, a digest. Every
loop over units runs each of them inside :func:`supervised` and handles the error as it handles those of the service.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from notebot.core.model.errors import DamagedRecordError, NotebotError, UnexpectedError

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)
LOG_NAME = "errors.log"
"""The file in the state directory with the tracebacks."""


@contextmanager
def supervised(unit: str) -> Iterator[None]:
    """Turns an unexpected exception into an :class:`UnexpectedError` with a reference into the log.

    Args:
        unit: what is worked on, as the beginning of a message: ``The category cs.CL``.

    Raises:
        UnexpectedError: anything unexpected was raised, or a record of the database is damaged.
        NotebotError: an expected error, unchanged.
    """
    from notebot.core.net.pace import Stopped

    try:
        yield
    except DamagedRecordError as error:  # concerns this unit alone, unlike other errors of the store
        raise UnexpectedError(str(error)) from error
    except (NotebotError, Stopped):
        raise
    except Exception as error:
        raise UnexpectedError(unexpected_sentence(unit, error)) from error


def unexpected_sentence(unit: str, error: Exception) -> str:
    """Logs the traceback of an unexpected error; returns the sentence that says where it is."""
    # A full disk or a missing permission is not a mistake in notebot, and the sentence says all there is to know.
    if isinstance(error, OSError) and error.filename is not None:
        return f"{unit} failed: {error.filename} cannot be used ({error.strerror})."
    reference = log_traceback(unit, error)
    return (
        f"{unit} failed unexpectedly ({type(error).__name__}). This is a mistake in notebot: please report it with the "
        f"traceback [{reference}] from {LOG_NAME} in the state directory."
    )


def log_traceback(unit: str, error: Exception) -> str:
    """Logs the traceback of an error; returns the reference under which ``LOG_NAME`` has it."""
    import secrets

    # random, and not a counter: several processes write to the same log
    reference = secrets.token_hex(4)
    logger.error("%s failed unexpectedly [%s]", unit, reference, exc_info=error)
    return reference

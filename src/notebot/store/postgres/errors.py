"""PostgreSQL's errors as one sentence: what happened, where, and what the user can do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from psycopg import OperationalError

from notebot.core.model.errors import ServerAwayError, StateError

if TYPE_CHECKING:
    import psycopg

_LONGEST = 300

_PASSWORD = "Put the password into PGPASSWORD, ~/.pgpass or a service file."
_SERVER = "Check that the server runs and that host and port in notebot.database are right."
_FULL = "Raise max_connections on the server, or stop what is not needed."
_LATER = "It is tried again with the next round."
_BY_WORDS = {
    "password authentication failed": _PASSWORD,
    "no password supplied": _PASSWORD,
    "does not exist": "Create it on the server (`createuser`, `createdb`), or correct notebot.database.",
    "starting up": _LATER,
    "shutting down": _LATER,
    "in recovery mode": _LATER,
    "not yet accepting": _LATER,
    "too many": _FULL,
    "connection slots": _FULL,
    "accepting connections": "Let the server accept connections to this database.",
    "not permitted to log in": "Allow it with ALTER ROLE ... LOGIN, or name another user in notebot.database.",
    "standby mode": "Correct target_session_attrs in notebot.database.",
    "read-only": "Name the primary server in notebot.database.",
    "idle-session timeout": _LATER,
    "administrator command": _LATER,
    "pg_hba.conf": "Allow the connection in pg_hba.conf.",
    "refused": _SERVER,
    "No such file": _SERVER,
    "translate host name": _SERVER,
    "resolve host": _SERVER,
    "timed out": _LATER,
    "timeout": _SERVER,
    "definition of service": "Write the service into ~/.pg_service.conf, or correct notebot.database.",
    "invalid connection option": "Correct notebot.database.",
    "invalid URI": "Correct notebot.database.",
    "closed": _LATER,
}
"""What the user can do about a connection that was not made, by words of libpq's message."""
_BY_STATE = {
    "55P03": "Another notebot has kept its lock for long; try again, or stop the other one.",
    "53100": "Make room on the server's disk; what was stored before is intact.",
    "42501": "Make the user the owner of the database, or grant it CREATE and USAGE on the schema.",
    "25006": "The server is a read-only copy; name the primary one in notebot.database.",
    "40P01": _LATER,
    "40001": _LATER,
    "57014": _LATER,
}
"""The same by SQLSTATE (PostgreSQL manual, appendix A)."""


def describe(url: str) -> str:
    """The database in messages: without a password and without options."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "of notebot.database"
    user, at, hosts = parts.netloc.rpartition("@")
    return _one_line(f"{parts.scheme}://{user.partition(':')[0]}{at}{hosts}{parts.path}")


def state_error(url: str, error: psycopg.Error) -> StateError:
    """The error of a failed connection or statement."""
    # libpq adds a question or a guess for people, which the mend below answers
    message = _one_line(str(error)).partition(" Is the server running")[0].partition(" This probably means")[0]
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    mend = _BY_STATE.get(error.sqlstate or "") or next(
        (mend for word, mend in _BY_WORDS.items() if word in message), ""
    )
    # classes 08 and 57: the connection failed, or an administrator ended it; a server that is not there says nothing
    is_away = not error.sqlstate or error.sqlstate.startswith(("08", "57P"))
    kind = ServerAwayError if is_away and isinstance(error, OperationalError) else StateError
    return kind(f"The database {describe(url)} cannot be used: {message.rstrip('. ')}. {mend}".rstrip())


def _one_line(text: str) -> str:
    """Text of the server on one line, without characters that act on a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in " ".join(text.split()))

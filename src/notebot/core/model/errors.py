"""The errors that notebot expects.

    NotebotError
    ├── UsageError            wrong use or config: the command ends with exit code 2
    │   ├── ConfigError
    │   └── QueryError
    ├── InvalidRefError       a malformed reference to a paper
    ├── NotFoundError         a well-formed reference that the service does not know
    ├── ServiceError          an outside service gave no usable response
    │   ├── ThrottledError
    │   ├── UnavailableError
    │   ├── ServiceTimeoutError
    │   ├── BadAnswerError
    │   │   └── UnexpectedError   a mistake in notebot that one unit of work ran into
    │   └── RefusedError
    ├── MoveError             the stub's state does not allow the curator's move
    │   └── StaleError        the curator decided on an older state of the stub
    └── StateError            the store, a file or a lock cannot be used
        └── DamagedRecordError    one record of the database cannot be read

Each message says what went wrong, where, and how to fix it. ``kind`` is the word in JSON documents
(product.md, JSON).
"""


class NotebotError(Exception):
    """Base class of all errors whose message is written for people."""

    kind = "unavailable"


class UsageError(NotebotError):
    """The command, its options or the config are invalid."""

    kind = "config"


class ConfigError(UsageError):
    """The config has invalid keys; ``problems`` contains one message per key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class QueryError(UsageError):
    """A topic query cannot be parsed.

    ``position`` counts characters from 0; ``expected`` says what was expected there.
    """

    def __init__(self, message: str, position: int, expected: str = "") -> None:
        tail = f"; expected {expected}" if expected else ""
        super().__init__(f"{message} at character {position + 1}{tail}")
        self.position = position
        self.expected = expected


class InvalidRefError(NotebotError):
    """A malformed reference such as ``2513.02807`` (there is no month 13)."""

    kind = "invalid-ref"


class NotFoundError(NotebotError):
    """A valid id or URL for which the service has nothing."""

    kind = "not-found"


class ServiceError(NotebotError):
    """An outside service gave no usable response.

    ``wait_s`` is how long the service asked us to wait, if it did.
    """

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ThrottledError(ServiceError):
    """429, 406 or a body that says ``Rate exceeded.``"""

    kind = "throttled"


class UnavailableError(ServiceError):
    """5xx, host name not found, or no connection."""

    kind = "unavailable"


class ServiceTimeoutError(ServiceError):
    """No data for ``timeout_s``, or a response that took longer than ten times that."""

    kind = "timeout"


class BadAnswerError(ServiceError):
    """A response that is empty, truncated, of the wrong type, or contradicts its own counts."""

    kind = "bad-answer"


class UnexpectedError(BadAnswerError):
    """A mistake in notebot that one unit of work ran into, mostly because of unexpected content; see ``supervisor``."""


class RefusedError(ServiceError):
    """403: the service refuses requests from us."""

    kind = "refused"


class MoveError(NotebotError):
    """A stub's state does not allow this move."""

    kind = "refused"


class StaleError(MoveError):
    """The stub was decided on since the curator saw it."""

    kind = "stale"


class StateError(NotebotError):
    """The database, a directory or a lock cannot be used."""

    kind = "unavailable"


class ServerAwayError(StateError):
    """The database server cannot be reached, or has ended the connection; the same may work in a moment."""


class DamagedRecordError(StateError):
    """One record of the database cannot be read; the others can."""

"""The errors that notebot expects, as one tree.

    NotebotError
    ├── UsageError            wrong use or config: the command ends with exit code 2
    │   ├── ConfigError
    │   └── QueryError
    ├── InvalidRefError       a reference that names no paper
    ├── NotFoundError         a well-formed reference that the service does not know
    ├── ServiceError          an outside service did not give a usable answer
    │   ├── ThrottledError
    │   ├── UnavailableError
    │   ├── ServiceTimeoutError
    │   ├── BadAnswerError
    │   └── RefusedError
    ├── MoveError             the curator's move does not lead from the stub's state
    └── StateError            the store, a file or a lock is not usable

Each message is one clear sentence: what, where, how to mend it. ``kind`` is the word the JSON
documents use (product.md, JSON).
"""


class NotebotError(Exception):
    """Base of every error that a person is meant to read."""

    kind = "unavailable"


class UsageError(NotebotError):
    """The command, its options or the config are wrong."""

    kind = "config"


class ConfigError(UsageError):
    """One or more keys of the config are wrong; ``problems`` lists every one with its key path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class QueryError(UsageError):
    """A topic query does not parse.

    ``position`` counts characters from 0; ``expected`` says what would have been right there.
    """

    def __init__(self, message: str, position: int, expected: str = "") -> None:
        tail = f"; expected {expected}" if expected else ""
        super().__init__(f"{message} at character {position + 1}{tail}")
        self.position = position
        self.expected = expected


class InvalidRefError(NotebotError):
    """A reference that names no paper, such as ``2513.02807`` (there is no month 13)."""

    kind = "invalid-ref"


class NotFoundError(NotebotError):
    """A well-formed id that arXiv does not know."""

    kind = "not-found"


class ServiceError(NotebotError):
    """An outside service did not give a usable answer.

    ``wait_s`` is how long the service asked us to stay away, where it said so.
    """

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ThrottledError(ServiceError):
    """429, 406 or a body that says ``Rate exceeded.``"""

    kind = "throttled"


class UnavailableError(ServiceError):
    """5xx, no name, no connection."""

    kind = "unavailable"


class ServiceTimeoutError(ServiceError):
    """Silence longer than ``timeout_s``, or an answer that took longer than ten times that."""

    kind = "timeout"


class BadAnswerError(ServiceError):
    """An answer that is empty, cut short, of the wrong type, or contradicts its own counts."""

    kind = "bad-answer"


class RefusedError(ServiceError):
    """403: the service wants no more requests from us."""

    kind = "refused"


class MoveError(NotebotError):
    """A stub cannot be moved so from the state it is in."""

    kind = "refused"


class StateError(NotebotError):
    """The database, a directory or a lock cannot be used."""

    kind = "unavailable"

"""The review page: a web application in which the curator decides, edits and publishes.

Its libraries are an extra, and only `notebot web` and a daemon that serves the page import them.
"""

from __future__ import annotations

from importlib.util import find_spec

from notebot.core.model.errors import UsageError

LIBRARIES = ("starlette", "uvicorn", "nh3")


def require_web_extra() -> None:
    """Checks that the extra is installed.

    Raises:
        UsageError: it is not; the message says how to install it.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"The review page needs {', '.join(missing)}; install the extra: pip install 'paper-notebot[web]'."
        )

"""Imports httpx without its command line program.

If rich and pygments are installed, ``import httpx`` imports both for a command line that notebot never uses. That takes
as long as httpx itself, and a one-shot command waits for it.
"""

import sys

_CLI_LIBRARY = "pygments"

if "httpx" not in sys.modules and _CLI_LIBRARY not in sys.modules:
    sys.modules[_CLI_LIBRARY] = None  # type: ignore[assignment]  # makes `import pygments` raise ImportError, as if absent
    try:
        import httpx
    finally:
        del sys.modules[_CLI_LIBRARY]
else:
    import httpx

__all__ = ["httpx"]

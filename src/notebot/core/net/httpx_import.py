"""Imports httpx without its command line program and without the libraries of its asynchronous half.

If rich and pygments are installed, ``import httpx`` imports both for a command line, and its transport imports trio and
anyio where it finds them. notebot uses none of this, and a one-shot command would wait for them as long as for httpx.
"""

import sys

_UNUSED = ("pygments", "trio", "anyio")

_hidden = [] if {"httpx", "httpcore"} & sys.modules.keys() else [name for name in _UNUSED if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]  # makes `import NAME` raise ImportError, as if it were absent
try:
    import httpcore  # noqa: F401 - httpx would import it with the first client, when nothing is hidden any more
    import httpx
finally:
    for _name in _hidden:
        del sys.modules[_name]

__all__ = ["httpx"]

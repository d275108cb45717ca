"""Regular expressions that are compiled when they are first used.

notebot has about 400 of them. Compiling all that a short command imports, but never uses, took half of its time.
"""

import re
from typing import Any, AnyStr, cast


class _CompiledOnUse:
    """Takes the methods of the compiled pattern on the first access to any of them."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        # called only while `name` is missing, so each later access costs what it costs on any object
        compiled = re.compile(self.pattern, self.flags)
        for each in ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "groups"):
            setattr(self, each, getattr(compiled, each))
        return getattr(compiled, name)


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The pattern, compiled on first use; otherwise the same as ``re.compile``.

    A mistake in the pattern is raised on first use, so a test compiles every one.
    """
    return cast("re.Pattern[AnyStr]", _CompiledOnUse(pattern, flags))

"""Regular expressions that are compiled on first use.

notebot has about 400 of them. Compiling those that a short command imports but never uses took half of its time.
"""

import re
from typing import Any, AnyStr, cast


class _CompiledOnUse:
    """Compiles the pattern on the first access to one of its methods."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        # Called only for missing attributes. Copying the methods makes later accesses ordinary lookups.
        compiled = re.compile(self.pattern, self.flags)
        for method in ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "groups"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The pattern, compiled on first use; otherwise the same as ``re.compile``.

    A malformed pattern raises on first use; a test compiles all patterns.
    """
    return cast("re.Pattern[AnyStr]", _CompiledOnUse(pattern, flags))


def to_lower_case(text: str) -> str:
    """The text in lower case, with each character at its place, for a pattern in lower case.

    A long pattern with ``re.IGNORECASE`` takes twice as long to compile, which a short command would notice.
    """
    lower = text.lower()
    # `İ` becomes two characters
    return lower if len(lower) == len(text) else "".join(letter.lower()[0] for letter in text)

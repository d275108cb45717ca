"""The word lists in ``words.toml``, and patterns that are built from them.

The file belongs to the package and never changes at run time. It is read once, on first use, because most commands
detect no venue.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, cast


@cache
def load_word_lists() -> dict[str, list[str]]:
    """Returns the words of each list by its name."""
    return tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))


class _BuiltOnUse:
    """Builds and compiles the pattern on the first access to any of its methods."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        # called only while `name` is missing, so each later access costs what it costs on any object
        lists = load_word_lists()
        pattern = re.sub(r"<<(\w+)>>", lambda match: "|".join(map(re.escape, lists[match[1]])), self.pattern)
        compiled = re.compile(pattern, self.flags)
        for method in ("search", "match", "fullmatch", "finditer", "sub", "split"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def word_regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Returns a pattern in which ``<<name>>`` means any word of the list ``name``, compiled on first use."""
    return cast("re.Pattern[str]", _BuiltOnUse(pattern, flags))

"""Statements with ``?`` to statements with psycopg's ``%s``."""

from __future__ import annotations

from functools import lru_cache

from notebot.core.text.patterns import regex

# `''` in a literal reads as two literals side by side, which comes to the same
_PARTS = regex(r"'[^']*'|\"[^\"]*\"|\?|%")


@lru_cache(maxsize=1024)
def with_psycopg_marks(sql: str) -> str:
    """Replaces each ``?`` outside of quotes by ``%s``, and doubles each ``%``."""
    return _PARTS.sub(lambda match: "%s" if match[0] == "?" else match[0].replace("%", "%%"), sql)

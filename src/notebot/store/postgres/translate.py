"""Statements of both engines to those of a PostgreSQL database with desks."""

from __future__ import annotations

from functools import lru_cache
from itertools import count

from notebot.core.text.patterns import regex
from notebot.store.postgres.desk_names import TABLES_OF_ALL

# `''` in a literal reads as two literals side by side, which comes to the same
_PARTS = regex(r"'[^']*'|\"[^\"]*\"|\?|\bON CONFLICT \(")
_ROW = regex(r"\bVALUES (\([?, ]+\))")
_INSERT = regex(r"\s*INSERT INTO (\w+)")


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """Numbers each ``?`` outside of quotes (``$1``), and adds the desk to an upsert's key."""
    insert = _INSERT.match(sql)
    has_desk = insert is not None and insert[1] not in TABLES_OF_ALL
    key = "ON CONFLICT (desk, " if has_desk else "ON CONFLICT ("
    numbers = count(1)

    def replaced(part: str) -> str:
        if part == "?":
            return f"${next(numbers)}"
        return key if part == "ON CONFLICT (" else part

    return _PARTS.sub(lambda match: replaced(match[0]), sql)


@lru_cache(maxsize=256)
def numbered_rows(sql: str, rows: int) -> str:
    """An INSERT of one row as one of so many rows; see :func:`numbered`."""
    return numbered(_ROW.sub(lambda row: f"VALUES {', '.join([row[1]] * rows)}", sql, count=1))

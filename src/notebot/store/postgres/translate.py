"""Statements of both engines to those that psycopg sends to a database with desks."""

from __future__ import annotations

from functools import lru_cache

from notebot.core.text.patterns import regex
from notebot.store.postgres.desk_names import TABLES_OF_ALL

# `''` in a literal reads as two literals side by side, which comes to the same
_PARTS = regex(r"'[^']*'|\"[^\"]*\"|\?|%|\bON CONFLICT \(")
_ROW = regex(r"\bVALUES (\([?, ]+\))")
_INSERT = regex(r"\s*INSERT INTO (\w+)")


@lru_cache(maxsize=1024)
def to_psycopg(sql: str) -> str:
    """Replaces each ``?`` outside of quotes by ``%s``, doubles each ``%``, and adds the desk to an upsert's key."""
    insert = _INSERT.match(sql)
    has_desk = insert is not None and insert[1] not in TABLES_OF_ALL
    replaced = {"?": "%s", "ON CONFLICT (": "ON CONFLICT (desk, " if has_desk else "ON CONFLICT ("}
    return _PARTS.sub(lambda match: replaced.get(match[0]) or match[0].replace("%", "%%"), sql)


@lru_cache(maxsize=256)
def to_psycopg_rows(sql: str, count: int) -> str:
    """An INSERT of one row as one of ``count`` rows; see :func:`to_psycopg`."""
    return to_psycopg(_ROW.sub(lambda row: f"VALUES {', '.join([row[1]] * count)}", sql, count=1))

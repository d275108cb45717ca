"""Reads the packaged venue table, and the curator's own table."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from notebot.core.model.errors import ConfigError
from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable, title_words

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {kind.value: kind for kind in VenueKind}
_LETTER = regex("[A-Za-z]")
_MAX_CHARS = 1_000_000
"""Greatest size of a table; the packaged one has 29,000 characters."""


def load_venues(extra: Path | None = None) -> VenueTable:
    """Returns the packaged table; a row of ``extra`` replaces the packaged row with the same name.

    Raises:
        ConfigError: ``extra`` cannot be read or has malformed lines; every such line is reported.
    """
    packaged = _packaged_table()
    if extra is None:
        return packaged
    try:
        with extra.open(encoding="utf-8-sig") as file:
            text = file.read(_MAX_CHARS + 1)
    except UnicodeDecodeError as error:
        raise ConfigError([f"[venue] extra_table: {extra} is not UTF-8 text; save it as UTF-8."]) from error
    except OSError as error:
        raise ConfigError([f"[venue] extra_table: {extra} cannot be read: {error.strerror}."]) from error
    if len(text) > _MAX_CHARS:
        raise ConfigError(
            [f"[venue] extra_table: {extra} has more than {_MAX_CHARS:,} characters, too many for a venue table."]
        )
    return VenueTable((*packaged.rows, *parse_rows(text, str(extra))))


@cache
def _packaged_table() -> VenueTable:
    """The table of the package, which never changes while the program runs."""
    text = (files("notebot.features.venues") / "venues.tsv").read_text(encoding="utf-8")
    return VenueTable(parse_rows(text, "venues.tsv"))


def parse_rows(text: str, where: str) -> tuple[VenueRow, ...]:
    """Returns the rows of a table; empty lines and lines that begin with ``#`` are skipped.

    Args:
        where: the table's name in error messages.

    Raises:
        ConfigError: reports every malformed line.
    """
    rows, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            rows.append(_parse_row(line))
        except ValueError as error:
            problems.append(f"{where}, line {number}: {error}")
    if problems:
        raise ConfigError(problems)
    return tuple(rows)


def _parse_row(line: str) -> VenueRow:
    name, kind, short, long, *rest = (*(cell.strip() for cell in line.split("\t")), "", "", "")
    if any(rest) or not name:
        raise ValueError("a row has a name, a kind, abbreviations and titles, separated by tabs.")
    if kind not in _KINDS:
        raise ValueError(f"the kind is {kind!r}; write conference, journal or workshop.")
    row = VenueRow(name, _KINDS[kind], _spellings(short), _spellings(long))
    if not row.short and not row.long:
        raise ValueError(f"{name} has no abbreviation and no title, so it would never be found.")
    # small words do not count, so such a title would match everything
    if not all(title_words(title) for title in row.long):
        raise ValueError(f"a title of {name} has only small words.")
    return row


def _spellings(cell: str) -> tuple[str, ...]:
    spellings = tuple(spelling.strip() for spelling in cell.split("|") if spelling.strip())
    for spelling in spellings:
        if not _LETTER.search(spelling):
            raise ValueError(f"the spelling {spelling!r} has no letter.")
    return spellings

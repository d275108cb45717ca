"""The venue table as a file: the one that notebot brings, and one of the curator's own."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from notebot.core.model.errors import ConfigError
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable, title_words

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 1_000_000
"""Characters of a table; the packaged one has twenty thousand."""


def load_venues(extra: Path | None = None) -> VenueTable:
    """The packaged table; a row of ``extra`` takes the place of the packaged row of the same name.

    Raises:
        ConfigError: ``extra`` cannot be read, or one of its lines is no row; every such line is named.
    """
    packaged = (files("notebot.features.venues") / "venues.tsv").read_text(encoding="utf-8")
    rows = parse_rows(packaged, "venues.tsv")
    return VenueTable((*rows, *(parse_rows(_read(extra), str(extra)) if extra is not None else ())))


def parse_rows(text: str, where: str) -> tuple[VenueRow, ...]:
    """The rows of a table; lines that begin with ``#`` and empty ones are passed over.

    Raises:
        ConfigError: names every line that is no row.
    """
    rows, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            rows.append(_row(line))
        except ValueError as error:
            problems.append(f"{where}, line {number}: {error}")
    if problems:
        raise ConfigError(problems)
    return tuple(rows)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_LARGEST + 1)
    except UnicodeDecodeError as error:
        raise ConfigError([f"[venue] extra_table: {path} is not UTF-8 text; save it as UTF-8."]) from error
    except OSError as error:
        raise ConfigError([f"[venue] extra_table: {path} cannot be read: {error.strerror}."]) from error
    if len(text) > _LARGEST:
        raise ConfigError(
            [f"[venue] extra_table: {path} has more than {_LARGEST:,} characters; that is no venue table."]
        )
    return text


def _row(line: str) -> VenueRow:
    name, kind, short, long, *rest = (*(cell.strip() for cell in line.split("\t")), "", "", "")
    if any(rest) or not name:
        raise ValueError("a row has a name, a kind, abbreviations and titles, parted by tabs.")
    if kind not in tuple(VenueKind):
        raise ValueError(f"the kind is {kind!r}; write conference, journal or workshop.")
    row = VenueRow(name, VenueKind(kind), _spellings(short), _spellings(long))
    if not row.short and not row.long:
        raise ValueError(f"{name} has no abbreviation and no title, so that it would never be found.")
    if not all(title_words(title) for title in row.long):
        raise ValueError(f"a title of {name} has nothing but little words.")
    return row


def _spellings(cell: str) -> tuple[str, ...]:
    found = tuple(spelling.strip() for spelling in cell.split("|") if spelling.strip())
    for spelling in found:
        if not any(letter.isascii() and letter.isalpha() for letter in spelling):
            raise ValueError(f"the spelling {spelling!r} has no letter.")
    return found

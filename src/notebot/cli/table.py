"""Tables that fit the terminal; in a file or a pipe every cell is whole.

Widths are in terminal cells, of which a Japanese character takes two. They come from the standard library:
the package wcwidth knows more emoji sequences, but takes ten times as long to import as a whole command may take.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from notebot.cli.terminal import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

GAP = "  "
NARROWEST = 16
"""An elastic column keeps at least so many cells; where that is too wide, each row becomes a list of its cells."""


def terminal_width() -> int | None:
    """The columns of the terminal on stdout; ``None`` if stdout is a file or a pipe."""
    if not sys.stdout.isatty():
        return None
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80


def cells(text: str) -> int:
    """How many columns of a terminal the text takes (Unicode Standard Annex 11)."""
    return len(text) if text.isascii() else sum(map(_char_cells, text))


def _char_cells(char: str) -> int:
    from unicodedata import category, east_asian_width

    # combining marks, and the vowels and final consonants of decomposed Hangul, are drawn on the character before
    if category(char) in {"Mn", "Me", "Cf"} or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def fit(text: str, width: int | None) -> str:
    """The text on one line, cut with ``…`` if it takes more than ``width`` cells; ``None`` cuts nothing."""
    line = safe_line(text)
    if width is None or cells(line) <= width:
        return line
    taken = 0
    for place, char in enumerate(line):
        taken += _char_cells(char)
        if taken > width - 1:
            return line[:place].rstrip() + "…"
    return line


def table(
    rows: Sequence[Sequence[str]],
    head: Sequence[str],
    width: int | None,
    *,
    head_in_files: bool = False,
    elastic: Sequence[int] = (-1,),
    right: Sequence[int] = (),
    colours: Mapping[int, Callable[[str], str | None]] | None = None,
    below: Sequence[str] = (),
) -> Iterator[str]:
    """Yields the lines of a table.

    Args:
        head: the names of the columns, printed on a terminal.
        width: that of the terminal; ``None`` for a file or a pipe.
        head_in_files: print them in a file or a pipe, too, where a script may read the rows.
        elastic: the columns that are cut where the terminal is too narrow, the first of them first.
        right: the columns that are aligned to the right.
        colours: column -> the colour of a cell, or ``None``.
        below: a line below each row.
    """
    if not rows:
        return
    with_head = width is not None or head_in_files
    lines = [[safe_line(cell) for cell in row] for row in ([head, *rows] if with_head else rows)]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    excess = 0 if width is None else sum(widths) + len(GAP) * (len(widths) - 1) - width
    for column in elastic:
        less = max(0, min(excess, widths[column] - NARROWEST))
        widths[column] -= less
        excess -= less
    for number, line in enumerate(lines):
        is_head = with_head and number == 0
        if excess > 0 and width is not None:
            if not is_head:
                yield _as_list(head, line, width)
        else:
            padded = [
                _padded(cell, room, column in right)
                for column, (cell, room) in enumerate(zip(line, widths, strict=True))
            ]
            painted = [
                click.style(cell, bold=True) if is_head else coloured(cell, colour and colour(text))
                for cell, text, colour in zip(padded, line, map((colours or {}).get, range(len(line))), strict=True)
            ]
            yield GAP.join(painted).rstrip()
        if below and not is_head:
            yield "    " + safe_line(below[number - with_head])


def _padded(cell: str, room: int, to_the_right: bool) -> str:
    text = fit(cell, room)
    space = " " * (room - cells(text))
    return space + text if to_the_right else text + space


def coloured(text: str, colour: str | None) -> str:
    """The text in a colour; click removes it again where the output is not a terminal."""
    return click.style(text, fg=colour) if colour else text


def state_colour(state: str) -> str | None:
    """The colour of the state of a source or of an announcement day."""
    if state in {"failed", "stale", "truncated"}:
        return "red"
    return {"fresh": "green", "ok": "green", "waiting": "yellow", "partial": "yellow"}.get(state)


def _as_list(head: Sequence[str], row: Sequence[str], width: int) -> str:
    """A row as "name cell  name cell …" on as few lines as the width allows; all but the first are indented."""
    lines: list[str] = []
    for name, cell in zip(head, row, strict=True):
        text = f"{name} {cell}"
        if lines and cells(lines[-1]) + len(GAP) + cells(text) <= width:
            lines[-1] += GAP + text
        else:
            lines.append(fit(f"    {text}" if lines else text, width))
    return "\n".join(lines)

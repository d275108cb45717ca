"""`notebot stats`: numbers and plots of the archive and of the watch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import click

from notebot.app import statistics
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.option(
    "--svg",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each plot as an SVG file into this folder.",
)
@json_option
@click.pass_context
def stats(ctx: click.Context, folder: Path | None, as_json: bool) -> None:
    """Show numbers of the archive, of the watch and of your decisions.

    Notes per month, tags over the years, venues, what became of each topic's papers, days on which announcements were
    received, how long papers wait for their note and notes to be read, and how well the order of the digests predicts
    what you keep.
    """
    resources = open_resources(ctx, local=True)
    if folder is not None:
        paths = statistics.write_plots(resources, folder)
        if as_json:
            print_json([str(path) for path in paths])
        else:
            for path in paths:
                click.echo(str(path))
        return
    counted = statistics.statistics(resources)
    if as_json:
        print_json(statistics.document(counted))
        return
    for title, lines in statistics.text_tables(resources, counted):
        click.echo(f"{title}\n")
        for line in _aligned(lines):
            click.echo(f"  {line}")
        click.echo()


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows in columns, all but the first aligned to the right; Japanese characters are two columns wide."""
    widths = [max(_width(row[place]) for row in rows if place < len(row)) for place in range(max(map(len, rows)))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) if place == 0 else " " * (width - _width(cell)) + cell
            for place, (cell, width) in enumerate(zip(map(safe_line, row), widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "FW" else 1 for char in safe_line(text))

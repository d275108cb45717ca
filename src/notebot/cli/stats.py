"""`notebot stats`: numbers and plots of the archive and of the watch."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.app import statistics
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.table import table, terminal_width


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
        head, *rows = lines
        right = range(1, len(head))
        # a sentence in place of a table has no rows below it
        shown = table(rows, head, terminal_width(), head_in_files=True, elastic=(0,), right=right) if rows else head
        for line in shown:
            click.echo(line)
        click.echo()

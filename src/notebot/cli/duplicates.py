"""`notebot duplicates`: papers with more than one note."""

from __future__ import annotations

import click

from notebot.app import archive
from notebot.app.documents import note_document
from notebot.cli.shared import json_option, note_line, open_resources, print_json
from notebot.cli.terminal import inform


@click.command()
@json_option
@click.pass_context
def duplicates(ctx: click.Context, as_json: bool) -> None:
    """List papers that have more than one note."""
    resources = open_resources(ctx, local=True)
    groups = archive.duplicates(resources)
    if as_json:
        print_json([[note_document(note) for note in group] for group in groups])
        return
    for group in groups:
        click.echo(f"{group[0].arxiv_id or group[0].url}")
        for note in group:
            click.echo(f"  {note_line(note)}")
    if not groups:
        inform("No paper has more than one note.")

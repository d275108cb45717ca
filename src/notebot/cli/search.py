"""`notebot search`: notes by words and tags."""

from __future__ import annotations

import click

from notebot.app import archive
from notebot.app.documents import note_document
from notebot.cli.shared import json_option, note_line, open_resources, print_json_array
from notebot.cli.terminal import inform


@click.command()
@click.argument("words", nargs=-1)
@click.option("--tag", help="Only notes with this tag.")
@json_option
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], tag: str | None, as_json: bool) -> None:
    """Find notes that contain all WORDS, best match first.

    Without WORDS all notes are listed.
    """
    resources = open_resources(ctx, local=True)
    notes = archive.search(resources, " ".join(words), tag)
    if as_json:
        print_json_array(note_document(note) for note in notes)
        return
    printed = 0
    for note in notes:
        click.echo(note_line(note))
        printed += 1
    if not printed:
        inform(_nothing(words, tag))


def _nothing(words: tuple[str, ...], tag: str | None) -> str:
    if not words and not tag:
        return "The archive is empty; import one with `notebot import`."
    if not words:
        return f"No note has the tag {tag!r}; `notebot stats` lists the most used ones."
    return f"No note {f'with the tag {tag!r} ' if tag else ''}contains all of these words."

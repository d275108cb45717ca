"""`notebot export`: notes in forms that other programs read."""

import click

from notebot.app import archive
from notebot.app.documents import note_document
from notebot.cli.shared import open_resources, print_json_array
from notebot.cli.terminal import inform

FORMS = ("md", "json", "bibtex", "ris", "csl", "gh", "atom")


@click.command()
@click.option("--form", type=click.Choice(FORMS), default="md", show_default=True, help="Output format.")
@click.pass_context
def export(ctx: click.Context, form: str) -> None:
    """Print all notes and kept stubs.

    \b
    md      Markdown
    json    the JSON documents of `notebot search --json`
    bibtex  BibTeX
    ris     RIS, which reference managers import
    csl     CSL-JSON, for Pandoc and other citation processors
    gh      as `gh issue list --json ...` prints them; numbered notes only
    atom    a feed of the newest digests and notes
    """
    resources = open_resources(ctx, local=True)
    if form == "json":
        print_json_array(note_document(note) for note in archive.search(resources, "", None))
    else:
        text = archive.export(resources, form)
        click.echo(text, nl=False)
        if not text:
            inform("There is no note and no kept paper yet.")

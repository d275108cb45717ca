"""`notebot zotero`: kept papers become items of a Zotero library."""

import click

from notebot.app import zotero as zotero_library
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.text.counted import counted


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be sent and send nothing.")
@json_option
@click.pass_context
def zotero(ctx: click.Context, dry_run: bool, as_json: bool) -> None:
    """Send kept papers to the Zotero library of the config.

    Each becomes one preprint item. A venue that is known later, or a new title, changes the item as long as you have
    not changed that field in Zotero yourself.
    """
    resources = open_resources(ctx, need_topics=False)
    report = zotero_library.send(resources, dry_run=dry_run)
    if as_json:
        print_json(report)
    else:
        for paper in report.sent:
            click.echo(f"{paper.item_key} {paper.arxiv_id} {safe_line(paper.title)}")
        for paper in report.updated:
            changed = f": {', '.join(paper.fields)}" if paper.fields else ""
            click.echo(f"{paper.item_key} {paper.arxiv_id} changed{changed}")
        would = "would be " if dry_run else ""
        click.echo(f"{report.library}: {len(report.sent)} {would}sent, {len(report.updated)} {would}changed")
    for paper in report.left:
        say(f"{paper.arxiv_id}: {', '.join(paper.fields)} was changed in Zotero and stays as it is.")
    for trouble in report.troubles:
        say(f"{trouble.subject}: {safe_line(trouble.message)}.")
    if report.waiting:
        say(f"{counted(report.waiting, 'paper waits', 'papers wait')} for the next `notebot zotero`.")
    ctx.exit(1 if report.troubles or report.waiting else 0)

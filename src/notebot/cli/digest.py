"""`notebot digest`: writes what is queued."""

from __future__ import annotations

import click

from notebot.app import digests
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import inform, say


@click.command()
@click.option("--dry-run", is_flag=True, help="Print the digest; change nothing.")
@json_option
@click.pass_context
def digest(ctx: click.Context, dry_run: bool, as_json: bool) -> None:
    """Write a digest of everything queued.

    A new file is written; an existing one is never changed.
    """
    resources = open_resources(ctx, local=True)
    report = digests.preview(resources) if dry_run else digests.digest(resources)
    if as_json:
        print_json({"path": report.path, "entries": report.entries, "updates": report.updates})
    elif dry_run:
        click.echo(report.text, nl=False)
    elif report.path is not None:
        click.echo(report.path)
    for sentence in report.left_out:
        say(sentence)
    if report.finished is not None:
        inform(f"{report.finished} was interrupted earlier and is now complete.")
    elif report.path is None and not report.text:
        inform("Nothing to write: no stub is queued, nothing was updated, and no day needs a warning.")
    ctx.exit(1 if report.left_out else 0)

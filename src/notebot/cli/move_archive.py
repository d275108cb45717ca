"""`notebot move-archive`: copies the archive from GitHub into a folder, or back."""

from __future__ import annotations

import click

from notebot.app import move_archive as app
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say


@click.command("move-archive")
@click.argument("target", metavar="TARGET")
@click.option("--dry-run", is_flag=True, help="Count what would be copied, and write nothing.")
@json_option
@click.pass_context
def move_archive(ctx: click.Context, target: str, dry_run: bool, as_json: bool) -> None:
    """Copy all notes to another place, with their numbers, labels and comments.

    The archive of the config is copied: a repository into the folder TARGET, a folder into the repository TARGET
    (OWNER/NAME, best a new and empty one). The archive itself is only read. Run it again after an interruption; no
    note is copied twice. Then name the new place in [archive] of the config.
    """
    resources = open_resources(ctx, urgent=True, need_topics=False)
    with progress_bar("move-archive") as progress:
        report = app.move_archive(resources, target, progress, dry_run=dry_run)
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{safe_line(report.source)} -> {safe_line(report.target)}: {report.copied} copied, {report.existing} "
            f"already there, {report.waiting} to copy, {report.placeholders} numbers without a note"
        )
    for trouble in report.troubles:
        say(f"{trouble.subject}: {trouble.message}")
    if not dry_run and not report.troubles and not report.waiting:
        key = "folder" if resources.config.archive.repo else "repo"
        say(f"All notes are there. To go on with them, set {key} in [archive] of the config instead.")
    ctx.exit(1 if report.troubles or (report.waiting and not dry_run) else 0)

"""`notebot publish`: kept stubs become issues of the archive."""

import click

from notebot.app import publishing
from notebot.cli.shared import json_option, open_resources, print_json, say_missing_labels
from notebot.cli.terminal import safe_line, say
from notebot.core.text.counted import counted


@click.command()
@click.option("--dry-run", is_flag=True, help="Write files to outbox/ and send nothing.")
@click.option("--new-labels", is_flag=True, help="Create labels that the archive does not have.")
@json_option
@click.pass_context
def publish(ctx: click.Context, dry_run: bool, new_labels: bool, as_json: bool) -> None:
    """Turn kept stubs into GitHub issues or note files, and apply accepted offers.

    Each is written exactly once. Without a token, files with the matching gh commands are written to outbox/.
    """
    resources = open_resources(ctx, need_topics=False, local=dry_run)
    report = publishing.publish(resources, dry_run=dry_run, new_labels=new_labels)
    if as_json:
        print_json(report)
    else:
        for issue in report.published:
            click.echo(f"#{issue.number:<5} {issue.arxiv_id} {safe_line(issue.title)}")
        for change in (*report.applied, *report.labelled):
            done = "changed" if change.written else "unchanged, it was already so"
            click.echo(f"#{change.number:<5} {change.field} {safe_line(change.value)}: {done}")
        for path in report.files:
            click.echo(path)
        changed = len(report.applied) + len(report.labelled)
        counts = f"{len(report.published)} published, {changed} changed"
        files = f"{counted(len(report.files), 'file')} to send"
        click.echo(f"{report.repo}: {files if report.files else counts}")
    for trouble in report.troubles:
        say(f"{trouble.subject}: {trouble.message}")
    in_folder = resources.config.archive_dir is not None
    for issue in report.published:
        say_missing_labels(issue.number, issue.left_out, issue.dropped, in_folder=in_folder)
    for change in (*report.applied, *report.labelled):
        say_missing_labels(change.number, change.left_out, (), in_folder=in_folder)
    if report.waiting:
        say(f"{counted(report.waiting, 'item waits', 'items wait')} for the next `notebot publish`.")
    dropped = any(issue.dropped for issue in report.published)
    ctx.exit(1 if report.troubles or report.waiting or dropped else 0)

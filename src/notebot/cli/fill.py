"""`notebot fill`: completes issues that contain nothing but links."""

from __future__ import annotations

import click

from notebot.app import publishing
from notebot.cli.shared import json_option, open_resources, print_json, say_missing_labels
from notebot.cli.terminal import safe_line, say


@click.command()
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1), metavar="[NUMBER...]")
@json_option
@click.pass_context
def fill(ctx: click.Context, numbers: tuple[int, ...], as_json: bool) -> None:
    """Complete issues, or files of the archive's folder, that contain nothing but links.

    Without NUMBER, the newest open issues are looked through. Each issue is read again just before it is written; one
    that was changed meanwhile is left alone. If the paper already has a note, a comment says so. An issue with nothing
    but social posts becomes the note of the paper that they name.
    """
    resources = open_resources(ctx, urgent=True, need_topics=False)
    report = publishing.fill(resources, numbers)
    if as_json:
        print_json(report)
    else:
        for issue in report.filled:
            click.echo(f"#{issue.number:<5} {issue.arxiv_id} {safe_line(issue.title)}")
        for known in report.known:
            click.echo(f"#{known.number:<5} its paper has a note, #{known.note}")
        click.echo(f"{report.repo}: {len(report.filled)} filled, {len(report.known)} with a note already")
    for trouble in report.troubles:
        say(f"{trouble.subject}: {trouble.message}")
    for waiting in report.waiting:
        say(f"#{waiting.number} waits: {waiting.why}")
    for untouched in report.untouched:
        say(f"#{untouched.number} was not changed: {untouched.why}")
    in_folder = resources.config.archive_dir is not None
    for issue in report.filled:
        say_missing_labels(issue.number, issue.left_out, issue.dropped, in_folder=in_folder)
    dropped = not in_folder and any(issue.dropped for issue in report.filled)
    ctx.exit(1 if report.troubles or dropped else 0)

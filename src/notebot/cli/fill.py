"""`notebot fill`: completes issues that contain nothing but links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notebot.app import publishing
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say

if TYPE_CHECKING:
    from notebot.features.publishing.fill import FillReport


@click.command()
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1), metavar="[NUMBER...]")
@json_option
@click.pass_context
def fill(ctx: click.Context, numbers: tuple[int, ...], as_json: bool) -> None:
    """Complete issues that contain nothing but links.

    Without NUMBER, the newest open issues are looked through. Each issue is read again just before it is written; issue
    that was changed meanwhile is left alone. If the paper already has a note, a comment says so. An issue with nothing
    but social posts becomes the note of the paper that they name.
    """
    resources = open_resources(ctx, urgent=True, need_topics=False)
    report = publishing.fill(resources, numbers)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for line in _remarks(report):
        say(line)
    ctx.exit(1 if report.troubles or any(issue.dropped for issue in report.filled) else 0)


def _print(report: FillReport) -> None:
    for issue in report.filled:
        click.echo(f"#{issue.number:<5} {issue.arxiv_id} {safe_line(issue.title)}")
    for known in report.known:
        click.echo(f"#{known.number:<5} its paper has a note, #{known.note}")
    click.echo(f"{report.repo}: {len(report.filled)} filled, {len(report.known)} with a note already")


def _remarks(report: FillReport) -> list[str]:
    lines = [f"{issue.subject}: {safe_line(issue.message)}" for issue in report.troubles]
    lines += [f"#{issue.number} waits: {safe_line(issue.why)}" for issue in report.waiting]
    lines += [f"#{issue.number} was not changed: {safe_line(issue.why)}" for issue in report.untouched]
    for issue in report.filled:
        if issue.left_out:
            names = safe_line(", ".join(issue.left_out))
            lines.append(
                f"#{issue.number}: the archive has no label {names}; create it with `notebot publish --new-labels`."
            )
        if issue.dropped:
            names = safe_line(", ".join(issue.dropped))
            lines.append(f"#{issue.number}: GitHub did not set {names}; the token's owner has no push access.")
    return lines

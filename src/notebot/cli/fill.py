"""``fill``: issues that hold nothing but links become notes, in place."""

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
    """Turns issues that hold nothing but links into notes, in place: these, or those of the newest open ones.

    Each is read again just before it is written; one that was changed meanwhile is left. A paper that has a
    note gets one comment that says so. An issue with posts alone becomes the note of the paper that they name.
    """
    resources = open_resources(ctx, urgent=True, need_topics=False)
    report = publishing.fill(resources, numbers)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for line in _remarks(report):
        say(line)
    ctx.exit(1 if report.troubles or any(one.dropped for one in report.filled) else 0)


def _print(report: FillReport) -> None:
    for one in report.filled:
        click.echo(f"#{one.number:<5} {one.arxiv_id} {safe_line(one.title)}")
    for known in report.known:
        click.echo(f"#{known.number:<5} its paper has a note, #{known.note}")
    click.echo(f"{report.repo}: {len(report.filled)} filled, {len(report.known)} noted before")


def _remarks(report: FillReport) -> list[str]:
    lines = [f"{one.subject}: {safe_line(one.message)}" for one in report.troubles]
    lines += [f"#{one.number} waits: {safe_line(one.why)}" for one in report.waiting]
    lines += [f"#{one.number} is left as it is: {safe_line(one.why)}" for one in report.untouched]
    for one in report.filled:
        if one.left_out:
            names = safe_line(", ".join(one.left_out))
            lines.append(f"#{one.number}: the archive has no label {names}; `notebot publish --new-labels` makes it.")
        if one.dropped:
            names = safe_line(", ".join(one.dropped))
            lines.append(f"#{one.number}: GitHub did not set {names}; the token's owner lacks the right to push.")
    return lines

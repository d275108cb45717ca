"""`notebot backfill`: the older papers of one topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notebot.app import announcements
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say

if TYPE_CHECKING:
    from notebot.features.announcements.backfill import BackfillReport


@click.command()
@click.option("--topic", "name", required=True, metavar="NAME", help="A topic from the config.")
@click.option("--since", required=True, metavar="DATE", help="The first day of submission (YYYY-MM-DD, UTC).")
@click.option("--until", metavar="DATE", help="The last day of submission, inclusive. Default: today.")
@json_option
@click.pass_context
def backfill(ctx: click.Context, name: str, since: str, until: str | None, as_json: bool) -> None:
    """Queue the older papers of a topic.

    An interrupted backfill continues where it stopped when it is run again.
    """
    resources = open_resources(ctx)
    with progress_bar("backfill") as progress:
        report = announcements.backfill(resources, name, since, until, progress)
    if as_json:
        print_json(report)
    else:
        click.echo(_line(report))
    for sentence in _remarks(report):
        say(sentence)
    ctx.exit(0 if report.complete else 1)


def _line(report: BackfillReport) -> str:
    return (
        f"{safe_line(report.topic)}, submitted {report.since} to {report.until}: {report.found} found, "
        f"{report.matched} matched ({report.drafted} drafted, {report.known} known, {report.tombstoned} skipped "
        f"before), {report.unmatched} not matched; {report.requests} requests"
    )


def _remarks(report: BackfillReport) -> list[str]:
    """What went before, what failed, and how to go on."""
    before = []
    if report.resumed_from == report.until:
        before = ["It was complete before; nothing was asked. Name another --since or --until to ask again."]
    elif report.resumed_from is not None:
        before = [f"An earlier run had reached {report.resumed_from}; this one continued after that day."]
    after = [] if report.complete else ["Not complete: run the same command again later; it continues from there."]
    return [*before, *report.problems, *after]

"""`notebot backfill`: the older papers of one topic."""

from __future__ import annotations

import click

from notebot.app import announcements
from notebot.cli import complete
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import inform, safe_line, say
from notebot.core.text.counted import counted


@click.command()
@click.option(
    "--topic", "name", required=True, metavar="NAME", shell_complete=complete.topics, help="A topic from the config."
)
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
        click.echo(
            f"{safe_line(report.topic)}, submitted {report.since} to {report.until}: {report.found} found, "
            f"{report.matched} matched ({report.drafted} drafted, {report.known} known, {report.tombstoned} skipped "
            f"before), {report.unmatched} not matched; {counted(report.requests, 'request')}"
        )
    if report.resumed_from == report.until:
        inform("It was complete already, so nothing was asked; give another --since or --until to ask again.")
    elif report.resumed_from is not None:
        inform(f"An earlier run had reached {report.resumed_from}; this one continued after that day.")
    for problem in report.problems:
        say(problem)
    if not report.complete:
        say("Not complete: run the same command again later; it continues from there.")
    ctx.exit(0 if report.complete else 1)

"""`notebot poll`: one round over the watched categories, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notebot.app import announcements, intake, lab
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, past_day, print_json
from notebot.cli.table import coloured, state_colour
from notebot.cli.terminal import safe_line, say
from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.model.ledger import DayState
from notebot.core.text.counted import counted

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.core.model.source_report import SourceReport

WARNINGS = frozenset(str(state) for state in DayState if state.needs_warning)


@click.command()
@click.option("--since", metavar="DATE", help="Catch up from this announcement day on (YYYY-MM-DD).")
@json_option
@click.pass_context
def poll(ctx: click.Context, since: str | None, as_json: bool) -> None:
    """Ask arXiv for every watched category now, whatever the schedule says.

    Days that were missed are caught up. The inbox and watched sources are read too. In a lab, arXiv is asked once for
    all desks, and each desk then gets the papers that its topics match.
    """
    resources = open_resources(ctx, hub=True)
    day = past_day(since, "--since", announcement_day(resources.clock())) if since else None
    with progress_bar("poll") as progress:
        report = announcements.poll(resources, progress, day)
    if as_json:
        print_json(report)
    else:
        for source in report.sources:
            _print_source(source, resources)
        for topic in report.topics:
            click.echo(f"{safe_line(topic.topic)}: {topic.matched} matched, {topic.drafted} drafted")
        click.echo(f"poll {report.status}, {counted(report.requests, 'request')}")
    is_lab = resources.config.desks is not None
    is_ok = _fan_out(resources, as_json) if is_lab else True
    for line in () if is_lab else intake.look_into_inbox(resources):
        say(line)
    for remark in report.remarks:
        say(remark)
    for source in report.sources:
        if source.error is not None:
            message = source.error["message"]
            say(message if message.startswith(source.source) else f"{source.source}: {message}")
        elif source.explanation:
            say(f"{source.source}: {source.explanation}")
        elif source.state in WARNINGS:
            say(f"{source.source}: {source.state}; `notebot digest` says more under Coverage.")
    ctx.exit(0 if report.status == "ok" and is_ok else 1)


def _print_source(source: SourceReport, resources: Resources) -> None:
    if source.source in ("api", "oai"):  # services, which announce nothing themselves
        click.echo(f"{source.source:<10} {coloured(source.state, state_colour(source.state))}")
    else:
        batch_date, brought = str(source.batch_date or "-"), _what_it_brought(source, resources)
        state = coloured(f"{source.state:<9}", state_colour(source.state))
        click.echo(f"{source.source:<10} {state} {batch_date:<10} {brought}")


def _fan_out(resources: Resources, as_json: bool) -> bool:
    """Files for every desk what the hub has; returns whether all desks got it."""
    is_ok = True
    for result in lab.fan_out(resources, resources.config.desks or ()):
        for sentence in result.errors:
            is_ok = False
            say(f"desk {result.desk}: {sentence}")
        if not as_json and result.report is not None:
            click.echo(f"desk {result.desk}: {result.report.drafted} drafted, {result.report.completed} completed")
    return is_ok


def _what_it_brought(source: SourceReport, resources: Resources) -> str:
    if source.error is not None:
        return f"not known ({source.error['kind']})"
    if not source.seen_before:
        counts = f"(new {source.new}, cross {source.cross}, replace {source.replace}; known {source.known})"
        return f"announced {source.announced:>4} {counts}"
    changed_at, zone = announcements.feed_changed_at(resources, source.source), resources.config.timezone
    since = ""
    if changed_at is not None:
        at = changed_at.astimezone(zone)
        is_today = at.date() == resources.clock().astimezone(zone).date()
        since = f" since {at:%H:%M}" if is_today else f" since {at:%Y-%m-%d %H:%M}"
    return f"unchanged{since} ({source.seen_before:,} announced)"

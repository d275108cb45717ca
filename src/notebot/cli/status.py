"""`notebot status`: health at a glance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from notebot.app import health
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.status_lines import local_time, print_sources
from notebot.cli.terminal import safe_line
from notebot.core.text.counted import counted

if TYPE_CHECKING:
    from datetime import tzinfo


@click.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Show the state of every source, the queue and the next rounds.

    Exits with 1 if a source has been failing for more than two announcement days. With the config of a lab, it shows
    the hub's sources, the workers and every desk.
    """
    resources = open_resources(ctx, local=True, hub=True)
    is_lab = resources.config.desks is not None
    if is_lab:
        from notebot.app.lab_health import lab_status

        document = lab_status(resources)
    else:
        document = health.status(resources)
    if as_json:
        print_json(document)
    elif is_lab:
        from notebot.cli.lab_status import print_lab

        print_lab(document, resources.config.timezone)
    else:
        _print(document, resources.config.timezone)
    ctx.exit(0 if document["healthy"] else 1)


def _print(document: dict[str, Any], zone: tzinfo) -> None:
    when = partial(local_time, zone)
    print_sources(document, when)
    queue = ", ".join(f"{name} {count}" for name, count in document["queue"].items())
    click.echo(f"  queue: {queue}; without metadata {document['without_metadata']}")
    if document["llm"]:
        used = document["llm"]
        click.echo(
            f"  language model: {used['calls_today']} of {used['daily_calls']} calls today, {used['calls']} in all"
        )
    last = document["last_digest"]
    click.echo(f"  last digest: {last['name'] + ' at ' + when(last['at']) if last else 'none yet'}")
    later = document["next"]["digest"]
    click.echo(
        f"  next poll: {when(document['next']['poll'])}; "
        f"next digest: {when(later) if later else 'when the announcement is in'}"
    )
    if "workers_alive" in document:
        click.echo(f"  workers of the lab: {document['workers_alive']}")
    for failure in document["inbox"]:
        click.echo(f"  in the inbox since {when(failure.first_at)}: {safe_line(f'{failure.where}: {failure.why}')}")
    if document["deliveries"]:
        click.echo(f"  to deliver: {document['deliveries']['waiting']}")
        for each in document["deliveries"]["troubles"]:
            later = f"; next attempt {when(each.next_at)}" if each.next_at else ""
            click.echo(f"! not delivered to {safe_line(f'{each.target}: {each.event}: {each.why}')}{later}")
    if document["zotero"]:
        click.echo(f"  Zotero {document['zotero']['library']}: {counted(document['zotero']['sent'], 'paper')} sent")
        for each in document["zotero"]["troubles"]:
            click.echo(f"! {each['arxiv_id']} is not in Zotero: {safe_line(each['why'])}")
    if document["archive"]:
        place = document["archive"]
        click.echo(f"  archive: {safe_line(place['place'])} ({counted(place['notes'], 'note')} known here)")
    for issue in document["unfilled"]:
        click.echo(f"  #{issue['number']} is not filled: {safe_line(issue['why'])}")
    kept = document["kept_not_in_archive"]
    if kept:
        oldest = max(stub["age_days"] for stub in kept)
        click.echo(
            f"  kept, not in the archive yet: {len(kept)}; the oldest was kept {counted(oldest, 'day')} ago"
            " (`notebot queue list --status kept`)"
        )

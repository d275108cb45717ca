"""`notebot status` of a whole lab; imported for one alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from notebot.app.lab_health import troubles
from notebot.cli.status_lines import local_time, print_sources, warning_mark
from notebot.cli.terminal import safe_line

if TYPE_CHECKING:
    from datetime import tzinfo


def print_lab(document: dict[str, Any], zone: tzinfo) -> None:
    """Prints the hub's sources, the workers, and a line for each desk with what is wrong below it."""
    when = partial(local_time, zone)
    print_sources(document, when)
    click.echo(f"  next poll: {when(document['next']['poll'])}")
    for worker in document["workers"]:
        doing = worker["doing"] or "waiting for tasks"
        times = f"since {when(worker['since'])}, seen {when(worker['last_seen_at'])}"
        click.echo(f"  worker {safe_line(worker['name'])} {times}: {safe_line(doing)}")
    if not document["workers"]:
        click.echo("  no worker is running; `notebot worker` starts one")
    width = max((len(desk["name"]) for desk in document["desks"]), default=0)
    for desk in document["desks"]:
        sentences = troubles(desk)
        last = desk["last_digest"]
        digests = f"last digest {when(last['at'] if last else None)}, next {when(desk['next_digest'])}"
        queued = f"{desk['queue']['queued']:>4} queued"
        click.echo(f"{warning_mark(bool(sentences))} {desk['name']:<{width}} {queued}, {digests}")
        for sentence in sentences:
            click.echo(f"    {safe_line(sentence)}")

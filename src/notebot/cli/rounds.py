"""``poll``, ``digest`` and ``run``: the rounds by hand, and the daemon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from notebot.cli.shared import json_option, open_app, print_json
from notebot.cli.terminal import say
from notebot.domain.ledger import DayState
from notebot.services.poll_report import PollReport

WARNINGS = frozenset(str(state) for state in DayState if state.warns)


@click.command()
@json_option
@click.pass_context
def poll(ctx: click.Context, as_json: bool) -> None:
    """Asks every watched category now, whatever the schedule says."""
    app = open_app(ctx)
    with _progress() as progress:
        report = app.poll(progress)
    if as_json:
        print_json(report)
    else:
        _print_poll(report)
    for source in report.sources:
        if source.error is not None:
            say(f"{source.source}: {source.error['message']}")
        elif source.state in WARNINGS:
            say(f"{source.source}: {source.state}; `notebot digest` says more under Coverage.")
    ctx.exit(0 if report.status == "ok" else 1)


def _print_poll(report: PollReport) -> None:
    for source in report.sources:
        day = source.batch_date or "-"
        click.echo(
            f"{source.source:<10} {source.state:<9} {day!s:<10} announced {source.announced:>4} "
            f"(new {source.new}, cross {source.cross}, replace {source.replace}; known {source.known})"
            if source.source != "api"
            else f"{source.source:<10} {source.state}"
        )
    for topic in report.topics:
        click.echo(f"{topic.topic}: {topic.matched} matched, {topic.drafted} drafted")
    click.echo(f"poll {report.status}, {report.requests} requests")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, if rich is installed; else nothing."""
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield lambda what, done, total: None
        return
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("poll", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be written; change nothing.")
@json_option
@click.pass_context
def digest(ctx: click.Context, dry_run: bool, as_json: bool) -> None:
    """Writes the digest of everything queued."""
    app = open_app(ctx)
    report = app.preview() if dry_run else app.digest()
    if as_json:
        print_json({"path": report.path, "entries": report.entries, "updates": report.updates})
    elif dry_run:
        click.echo(report.text, nl=False)
    elif report.path is not None:
        click.echo(report.path)
    if report.finished is not None:
        say(f"{report.finished} had been interrupted, and is complete now.")
    elif report.path is None and not report.text:
        say("Nothing to write: no stub is queued, nothing was updated, no day needs a warning.")


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """The daemon: polls and writes digests by the schedule until it is told to stop."""
    from notebot.daemon import run_daemon

    run_daemon(open_app(ctx), say)

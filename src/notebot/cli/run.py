"""`notebot run`: the daemon."""

from __future__ import annotations

import click

from notebot.cli.shared import open_resources
from notebot.cli.terminal import say


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Poll and write digests on schedule until stopped by SIGTERM or Ctrl-C."""
    from notebot.daemon import run_daemon

    run_daemon(open_resources(ctx, attended=False), say)

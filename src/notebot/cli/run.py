"""`notebot run`: the daemon."""

from __future__ import annotations

import click

from notebot.cli.shared import open_resources


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Poll and write digests on schedule until stopped by SIGTERM or Ctrl-C.

    Each round is one line of the log on stderr; with -q only failures are logged. `[log] format = "json"` writes
    one JSON object per line. In a lab it polls for all desks, and with --desk it does everything else for one.
    """
    from notebot.cli.logs import set_up_daemon_log
    from notebot.daemon import run_daemon

    resources = open_resources(ctx, attended=False, hub=True)
    log = set_up_daemon_log(resources.config.log.format, resources.config.timezone)
    resources.say = log.info
    run_daemon(resources, log.info)

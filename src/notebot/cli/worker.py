"""`notebot worker`: does the work of a lab, together with other workers."""

from __future__ import annotations

import click

from notebot.cli.shared import open_resources
from notebot.core.model.errors import UsageError


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    metavar="N",
    help="Tasks that are done at the same time.",
)
@click.option("--take-files", is_flag=True, help="From now on, the files of all desks are in this lab's folder.")
@click.pass_context
def worker(ctx: click.Context, concurrency: int, take_files: bool) -> None:
    """Work for all desks of a lab until stopped by SIGTERM or Ctrl-C.

    Several workers, on one or more machines, share the work: one of them polls arXiv, each desk gets its papers from
    one, and so it is with digests, deliveries and everything else. When a worker is killed, the others go on with its
    work. It takes the config of a lab, without --desk. Each round is one line of the log on stderr.

    Digests and inboxes are files in the folder of the lab. A worker on a machine that has another folder leaves them
    to those that have it; --take-files is for the case that the folder was lost or moved.
    """
    from notebot.cli.logs import set_up_daemon_log
    from notebot.daemon import run_worker

    if ctx.find_root().params.get("desk"):
        raise UsageError("A worker works for all desks; leave out --desk.")
    resources = open_resources(ctx, attended=False, hub=True, need_topics=False)
    if resources.config.desks is None:
        raise UsageError(
            f"{resources.config.path or 'The default config'} has no [lab] section; one curator needs no workers but "
            "`notebot run` (see docs/lab.md)."
        )
    log = set_up_daemon_log(resources.config.log.format, resources.config.timezone)
    resources.say = log.info
    run_worker(resources, log.info, concurrency, take_files=take_files)

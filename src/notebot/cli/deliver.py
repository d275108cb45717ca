"""`notebot deliver`: sends what is due by mail, webhook, push and ping."""

import click

from notebot.app import delivery
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import UsageError


@click.command()
@click.option("--test", metavar="NAME", help="Send a test message to this [[deliver]] only, now.")
@click.option("--again", metavar="DIGEST", help="Send this digest once more, such as 2026-05-13.")
@click.option("--to", metavar="NAME", help="With --again: to this [[deliver]] only.")
@json_option
@click.pass_context
def deliver(ctx: click.Context, test: str | None, again: str | None, to: str | None, as_json: bool) -> None:
    """Send everything that waits for a [[deliver]] of the config, now.

    The daemon does so by itself. Each digest, alert and published note is sent once to each target; what could not be
    sent is tried again later, and named by `notebot status`. Exits with 1 if anything could not be sent.
    """
    resources = open_resources(ctx, local=True)
    if test is not None and again is not None:
        raise UsageError("--test and --again cannot be combined.")
    if to is not None and again is None:
        raise UsageError("--to needs --again.")
    if test is not None:
        delivery.send_test(resources, test)
        if as_json:
            print_json({"sent": [{"target": test, "event": "test message"}], "failed": [], "waiting": 0})
        else:
            click.echo(f"{safe_line(test)}: test message sent")
        return
    if not resources.config.targets:
        raise UsageError("There is no [[deliver]] in the config; docs/delivery.md shows how to write one.")
    if again is not None:
        delivery.send_again(resources, again, to)
    report = delivery.deliver(resources, by_hand=True)
    if as_json:
        print_json(report)
    else:
        for each in report.sent:
            click.echo(safe_line(f"{each.target}: {each.event} sent"))
        if not report.sent and not report.failed:
            click.echo("Nothing to deliver.")
    for each in report.failed:
        later = "it is tried again later" if each.next_at is not None else "it is given up"
        say(f"{each.target}: {each.event}: {each.why}; {later}.")
    ctx.exit(1 if report.failed else 0)

"""`notebot doctor`: what is wrong, and how to mend it."""

import click

from notebot.app import health
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.table import coloured
from notebot.cli.terminal import safe_line


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask any service.")
@click.option("--repair", is_flag=True, help="Move damaged records of the database to a file beside it.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, offline: bool, repair: bool, as_json: bool) -> None:
    """Test folders, database and services, and back up the database.

    Every record of the database is read once. A damaged one is left out by all commands until --repair moves it away.
    Exits with 1 if anything is wrong. One request is sent to each arXiv service unless --offline is given. In a lab it
    tests what all desks share, and with --desk what one of them has.
    """
    resources = open_resources(ctx, urgent=True, local=offline, stores=True, hub=True)
    findings = health.doctor(resources, probe=not offline, repair=repair)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = coloured("ok ", "green") if finding.ok else coloured("!! ", "red")
            click.echo(f"{mark} {finding.check:<10} {safe_line(finding.message)}")
    ctx.exit(0 if all(finding.ok for finding in findings) else 1)

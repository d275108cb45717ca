"""`notebot db`: makes the database, and copies it to another one."""

from __future__ import annotations

import click

from notebot.app import database
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say


@click.group()
def db() -> None:
    """Make the database, or copy it from SQLite to PostgreSQL and back."""


@db.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Make the tables, or bring them up to date.

    Every command does so when it first needs the database; this one is for a deployment that wants it done before.
    """
    resources = open_resources(ctx, local=True, stores=True, hub=True)
    click.echo(safe_line(database.make_or_migrate(resources)))


@db.command()
@click.option("--to", "target", required=True, metavar="URL|FILE", help="An empty PostgreSQL database, or a new file.")
@click.option("--into", default="", metavar="DESK", help="The desk of a lab to make, in a database that has others.")
@json_option
@click.pass_context
def copy(ctx: click.Context, target: str, into: str, as_json: bool) -> None:
    """Copy the database into another one, and compare every row.

    The source is only read; stop the daemon first. Run it again after an interruption: tables that are there already
    are compared and not copied again. Then name the new database in [notebot] of the config.

    With the config of a lab, all desks are copied, or the one that `notebot --desk NAME` names.
    """
    resources = open_resources(ctx, local=True, hub=True)
    with progress_bar("copy") as progress:
        done = database.copy(resources, target, progress, into)
    if as_json:
        print_json(done)
    else:
        width = max(16, *(len(table.table) for table in done.tables))
        for table in done.tables:
            click.echo(f"{table.table:<{width}} {table.rows:>10,}  {table.sha256[:16]}")
    rows = sum(table.rows for table in done.tables)
    if into:
        how = f"make the file {into}.toml beside those of the other desks"
    elif "://" in target:
        how = "set database in [notebot] of the config to the URL you gave"
    else:
        how = 'set database = "" in [notebot] of the config, and move the file to notebot.db in state_dir'
    say(f"All {rows:,} rows of {len(done.tables)} tables are the same in {safe_line(done.target)}. To use it, {how}.")

"""`notebot collect`: reads completed digests back."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.app import digests
from notebot.app.collect_lines import change_lines, count_line, gone_line, trouble_lines, unchanged_line
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import inform, safe_line, say
from notebot.core.model.errors import UsageError

MOST_UNCHANGED = 3
"""If more digests than this are unchanged, they share one line."""


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE...]")
@click.option("--dry-run", is_flag=True, help="Print what would be taken, and store nothing.")
@click.option(
    "--as-typed",
    is_flag=True,
    help="Also take changes that were ignored because a program seems to have made them. Needs a FILE.",
)
@json_option
@click.pass_context
def collect(ctx: click.Context, files: tuple[Path, ...], dry_run: bool, as_typed: bool, as_json: bool) -> None:
    """Read completed digests back: these files, or all digests.

    Only what changed in a file since it was last read counts. The files themselves are never changed. `notebot queue
    undo` takes the last collect back.
    """
    if as_typed and not files:
        raise UsageError("--as-typed needs the FILE whose changes are yours.")
    resources = open_resources(ctx, local=True)
    results = digests.collect(resources, files, as_typed=as_typed, dry_run=dry_run)
    if as_json:
        print_json(results)
    else:
        unchanged = [result for result in results if result.was_read and not result.changed_something]
        listed = results if files or len(unchanged) <= MOST_UNCHANGED else []
        for result in listed or [result for result in results if result.changed_something]:
            if result.was_read:
                click.echo(count_line(result, dry_run=dry_run))
            for line in change_lines(result, with_values=dry_run):
                click.echo(f"  {safe_line(line)}")
            if result.remark and result.changed:
                click.echo(f"  remark: {safe_line(result.remark)}")
        if unchanged and not listed:
            click.echo(unchanged_line(unchanged))
    for result in results:
        for line in trouble_lines(result):
            say(line)
    gone = [result for result in results if result.gone]
    if gone:
        say(safe_line(gone_line(gone, resources.config.digest_dir)))
    if not results:
        inform("No digest has been written yet; `notebot digest` writes one.")
    failed = any(result.problem or result.unreadable or result.ignored for result in results)
    # that every digest is gone is hardly meant: the folder is not mounted, or digest_dir was changed
    ctx.exit(1 if failed or (results and len(gone) == len(results)) else 0)

"""`notebot collect`: reads completed digests back."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.app import digests
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE...]")
@json_option
@click.pass_context
def collect(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Read completed digests back: these files, or all digests.

    The files themselves are never changed.
    """
    resources = open_resources(ctx, need_topics=False)
    results = digests.collect(resources, files)
    if as_json:
        print_json(results)
    for result in results:
        if not as_json:
            click.echo(
                f"{result.digest}: {len(result.kept)} kept, {len(result.skipped)} skipped, "
                f"{result.untouched} untouched; {result.changed} changed by this run"
            )
        if result.problem:
            say(result.problem)
        for name in result.skipped:
            say(f"{result.digest}: {name} was deleted and is now skipped; undo with `notebot queue requeue {name}`")
        for tag in result.new_tags:
            nearest = f"; the nearest known one is #{tag.nearest}" if tag.nearest else ""
            say(f"{result.digest}: {tag.arxiv_id} has the new tag #{tag.tag}{nearest}")
        for passage in result.unreadable:
            say(f"{result.digest}, line {passage.line}: {passage.why} {safe_line(passage.text)!r}")
    if not results:
        say("No digest has been written yet; `notebot digest` writes one.")
    ctx.exit(1 if any(result.problem or result.unreadable for result in results) else 0)

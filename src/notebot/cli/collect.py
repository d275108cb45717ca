"""`notebot collect`: reads completed digests back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from notebot.app import digests
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say

if TYPE_CHECKING:
    from notebot.features.digests.collect import Collected


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
    else:
        for result in results:
            _print(result)
    for result in results:
        for line in _remarks(result):
            say(line)
    if not results:
        say("No digest has been written yet; `notebot digest` writes one.")
    ctx.exit(1 if any(result.problem or result.unreadable for result in results) else 0)


def _print(result: Collected) -> None:
    click.echo(
        f"{result.digest}: {len(result.kept)} kept, {len(result.skipped)} skipped, {result.untouched} untouched; "
        f"{result.changed} changed by this run"
    )


def _remarks(result: Collected) -> list[str]:
    lines = [result.problem] if result.problem else []
    lines += [
        f"{result.digest}: {name} was deleted and is now skipped; undo with `notebot queue requeue {name}`"
        for name in result.skipped
    ]
    lines += [
        f"{result.digest}: {tag.arxiv_id} has the new tag #{safe_line(tag.tag)}"
        + (f"; the nearest known one is #{tag.nearest}" if tag.nearest else "")
        for tag in result.new_tags
    ]
    lines += [f"{result.digest}, line {each.line}: {each.why} {safe_line(each.text)!r}" for each in result.unreadable]
    return lines

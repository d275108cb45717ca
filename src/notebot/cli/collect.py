"""``collect``: completed digests are read back."""

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
    """Reads completed digests back, all of them or these; a file is never written."""
    resources = open_resources(ctx, need_topics=False)
    found = digests.collect(resources, files)
    if as_json:
        print_json(found)
    else:
        for one in found:
            _print(one)
    for one in found:
        for line in _remarks(one):
            say(line)
    if not found:
        say("No digest has been written yet; `notebot digest` writes one.")
    ctx.exit(1 if any(one.problem or one.unreadable for one in found) else 0)


def _print(one: Collected) -> None:
    click.echo(
        f"{one.digest}: {len(one.kept)} kept, {len(one.skipped)} skipped, {one.untouched} untouched; "
        f"{one.changed} changed by this run"
    )


def _remarks(one: Collected) -> list[str]:
    lines = [one.problem] if one.problem else []
    lines += [
        f"{one.digest}: {name} was deleted and is skipped; `notebot queue requeue {name}`" for name in one.skipped
    ]
    lines += [
        f"{one.digest}: {tag.arxiv_id} has the new tag #{safe_line(tag.tag)}"
        + (f"; the nearest known one is #{tag.nearest}" if tag.nearest else "")
        for tag in one.new_tags
    ]
    lines += [f"{one.digest}, line {each.line}: {each.why} {safe_line(each.text)!r}" for each in one.unreadable]
    return lines

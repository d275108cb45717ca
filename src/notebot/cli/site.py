"""`notebot site`: a static site of the archive."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.app import site as site_app
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import say
from notebot.core.text.counted import counted

_SHOWN = 20
"""Sentences on the terminal about files; the JSON document has all."""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--base-url", default="", metavar="URL", help="Where the site will be; default: base_url of [site].")
@json_option
@click.pass_context
def site(ctx: click.Context, folder: Path, base_url: str, as_json: bool) -> None:
    """Write a static site of the archive into DIR, or bring it up to date.

    It has a page for each note and each tag, a search, feeds and the plots of the archive, and works from the folder
    itself (open DIR/index.html) and from any web host, also below a path. Only files that changed are written. Files
    that notebot did not write, or that were changed since, are never touched. With an address it has a sitemap, too.
    """
    resources = open_resources(ctx, local=True)
    report = site_app.build(resources, folder, base_url)
    if as_json:
        print_json(report)
    else:
        click.echo(f"{counted(report.written, 'file')} written, {report.unchanged} unchanged, {report.removed} removed")
        click.echo(f"Open {folder / 'index.html'}")
    if site_app.is_empty(resources):
        say("The archive is empty, and so is the site; `notebot import` brings your notes.")
    left = [f"{folder / name} is not as notebot wrote it, so it was left as it is." for name in report.left]
    for sentences in (left, report.failures):
        for sentence in sentences[:_SHOWN]:
            say(sentence)
        if len(sentences) > _SHOWN:
            say(f"… and {len(sentences) - _SHOWN} more.")
    ctx.exit(1 if report.failures else 0)

"""`notebot import`: notes from GitHub, exports and published pages."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.app import archive
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import say
from notebot.core.model.errors import UsageError
from notebot.core.text.counted import counted

FILE_KINDS = ("gh", "agent-docs", "notes", "seed-text", "page")
_SHOWN_UNREAD = 20
"""Passages that were not understood, named on the terminal."""


@click.command("import")
@click.argument("kind", type=click.Choice([*FILE_KINDS, "github", "folder"]), metavar="KIND")
@click.argument("source", required=False, metavar="[SOURCE]")
@json_option
@click.pass_context
def import_notes(ctx: click.Context, kind: str, source: str | None, as_json: bool) -> None:
    """Import notes; run it again to bring the archive up to date.

    \b
    KIND        SOURCE
    gh          FILE from `gh issue list --json ...`
    github      OWNER/REPO, read from GitHub; default: repo in [archive]
    folder      FOLDER of note files; default: folder in [archive]
    agent-docs  FOLDER of <Tag>.xml files
    notes       FILE.jsonl, one note per line
    seed-text   FILE, the text of a tag page
    page        FILE, a published tag page
    """
    resources = open_resources(ctx, local=True, stores=True)
    defaults = {"github": resources.config.archive.repo, "folder": str(resources.config.archive_dir or "")}
    source = source or defaults.get(kind)
    if not source:
        key = {"github": "repo", "folder": "folder"}.get(kind)
        hint = f", or set {key} in [archive] of the config" if key else ""
        raise UsageError(f"`notebot import {kind}` needs to know from where; name it after {kind}{hint}.")
    with progress_bar("import") as progress:
        if kind == "github":
            report = archive.import_github(resources, source, progress)
        elif kind == "folder":
            report = archive.import_folder(resources, Path(source), progress)
        else:
            report = archive.import_file(resources, kind, Path(source), progress)
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{counted(report.read, 'note')} read: "
            f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged; "
            f"{counted(len(report.unread), 'passage')} not understood"
        )
    for passage in report.unread[:_SHOWN_UNREAD]:
        say(f"{passage.where}: {passage.why}")
    if len(report.unread) > _SHOWN_UNREAD:
        say(f"… and {len(report.unread) - _SHOWN_UNREAD} more; all of them are kept in the database, unchanged.")

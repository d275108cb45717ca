"""``init`` and ``check``: from nothing to a config that holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from notebot.app import topics
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import ConfigError, StateError, UsageError

if TYPE_CHECKING:
    from notebot.features.topics.rules.topic_coverage import ArchiveCheck


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(directory: Path) -> None:
    """Writes a commented config.toml into DIRECTORY; never over one that is there."""
    from notebot.core.net.files import write_new
    from notebot.core.packaged_files import packaged_path

    target = directory / "config.toml"
    try:
        write_new(target, packaged_path("config.example.toml").read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise StateError(f"{target} is there already and stays as it is.") from error
    say(f"Wrote {target}. Set `contact` and your topics, then run `notebot check`.")


@click.command()
@click.option("--archive", is_flag=True, help="Also what each topic would have brought of the notes of 180 days.")
@json_option
@click.pass_context
def check(ctx: click.Context, archive: bool, as_json: bool) -> None:
    """Reads config, topics and templates, and lists every mistake with its place."""
    try:
        resources = open_resources(ctx)
        checks = topics.check(resources, archive=archive)
    except UsageError as error:
        if not as_json:
            raise
        problems = error.problems if isinstance(error, ConfigError) else [str(error)]
        print_json({"ok": False, "errors": problems, "topics": []})
        ctx.exit(2)
    if archive and all(topic.archive is None for topic in checks):
        say("There is no archive to compare with; `notebot import` brings one in.")
    if as_json:
        print_json({"ok": True, "errors": [], "topics": checks})
        return
    click.echo(f"{resources.config.path} holds: {len(checks)} topics in {len(resources.config.categories)} categories.")
    for topic in checks:
        found = "" if topic.matched is None else f": {topic.matched} stored entries of the last 7 days match"
        click.echo(f"  {topic.topic}{found}")
        if topic.archive is not None:
            _show_archive(topic.archive)
        for warning in topic.warnings:
            say(f"  {topic.topic}: {warning}")


def _show_archive(told: ArchiveCheck) -> None:
    rate = "" if told.per_day is None else f"; it brings {told.per_day} papers a day"
    click.echo(f"    it would have brought {told.brought} of {told.notes} arXiv papers noted in 180 days{rate}")
    if told.missed:
        click.echo(f"    and missed {told.missed} that have its tags:")
    for title_line in told.missed_titles:
        click.echo(f"      {safe_line(title_line)}")

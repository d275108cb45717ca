"""`notebot check`: the mistakes of a config, and what its topics match."""

from __future__ import annotations

import click

from notebot.app import topics
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import ConfigError, UsageError
from notebot.core.text.counted import counted


@click.command()
@click.option("--archive", is_flag=True, help="Also compare each topic with the notes of the last 180 days.")
@json_option
@click.pass_context
def check(ctx: click.Context, archive: bool, as_json: bool) -> None:
    """List every mistake in the config, its topics and templates.

    Each mistake is listed with its key. If there is none, the number of stored entries of the last seven days that
    each topic matches is printed, with a warning where a topic matches nothing or too much.
    """
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
        say("There is no archive to compare with; import one with `notebot import`.")
    if as_json:
        print_json({"ok": True, "errors": [], "topics": checks})
        return
    click.echo(
        f"{resources.config.path} is valid: {counted(len(checks), 'topic')} in "
        f"{counted(len(resources.config.categories), 'category', 'categories')}."
    )
    for topic in checks:
        matched = "" if topic.matched is None else f": {topic.matched} stored entries of the last 7 days match"
        click.echo(f"  {topic.topic}{matched}")
        if topic.archive is not None:
            past = topic.archive
            rate = "" if past.per_day is None else f"; it brings {counted(past.per_day, 'paper')} a day"
            if past.categories_unknown:
                rate = f" ({past.categories_unknown} by their text alone, their categories are not known){rate}"
            click.echo(f"    it would have brought {past.brought} of {past.notes} arXiv papers noted in 180 days{rate}")
            if past.missed:
                click.echo(f"    and missed {past.missed} that have its tags:")
            for title_line in past.missed_titles:
                click.echo(f"      {safe_line(title_line)}")
        for warning in topic.warnings:
            say(f"  {topic.topic}: {warning}")

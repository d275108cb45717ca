"""`notebot topics`: topics learned from the archive."""

from __future__ import annotations

import click

from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import say


@click.group()
def topics() -> None:
    """Suggest topics to watch."""


@topics.command()
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only for this tag; may be given several times.")
@click.option(
    "--count", type=click.IntRange(1, 200), default=10, show_default=True, help="Number of tags, the most used first."
)
@click.option(
    "--per-day",
    type=click.FloatRange(0.1, 1000),
    default=15.0,
    show_default=True,
    help="Papers that a topic may bring per announcement day.",
)
@json_option
@click.pass_context
def suggest(ctx: click.Context, tags: tuple[str, ...], count: int, per_day: float, as_json: bool) -> None:
    """Learn topics from the most used tags of the archive.

    The topics are printed as TOML to paste into config.toml. Each query is learned from the older notes of its tag and
    from stored announcements, and measured on the newest quarter of its notes and on newer announcements.
    """
    from notebot.app.topics import suggest_topics, topic_toml

    resources = open_resources(ctx, local=True)
    suggestions = suggest_topics(resources, tags, count=count, per_day=per_day)
    if as_json:
        print_json(suggestions)
        return
    click.echo("\n".join(map(topic_toml, suggestions)), nl=False)
    if tags and not suggestions:
        say(f"Too few notes of arXiv papers have the tag {', '.join(tags)}; a topic is learned from five or more.")
    elif not suggestions:
        say("There is nothing to learn from: import an archive with `notebot import`.")
    elif all(suggestion.per_day is None for suggestion in suggestions):
        say("No announcements are stored, so papers per day are not known; try again after `notebot poll`.")

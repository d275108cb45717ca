"""`notebot sources`: watched feeds from and to the lists of feed readers."""

from pathlib import Path

import click

from notebot.app.sources import export_feeds, import_feeds
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import UsageError
from notebot.core.text.counted import counted


@click.group()
def sources() -> None:
    """Import and export lists of watched feeds (OPML)."""


@sources.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--append", is_flag=True, help="Append the new sources to config.toml; nothing else in it changes.")
@click.option("--topic", "topics", multiple=True, metavar="NAME", help="Take only what this topic matches.")
@click.option("--take-all", is_flag=True, help="Take every item of these feeds, whether a topic matches or not.")
@json_option
@click.pass_context
def import_(
    ctx: click.Context, file: Path, append: bool, topics: tuple[str, ...], take_all: bool, as_json: bool
) -> None:
    """Turn the feeds of an OPML file into [[sources]] for the config.

    They are printed as TOML to paste, or appended to config.toml with --append. A feed that is watched already is left
    out.
    """
    if topics and take_all:
        raise UsageError("--topic and --take-all cannot be combined.")
    resources = open_resources(ctx, local=True)
    report = import_feeds(resources, file, topics, take_all=take_all, append=append)
    if as_json:
        print_json(report)
    elif not report.written:
        click.echo(report.toml, nl=False)
    for feed in report.skipped:
        say(f"{safe_line(feed.name)} ({safe_line(feed.url)}) is left out: {feed.why}.")
    if report.written:
        say(f"{resources.config.path}: {counted(len(report.added), 'source')} appended. Run `notebot check`.")
    elif not report.added:
        say("The list has no new feed.")


@sources.command()
@click.pass_context
def export(ctx: click.Context) -> None:
    """Print the watched feeds as OPML, for a feed reader."""
    document, left_out = export_feeds(open_resources(ctx, local=True))
    click.echo(document, nl=False)
    for name in left_out:
        say(f"{safe_line(name)} is left out: feed readers cannot read it.")

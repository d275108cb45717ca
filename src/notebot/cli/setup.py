"""``init`` and ``check``: from nothing to a config that holds."""

from pathlib import Path

import click

from notebot.cli.shared import json_option, open_app, print_json
from notebot.cli.terminal import say
from notebot.domain.errors import ConfigError, StateError, UsageError


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(directory: Path) -> None:
    """Writes a commented config.toml into DIRECTORY; never over one that is there."""
    from notebot.adapters.files import write_new

    target = directory / "config.toml"
    try:
        write_new(target, _example())
    except FileExistsError as error:
        raise StateError(f"{target} is there already and stays as it is.") from error
    say(f"Wrote {target}. Set `contact` and your topics, then run `notebot check`.")


def _example() -> str:
    """Inside the package when installed, at the top of a checkout."""
    here = Path(__file__).resolve()
    inside = here.parents[1] / "config.example.toml"
    return (inside if inside.is_file() else here.parents[3] / "config.example.toml").read_text(encoding="utf-8")


@click.command()
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Reads config, topics and templates, and lists every mistake with its place."""
    try:
        app = open_app(ctx)
        checks = app.check()
    except UsageError as error:
        if not as_json:
            raise
        problems = error.problems if isinstance(error, ConfigError) else [str(error)]
        print_json({"ok": False, "errors": problems, "topics": []})
        ctx.exit(2)
    if as_json:
        print_json({"ok": True, "errors": [], "topics": checks})
        return
    click.echo(f"{app.config.path} holds: {len(checks)} topics in {len(app.config.categories)} categories.")
    for topic in checks:
        found = "" if topic.matched is None else f": {topic.matched} stored entries of the last 7 days match"
        click.echo(f"  {topic.topic}{found}")
        for warning in topic.warnings:
            say(f"  {topic.topic}: {warning}")

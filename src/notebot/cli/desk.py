"""`notebot desk`: the desks of a lab."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.cli.terminal import safe_line, say
from notebot.config import find_config, load_config
from notebot.core.model.errors import ConfigError, UsageError
from notebot.core.text.counted import counted


@click.group()
def desk() -> None:
    """List, check and add the desks of a lab, each the work of one curator."""


@desk.command("list")
@click.pass_context
def list_desks(ctx: click.Context) -> None:
    """Print the name of every desk."""
    for name in _desks(ctx)[1]:
        click.echo(name)


@desk.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """List every mistake in the files of the desks.

    Exits with 1 if there is one.
    """
    from notebot.config.lab import Lab

    path, names = _desks(ctx)
    is_ok = True
    for name in names:
        try:
            config = load_config(path, desk=name)
        except ConfigError as error:
            is_ok = False
            for problem in error.problems:
                say(safe_line(problem))
        else:
            click.echo(f"{name}: {counted(len(config.topics), 'topic')} in {', '.join(config.categories)}")
    shared = Lab.read(path).shared_problems()
    for problem in shared:
        say(safe_line(problem))
    ctx.exit(0 if is_ok and not shared else 1)


@desk.command()
@click.argument("name")
@click.pass_context
def add(ctx: click.Context, name: str) -> None:
    """Write the file of a new desk, with a topic to change."""
    from notebot.config.lab import add_desk

    path = add_desk(_desks(ctx)[0], name)
    say(f"Wrote {safe_line(str(path))}; change its topic, then run `notebot desk check`.")


def _desks(ctx: click.Context) -> tuple[Path, tuple[str, ...]]:
    path = find_config(ctx.obj)
    config = load_config(path, need_topics=False, need_contact=False)
    if path is None or config.desks is None:
        raise UsageError(f"{path or 'The config'} has no [lab] section, so it has no desks; see docs/lab.md.")
    return path, config.desks

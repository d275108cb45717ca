"""A progress bar for long work."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from notebot.cli.terminal import QUIET, safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A callback (what, done, total) that draws a bar with the remaining time.

    Draws nothing with ``--quiet``, if stderr is not a terminal, or if rich is not installed.
    """
    context = click.get_current_context()
    if not sys.stderr.isatty() or context.meta.get(QUIET):
        yield lambda what, done, total: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
    except ImportError:
        yield lambda what, done, total: None
        return
    console = Console(stderr=True, no_color=context.color is False)
    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda what, done, total: bar.update(task, description=safe_line(what), completed=done, total=total)

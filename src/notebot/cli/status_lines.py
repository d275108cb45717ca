"""Lines that `notebot status` prints for one curator and for a whole lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from notebot.cli.table import coloured
from notebot.cli.terminal import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo


def local_time(zone: tzinfo, at: datetime | None) -> str:
    """A time in the curator's time zone; a hyphen for none."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "-"


def warning_mark(is_trouble: bool) -> str:
    """The sign at the beginning of a line that says what is wrong."""
    return coloured("!", "red") if is_trouble else " "


def print_sources(document: dict[str, Any], when: Callable[[datetime | None], str]) -> None:
    """Prints the sources, and the services that are left alone after failures."""
    for source in document["sources"]:
        success = f"{when(source['last_success_at'])} ({_age(source['age_s'])})"
        click.echo(f"{warning_mark(source['rings'])} {source['source']:<12} last success {success}")
        if source["error"]:
            click.echo(f"    {source['error']['kind']}: {safe_line(source['error']['message'])}")
    for service in document["left_alone"]:
        click.echo(
            coloured("!", "red")
            + f" {service['service']} is left alone until {when(service['until'])}: {safe_line(service['reason'])}"
        )


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "never"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"

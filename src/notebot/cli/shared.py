"""What several commands do alike: open the resources, print JSON, speak to the terminal."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from notebot.app.resources import Resources
from notebot.cli.terminal import say
from notebot.config import find_config, load_config
from notebot.core.model.errors import UsageError
from notebot.core.note_format.stub_title import NoteStyle, title_line

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def open_resources(ctx: click.Context, *, urgent: bool = False, need_topics: bool = True) -> Resources:
    """The resources for this command's config.

    Raises:
        ConfigError: with every problem of the config.
    """
    path = find_config(ctx.obj)
    return Resources(load_config(path, need_topics=need_topics), urgent=urgent, say=say)


def past_day(text: str, option: str, today: date) -> date:
    """The day that an option names.

    Raises:
        UsageError: it is no date, or lies in the future.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} takes a day such as 2026-05-11, not {text!r}.") from error
    if day > today:
        raise UsageError(f"{option} {day} lies in the future; today is {today}.")
    return day


def print_json(document: Any) -> None:
    """One document on stdout."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def stub_document(stub: Stub, style: NoteStyle) -> dict[str, Any]:
    """The stub as the JSON contract names it: its fields, and what is derived from them."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(stub)
    chosen = {"tags": stub.curator.tags} if stub.curator.tags is not None else {}
    known = {"arxiv_id": stub.arxiv_id or None}
    return {**fields, **known, **chosen, "title_line": title_line(stub, style).text, "first_author": stub.first_author}


def error_document(error: Exception) -> dict[str, str]:
    """``{kind, message}``"""
    return {"kind": getattr(error, "kind", "unavailable"), "message": str(error)}

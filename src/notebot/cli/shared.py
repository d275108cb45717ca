"""What several commands share: opening resources, JSON output, date options."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from notebot.app.resources import Resources
from notebot.cli.table import fit, terminal_width
from notebot.cli.terminal import say
from notebot.config import find_config, load_config
from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.core.model.note import Note


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")


def open_resources(
    ctx: click.Context,
    *,
    urgent: bool = False,
    need_topics: bool = True,
    local: bool = False,
    stores: bool = False,
    attended: bool = True,
    hub: bool = False,
) -> Resources:
    """The resources for this command's config; they are closed when the command ends.

    Args:
        urgent: a person is waiting, so our requests to arXiv go before the daemon's.
        need_topics: the command is of no use without topics.
        local: the command sends nothing to arXiv or GitHub, so it needs neither a contact nor topics.
        stores: a local command that stores something even if there is no config and no database yet.
        attended: False for the daemon, which nobody watches.
        hub: the command also works on the hub of a lab, which belongs to no desk.

    Raises:
        ConfigError: lists every mistake in the config.
        UsageError: the config is that of a lab, and the command needs a desk.
    """
    path = find_config(ctx.obj)
    desk = ctx.find_root().params.get("desk") or ""
    config = load_config(path, desk=desk, need_topics=need_topics and not local, need_contact=not local)
    if config.desks is not None and not hub:
        raise UsageError(f"{path} is a lab: name a desk with `notebot --desk NAME`, {_list_desks(config.desks)}.")
    if path is None and local and not stores and not config.state_dir.exists():
        # Some folder that notebot was never set up in: there is nothing to show, and nothing may be left behind.
        from tempfile import TemporaryDirectory

        folder = TemporaryDirectory(prefix="notebot-")
        ctx.call_on_close(folder.cleanup)
        state_dir = Path(folder.name)
        config = replace(config, state_dir=state_dir, web_token_file=state_dir / config.web_token_file.name)
    resources = Resources(config, urgent=urgent, attended=attended, say=say)
    ctx.call_on_close(resources.close)
    return resources


def _list_desks(desks: Sequence[str]) -> str:
    shown = ", ".join(desks[:10])
    return f"one of {shown}" + (f" and {len(desks) - 10} more" if len(desks) > 10 else "") if desks else "none yet"


def past_day(text: str, option: str, today: date) -> date:
    """Parses the date of an option.

    Raises:
        UsageError: it is not a date, or it is in the future.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} takes a day such as 2026-05-11, not {text!r}.") from error
    # A date in the future is nearly always a wrong year, and would silently find nothing.
    if day > today:
        raise UsageError(f"{option} {day} is in the future; today is {today}.")
    return day


def print_json(document: Any) -> None:
    """Prints one JSON document on stdout."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def print_json_array(documents: Iterable[Any]) -> None:
    """Prints what ``print_json`` prints for a list, a few hundred elements at a time."""
    import msgspec

    remaining = (msgspec.json.format(msgspec.json.encode(document), indent=2) for document in documents)
    before = b"[\n  "
    while chunk := list(islice(remaining, 200)):
        # a line break inside a string is escaped, so every one here begins a line of the layout
        elements = b",\n  ".join(element.replace(b"\n", b"\n  ") for element in chunk)
        click.echo((before + elements).decode(), nl=False)
        before = b",\n  "
    click.echo("[]" if before.startswith(b"[") else "\n]")


def note_line(note: Note) -> str:
    """One note on one line, cut to the width of the terminal."""
    number = f"#{note.number}" if note.number is not None else "-"
    return fit(f"{number:<6} {note.issue_date or '-'!s:<10} {note.title_line}", terminal_width())


def say_missing_labels(
    number: int, left_out: Sequence[str], dropped: Sequence[str], *, in_folder: bool = False
) -> None:
    """Reports labels that a note did not get.

    Args:
        left_out: labels that the archive does not have.
        dropped: labels that GitHub ignored.
        in_folder: the archive is a folder, where labels are missing only if the curator edited the tags.
    """
    if in_folder:
        if left_out or dropped:
            names = ", ".join((*left_out, *dropped))
            say(f"#{number}: its tags are yours and were left as they are; add {names} there.")
        return
    if left_out:
        names = ", ".join(left_out)
        say(f"#{number}: the archive has no label {names}; create it with `notebot publish --new-labels`.")
    if dropped:
        # GitHub answers 200 and silently drops labels set by someone without push access
        say(f"#{number}: GitHub did not set {', '.join(dropped)}; the token's owner has no push access.")

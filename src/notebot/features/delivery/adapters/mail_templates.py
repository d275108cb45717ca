"""Renders a message as the text and the HTML of a mail; the HTML stays below the size at which Gmail cuts it."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import UsageError
from notebot.core.packaged_files import packaged_path
from notebot.features.delivery.rules.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import jinja2

    from notebot.features.delivery.rules.message import Message, MessageEntry

HTML_LIMIT = 100_000
"""Gmail hides what follows the first 102 KB of a mail. This is the limit of the encoded part, a third longer."""
_BASE64_GROWTH = 78 / 57
"""A line of Base64 has 76 characters and a line end for 57 bytes."""
_MOST_IN_TEXT = 1_000
"""Entries in the text part; more would be of no use, and the digest has them all."""


class RenderedMail(Struct, frozen=True):
    """The two parts of a mail."""

    text: str
    html: str


def render_mail(message: Message, target: str, templates_dir: Path | None = None) -> RenderedMail:
    """Renders a message; entries that do not fit are counted and left to the digest.

    Args:
        target: the name of the ``[[deliver]]`` entry, for the foot.
        templates_dir: the curator's own templates, whose folder ``mail`` comes first.

    Raises:
        UsageError: a template cannot be rendered.
    """
    text = _render("mail.txt", message, len(message.entries[_MOST_IN_TEXT:]), target, templates_dir)
    entries = message.entries
    full = sum(entry.in_full for entry in entries)
    while True:
        shown = [replace(entry, in_full=False) if place >= full else entry for place, entry in enumerate(entries)]
        cut = replace(message, entries=tuple(shown))
        html = _render("mail.html", cut, len(message.entries) - len(entries), target, templates_dir)
        if len(html.encode()) * _BASE64_GROWTH <= HTML_LIMIT or not entries:
            return RenderedMail(text, html)
        # first the summaries go, from the end, then the entries; half of them at a time, so this takes few rounds
        if full:
            full //= 2
        else:
            entries = entries[: len(entries) // 2]


def by_topic(entries: Sequence[MessageEntry]) -> list[tuple[str, bool, list[MessageEntry]]]:
    """Neighbouring entries of one topic, with whether they are shown in full."""
    groups = groupby(entries, key=lambda entry: (entry.topic, entry.in_full))
    return [(topic, in_full, list(group)) for (topic, in_full), group in groups]


def _render(name: str, message: Message, left_out: int, target: str, templates_dir: Path | None) -> str:
    try:
        return (
            _environment(templates_dir)
            .get_template(name)
            .render(
                message=message,
                groups=by_topic(message.entries[:_MOST_IN_TEXT]),
                left_out=left_out,
                words=words_of(message.language),
                target=target,
            )
        )
    except Exception as error:  # a template of the curator is a program, so anything can go wrong in it
        reason = str(error).rstrip(".") or type(error).__name__
        raise UsageError(f"The template mail/{name} cannot be rendered: {reason}.") from error


@cache
def _environment(templates_dir: Path | None) -> jinja2.Environment:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    folders = [folder / "mail" for folder in (templates_dir, packaged_path("templates")) if folder is not None]
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=lambda name: name is not None and name.endswith(".html"),
    )

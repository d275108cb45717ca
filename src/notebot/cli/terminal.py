"""Output for the person at the terminal; every command imports it, so it imports nothing heavy."""

from __future__ import annotations

import io
import os
import re
import sys

import click

QUIET = "notebot.quiet"
"""The key in ``Context.meta`` that ``--quiet`` sets."""
_UNSAFE = re.compile(
    r"\x1b(?!\[[0-9;]*m)"  # a terminal command, unless it only sets colours
    r"|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f"  # C0 without tab and line feed; C1, which starts commands as ESC does
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # bidi controls: the text shown is not the text that is there
)


class TerminalStream(io.TextIOWrapper):
    """A terminal's stdout that replaces whatever could act on the terminal, whichever command prints it."""

    def write(self, text: str) -> int:
        return super().write(_UNSAFE.sub(" ", text))


def guard_terminal() -> None:
    """Makes stdout a :class:`TerminalStream` if it is a terminal; a file or a pipe gets every byte."""
    stdout = sys.stdout
    if isinstance(stdout, io.TextIOWrapper) and not isinstance(stdout, TerminalStream) and stdout.isatty():
        encoding, errors = stdout.encoding, stdout.errors
        sys.stdout = TerminalStream(stdout.detach(), encoding=encoding, errors=errors, line_buffering=True)


def use_colour(choice: str) -> bool | None:
    """Whether to print colours; ``None`` lets click ask each stream if it is a terminal.

    ``--color`` comes before ``NO_COLOR`` (no-color.org), that before ``FORCE_COLOR`` (force-color.org).
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def say(sentence: str) -> None:
    """Prints to stderr; stdout is for results."""
    click.echo("\n".join(safe_line(line) for line in sentence.splitlines()), err=True)


def inform(sentence: str) -> None:
    """Prints what is neither a result nor a failure to stderr, unless ``--quiet`` is given."""
    context = click.get_current_context(silent=True)
    if context is None or not context.meta.get(QUIET):
        say(sentence)


def safe_line(text: str) -> str:
    """The text with control characters replaced, so that text from outside cannot control the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)

"""Writes docs/notebot.1, the man page in the wheel, from click's commands; `make docs` runs it.

A test compares the file with what this makes, so that it stays true.
"""

import sys
from inspect import cleandoc
from pathlib import Path

import click

from notebot import __version__
from notebot.cli.root import PURPOSES, root

TARGET = Path(__file__).with_name("notebot.1")


def man_page() -> str:
    """The whole page, in the macros of man(7)."""
    context = click.Context(root, info_name="notebot", **root.context_settings)
    parts = [
        f'.TH NOTEBOT 1 "" "notebot {__version__}" "User Commands"',
        f".SH NAME\nnotebot \\- {_text(root.get_short_help_str(200))}",
        ".SH SYNOPSIS\n.B notebot\n[OPTIONS] COMMAND [ARGS]...",
        f".SH DESCRIPTION\n{_paragraphs(root.help or '')}",
        ".SH OPTIONS",
        *_options(root, context),
    ]
    for purpose, entries in PURPOSES.items():
        parts.append(f".SH {_text(purpose.upper())}")
        for name in entries:
            command = root.get_command(context, name)
            assert command is not None
            parts += _command(name, command, context)
    parts += [
        ".SH EXIT STATUS\n0 done, 1 something failed (the rest was still done), 2 wrong use or config.",
        ".SH ENVIRONMENT",
        ".TP\n.B NOTEBOT_CONFIG\nThe config file, where \\-\\-config is not given.",
        ".TP\n.B NOTEBOT_CONTACT\nThe contact, where the config has none.",
        ".TP\n.B NO_COLOR\nIf set, nothing is coloured.",
        ".SH FILES\n.TP\n.I config.toml\nThe config, in this folder or in ~/.config/notebot; "
        "`notebot init` writes one in which every key is explained.",
    ]
    return "\n".join(parts) + "\n"


def _command(name: str, command: click.Command, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f".SS notebot {_text(name)} {_text(usage)}",
        _paragraphs(command.help or ""),
        *_options(command, context),
    ]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            subcommand = command.get_command(context, child)
            assert subcommand is not None
            parts += _command(f"{name} {child}", subcommand, parent)
    return parts


def _options(command: click.Command, context: click.Context) -> list[str]:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    shown = [(names, words) for names, words in filter(None, records) if words and "--help" not in names]
    return [f".TP\n.B {_text(names)}\n{_text(words)}" for names, words in shown]


def _paragraphs(text: str) -> str:
    """Paragraphs; one that click must not wrap (``\\b``) keeps its lines."""
    parts = []
    for paragraph in cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            lines = "\n".join(map(_text, paragraph.splitlines()[1:]))
            parts.append(f".nf\n{lines}\n.fi")
        else:
            parts.append(_text(" ".join(paragraph.split())))
    return "\n.PP\n".join(parts)


def _text(text: str) -> str:
    """Text in which roff finds no command."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    TARGET.write_text(man_page(), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")

"""Writes docs/reference.md from click's commands and the config's sections; `make docs` runs it.

A test compares the file with what this makes, so that it stays true.
"""

import sys
from pathlib import Path

import click
import msgspec

from notebot.cli.root import root
from notebot.config.sections import SECTIONS, DeliverSection, SourceSection, TopicSection

TARGET = Path(__file__).with_name("reference.md")


def reference() -> str:
    """The whole page."""
    parts = [
        "# Reference\n\nMade by `make docs` from the program itself.\n\n## Commands\n",
        *_commands("notebot", root, None),
        "## Exit codes\n\n0 done, 1 something failed (the rest was still done), 2 wrong use or config.\n",
        "## Environment\n",
        "| variable | does |\n|---|---|\n"
        "| `NOTEBOT_CONFIG` | the config file, where `--config` is not given |\n"
        "| `NOTEBOT_CONTACT` | the contact, where the config has none |\n"
        "| `NOTEBOT_X_CLIENT_SECRET` | the secret of your app at X, where it has one |\n"
        "| `NOTEBOT_NOW` | the time at which the clock of a command starts; only with a loopback arXiv |\n",
        "## Config\n\n`config.example.toml` shows the keys with their meaning. Relative paths start at its folder.\n",
        *(_section(f"[{name}]", model) for name, model in SECTIONS.items()),
        _section("[[deliver]]", DeliverSection),
        _section("[[sources]]", SourceSection),
        _section("[[topics]]", TopicSection),
    ]
    return "\n".join(parts)


def _commands(name: str, command: click.Command, parent: click.Context | None) -> list[str]:
    context = click.Context(
        command, info_name=name.rsplit(" ", 1)[-1], parent=parent, terminal_width=100, **command.context_settings
    )
    pages = [f"### {name}\n\n```text\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            pages += _commands(f"{name} {child}", found, context)
    return pages


def _section(title: str, model: type[msgspec.Struct]) -> str:
    lines = [f"### `{title}`\n", "| key | type | default |", "|---|---|---|"]
    for field in msgspec.structs.fields(model):
        default = "required" if field.required else f"`{_toml(_default(field))}`"
        lines.append(f"| `{field.encode_name}` | {_type_name(field.type)} | {default} |")
    return "\n".join(lines) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _type_name(kind: object) -> str:
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}.get(kind, "list of texts")  # type: ignore[call-overload, no-any-return]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")

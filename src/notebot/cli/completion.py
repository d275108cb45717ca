"""`notebot completion`: the script that makes a shell complete notebot's commands."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, get_completion_class

from notebot.cli.terminal import inform
from notebot.core.model.errors import StateError

VARIABLE = "_NOTEBOT_COMPLETE"
"""Set by the scripts when they ask notebot for completions."""


@add_completion_class
class QuotingBashComplete(BashComplete):
    """Click's completion for bash, which leaves the spaces in a topic's name unquoted.

    Click's script passes each line through `read`, which takes one of the two backslashes away.
    """

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value.replace(' ', chr(92) * 2 + ' ')}"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--install", is_flag=True, help="Write the script to where the shell looks for it.")
@click.pass_context
def completion(ctx: click.Context, shell: str, install: bool) -> None:
    """Print the script that makes SHELL complete commands, options, topics and papers.

    \b
    bash   eval "$(notebot completion bash)"
    zsh    eval "$(notebot completion zsh)"
    fish   notebot completion fish | source
    """
    script_class = get_completion_class(shell)
    assert script_class is not None  # click knows all three
    script = script_class(ctx.find_root().command, {}, "notebot", VARIABLE).source() + "\n"
    if not install:
        click.echo(script, nl=False)
        return
    path = script_path(shell)
    if path.exists() and VARIABLE not in path.read_text(encoding="utf-8", errors="replace"):
        raise StateError(f"{path} is not a script of notebot and was not changed; move it away first.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, encoding="utf-8")
    inform(f"Wrote {path}.")
    if shell == "zsh":
        inform(f"zsh reads it if ~/.zshrc has this line before `compinit`:\n  fpath=({path.parent} $fpath)")
    else:
        inform(
            f"New {shell} sessions read it." + (" They need the package bash-completion." if shell == "bash" else "")
        )


def script_path(shell: str) -> Path:
    """The file in which a shell looks for the completion of ``notebot``, for this user alone."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion/completions/notebot",
        "zsh": data / "zsh/site-functions/_notebot",
        "fish": config / "fish/completions/notebot.fish",
    }[shell]

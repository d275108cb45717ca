"""The root command; each subcommand's module is imported only when it is called."""

import io
import sys
from importlib import import_module

import click

from notebot import __version__
from notebot.cli.terminal import say
from notebot.core.model.errors import NotebotError, UsageError

COMMANDS = {
    "init": ("notebot.cli.setup", "init"),
    "check": ("notebot.cli.setup", "check"),
    "fetch": ("notebot.cli.fetch", "fetch"),
    "post": ("notebot.cli.post", "post"),
    "poll": ("notebot.cli.rounds", "poll"),
    "digest": ("notebot.cli.rounds", "digest"),
    "collect": ("notebot.cli.collect", "collect"),
    "fill": ("notebot.cli.fill", "fill"),
    "publish": ("notebot.cli.publish", "publish"),
    "queue": ("notebot.cli.queue", "queue"),
    "status": ("notebot.cli.status", "status"),
    "ledger": ("notebot.cli.ledger", "ledger"),
    "why": ("notebot.cli.ledger", "why"),
    "backfill": ("notebot.cli.backfill", "backfill"),
    "import": ("notebot.cli.archive", "import_notes"),
    "search": ("notebot.cli.archive", "search"),
    "pages": ("notebot.cli.archive", "pages"),
    "export": ("notebot.cli.export", "export"),
    "duplicates": ("notebot.cli.archive", "duplicates"),
    "venues": ("notebot.cli.venues", "venues"),
    "audit": ("notebot.cli.audit", "audit"),
    "doctor": ("notebot.cli.doctor", "doctor"),
    "run": ("notebot.cli.rounds", "run"),
    "demo": ("notebot.cli.demo", "demo"),
}
"""Name of the command, its module and the function there; in the order of ``--help``."""


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    metavar="FILE",
    help="The config; else $NOTEBOT_CONFIG, ./config.toml, or the XDG folder.",
)
@click.option("-v", "--verbose", count=True, help="Say what is done; twice for every request.")
@click.version_option(__version__, prog_name="notebot", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config_file: str | None, verbose: int) -> None:
    """Watches arXiv, drafts note stubs into a queue, and writes digests for you to complete."""
    from notebot.cli.logs import set_up_logs

    set_up_logs(verbose)
    ctx.obj = config_file


def run() -> None:
    """Runs the command line: 0 done, 1 something failed, 2 wrong use or config."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show 数学 still gets the rest
    try:
        code = root.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except UsageError as error:
        say(str(error))
        code = 2
    except NotebotError as error:
        say(str(error))
        code = 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; Python would complain once more at exit
        code = 1
    except OSError as error:
        say(f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
        code = 1
    sys.exit(code or 0)

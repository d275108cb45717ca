"""The root command: lists the commands by purpose and imports a command only when it is called."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

from notebot import __version__
from notebot.cli.terminal import QUIET, guard_terminal, say, use_colour
from notebot.core.model.errors import NotebotError, UsageError
from notebot.core.supervisor import unexpected_sentence

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class CommandEntry(NamedTuple):
    """Where a command is implemented, and its line in ``notebot --help``."""

    module: str
    """The file in ``notebot.cli``; the function has the name of the command unless ``function`` says otherwise."""
    summary: str
    """At most 62 characters, so that the line is whole at 80 columns."""
    function: str = ""


PURPOSES: dict[str, dict[str, CommandEntry]] = {
    "Set up": {
        "init": CommandEntry("init", "Ask a few questions and write a commented config.toml"),
        "check": CommandEntry("check", "List every mistake in the config, and what each topic matches"),
        "topics": CommandEntry("topics", "Suggest topics learned from the tags of your archive"),
        "demo": CommandEntry("demo", "Run three days on a bundled sample arXiv, offline"),
        "completion": CommandEntry("completion", "Make bash, zsh or fish complete commands and topics"),
        "doctor": CommandEntry("doctor", "Test folders, database and services; back up the database"),
        "db": CommandEntry("db", "Make the database, or copy it to PostgreSQL and back"),
        "desk": CommandEntry("desk", "List, check and add the desks of a lab of several curators"),
    },
    "Bring papers in": {
        "poll": CommandEntry("poll", "Ask arXiv for every watched category now"),
        "fetch": CommandEntry("fetch", "Print stubs for arXiv ids and links of any form"),
        "post": CommandEntry("post", "Queue the papers that a social post or a page is about"),
        "sources": CommandEntry("sources", "Import and export lists of watched feeds (OPML)"),
        "backfill": CommandEntry("backfill", "Queue the older papers of a topic"),
        "run": CommandEntry("run", "Run the daemon: poll and write digests on schedule"),
        "worker": CommandEntry("worker", "Work for the desks of a lab, together with other workers"),
    },
    "Decide": {
        "digest": CommandEntry("digest", "Write a digest of everything queued"),
        "deliver": CommandEntry("deliver", "Send digests and alerts by mail, webhook, push or ping"),
        "collect": CommandEntry("collect", "Read completed digests back"),
        "queue": CommandEntry("queue", "List, show, keep, skip or requeue stubs"),
        "web": CommandEntry("web", "Serve the review page: decide in a browser or on a phone"),
        "discuss": CommandEntry("discuss", "Show and change a lab's list of papers to discuss"),
    },
    "Keep the archive": {
        "publish": CommandEntry("publish", "Turn kept stubs into notes; apply accepted offers"),
        "fill": CommandEntry("fill", "Complete issues that contain nothing but links"),
        "zotero": CommandEntry("zotero", "Send kept papers to a Zotero library"),
        "import": CommandEntry("import_notes", "Import notes from GitHub, exports or published pages", "import_notes"),
        "move-archive": CommandEntry("move_archive", "Copy all notes from GitHub to a folder, or back", "move_archive"),
        "search": CommandEntry("search", "Find notes by words and tags"),
        "pages": CommandEntry("pages", "Write the page of every tag"),
        "site": CommandEntry("site", "Write a static site of the archive that works alone"),
        "export": CommandEntry("export", "Print notes as Markdown, JSON, BibTeX, RIS, CSL-JSON or Atom"),
        "venues": CommandEntry("venues", "Offer the venue of a list of accepted papers to notes"),
        "audit": CommandEntry("audit", "List notes whose labels and title line disagree"),
        "duplicates": CommandEntry("duplicates", "List papers that have more than one note"),
    },
    "Look into it": {
        "status": CommandEntry("status", "Show sources, queue and next rounds; exit 1 on trouble"),
        "stats": CommandEntry("stats", "Show numbers and plots of the archive and of the watch"),
        "ledger": CommandEntry("ledger", "Show what was announced per category and day"),
        "why": CommandEntry("why", "Explain why a paper is, or is not, in a digest"),
    },
}
"""Every command by purpose, in the order of ``notebot --help``."""

COMMANDS = {name: entry for entries in PURPOSES.values() for name, entry in entries.items()}


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it is called, and lists commands by purpose."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        # imported here and not above, so that a one-shot command starts in a tenth of a second
        module = import_module(f"notebot.cli.{entry.module}")
        command: click.Command = getattr(module, entry.function or cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # click's own way imports every command for its help, which takes a second at each press of the tab key
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=entry.summary) for name, entry in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, COMMANDS))
        for purpose, entries in PURPOSES.items():
            with formatter.section(purpose):
                formatter.write_dl([(name.ljust(widest), entry.summary) for name, entry in entries.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    metavar="FILE",
    help="Config file. Default: $NOTEBOT_CONFIG, ./config.toml, or the XDG config directory.",
)
@click.option("--desk", metavar="NAME", help="Act on one desk of a lab (see docs/lab.md).")
@click.option("-v", "--verbose", count=True, help="Log what is done; twice: every request.")
@click.option("-q", "--quiet", is_flag=True, help="Print results and failures only.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="auto: on a terminal, unless NO_COLOR is set.",
)
@click.version_option(__version__, prog_name="notebot", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config_file: str | None, desk: str | None, verbose: int, quiet: bool, color: str) -> None:
    """Watch arXiv, draft note stubs into a queue, and write digests for you to complete."""
    from notebot.cli.logs import set_up_logs

    if quiet and verbose:
        raise UsageError("-q prints less and -v prints more; give one of them.")
    set_up_logs(verbose, quiet=quiet)
    ctx.meta[QUIET] = quiet
    ctx.color = use_colour(color)
    ctx.obj = config_file


def run(arguments: list[str] | None = None) -> None:
    """Runs the command line and exits: 0 done, 1 something failed, 2 wrong use or config."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Japanese still gets the rest
    guard_terminal()
    if "_NOTEBOT_COMPLETE" in os.environ:
        import notebot.cli.completion  # noqa: F401  (registers what click lacks)
    try:
        # not standalone: click would print its own messages and exit before ours
        code = root.main(arguments, prog_name="notebot", standalone_mode=False)
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
    # before OSError, of which it is a subclass: `notebot search x | head` must not print an error
    except BrokenPipeError:
        sys.stderr.close()  # the reading end of the pipe is gone; Python would report it again at exit
        code = 1
    except OSError as error:
        say(f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
        code = 1
    except Exception as error:
        say(unexpected_sentence("The command", error))
        code = 1
    sys.exit(code or 0)

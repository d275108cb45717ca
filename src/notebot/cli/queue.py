"""`notebot queue`: the curator's moves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from notebot.app import digests
from notebot.app.documents import history_document, result_document, stub_document, taken_back_document
from notebot.cli import complete
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.table import table, terminal_width
from notebot.cli.terminal import inform, safe_line, say
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import title_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.stub import Stub


_COLOURS = {"queued": "cyan", "digested": "yellow", "kept": "green", "skipped": "bright_black"}
"""A colour for each state; a terminal without colours shows the words."""


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def queue(ctx: click.Context, as_json: bool) -> None:
    """List, show, keep, skip or requeue stubs, or undo the last decision.

    Without a subcommand, stubs are listed.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_stubs, as_json=as_json)


@queue.command("list")
@click.option(
    "--status", type=click.Choice([str(status) for status in StubStatus]), help="Only stubs with this status."
)
@click.option("--topic", shell_complete=complete.topics, help="Only stubs of this topic.")
@json_option
@click.pass_context
def list_stubs(ctx: click.Context, status: str | None, topic: str | None, as_json: bool) -> None:
    """List every stub, the latest first.

    A line has state, paper, topics, nearness to the archive and title line. On a terminal the lines are cut to its
    width; in a file or a pipe they are whole.
    """
    resources = open_resources(ctx, local=True)
    stubs = digests.list_stubs(resources, StubStatus(status) if status else None, topic)
    if as_json:
        print_json([stub_document(stub, resources.config.note) for stub in stubs])
        return
    width = terminal_width()
    rows = [
        [
            str(stub.status),
            stub.arxiv_id or stub.url,
            ", ".join(stub.topics) or "-",
            "-" if stub.nearness is None else f"{stub.nearness:.2f}",
            line.text if width is None else line.rest,
        ]
        for stub in stubs
        for line in (title_line(stub, resources.config.note),)
    ]
    head = ("state", "paper", "topic", "near", "title line")
    for line in table(rows, head, width, elastic=(-1, 2, 1), right=(3,), colours={0: _COLOURS.get}):
        click.echo(line)
    if stubs:
        inform(_counts(stubs))
    else:
        inform("There is no such stub." if status or topic else "The queue is empty; `notebot poll` fills it.")


def _counts(stubs: Sequence[Stub]) -> str:
    """``3 stubs: 2 queued, 1 kept; Mathematics 2, Language 1``."""
    states = Counter(str(stub.status) for stub in stubs)
    topics = Counter(topic for stub in stubs for topic in stub.topics)
    counted = [f"{states[status]} {status}" for status in StubStatus if states[status]]
    by_topic = [f"{topic} {count}" for topic, count in topics.most_common()]
    sums = "; ".join(", ".join(part) for part in (counted, by_topic) if part)
    return f"{len(stubs)} {'stub' if len(stubs) == 1 else 'stubs'}: {sums}"


@queue.command()
@click.argument("ref", shell_complete=complete.papers)
@json_option
@click.pass_context
def show(ctx: click.Context, ref: str, as_json: bool) -> None:
    """Show a stub as a digest entry, and what was decided about it."""
    resources = open_resources(ctx, local=True)
    stub = digests.find_stub(resources, ref)
    if as_json:
        decisions = digests.history(resources, stub.key)
        print_json({**stub_document(stub, resources.config.note), **history_document(decisions)})
        return
    click.echo(f"{stub.status}, version {stub.version}, announced {stub.announced_on or 'unknown'}")
    for decision in digests.history(resources, stub.key):
        click.echo(safe_line(digests.history_line(resources, decision)))
    click.echo("\n" + digests.stub_text(resources, "entry", stub), nl=False)


@queue.command()
@json_option
@click.pass_context
def undo(ctx: click.Context, as_json: bool) -> None:
    """Take back the last decision, or all of the last collect.

    Works while nothing of it was sent to GitHub. Repeat it to go further back. Digest files are never changed, and what
    they still say is not read again.
    """
    resources = open_resources(ctx, local=True)
    taken_back = digests.undo(resources)
    if as_json:
        print_json([taken_back_document(each, resources.config.note) for each in taken_back])
        return
    for each in taken_back:
        name = (each.stub.arxiv_id or each.stub.url) if each.stub else each.decision.update
        state = f"is {each.stub.status} again" if each.stub and each.decision.moved else "is as it was before"
        click.echo(safe_line(f"took back: {digests.history_line(resources, each.decision)}: {name} {state}"))


def _add_move(verb: str, help_text: str) -> None:
    """Adds a subcommand that moves stubs; the three differ only in their verb."""

    @click.argument("refs", nargs=-1, required=True, metavar="REF...", shell_complete=complete.papers)
    @json_option
    @click.pass_context
    def move(ctx: click.Context, refs: tuple[str, ...], as_json: bool, read_later: bool = False) -> None:
        resources = open_resources(ctx, local=True)
        moved = digests.move(resources, verb, refs, read_later=read_later)
        if as_json:
            print_json([result_document(result, resources.config.note) for result in moved])
        for result in moved:
            if result.stub is None:
                # most messages begin with the reference as it was given
                say(str(result.error) if result.ref in str(result.error) else f"{result.ref!r}: {result.error}")
            elif not as_json:
                click.echo(f"{result.stub.arxiv_id or result.stub.url} is {result.stub.status}")
        ctx.exit(1 if any(result.stub is None for result in moved) else 0)

    if verb == "keep":
        move = click.option("--read-later", is_flag=True, help="Also add the tag #read-later.")(move)
    queue.command(verb, help=help_text)(move)


_add_move("keep", "Keep stubs: `notebot publish` turns them into notes.")
_add_move("skip", "Skip stubs for good.\n\nNo topic, version or source brings them back.")
_add_move("requeue", "Put skipped, kept or digested stubs back into the queue.")

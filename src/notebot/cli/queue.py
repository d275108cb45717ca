"""`notebot queue`: the curator's moves."""

from __future__ import annotations

import click

from notebot.app import digests
from notebot.app.documents import error_document, stub_document
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import title_line


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def queue(ctx: click.Context, as_json: bool) -> None:
    """List, show, keep, skip or requeue stubs.

    Without a subcommand, stubs are listed.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_stubs, as_json=as_json)


@queue.command("list")
@click.option(
    "--status", type=click.Choice([str(status) for status in StubStatus]), help="Only stubs with this status."
)
@click.option("--topic", help="Only stubs of this topic.")
@json_option
@click.pass_context
def list_stubs(ctx: click.Context, status: str | None, topic: str | None, as_json: bool) -> None:
    """List every stub, the latest first."""
    resources = open_resources(ctx, need_topics=False)
    stubs = digests.list_stubs(resources, StubStatus(status) if status else None, topic)
    if as_json:
        print_json([stub_document(stub, resources.config.note) for stub in stubs])
        return
    for stub in stubs:
        name, line = stub.arxiv_id or stub.url, safe_line(title_line(stub, resources.config.note).text)
        click.echo(f"{stub.status:<8} {name:<16} {line}")
    if not stubs:
        say("There is no such stub." if status or topic else "The queue is empty; `notebot poll` fills it.")


@queue.command()
@click.argument("ref")
@json_option
@click.pass_context
def show(ctx: click.Context, ref: str, as_json: bool) -> None:
    """Show result stub as a digest entry."""
    resources = open_resources(ctx, need_topics=False)
    stub = digests.find_stub(resources, ref)
    if as_json:
        print_json(stub_document(stub, resources.config.note))
        return
    click.echo(f"{stub.status}, version {stub.version}, announced {stub.announced_on or 'unknown'}\n")
    click.echo(digests.stub_text(resources, "entry", stub), nl=False)


def _add_move(verb: str, help_text: str) -> None:
    """Adds a subcommand that moves stubs; the three differ only in their verb."""

    @queue.command(verb, help=help_text)
    @click.argument("refs", nargs=-1, required=True, metavar="REF...")
    @json_option
    @click.pass_context
    def move(ctx: click.Context, refs: tuple[str, ...], as_json: bool) -> None:
        resources = open_resources(ctx, need_topics=False)
        moved = digests.move(resources, verb, refs)
        if as_json:
            print_json(
                [
                    {"ref": result.ref, "stub": stub_document(result.stub, resources.config.note)}
                    if result.stub is not None
                    else {"ref": result.ref, "error": error_document(result.error or ValueError("no answer"))}
                    for result in moved
                ]
            )
        for result in moved:
            if result.stub is None:
                say(f"{result.ref!r}: {result.error}")
            elif not as_json:
                click.echo(f"{result.stub.arxiv_id or result.stub.url} is {result.stub.status}")
        ctx.exit(1 if any(result.stub is None for result in moved) else 0)


_add_move("keep", "Keep stubs: `notebot publish` turns them into notes.")
_add_move("skip", "Skip stubs for good: no topic, version or source brings them back.")
_add_move("requeue", "Put skipped, kept or digested stubs back into the queue.")

"""`notebot pages`: the page of every tag."""

from __future__ import annotations

import click

from notebot.app import archive
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import say

# a cause that all pages share, such as a read-only folder, would fill the screen with one sentence
_SHOWN_FAILURES = 20


@click.command()
@click.option("--tag", help="Print the page of this tag instead of writing all pages.")
@click.option(
    "--format",
    "form",
    type=click.Choice(archive.page_forms()),
    default="text",
    show_default=True,
    help="With --tag.",
)
@json_option
@click.pass_context
def pages(ctx: click.Context, tag: str | None, form: str, as_json: bool) -> None:
    """Write the page of every tag as text, Markdown and XML, and the plots of `notebot stats`.

    The plots are in the folder stats, whose index.md shows them all. Only tag pages that changed are written. With
    --tag, one page is printed instead.
    """
    resources = open_resources(ctx, local=True)
    if tag is not None:
        click.echo(archive.page_text(resources, tag, form), nl=False)
        return
    report = archive.pages(resources)
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report.written} pages written, {report.unchanged} unchanged, {report.removed} removed")
    for sentence in report.failures[:_SHOWN_FAILURES]:
        say(sentence)
    if len(report.failures) > _SHOWN_FAILURES:
        say(f"… and {len(report.failures) - _SHOWN_FAILURES} more.")
    ctx.exit(1 if report.failures else 0)

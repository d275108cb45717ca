"""``audit``: untidy notes of the archive."""

from itertools import groupby

import click

from notebot.app import archive
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.note_format.venue_labels import AuditKind

_HEADS = {
    AuditKind.VENUE: "Labels name a venue that the title line does not",
    AuditKind.LABEL: "Title lines name a venue of which the label is missing",
    AuditKind.TWICE: "Papers noted twice",
    AuditKind.LEFTOVER: "Workflow labels on notes that look complete",
}


@click.command()
@json_option
@click.pass_context
def audit(ctx: click.Context, as_json: bool) -> None:
    """Notes where label and title disagree, that are there twice, or that kept a workflow label.

    The next digests offer each finding once.
    """
    findings = archive.audit(open_resources(ctx, need_topics=False))
    if as_json:
        print_json(findings)
        return
    for kind, group in groupby(findings, key=lambda finding: finding.kind):
        found = list(group)
        click.echo(f"{_HEADS[kind]}: {len(found)}")
        for one in found:
            number = f"#{one.number}" if one.number is not None else "-"
            click.echo(f"  {number:<6} {safe_line(one.title_line)}")
            click.echo(f"         {safe_line(one.why)}")
    if not findings:
        say("No note is untidy.")

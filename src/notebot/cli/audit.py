"""`notebot audit`: notes whose labels and title line disagree."""

from itertools import groupby

import click

from notebot.app import archive
from notebot.app.documents import finding_document
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.table import fit, terminal_width
from notebot.cli.terminal import inform, safe_line
from notebot.core.note_format.phrases import EN
from notebot.core.note_format.update_wording import word_reason
from notebot.core.note_format.venue_labels import AuditKind

_HEADS = {
    AuditKind.VENUE: "Labels name a venue that the title line does not",
    AuditKind.LABEL: "Title lines name a venue whose label is missing",
    AuditKind.TWICE: "Papers with more than one note",
    AuditKind.LEFTOVER: "Workflow labels on notes that look complete",
}


@click.command()
@json_option
@click.pass_context
def audit(ctx: click.Context, as_json: bool) -> None:
    """List notes whose labels and title line disagree.

    Papers with two notes and leftover workflow labels are listed too. The next digests offer each finding once.
    """
    findings = archive.audit(open_resources(ctx, local=True))
    if as_json:
        print_json([finding_document(finding) for finding in findings])
        return
    for kind, group in groupby(findings, key=lambda finding: finding.kind):
        group_findings = list(group)
        click.echo(f"{_HEADS[kind]}: {len(group_findings)}")
        for finding in group_findings:
            number = f"#{finding.number}" if finding.number is not None else "-"
            click.echo(fit(f"  {number:<6} {finding.title_line}", terminal_width()))
            click.echo(f"         {safe_line(word_reason(finding.why, EN))}")
    if not findings:
        inform("Every note is in order.")

"""`notebot publish`: kept stubs become issues of the archive."""

import click

from notebot.app import publishing
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.features.publishing.publish import Applied, Published, PublishReport


@click.command()
@click.option("--dry-run", is_flag=True, help="Write files to outbox/ and send nothing.")
@click.option("--new-labels", is_flag=True, help="Create labels that the archive does not have.")
@json_option
@click.pass_context
def publish(ctx: click.Context, dry_run: bool, new_labels: bool, as_json: bool) -> None:
    """Turn kept stubs into GitHub issues, and apply accepted offers.

    Each is written exactly once. Without a token, files with the matching gh commands are written to outbox/.
    """
    resources = open_resources(ctx, need_topics=False)
    report = publishing.publish(resources, dry_run=dry_run, new_labels=new_labels)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for line in _remarks(report):
        say(line)
    dropped = any(issue.dropped for issue in report.published)
    ctx.exit(1 if report.troubles or report.waiting or dropped else 0)


def _print(report: PublishReport) -> None:
    for issue in report.published:
        click.echo(f"#{issue.number:<5} {issue.arxiv_id} {safe_line(issue.title)}")
    for change in (*report.applied, *report.labelled):
        done = "changed" if change.written else "unchanged, it was already so"
        click.echo(f"#{change.number:<5} {change.field} {safe_line(change.value)}: {done}")
    for path in report.files:
        click.echo(path)
    counts = f"{len(report.published)} published, {len(report.applied) + len(report.labelled)} changed"
    click.echo(f"{report.repo}: {len(report.files)} files to send" if report.files else f"{report.repo}: {counts}")


def _remarks(report: PublishReport) -> list[str]:
    lines = [f"{issue.subject}: {safe_line(issue.message)}" for issue in report.troubles]
    written: list[Published | Applied] = [*report.published, *report.applied, *report.labelled]
    lines += [line for issue in written for line in _label_remarks(issue)]
    if report.waiting:
        lines.append(f"{report.waiting} items wait for the next `notebot publish`.")
    return lines


def _label_remarks(issue: Published | Applied) -> list[str]:
    lines = []
    if issue.left_out:
        names = safe_line(", ".join(issue.left_out))
        lines.append(
            f"#{issue.number}: the archive has no label {names}; create it with `notebot publish --new-labels`."
        )
    if isinstance(issue, Published) and issue.dropped:
        names = safe_line(", ".join(issue.dropped))
        lines.append(f"#{issue.number}: GitHub did not set {names}; the token's owner has no push access.")
    return lines
